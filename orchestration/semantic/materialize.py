"""A family's metrics as long rows: compiled by MetricFlow, run on dbt's connection.

Metrics of equal grains and dimensions share a query per grain, and slices that are read alike
share it too. The rows are
`metric_id, grain, period_start, dimension, dimension_value, value, numerator,
denominator, sample_size, lower, upper`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from orchestration.landing.sql import path_literal
from orchestration.project.dbt_internals import target_dir
from orchestration.project.manifest import MANIFEST, SEMANTICS
from orchestration.semantic.compiler import CompiledQueries, SlicedQuery
from orchestration.semantic.registry import (
    DriverFamily,
    MetricSpec,
    SourceRole,
    load_driver_families,
    load_registry,
    load_source_roles,
)
from orchestration.semantic.slices import IS, TOTAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import Protocol

    class Compiler(Protocol):
        """Whatever turns metrics and groupings into SQL."""

        def compile(self, metrics: Sequence[str], group_by: Sequence[str]) -> str | None:
            """The SQL that yields one column per grouping and per metric; None: no rows."""

        def tables(self, metrics: Sequence[str]) -> list[str]:
            """The facts that the metrics read."""

        def compile_slices(
            self, metrics: Sequence[str], period: str, dimensions: Sequence[str]
        ) -> list[SlicedQuery]:
            """Queries that together yield the total and every slice; none: no rows."""

        def group_by_name(self, metrics: Sequence[str], dimension: str) -> str:
            """How the metrics are grouped by a slice."""

    class Connection(Protocol):
        """What is needed of DuckDB's connection."""

        def execute(self, query: str) -> Any:  # noqa: ANN401 - DuckDB's own result
            """Run a statement."""

        def sql(self, query: str) -> Any:  # noqa: ANN401 - DuckDB's own relation
            """A relation over a query."""

        def table(self, name: str) -> Any:  # noqa: ANN401 - DuckDB's own relation
            """A relation by name."""


COLUMNS = (
    "metric_id varchar, grain varchar, period_start date, dimension varchar, "
    "dimension_value varchar, value double, numerator double, denominator double, "
    "sample_size bigint, lower double, upper double"
)


def materialize_family(connection: Connection, family: str) -> Any:  # noqa: ANN401
    """Long rows of a family's metrics that are of the first pass, as a DuckDB relation."""
    return _materialize(
        connection,
        f"metric_rows_{family}",
        lambda spec: spec.driver_family == family and not spec.is_second_pass,
    )


def materialize_second_pass(connection: Connection) -> Any:  # noqa: ANN401
    """Long rows of every metric that counts what first values call for."""
    return _materialize(connection, "metric_rows_second_pass", attrgetter("is_second_pass"))


def _materialize(connection: Connection, table: str, wanted: Callable[[MetricSpec], bool]) -> Any:  # noqa: ANN401
    target = target_dir()
    compiler = _compiler(target / SEMANTICS)
    registry = [spec for spec in load_registry(target / MANIFEST) if wanted(spec)]
    connection.execute(f"create or replace temp table {table} ({COLUMNS})")
    for statement in long_selects(_WhereThereIsData(compiler, connection), registry):
        connection.execute(f"insert into {table} {statement}")
    compiler.save()
    return connection.table(table)


def read_ahead(target: Path) -> None:
    """Read what a build will read, where it is there; it is kept in the process."""
    if (target / SEMANTICS).exists():
        _compiler(target / SEMANTICS)
        load_registry(target / MANIFEST)


def _compiler(path: Path) -> CompiledQueries:
    """One for all families of a build: what it has read and compiled serves the next."""
    return _compilers(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _compilers(path: Path, _: int) -> CompiledQueries:
    return CompiledQueries(path)


class _WhereThereIsData:
    """Compiles what has rows to compute from, and gives None for metrics whose facts are empty.

    Without rows of a fact no query yields any (no metric is joined to the time spine). A
    company with one source has none in three facts of four; planning their queries took most
    of what its metrics took.
    """

    def __init__(self, compiler: CompiledQueries, connection: Connection) -> None:
        self._compiler, self._connection = compiler, connection
        self._known: dict[str, bool] = {}

    def compile(self, metrics: Sequence[str], group_by: Sequence[str]) -> str | None:
        """As `CompiledQueries.compile`, or None."""
        return self._compiler.compile(metrics, group_by) if self._has_any(metrics) else None

    def compile_slices(
        self, metrics: Sequence[str], period: str, dimensions: Sequence[str]
    ) -> list[SlicedQuery]:
        """As `CompiledQueries.compile_slices`, or none."""
        if not self._has_any(metrics):
            return []
        return self._compiler.compile_slices(metrics, period, dimensions)

    def tables(self, metrics: Sequence[str]) -> list[str]:
        """As `CompiledQueries.tables`."""
        return self._compiler.tables(metrics)

    def group_by_name(self, metrics: Sequence[str], dimension: str) -> str:
        """As `CompiledQueries.group_by_name`."""
        return self._compiler.group_by_name(metrics, dimension)

    def _has_any(self, metrics: Sequence[str]) -> bool:
        return any(self._has_rows(table) for table in self._compiler.tables(metrics))

    def _has_rows(self, table: str) -> bool:
        if table not in self._known:
            # To its end: an unfinished result keeps the connection from other work.
            rows = self._connection.execute(f"select exists (from {table})").fetchall()
            self._known[table] = bool(rows[0][0])
        return self._known[table]


def long_selects(compiler: Compiler, registry: Sequence[MetricSpec]) -> Iterator[str]:
    """Selects of long rows: a few per group of like metrics and grain."""
    for specs in _like_metrics(compiler, registry):
        if specs[0].cube_entity:
            yield from _cube_selects(compiler, specs, specs[0].cube_entity)
        else:
            for grain in specs[0].grains:
                yield from _grain_selects(compiler, specs, grain)


def total_queries(
    compiler: Compiler, registry: Sequence[MetricSpec]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """One query per group of like metrics, with the metrics that it yields as columns."""
    for specs in _like_metrics(compiler, registry):
        entity = specs[0].cube_entity
        group_by = _cube_names(entity) if entity else [f"metric_time__{specs[0].grains[0]}"]
        names = tuple(spec.metric_id for spec in specs)
        sql = compiler.compile(_queried(specs), group_by)
        if sql is not None:
            yield sql, names


def _like_metrics(compiler: Compiler, registry: Sequence[MetricSpec]) -> Iterator[list[MetricSpec]]:
    """Metrics of equal grains and dimensions that are grouped in one way, and of one cube."""

    def key(spec: MetricSpec) -> tuple[tuple[str, ...], ...]:
        queried = _queried([spec])
        names = tuple(compiler.group_by_name(queried, name) for name in spec.dimensions)
        return (
            spec.grains,
            spec.dimensions,
            names,
            tuple(compiler.tables(queried)),
            (spec.cube_entity or "",),
        )

    for _, group in groupby(sorted(registry, key=key), key=key):
        yield list(group)


def _grain_selects(compiler: Compiler, specs: Sequence[MetricSpec], grain: str) -> Iterator[str]:
    """The total and all slices at a grain."""
    period = f"metric_time__{grain}"
    for sql, column in compiler.compile_slices(_queried(specs), period, specs[0].dimensions):
        # `segment=smb`, or `total`, which is its own value.
        dimension = f"split_part({column}, '{IS}', 1)" if column else f"'{TOTAL}'"
        value = f"substr({column}, strpos({column}, '{IS}') + 1)" if column else f"'{TOTAL}'"
        yield _unpivot(sql, specs, f"'{grain}'", period, dimension, value)


def _cube_selects(compiler: Compiler, specs: Sequence[MetricSpec], entity: str) -> Iterator[str]:
    """A cube carries its own grains and slices as columns; other metrics may have more of them."""
    day, *names = _cube_names(entity)
    sql = compiler.compile(_queried(specs), [day, *names])
    if sql is not None:
        wanted = (TOTAL, *specs[0].dimensions)
        yield _unpivot(sql, specs, names[0], day, names[1], names[2], only=wanted)


def _cube_names(entity: str) -> list[str]:
    """Day, grain, dimension and its value, as MetricFlow calls them in a cube."""
    columns = (f"{entity}__{column}" for column in ("grain", "dimension", "dimension_value"))
    return ["metric_time__day", *columns]


def _queried(specs: Sequence[MetricSpec]) -> list[str]:
    """The metrics and the parts that their rows carry."""
    names = {
        name
        for spec in specs
        for name in (
            spec.metric_id,
            spec.numerator,
            spec.denominator,
            spec.sample,
            spec.lower,
            spec.upper,
        )
        if name
    }
    return sorted(names)


def _unpivot(
    sql: str,
    specs: Sequence[MetricSpec],
    grain: str,
    period: str,
    dimension: str,
    dimension_value: str,
    only: tuple[str, ...] = (),
) -> str:
    wanted = f"and {dimension} in ({', '.join(repr(name) for name in only)})" if only else ""
    structs = ",\n        ".join(
        "{"
        f"'metric_id': '{spec.metric_id}', "
        f"'value': cast({spec.metric_id} as double), "
        f"'numerator': cast({spec.numerator or 'null'} as double), "
        f"'denominator': cast({spec.denominator or 'null'} as double), "
        f"'sample_size': cast({spec.sample or 'null'} as bigint), "
        f"'lower': cast({spec.lower or 'null'} as double), "
        f"'upper': cast({spec.upper or 'null'} as double), "
        f"'has_members': {_has_members(spec)}"
        "}"
        for spec in specs
    )
    return f"""
with wide as (
{sql}
),
long as (
    select
        {grain} as grain,
        cast({period} as date) as period_start,
        {dimension} as dimension,
        cast({dimension_value} as varchar) as dimension_value,
        unnest([
        {structs}
        ]) as metric
    from wide
    where {period} is not null {wanted}
)
select
    metric.metric_id, grain, period_start, dimension, dimension_value,
    metric.value, metric.numerator, metric.denominator, metric.sample_size,
    metric.lower, metric.upper
from long
where metric.value is not null or metric.denominator is not null
    or metric.has_members
"""


def _has_members(spec: MetricSpec) -> str:
    """Whether what has no value is a row all the same.

    A distribution that has anything in it is; a cube's row that keeps its few to itself, too.
    """
    if spec.cube_entity and spec.min_sample:
        return "true"
    return f"{spec.sample} > 0" if spec.aggregation == "distribution" and spec.sample else "false"


def materialize_registry(connection: Connection) -> Any:  # noqa: ANN401
    """One row per metric of the registry, columns as in `MetricSpec`."""
    target = target_dir()
    specs = load_registry(target / MANIFEST)
    return _rows(connection, target / "metric_registry.json", MetricSpec, specs)


def materialize_source_roles(connection: Connection) -> Any:  # noqa: ANN401
    """One row per source that declares `meta.feeds`, columns as in `SourceRole`."""
    target = target_dir()
    roles = load_source_roles(target / MANIFEST)
    return _rows(connection, target / "source_roles.json", SourceRole, roles)


def materialize_driver_families(connection: Connection) -> Any:  # noqa: ANN401
    """One row per driver family, columns as in `DriverFamily`."""
    target = target_dir()
    families = load_driver_families(target / MANIFEST)
    return _rows(connection, target / "driver_families.json", DriverFamily, families)


def materialize_lineage(connection: Connection) -> Any:  # noqa: ANN401
    """One row per step of a metric's way to raw columns, columns as in `Step`."""
    # Where it is needed: reading SQL takes a package that nothing else of a build needs.
    from orchestration.lineage.metrics import Step, kept_steps

    target = target_dir()

    def queries() -> Iterator[tuple[str, tuple[str, ...]]]:
        compiler = _compiler(target / SEMANTICS)
        by_family = attrgetter("driver_family")
        registry = sorted(load_registry(target / MANIFEST), key=by_family)
        # As they are compiled when they are computed: family by family.
        for _, family in groupby(registry, key=by_family):
            yield from total_queries(compiler, list(family))

    return _read(connection, kept_steps(queries, target, connection), Step)


def materialize_staged_rows(connection: Connection) -> Any:  # noqa: ANN401
    """One row per staging model, object that it reads and fate of its rows, as in `Fate`."""
    from orchestration.lineage.staged import Fate, account_rows

    target = target_dir()
    fates = list(account_rows(connection, target))
    return _rows(connection, target / "staged_rows.json", Fate, fates)


def _rows(connection: Connection, path: Path, kind: type[Any], items: Sequence[Any]) -> Any:  # noqa: ANN401
    """Dataclasses as a DuckDB relation, read from a file that stays beside the manifest.

    An Arrow table would do as well, at half a second to import it in every build.
    """
    path.write_text("\n".join(json.dumps(asdict(item)) for item in items))
    return _read(connection, path, kind)


def _read(connection: Connection, path: Path, kind: type[Any]) -> Any:  # noqa: ANN401
    """JSON lines as a DuckDB relation, with the columns of a dataclass."""
    columns = {field.name: _DUCKDB_TYPES[str(field.type)] for field in fields(kind)}
    return connection.sql(f"select * from read_json({path_literal(path)}, columns = {columns})")


_DUCKDB_TYPES = {
    "str": "varchar",
    "str | None": "varchar",
    "tuple[str, ...]": "varchar[]",
    "float": "double",
    "float | None": "double",
    "int": "integer",
    "bool": "boolean",
}
