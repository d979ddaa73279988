"""Two warehouses, or two published versions, row for row: what differs, and by how much.

Values are compared as text, tables as multisets of rows: DuckDB attaches both files
read-only and subtracts one from the other, so the last bit of a double and a row that is
there twice both count. Whoever compares a home holds its lock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.landing.sql import identifier, literal
from orchestration.settings import MEMORY_LIMIT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

# Columns that differ by nature, whatever table they are in: names of builds, numbers of
# loads, what a file system or the clock says (through when a source without event times is
# covered, too), and the key by which persons are hashed.
LEFT_OUT_COLUMNS = frozenset(
    {
        "_load_id",
        "_loaded_at",
        "accepted_at",
        "build_id",
        "built_at",
        "checked_at",
        "covered_through",
        "delivered_through",
        "finished_at",
        "hash_key",
        "hours_to_published",
        "load_id",
        "load_ids",
        "loaded_at",
        "mtime_ns",
        "newest_load_on",
        "published_at",
        "refused_at",
        "requested_at",
        "stamp",
        "version_id",
    }
)
# Tables that remember the builds and publications of a home: its history, not its data.
LEFT_OUT_TABLES = frozenset(
    {
        "audiences.executive_weeks",
        "governance.landing_decisions",
        "governance.metric_restatements",
        "intermediate.int_restatements__changed",
        "intermediate.int_restatements__explained",
        "raw_meta.builds_code",
        "raw_meta.decisions",
        "raw_meta.gate_results",
        "raw_meta.load_evidence",
        "raw_meta.notices",
        "raw_meta.publications",
        "raw_meta.published_customers",
        "raw_meta.published_definitions",
        "raw_meta.published_values",
        "raw_meta.published_weeks",
        "raw_meta.rebuild_required",
        "raw_meta.runs",
        "staging.stg_raw_meta__decisions",
        "staging.stg_raw_meta__load_evidence",
        "staging.stg_raw_meta__publications",
        "staging.stg_raw_meta__published_customers",
        "staging.stg_raw_meta__published_definitions",
        "staging.stg_raw_meta__published_values",
        "staging.stg_raw_meta__published_weeks",
        "staging.stg_raw_meta__runs",
    }
)
# Metrics of the runs themselves: their values are what the clock said.
LEFT_OUT_METRICS = frozenset({"hours_event_to_published"})
VALUES = "governance.metric_values"
_VALUE_KEYS = ("metric_id", "grain", "period_start", "dimension", "dimension_value")
_SIDES = ("a", "b")
_METRICS = "coalesce(metric_id not in ({}), true)".format(
    ", ".join(literal(metric) for metric in sorted(LEFT_OUT_METRICS))
)


class ComparisonError(Exception):
    """Something cannot be compared; the message says what, and what to do."""


@dataclass(frozen=True)
class ColumnDifference:
    """A column that one side lacks (its type is None there) or has with another type."""

    table: str
    column: str
    type_a: str | None
    type_b: str | None


@dataclass(frozen=True)
class TableDifference:
    """Rows that only one side has; `columns` are those whose values differ among them.

    Examples hold the differing columns first.
    """

    table: str
    only_a: int
    only_b: int
    columns: tuple[str, ...]
    examples_a: tuple[Mapping[str, str | None], ...]
    examples_b: tuple[Mapping[str, str | None], ...]


@dataclass(frozen=True)
class MovedValue:
    """A metric's value that one side says otherwise; `relative` is infinite from 0 or nothing."""

    metric_id: str
    grain: str
    period_start: dt.date
    dimension: str
    dimension_value: str
    value_a: float | None
    value_b: float | None
    state_a: str | None
    state_b: str | None
    change: float | None
    relative: float


@dataclass(frozen=True)
class Comparison:
    """What two sides say differently; `moved_values` are sorted by their relative change."""

    table_count: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    columns: tuple[ColumnDifference, ...]
    tables: tuple[TableDifference, ...]
    moved_values: tuple[MovedValue, ...]

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs but what differs by nature."""
        return not (self.only_a or self.only_b or self.columns or self.tables)


def compare_values(file_a: Path, file_b: Path) -> tuple[MovedValue, ...]:
    """The metrics' values that two files say differently, and nothing else of them.

    Raises:
        ComparisonError: a file cannot be opened.
    """
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for side, file in zip(_SIDES, (file_a, file_b), strict=True):
            _attach(connection, side, file)
        return _moved_values(connection)


def compare_files(
    file_a: Path,
    file_b: Path,
    *,
    example_count: int = 3,
    threads: int = 2,
    memory_limit: str = MEMORY_LIMIT,
) -> Comparison:
    """Compare every table and view of two DuckDB files.

    Raises:
        ComparisonError: a file cannot be opened, or both are one.
    """
    if file_a.resolve() == file_b.resolve():
        raise ComparisonError(f"{file_a} and {file_b} are one file; name two")
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {threads}")
        connection.execute(f"set memory_limit = {literal(memory_limit)}")
        connection.execute("set timezone = 'UTC'")
        described = [
            _attach(connection, side, file)
            for side, file in zip(_SIDES, (file_a, file_b), strict=True)
        ]
        tables_a, tables_b = ({*tables} - LEFT_OUT_TABLES for tables in described)
        shared = sorted(tables_a & tables_b)
        return Comparison(
            table_count=len(shared),
            only_a=tuple(sorted(tables_a - tables_b)),
            only_b=tuple(sorted(tables_b - tables_a)),
            columns=tuple(
                difference
                for table in shared
                for difference in _compare_columns(table, *(side[table] for side in described))
            ),
            tables=tuple(
                difference
                for table in shared
                if (
                    difference := _compare_rows(
                        connection,
                        table,
                        _columns_of_both(*(side[table] for side in described)),
                        example_count=example_count,
                    )
                )
            ),
            moved_values=_moved_values(connection) if VALUES in shared else (),
        )


def _attach(
    connection: duckdb.DuckDBPyConnection, side: str, file: Path
) -> dict[str, dict[str, str]]:
    """Attach a file as catalogue `side`; gives the columns of its tables and views with types."""
    try:
        connection.execute(f"attach {literal(str(file))} as {side} (read_only)")
    except duckdb.Error as error:
        raise ComparisonError(f"{file}: cannot be opened read-only: {error}") from error
    described: dict[str, dict[str, str]] = {}
    for schema, table, column, data_type in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where database_name = ? and not internal order by all",
        [side],
    ).fetchall():
        described.setdefault(f"{schema}.{table}", {})[column] = data_type
    for schema, view in connection.execute(
        "select schema_name, view_name from duckdb_views() where database_name = ? "
        "and not internal",
        [side],
    ).fetchall():
        try:
            connection.execute(f"from {side}.{identifier(schema)}.{identifier(view)} limit 0")
        except duckdb.CatalogException:
            # The rest of a model that is no more; its tables have gone.
            described.pop(f"{schema}.{view}", None)
    return described


def _columns_of_both(columns_a: Mapping[str, str], columns_b: Mapping[str, str]) -> list[str]:
    """Columns of both sides that are compared, sorted."""
    return sorted(({*columns_a} & {*columns_b}) - LEFT_OUT_COLUMNS)


def _compare_columns(
    table: str, columns_a: Mapping[str, str], columns_b: Mapping[str, str]
) -> list[ColumnDifference]:
    return [
        ColumnDifference(table, column, columns_a.get(column), columns_b.get(column))
        for column in sorted(({*columns_a} | {*columns_b}) - LEFT_OUT_COLUMNS)
        if columns_a.get(column) != columns_b.get(column)
    ]


def _compare_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: list[str],
    *,
    example_count: int,
) -> TableDifference | None:
    """The multiset difference of a table's rows as text; None where there is none."""
    if not columns:
        return None
    schema, name = (identifier(part) for part in table.split(".", 1))
    texts = ", ".join(f"cast({identifier(c)} as varchar) as {identifier(c)}" for c in columns)
    where = f"where {_METRICS}" if "metric_id" in columns else ""
    row_of = {side: f"select {texts} from {side}.{schema}.{name} {where}" for side in _SIDES}
    names = ", ".join(map(identifier, columns))
    # Most tables are equal, which one pass over each tells without keeping a row.
    prints = {
        connection.execute(f"select count(*), sum(hash({names})) from ({rows})").fetchone()
        for rows in row_of.values()
    }
    if len(prints) == 1:
        return None
    for one, other in (_SIDES, _SIDES[::-1]):
        connection.execute(
            f"create or replace temp table only_{one} as {row_of[one]} except all {row_of[other]}"
        )
    only_a, only_b = (_count(connection, f"from only_{side}") for side in _SIDES)
    differing = [column for column in columns if _differs(connection, identifier(column))]
    return TableDifference(
        table=table,
        only_a=only_a,
        only_b=only_b,
        columns=tuple(differing),
        examples_a=_examples(connection, "only_a", columns, differing, example_count),
        examples_b=_examples(connection, "only_b", columns, differing, example_count),
    )


def _differs(connection: duckdb.DuckDBPyConnection, column: str) -> bool:
    """Whether a column alone tells the rows of one side from those of the other."""
    return any(
        _count(
            connection,
            f"from (select {column} from only_{one} except all select {column} from only_{other})",
        )
        for one, other in (_SIDES, _SIDES[::-1])
    )


def _examples(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    columns: list[str],
    differing: list[str],
    count: int,
) -> tuple[Mapping[str, str | None], ...]:
    """The first rows in the order of what both sides share, so that examples pair up."""
    same = [column for column in columns if column not in differing]
    shown = [*differing, *same]
    answer = connection.execute(
        f"select {', '.join(map(identifier, shown))} from {rows} "
        f"order by {', '.join(map(identifier, [*same, *differing]))} limit {count}"
    ).fetchall()
    return tuple(dict(zip(shown, row, strict=True)) for row in answer)


def _moved_values(connection: duckdb.DuckDBPyConnection) -> tuple[MovedValue, ...]:
    keys = ", ".join(_VALUE_KEYS)
    rows = connection.execute(f"""
        select {keys}, a.value, b.value, a.state, b.state
        from a.{VALUES} as a full join b.{VALUES} as b using ({keys})
        where {_METRICS} and (
            cast(a.value as varchar) is distinct from cast(b.value as varchar)
            or a.state is distinct from b.state
        )
    """).fetchall()
    told: list[list[Any]] = [[*row, *_change(row[5], row[6])] for row in rows]
    moved = [MovedValue(*row) for row in told]
    return tuple(
        sorted(
            moved,
            key=lambda value: (
                -value.relative,
                value.metric_id,
                value.grain,
                value.period_start,
                value.dimension,
                value.dimension_value,
            ),
        )
    )


def _change(before: float | None, after: float | None) -> tuple[float | None, float]:
    """The change of a value, and its size beside the value before."""
    if before is None or after is None:
        return None, 0.0 if before == after else math.inf
    change = float(after) - float(before)
    if not change:
        return change, 0.0
    return change, abs(change / float(before)) if before else math.inf


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    row: Any = connection.execute(f"select count(*) {rows}").fetchone()
    return int(row[0])
