"""What Spark's table and DuckDB's say differently, row for row.

Both are multisets of rows, in DuckDB's types. Money, counts, dates and texts are equal or they
are not; a double may differ by `RELATIVE` of itself, since the two add up in another order and
take logarithms and powers from other libraries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.landing.sql import identifier
from orchestration.spark.tables import quoted, rows_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

RELATIVE = 1e-9
# Where nothing but the rest of a subtraction is left.
ABSOLUTE = 1e-12
DOUBLES = ("DOUBLE", "DOUBLE[]")


@dataclass(frozen=True)
class Difference:
    """How two tables compare; both counts are 0 where they are equal.

    Attributes:
        only_duckdb: Rows that Spark lacks.
        only_spark: Rows that DuckDB lacks.
        near: Columns of doubles that are equal within `RELATIVE`, not to the last bit.
        columns: Where rows differ, the columns that do, each with a value of either.
    """

    only_duckdb: int
    only_spark: int
    near: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether they are the same, doubles within their bound."""
        return not (self.only_duckdb or self.only_spark)


def compare_tables(
    cursor: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], made: Path
) -> Difference:
    """As `compare_rows`, of a table of the warehouse, `schema.table`."""
    return compare_rows(cursor, f"from {quoted(table)}", columns, made)


def compare_rows(
    cursor: duckdb.DuckDBPyConnection, query: str, columns: Mapping[str, str], made: Path
) -> Difference:
    """Compare what a query gives in the warehouse with the Parquet files of a folder.

    Args:
        cursor: Of the warehouse; it gets temporary tables.
        query: DuckDB's.
        columns: Of its rows, with their types.
        made: Folder of what Spark made.
    """
    typed = ", ".join(
        f"cast({identifier(c)} as {t}) as {identifier(c)}" for c, t in columns.items()
    )
    cursor.execute(f"create or replace temp table ours as select {typed} from ({query})")
    cursor.execute(f"create or replace temp table theirs as select {typed} from {rows_in(made)}")
    cursor.execute("create or replace temp table a as from ours except all from theirs")
    cursor.execute("create or replace temp table b as from theirs except all from ours")
    only_a, only_b = _numbers(cursor, "select (select count(*) from a), (select count(*) from b)")
    if not (only_a or only_b):
        return Difference(0, 0)
    doubles = [c for c, t in columns.items() if t in DOUBLES]
    if only_a == only_b and doubles and only_a == _pairs(cursor, columns):
        near = tuple(c for c in doubles if _moved(cursor, c))
        return Difference(0, 0, near=near)
    return Difference(only_a, only_b, columns=tuple(_examples(cursor, columns)))


def _pairs(cursor: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> int:
    """How many rows have a partner that is equal but for the last bits of its doubles."""
    doubles = [identifier(c) for c, t in columns.items() if t in DOUBLES]
    others = [identifier(c) for c, t in columns.items() if t not in DOUBLES]
    numbered = (
        f"select *, row_number() over (partition by {', '.join(others) or '1'} "
        f"order by {', '.join(doubles)}) as place from "
    )
    conditions = [
        "a.place = b.place",
        *(f"a.{c} is not distinct from b.{c}" for c in others),
        *(_nearness(identifier(c), t) for c, t in columns.items() if t in DOUBLES),
    ]
    (found,) = _numbers(
        cursor,
        f"select count(*) from ({numbered} a) as a inner join ({numbered} b) as b "
        f"on {' and '.join(conditions)}",
    )
    return found


def _nearness(column: str, data_type: str) -> str:
    a, b = f"a.{column}", f"b.{column}"
    if data_type == "DOUBLE":
        close = _close(a, b)
    else:
        close = (
            f"(len({a}) = len({b}) and len(list_filter(list_zip({a}, {b}), "
            f"lambda pair: not {_close('pair[1]', 'pair[2]')})) = 0)"
        )
    return f"coalesce({a} is not distinct from {b} or {close}, false)"


def _close(a: str, b: str) -> str:
    return f"(abs({a} - {b}) <= {RELATIVE} * greatest(abs({a}), abs({b})) + {ABSOLUTE})"


def _moved(cursor: duckdb.DuckDBPyConnection, column: str) -> bool:
    name = identifier(column)
    (found,) = _numbers(
        cursor, f"select count(*) from (select {name} from a except all select {name} from b)"
    )
    return found > 0


def _examples(cursor: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> list[str]:
    examples = []
    for column in columns:
        if _moved(cursor, column):
            name = identifier(column)
            (one, other) = (
                cursor.execute(
                    f"select cast({name} as varchar) from "
                    f"(select {name} from {x} except all select {name} from {y}) order by 1 limit 1"
                ).fetchone()
                for x, y in (("a", "b"), ("b", "a"))
            )
            examples.append(
                f"{column}: {one[0] if one else 'none'} / {other[0] if other else 'none'}"
            )
    return examples


def _numbers(cursor: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = cursor.execute(query).fetchone()
    return tuple(row) if row else ()
