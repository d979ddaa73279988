"""What two warehouses say differently, on the terminal or as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

from rich.console import Console

from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.words import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.warehouse.compare import Comparison, MovedValue, TableDifference

COLUMNS_SHOWN = 6
TEXT_SHOWN = 60


def print_comparison(
    comparison: Comparison, names: tuple[str, str], *, limit: int, terminal: IO[str] | None = None
) -> None:
    """Print all differences, of moved values the `limit` largest."""
    console = Console(file=terminal, highlight=False, soft_wrap=True)
    say = console.out
    if comparison.is_equal:
        say(f"equal: {comparison.table_count} tables, row for row")
        return
    for side, only in zip(names, (comparison.only_a, comparison.only_b), strict=True):
        for table in only:
            say(f"{table}: only in {side}")
    for column in comparison.columns:
        if column.type_a and column.type_b:
            say(f"{column.table}.{column.column}: {column.type_a} became {column.type_b}")
        else:
            say(f"{column.table}.{column.column}: only in {names[0 if column.type_a else 1]}")
    for difference in comparison.tables:
        _print_rows(console, difference, names)
    say(f"{len(comparison.tables)} of {comparison.table_count} tables differ in their rows")
    print_values(comparison.moved_values, limit=limit, terminal=terminal)


def comparison_json(comparison: Comparison) -> str:
    """The comparison as JSON; an infinite change, from 0 or from nothing, is null."""
    told = asdict(comparison)
    told["is_equal"] = comparison.is_equal
    told["moved_values"] = [
        value | {"relative": None if math.isinf(value["relative"]) else value["relative"]}
        for value in told["moved_values"]
    ]
    return json.dumps(told, indent=2, default=str)


def _print_rows(console: Console, table: TableDifference, names: tuple[str, str]) -> None:
    if table.columns:
        shown = ", ".join(table.columns[:COLUMNS_SHOWN])
        more = len(table.columns) - COLUMNS_SHOWN
        where = f"differing in {shown}{f' and {more} more' if more > 0 else ''}"
    else:
        where = "differing in how their columns go together"
    console.out(
        f"{table.table}: {table.only_a:,} rows only in {names[0]}, {table.only_b:,} only in "
        f"{names[1]}, {where}"
    )
    for name, examples in zip(names, (table.examples_a, table.examples_b), strict=True):
        for row in examples:
            console.out(f"  {name}: {_row(row)}")


def _row(row: Mapping[str, str | None]) -> str:
    """The first columns of a row, which are those that differ, then those that tell which."""
    return ", ".join(f"{name}={_short(text)}" for name, text in row.items())


def _short(text: str | None) -> str:
    if text is None:
        return "–"
    return text if len(text) <= TEXT_SHOWN else f"{text[: TEXT_SHOWN - 1]}…"


def print_values(
    moved: tuple[MovedValue, ...], *, limit: int, terminal: IO[str] | None = None
) -> None:
    """Print the `limit` values that moved most."""
    if not moved:
        return
    console = open_console(terminal)
    columns = [
        Column(name, is_figure=name in ("from", "to", "change", "relative"))
        for name in ("metric", "grain", "period", "slice", "from", "to", "change", "relative")
    ]
    print_table(
        console,
        columns,
        [Row(tuple(map(plain_text, _cells(value)))) for value in moved[:limit]],
        title="Values that moved, the largest relative change first",
    )
    if len(moved) > limit:
        console.out(f"and {len(moved) - limit:,} more; --limit shows them")


def _cells(value: MovedValue) -> tuple[str, ...]:
    return (
        value.metric_id,
        value.grain,
        str(value.period_start),
        f"{value.dimension}={value.dimension_value}",
        _value(value.value_a, value.state_a),
        _value(value.value_b, value.state_b),
        _number(value.change),
        "–" if math.isinf(value.relative) else f"{value.relative:.3g}",
    )


def _value(value: float | None, state: str | None) -> str:
    """A value in full, or why there is none."""
    return repr(value) if value is not None else state or "absent"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:+.6g}"
