"""What the semantic layer makes, as tables: metrics as long rows, the registry, lineage.

Metrics are compiled by MetricFlow and run on dbt's connection.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from functools import lru_cache, partial
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from orchestration.landing.sql import path_literal
from orchestration.project.dbt_internals import target_dir
from orchestration.project.manifest import MANIFEST, SEMANTICS, read_semantics
from orchestration.semantic.compiler import CompiledQueries, SlicedQuery
from orchestration.semantic.registry import (
    DriverFamily,
    MetricSpec,
    SourceRole,
    load_driver_families,
    load_registry,
    load_source_roles,
)
from orchestration.semantic.rows import MetricRows
from orchestration.semantic.selects import long_selects, total_queries
from orchestration.semantic.windows import customer_selects, is_windowed, window_selects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from orchestration.semantic.rows import Connection
    from orchestration.semantic.selects import Compiler

    Selects = Callable[[Compiler, Sequence[MetricSpec]], Iterator[str]]


def materialize_family(connection: Connection, family: str) -> Any:  # noqa: ANN401
    """Long rows of a family's metrics that are of the first pass, as a DuckDB relation."""
    return _materialize(
        connection,
        f"metrics_{family}",
        lambda spec: spec.driver_family == family and not spec.is_second_pass,
    )


def materialize_second_pass(connection: Connection) -> Any:  # noqa: ANN401
    """Long rows of every metric that counts what first values call for."""
    return _materialize(connection, "metrics_second_pass", attrgetter("is_second_pass"))


def materialize_windows(connection: Connection) -> Any:  # noqa: ANN401
    """Long rows of metrics that are judged over more than a period: a row per window's end."""
    metrics = read_semantics(target_dir() / SEMANTICS).metrics
    return _materialize(
        connection, "metrics_windows", is_windowed, partial(window_selects, metrics=metrics)
    )


def materialize_customers(connection: Connection) -> Any:  # noqa: ANN401
    """Long rows of core metrics by month and customer: who made what a scorecard shows."""
    metrics = read_semantics(target_dir() / SEMANTICS).metrics
    return _materialize(
        connection,
        "metrics_customers",
        lambda spec: spec.tier == "core" and not spec.is_second_pass,
        partial(customer_selects, metrics=metrics),
    )


def _materialize(
    connection: Connection,
    model: str,
    wanted: Callable[[MetricSpec], bool],
    selects: Selects = long_selects,
) -> Any:  # noqa: ANN401
    target = target_dir()
    compiler = _compiler(target / SEMANTICS)
    registry = [spec for spec in load_registry(target / MANIFEST) if wanted(spec)]
    rows = MetricRows(connection, model)
    for statement in selects(_WhereThereIsData(compiler, connection), registry):
        rows.add(statement)
    compiler.save()
    return rows.finish()


def read_ahead(target: Path) -> None:
    """Read what a build will read, where it is there; it is kept in the process."""
    if (target / SEMANTICS).exists():
        _compiler(target / SEMANTICS)
        load_registry(target / MANIFEST)


def compile_ahead(target: Path, *, until: Callable[[], bool]) -> None:
    """Compile queries that a build may ask for, what it asks for in any case first.

    Args:
        target: dbt's folder, with the parsed project.
        until: Whether to stop, asked between queries.
    """
    if not (target / SEMANTICS).exists():
        return
    compiler = _compiler(target / SEMANTICS)
    families = _by_family(load_registry(target / MANIFEST))
    totals = (total_queries(compiler, family) for family in families)
    for _ in chain(*totals, _every_select(compiler, target)):
        if until():
            break
    compiler.save()


def metric_queries(connection: Connection, target: Path) -> Iterator[str]:
    """Every query of metrics that a build of a warehouse's facts runs, in DuckDB's dialect.

    Args:
        connection: To the warehouse, with its facts.
        target: dbt's folder, with the parsed project.
    """
    compiler = _compiler(target / SEMANTICS)
    yield from _every_select(_WhereThereIsData(compiler, connection), target)


def _every_select(compiler: Compiler, target: Path) -> Iterator[str]:
    """The queries of all models of metrics, the facts' own first."""
    registry = load_registry(target / MANIFEST)
    metrics = read_semantics(target / SEMANTICS).metrics
    first = [spec for spec in registry if not spec.is_second_pass]
    core = [spec for spec in first if spec.tier == "core"]
    return chain(
        *(long_selects(compiler, family) for family in _by_family(first)),
        window_selects(compiler, list(filter(is_windowed, registry)), metrics=metrics),
        customer_selects(compiler, core, metrics=metrics),
        long_selects(compiler, [spec for spec in registry if spec.is_second_pass]),
    )


def _by_family(registry: Iterable[MetricSpec]) -> Iterator[list[MetricSpec]]:
    """Metrics as they are compiled when they are computed: family by family."""
    by_family = attrgetter("driver_family")
    for _, family in groupby(sorted(registry, key=by_family), key=by_family):
        yield list(family)


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
        self, metrics: Sequence[str], grains: Sequence[str], dimensions: Sequence[str]
    ) -> list[SlicedQuery]:
        """As `CompiledQueries.compile_slices`, or none."""
        if not self._has_any(metrics):
            return []
        return self._compiler.compile_slices(metrics, grains, dimensions)

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
        for family in _by_family(load_registry(target / MANIFEST)):
            yield from total_queries(compiler, family)
        # Those of facts without rows nobody else compiles.
        compiler.save()

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
