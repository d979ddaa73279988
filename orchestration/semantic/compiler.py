"""MetricFlow as a compiler: metric names and a grouping in, SQL out.

MetricFlow's Python engine is not a stable interface, so it is pinned and touched here
alone. Nothing is executed: the client only knows its dialect.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from orchestration.project.semantics import SemanticModel

from orchestration.files import write_whole
from orchestration.project.manifest import read_semantics
from orchestration.semantic.slices import (
    JOINED,
    OWN,
    UNKNOWN,
    customer_model,
    customer_slices,
    group_by_name,
    knows_customers,
)

# How MetricFlow calls the period of a query.
PERIOD = "metric_time__"
# Compiled queries of the same metrics, by period and slice.
_Sisters = dict[tuple[str, str | None], str]
# A column of customers, where a query takes it for a slice.
_OF_CUSTOMERS = re.compile(rf"(\w+\.(?!{JOINED})\w+) AS {JOINED}\w+")


class SemanticError(Exception):
    """A metric that cannot be compiled; the message names it and the remedy."""


def _dialect_only_client() -> Any:  # noqa: ANN401 - MetricFlow's protocol has no public name
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer

    class DialectOnlyClient:
        """Satisfies MetricFlow's SqlClient protocol without a connection."""

        sql_engine_type = SqlEngine.DUCKDB
        sql_plan_renderer = DuckDbSqlPlanRenderer()

        def _refuse(self, *_: object, **__: object) -> NoReturn:
            message = "metrics are compiled here and executed by dbt's own connection"
            raise SemanticError(message)

        query = execute = dry_run = _refuse

        def close(self) -> None:
            """There is nothing to close."""

        def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
            """DuckDB's spelling of a named parameter."""
            return f"${bind_parameter_key}"

    return DialectOnlyClient()


class PartialManifests:
    """The part of dbt's `semantic_manifest.json` that some metrics need, and no more.

    MetricFlow weighs every semantic model as a candidate for every metric: with 43 of them a
    query cost 0.33 s to compile, with its own two or three it costs 0.09 s (338 queries: 112 s
    and 32 s on two busy cores). A part also says by its fingerprint whether a query compiled
    earlier still holds, so that a new metric costs the queries of its own group.
    """

    def __init__(self, manifest_path: Path) -> None:
        """Read the manifest.

        Raises:
            SemanticError: where there is none.
        """
        if not manifest_path.exists():
            message = f"{manifest_path}: no semantic manifest; run `dbt parse` first"
            raise SemanticError(message)
        self._manifest = read_semantics(manifest_path)
        self._metrics = self._manifest.metrics
        self._made: dict[tuple[str, ...], str] = {}
        self.slices = customer_slices(self._manifest.models.values())

    def part(self, metrics: Sequence[str]) -> str:
        """The JSON of the manifest with these metrics, their parts and their facts."""
        key = tuple(metrics)
        if key not in self._made:
            self._made[key] = json.dumps(self._part(metrics))
        return self._made[key]

    def _part(self, metrics: Sequence[str]) -> dict[str, Any]:
        models = self._facts(metrics)
        customers = customer_model(self._manifest.models.values())
        if customers and any(knows_customers(fact) for fact in models):
            models.append(customers)
        return {
            **self._manifest.document,
            "metrics": [self._metrics[name].said for name in sorted(self._closure(metrics))],
            "semantic_models": [model.said for model in models],
            "saved_queries": [],
        }

    def _facts(self, metrics: Sequence[str]) -> list[SemanticModel]:
        names = {
            aggregate.semantic_model
            for name in self._closure(metrics)
            if (aggregate := self._metrics[name].aggregate)
        }
        return [model for name, model in self._manifest.models.items() if name in names]

    def tables(self, metrics: Sequence[str]) -> list[str]:
        """The facts that the metrics and their parts read, as `"schema"."table"`."""
        return sorted(f'"{fact.schema}"."{fact.table}"' for fact in self._facts(metrics))

    def group_by_name(self, metrics: Sequence[str], dimension: str) -> str:
        """How MetricFlow groups the metrics by a slice; its own name where it cannot."""
        return group_by_name(self._facts(metrics), self.slices, dimension) or dimension

    def names(self, metrics: Sequence[str], grain: str) -> bool:
        """Whether a formula of the metrics speaks of a grain, or of another period."""
        part = self.part(metrics)
        return f"'{grain}'" in part or '"offset_window": {' in part

    def column(self, metrics: Sequence[str], name: str) -> str | None:
        """The column of a slice as MetricFlow names it; None where facts call it differently."""
        if name.startswith(JOINED):
            return self.slices[name.removeprefix(JOINED)]
        columns = {
            entity.column
            for fact in self._facts(metrics)
            for entity in fact.entities
            if entity.name == name
        }
        return columns.pop() if len(columns) == 1 else None

    def _closure(self, metrics: Sequence[str]) -> set[str]:
        seen: set[str] = set()
        pending = list(metrics)
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            if name not in self._metrics:
                message = f"no metric {name}; check the parts that metrics name in their meta"
                raise SemanticError(message)
            seen.add(name)
            pending += self._metrics[name].inputs
        return seen


class MetricCompiler:
    """Compiles metrics of one semantic manifest.

    Args:
        manifest_path: dbt's `semantic_manifest.json`.
        parts: What was read of it already, where somebody has.
    """

    def __init__(self, manifest_path: Path, parts: PartialManifests | None = None) -> None:
        """Read the manifest; MetricFlow starts with the first query (about a second)."""
        self._parts = parts or PartialManifests(manifest_path)
        self._engines: dict[str, Any] = {}
        self._sisters: dict[tuple[str, ...], _Sisters] = {}

    def group_by_name(self, metrics: Sequence[str], dimension: str) -> str:
        """As `PartialManifests.group_by_name`."""
        return self._parts.group_by_name(metrics, dimension)

    def compile(self, metrics: Sequence[str], group_by: Sequence[str]) -> str:
        """The SQL that yields one column per grouping and per metric.

        The queries of metrics that differ in their slice or period alone differ in its name
        alone, so of those MetricFlow compiles a total and the first slice of each kind, and the
        others are one of them with the name changed.

        Raises:
            SemanticError: where MetricFlow cannot resolve the query; names it.
        """
        period, *dimensions = group_by
        if len(dimensions) > 1:
            return self.explain(metrics, group_by)
        dimension = dimensions[0] if dimensions else None
        sisters = self._sisters.setdefault(tuple(metrics), {})
        sql = (
            self._of_another_period(metrics, sisters, period, dimension)
            or self._of_another_slice(metrics, sisters, period, dimension)
            or self.explain(metrics, group_by)
        )
        sisters[period, dimension] = sql
        return sql

    def _of_another_period(
        self, metrics: Sequence[str], sisters: _Sisters, period: str, dimension: str | None
    ) -> str | None:
        """A sister's SQL with its period renamed, where no formula speaks of periods itself."""
        for (other, sliced), sql in sisters.items():
            before, after = (name.removeprefix(PERIOD) for name in (other, period))
            # Balances are taken on a day, whatever the period.
            if sliced != dimension or before == "day" or self._parts.names(metrics, before):
                continue
            renamed = re.sub(rf"__{before}\b", f"__{after}", sql)
            return renamed.replace(f"'{before}'", f"'{after}'")
        return None

    def _of_another_slice(
        self, metrics: Sequence[str], sisters: _Sisters, period: str, dimension: str | None
    ) -> str | None:
        """A sister's SQL with its slice renamed, where nothing else in it bears that name."""
        total = sisters.get((period, None))
        if not dimension or not total:
            return None
        path, column = _path(dimension), self._parts.column(metrics, dimension)
        if not column or (not path and column != dimension):
            return None
        for (other, sliced), sql in sisters.items():
            if other != period or not sliced:
                continue
            word = self._parts.column(metrics, sliced)
            # As `own_segment` of `segment` is read, so is `own_plan` of `plan`, but not `team`.
            is_like = sliced == f"{path}{word}"
            if is_like and re.search(rf"\b({sliced}|{word})\b", total) is None:
                return re.sub(rf"\b{word}\b", column, re.sub(rf"\b{sliced}\b", dimension, sql))
        return None

    def explain(self, metrics: Sequence[str], group_by: Sequence[str]) -> str:
        """As `compile`, always by MetricFlow itself."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        engine = self._engine(metrics)
        try:
            result = engine.explain(
                MetricFlowQueryRequest.create(
                    metric_names=list(metrics), group_by_names=list(group_by)
                )
            )
        except Exception as error:
            message = (
                f"metrics {', '.join(metrics)} by {', '.join(group_by)} do not compile: "
                f"{error}; check `dimensions` and `grains` in the metrics' meta"
            )
            raise SemanticError(message) from error
        return _known(str(result.sql_statement.sql))

    def _engine(self, metrics: Sequence[str]) -> Any:  # noqa: ANN401 - MetricFlow's own
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.dbt_manifest_parser import (
            parse_manifest_from_dbt_generated_manifest,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import (
            SemanticManifestLookup,
        )

        key = ",".join(metrics)
        if key not in self._engines:
            manifest = parse_manifest_from_dbt_generated_manifest(
                manifest_json_string=self._parts.part(metrics)
            )
            self._engines[key] = MetricFlowEngine(
                semantic_manifest_lookup=SemanticManifestLookup(manifest),
                sql_client=_dialect_only_client(),
            )
        return self._engines[key]


def _path(name: str) -> str:
    """How a slice is reached: by its customers, as a column of another name, or as itself."""
    return next((path for path in (JOINED, OWN) if name.startswith(path)), "")


def _known(sql: str) -> str:
    """A query in which no slice of customers is NULL: who is none that is known, is `unknown`."""
    for column in set(_OF_CUSTOMERS.findall(sql)):
        sql = re.sub(rf"\b{re.escape(column)}\b", f"COALESCE({column}, '{UNKNOWN}')", sql)
    return sql


class CompiledQueries:
    """Compiled SQL, kept beside the manifest that it was compiled from.

    Compiling all queries of the catalogue costs half a minute and running them some seconds;
    so each text is kept until the part of the manifest that it comes from changes.
    """

    def __init__(self, manifest_path: Path) -> None:
        """Read what earlier invocations compiled."""
        self._manifest_path = manifest_path
        self._parts = PartialManifests(manifest_path)
        self._store = manifest_path.with_name("compiled_metrics.json")
        self._queries: dict[str, dict[str, str]] = {}
        self._is_changed = False
        # Families run on threads of one process, and share this.
        self._lock = threading.RLock()
        self._compiler: MetricCompiler | None = None
        self._fingerprints: dict[str, str] = {}
        if self._store.exists():
            self._queries = json.loads(self._store.read_text())

    def compile(self, metrics: Sequence[str], group_by: Sequence[str]) -> str:
        """As `MetricCompiler.compile`, from the store where it is there."""
        with self._lock:
            return self._compile(metrics, group_by)

    def _compile(self, metrics: Sequence[str], group_by: Sequence[str]) -> str:
        key = f"{','.join(metrics)} by {','.join(group_by)}"
        fingerprint = self._fingerprint(metrics)
        kept = self._queries.get(key)
        if kept is None or kept["fingerprint"] != fingerprint:
            self._compiler = self._compiler or MetricCompiler(self._manifest_path, self._parts)
            sql = self._compiler.compile(metrics, group_by)
            kept = self._queries[key] = {"fingerprint": fingerprint, "sql": sql}
            self._is_changed = True
        return kept["sql"]

    def tables(self, metrics: Sequence[str]) -> list[str]:
        """The facts that the metrics read, as `"schema"."table"`."""
        with self._lock:
            return self._parts.tables(metrics)

    def group_by_name(self, metrics: Sequence[str], dimension: str) -> str:
        """As `PartialManifests.group_by_name`."""
        with self._lock:
            return self._parts.group_by_name(metrics, dimension)

    def _fingerprint(self, metrics: Sequence[str]) -> str:
        key = ",".join(metrics)
        if key not in self._fingerprints:
            part = self._parts.part(metrics)
            self._fingerprints[key] = hashlib.sha256(part.encode()).hexdigest()
        return self._fingerprints[key]

    def save(self) -> None:
        """Keep what was compiled for the next invocation."""
        with self._lock:
            if not self._is_changed:
                return
            kept = json.loads(self._store.read_text()) if self._store.exists() else {}
            write_whole(self._store, json.dumps(kept | self._queries))
