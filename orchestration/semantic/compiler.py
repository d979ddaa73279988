"""MetricFlow as a compiler: metric names and a grouping in, SQL out.

MetricFlow's Python engine is not a stable interface, so it is pinned and touched here
alone. Nothing is executed: the client only knows its dialect.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orchestration.project.semantics import SemanticModel

from orchestration.files import write_whole
from orchestration.project.code import plain_python
from orchestration.project.manifest import read_semantics
from orchestration.semantic.slices import (
    JOINED,
    OWN,
    TOTAL,
    UNKNOWN,
    NotGroupedAloneError,
    Slice,
    customer_model,
    customer_slices,
    group_by_name,
    knows_customers,
)

# How MetricFlow calls the period of a query.
PERIOD = "metric_time__"
# The modules of this package that decide what SQL is.
COMPILING = ("compiler.py", "grouping_sets.py", "slices.py")
# Compiled queries of the same metrics, by period and what else they are grouped by.
_Sisters = dict[tuple[str, tuple[str, ...]], str]
# A column of customers, where a query takes it for a slice.
_OF_CUSTOMERS = re.compile(rf"(\w+\.(?!{JOINED})\w+) AS {JOINED}\w+")


class SlicedQuery(NamedTuple):
    """SQL, and what its columns say.

    Attributes:
        sql: The query.
        grain: Of all its rows; None where its period says `grain=date`.
        period: The column of the period.
        column: The column that says `dimension=value`; None where there is the total alone.
    """

    sql: str
    grain: str | None
    period: str
    column: str | None


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


@cache
def _count_ids_in_place() -> None:
    """Have MetricFlow number the parts of a plan without a new table of numbers for each.

    It copies what it has counted, by each of some eighty kinds, for every part that it makes: a
    fifth of its planning. The numbers are the same; each thread has its own, as before.
    """
    from metricflow_semantics.dag import sequential_id

    stack = sequential_id._IdGenerationStateStack

    def create_next_id(_: type[Any], id_prefix: Any) -> Any:  # noqa: ANN401 - MetricFlow's own
        state = stack.get_current_state()
        counted = state.__dict__.get("_counted")
        if counted is None:
            counted = dict(state.prefix_to_next_value)
            state.__dict__["_counted"] = counted
        index = counted.get(id_prefix) or state.default_start_value
        counted[id_prefix] = index + 1
        return sequential_id.SequentialId(id_prefix=id_prefix, index=index)

    sequential_id.SequentialIdGenerator.create_next_id = classmethod(create_next_id)  # type: ignore[assignment]


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

        Raises:
            SemanticError: where MetricFlow cannot resolve the query; names it.
        """
        period, *names = group_by
        return self._sister(metrics, period, names, lambda: self.explain(metrics, group_by))

    def compile_slices(
        self, metrics: Sequence[str], grains: Sequence[str], dimensions: Sequence[str]
    ) -> list[SlicedQuery]:
        """Queries that yield the total and every slice of metrics at every grain, each once.

        Slices that are read alike share a query by grouping sets, and so do grains where nothing
        but the name of the period differs; the first slices have the total with them.

        Raises:
            SemanticError: as `compile`.
        """
        if len(grains) > 1 and not any(self._parts.names(metrics, grain) for grain in grains):
            # Balances are taken on a day, whatever the period: by day a query says less.
            first, *others = sorted(grains, key=lambda grain: grain == "day")
            with suppress(NotGroupedAloneError):
                return self._sliced(metrics, (first, *others), dimensions)
        return [
            query for grain in grains for query in self._sliced_alone(metrics, grain, dimensions)
        ]

    def _sliced_alone(
        self, metrics: Sequence[str], grain: str, dimensions: Sequence[str]
    ) -> list[SlicedQuery]:
        try:
            return self._sliced(metrics, (grain,), dimensions)
        except NotGroupedAloneError as error:
            message = (
                f"metrics {', '.join(metrics)} do more with a slice than to group by it: {error}; "
                f"take it from `dimensions` in the metrics' meta ({', '.join(dimensions)})"
            )
            raise SemanticError(message) from error

    def _sliced(
        self, metrics: Sequence[str], grains: tuple[str, ...], dimensions: Sequence[str]
    ) -> list[SlicedQuery]:
        """One query per kind of slices, of all grains at once."""
        period = f"{PERIOD}{grains[0]}"
        grain = grains[0] if len(grains) == 1 else None
        total = self.compile(metrics, [period])
        alike = self._alike(metrics, total, dimensions) or [[]]
        return [
            SlicedQuery(
                self._at_once(metrics, grains, slices, has_total=slices is alike[0]),
                grain,
                period,
                slices[0].name if slices else None,
            )
            for slices in alike
        ]

    def _at_once(
        self,
        metrics: Sequence[str],
        grains: tuple[str, ...],
        slices: Sequence[Slice],
        *,
        has_total: bool,
    ) -> str:
        period = f"{PERIOD}{grains[0]}"

        def grouped() -> str:
            # Where it is needed: reading SQL takes a package that kept queries do without.
            from orchestration.semantic.grouping_sets import with_grouping_sets

            sql = self.compile(metrics, [period, *(one.name for one in slices[:1])])
            if not slices and len(grains) == 1:
                return sql
            return with_grouping_sets(sql, slices, has_total=has_total, grains=grains)

        if len(grains) > 1:
            return grouped()
        names = [*(one.name for one in slices), *([TOTAL] if has_total else [])]
        return self._sister(metrics, period, names, grouped)

    def _alike(
        self, metrics: Sequence[str], total: str, dimensions: Sequence[str]
    ) -> list[list[Slice]]:
        """Slices by how they are read: of customers, as a fact's own by their name, alone.

        As `own_segment` of `segment` is read, so is `own_plan` of `plan`, but not `team`.
        """
        found: dict[str, list[Slice]] = {}
        for dimension in dimensions:
            name = self.group_by_name(metrics, dimension)
            path, column = _path(name), self._parts.column(metrics, name)
            is_alike = column and (path or column == name)
            # Words that stand for more than the slice cannot be renamed.
            if not is_alike or re.search(rf"\b({name}|{column})\b", total):
                path, column = name, name
            found.setdefault(path, []).append(Slice(dimension, name, str(column)))
        return list(found.values())

    def _sister(
        self,
        metrics: Sequence[str],
        period: str,
        names: Sequence[str],
        compiled: Callable[[], str],
    ) -> str:
        """A query of the metrics; as that of another period where they differ in its name alone."""
        sisters = self._sisters.setdefault(tuple(metrics), {})
        sql = self._of_another_period(metrics, sisters, period, tuple(names)) or compiled()
        sisters[period, tuple(names)] = sql
        return sql

    def _of_another_period(
        self, metrics: Sequence[str], sisters: _Sisters, period: str, names: tuple[str, ...]
    ) -> str | None:
        """A sister's SQL with its period renamed, where no formula speaks of periods itself."""
        for (other, grouped), sql in sisters.items():
            before, after = (name.removeprefix(PERIOD) for name in (other, period))
            # Balances are taken on a day, whatever the period.
            if grouped != names or before == "day" or self._parts.names(metrics, before):
                continue
            renamed = re.sub(rf"__{before}\b", f"__{after}", sql)
            return re.sub(rf"'{before}'", f"'{after}'", renamed, flags=re.IGNORECASE)
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
            _count_ids_in_place()
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


@cache
def _code() -> str:
    """What compiles: MetricFlow's release, and what the modules that do say."""
    here = Path(__file__).parent
    texts = [plain_python((here / name).read_text()) for name in COMPILING]
    return "\n".join([version("metricflow"), *texts])


class CompiledQueries:
    """Compiled SQL, kept beside the manifest that it was compiled from.

    Compiling all queries of the catalogue costs some fifteen seconds and running them a few;
    so each text is kept until what compiles it changes, or the part of the manifest that it
    comes from.
    """

    def __init__(self, manifest_path: Path) -> None:
        """Read what earlier invocations compiled."""
        self._manifest_path = manifest_path
        self._parts = PartialManifests(manifest_path)
        self._store = manifest_path.with_name("compiled_queries.json")
        self._queries: dict[str, dict[str, Any]] = {}
        self._is_changed = False
        # Families run on threads of one process, and share this.
        self._lock = threading.RLock()
        self._compiler: MetricCompiler | None = None
        self._fingerprints: dict[str, str] = {}
        if self._store.exists():
            self._queries = json.loads(self._store.read_text())

    def compile(self, metrics: Sequence[str], group_by: Sequence[str]) -> str:
        """As `MetricCompiler.compile`, from the store where it is there."""
        kept = self._kept(
            metrics, group_by, lambda compiler: [(compiler.compile(metrics, group_by),)]
        )
        sql: str = kept[0][0]
        return sql

    def compile_slices(
        self, metrics: Sequence[str], grains: Sequence[str], dimensions: Sequence[str]
    ) -> list[SlicedQuery]:
        """As `MetricCompiler.compile_slices`, from the store where it is there."""
        kept = self._kept(
            metrics,
            [*grains, "slices", *dimensions],
            lambda compiler: compiler.compile_slices(metrics, grains, dimensions),
        )
        return [SlicedQuery(*query) for query in kept]

    def _kept(
        self,
        metrics: Sequence[str],
        group_by: Sequence[str],
        compiled: Callable[[MetricCompiler], Sequence[Sequence[Any]]],
    ) -> Sequence[Sequence[Any]]:
        with self._lock:
            key = f"{','.join(metrics)} by {','.join(group_by)}"
            fingerprint = self._fingerprint(metrics)
            kept = self._queries.get(key)
            if kept is None or kept["fingerprint"] != fingerprint:
                self._compiler = self._compiler or MetricCompiler(self._manifest_path, self._parts)
                kept = {"fingerprint": fingerprint, "queries": compiled(self._compiler)}
                self._queries[key] = kept
                self._is_changed = True
            queries: Sequence[Sequence[Any]] = kept["queries"]
            return queries

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
            self._fingerprints[key] = hashlib.sha256(f"{_code()}{part}".encode()).hexdigest()
        return self._fingerprints[key]

    def save(self) -> None:
        """Keep what was compiled for the next invocation."""
        with self._lock:
            if not self._is_changed:
                return
            kept = json.loads(self._store.read_text()) if self._store.exists() else {}
            write_whole(self._store, json.dumps(kept | self._queries))
