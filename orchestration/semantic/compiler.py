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
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

from orchestration.files import write_whole
from orchestration.semantic.documents import read_document


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
        self._manifest: dict[str, Any] = read_document(manifest_path)
        self._metrics = {metric["name"]: metric for metric in self._manifest["metrics"]}
        self._made: dict[tuple[str, ...], str] = {}

    def part(self, metrics: Sequence[str]) -> str:
        """The JSON of the manifest with these metrics, their parts and their facts."""
        key = tuple(metrics)
        if key not in self._made:
            self._made[key] = json.dumps(self._part(metrics))
        return self._made[key]

    def _part(self, metrics: Sequence[str]) -> dict[str, Any]:
        needed = sorted(self._closure(metrics))
        facts = {
            parameters["semantic_model"]
            for name in needed
            if (parameters := self._metrics[name]["type_params"].get("metric_aggregation_params"))
        }
        models = [m for m in self._manifest["semantic_models"] if m["name"] in facts]
        return self._manifest | {
            "metrics": [self._metrics[name] for name in needed],
            "semantic_models": models,
            "saved_queries": [],
        }

    def tables(self, metrics: Sequence[str]) -> list[str]:
        """The facts that the metrics and their parts read, as `"schema"."table"`."""
        relations = (m["node_relation"] for m in self._part(metrics)["semantic_models"])
        return sorted(f'"{r["schema_name"]}"."{r["alias"]}"' for r in relations)

    def is_plain(self, metrics: Sequence[str], entities: Sequence[str]) -> bool:
        """Whether every fact of the metrics has these entities as columns of the same names."""
        for model in self._part(metrics)["semantic_models"]:
            plain = {
                entity["name"]
                for entity in model["entities"]
                if entity["expr"] in (None, entity["name"])
            }
            if not plain.issuperset(entities):
                return False
        return True

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
            pending += self._inputs(name)
        return seen

    def _inputs(self, name: str) -> Iterator[str]:
        parameters = self._metrics[name]["type_params"]
        for side in ("numerator", "denominator"):
            if parameters.get(side):
                yield parameters[side]["name"]
        for part in parameters.get("metrics") or ():
            yield part["name"]


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
        self._sisters: dict[tuple[tuple[str, ...], str], dict[str | None, str]] = {}

    def compile(self, metrics: Sequence[str], group_by: Sequence[str]) -> str:
        """The SQL that yields one column per grouping and per metric.

        The queries of a period that differ in their slice alone differ in its name alone, so
        of those MetricFlow compiles the total and the first, and the others are that one with
        the name changed (12 s instead of 32 s for the whole catalogue).

        Raises:
            SemanticError: where MetricFlow cannot resolve the query; names it.
        """
        period, *dimensions = group_by
        if len(dimensions) > 1:
            return self.explain(metrics, group_by)
        dimension = dimensions[0] if dimensions else None
        sisters = self._sisters.setdefault((tuple(metrics), period), {})
        sql = self._renamed(metrics, sisters, dimension) or self.explain(metrics, group_by)
        sisters[dimension] = sql
        return sql

    def _renamed(
        self, metrics: Sequence[str], sisters: Mapping[str | None, str], dimension: str | None
    ) -> str | None:
        """A sister's SQL with its slice renamed, where nothing else in it bears that name."""
        sliced = next((name for name in sisters if name), None)
        if not dimension or not sliced or None not in sisters:
            return None
        word = re.compile(rf"\b{re.escape(sliced)}\b")
        is_elsewhere = word.search(sisters[None]) is not None
        if is_elsewhere or not self._parts.is_plain(metrics, (sliced, dimension)):
            return None
        return word.sub(dimension, sisters[sliced])

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
        return str(result.sql_statement.sql)

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
