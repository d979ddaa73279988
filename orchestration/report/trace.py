"""A number, traced: what it says, its parts, the rows that make them up, and its way."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import duckdb
from rich import box
from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from orchestration.report.published import ask_published
from orchestration.report.words import format_period, format_state, format_value
from orchestration.trace.rows import Part, Slice, adds_up, trace_part, value_of
from orchestration.trace.sources import UnderWayError, find_source_rows
from orchestration.trace.terms import TraceError, read_formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.settings import Settings

_PERIODS = (
    (re.compile(r"^(\d{4})-(\d{2})$"), "month"),
    (re.compile(r"^(\d{4})-?Q([1-4])$"), "quarter"),
    (re.compile(r"^(\d{4})-?W(\d{2})$"), "week"),
)
VALUE = """
select metrics.*, known.* exclude (metric_id)
from governance.metric_values as known
inner join governance.dim_metrics as metrics using (metric_id)
where metric_id = $metric and dimension = $dimension and dimension_value = $value
    and (grain = $grain or ($grain is null and grain in ('month', 'quarter')))
    and (period_start = $start or ($start is null and is_complete))
order by period_start desc, grain
limit 1
"""
WAY = "select * from governance.metric_lineage where metric_id = $metric order by depth"
RESTATED = """
select * from governance.metric_restatements
where metric_id = $metric and grain = $grain and period_start = $start
    and dimension = $dimension and dimension_value = $value
order by restated_at desc nulls first limit 1
"""
# Mart rows that are followed to files, and rows of files that are named of each source.
TRACED_ROWS, NAMED_ROWS = 2, 3
# A way has hundreds of steps; this many levels and branches say where it goes.
LEVELS, BRANCHES, COLUMNS = 4, 5, 4


@dataclass(frozen=True)
class Question:
    """Which value is to be traced."""

    metric_id: str
    period: str | None = None
    dimension: str = "total"
    dimension_value: str = "total"
    customer_id: str | None = None


def parse_period(text: str | None) -> tuple[str | None, dt.date | None]:
    """Grain and first day of `2026-06`, `2026-Q2`, `2026-W25` or a day; nothing of nothing.

    Raises:
        TraceError: the text is none of these.
    """
    if text is None:
        return None, None
    for pattern, grain in _PERIODS:
        found = pattern.match(text)
        if found:
            year, number = int(found[1]), int(found[2])
            if grain == "week":
                return grain, dt.date.fromisocalendar(year, number, 1)
            return grain, dt.date(year, number if grain == "month" else 3 * number - 2, 1)
    try:
        return "day", dt.date.fromisoformat(text)
    except ValueError:
        message = f"{text}: no period; write 2026-06, 2026-Q2, 2026-W25 or 2026-06-30"
        raise TraceError(message) from None


def print_trace(
    settings: Settings, question: Question, *, limit: int, terminal: IO[str] | None = None
) -> bool:
    """Print a trace; whether the rows add up to what was published.

    Raises:
        TraceError: there is no such metric, period or slice.
    """
    formula = read_formula(settings.target_dir / "manifest.json", question.metric_id)
    value = _value(settings, question)
    traced = Slice(
        value["grain"], value["period_start"], value["period_end"], value["dimension"],
        value["dimension_value"], question.customer_id,
    )  # fmt: skip
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        parts = {
            name: trace_part(connection, term, traced, limit=limit)
            for name, term in formula.terms.items()
        }
        computed = value_of(connection, formula, parts)
    console = Console(file=terminal)
    _print_head(console, value)
    for part in parts.values():
        _print_part(console, part)
    is_whole = question.customer_id is None
    is_right = not is_whole or value["state"] != "ok" or adds_up(computed, value["value"])
    if is_whole:
        verdict = "add up to" if is_right else "[red]do not add up to[/]"
        console.print(f"The rows {verdict} {format_value(value['value'], value['unit'])}.")
    else:
        console.print(f"Of customer {question.customer_id} alone; the value is the company's.")
    for row in ask_published(settings, RESTATED, _key(value)):
        files = f" ({', '.join(row['load_files'][:BRANCHES])})" if row["load_files"] else ""
        console.print(
            f"Restated: {format_state(row['value_before'], value['unit'], row['state_before'])} "
            f"became {format_state(row['value_after'], value['unit'], row['state_after'])}, "
            f"{row['reason'].replace('_', ' ')}{files}."
        )
    steps = ask_published(settings, WAY, {"metric": question.metric_id})
    _print_sources(console, settings, parts, steps)
    console.print(_way(steps))
    return is_right


def _value(settings: Settings, question: Question) -> dict[str, Any]:
    grain, start = parse_period(question.period)
    rows = ask_published(settings, VALUE, {
        "metric": question.metric_id, "grain": grain, "start": start,
        "dimension": question.dimension, "value": question.dimension_value,
    })  # fmt: skip
    if rows:
        return rows[0]
    known = ask_published(
        settings,
        "select distinct dimension || '=' || dimension_value as slice "
        "from governance.metric_values where metric_id = $metric order by 1 limit 12",
        {"metric": question.metric_id},
    )
    slices = ", ".join(row["slice"] for row in known)
    message = (
        f"{question.metric_id} has no value of {question.period or 'any complete month'} and "
        f"{question.dimension}={question.dimension_value}; its slices: {slices}"
    )
    raise TraceError(message)


def _key(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "metric": value["metric_id"], "grain": value["grain"], "start": value["period_start"],
        "dimension": value["dimension"], "value": value["dimension_value"],
    }  # fmt: skip


def _print_head(console: Console, value: dict[str, Any]) -> None:
    period = format_period(value["period_start"], value["grain"])
    place = (
        ""
        if value["dimension"] == "total"
        else f", {value['dimension']} {value['dimension_value']}"
    )
    shown = format_state(value["value"], value["unit"], value["state"])
    console.print(f"[bold]{value['label']}[/] {period}{place}: [bold]{shown}[/]", highlight=False)
    console.print(f"{value['description']}", highlight=False)
    console.print(
        f"owner {value['owner_role'].replace('_', ' ')}; target "
        f"{format_value(value['target'], value['unit'])}, {value['status'].replace('_', ' ')}; "
        f"{value['formula']}",
        highlight=False,
    )


def _print_part(console: Console, part: Part) -> None:
    term = part.term
    what = f"{term.name} = {_number(part.total)}: {term.aggregation} of {term.expression}"
    table = Table(title=what, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    # What tells rows apart: keys, days and slices, not every measure of the mart.
    names = [name for row in part.rows[:1] for name in row if _tells(name, part.rows)][:COLUMNS]
    for name in names:
        table.add_column(name)
    table.add_column("contribution", justify="right")
    for row in part.rows:
        table.add_row(*(str(row[name]) for name in names), _number(row["contribution"]))
    console.print(table)
    if part.below is not None:
        console.print(f"  {term.mart}: {part.below} rows below, {part.above} above")
    else:
        rest = part.row_count - len(part.rows)
        text = f"  {term.mart}: {part.row_count:,} rows"
        if rest and term.aggregation == "sum":
            text += f", of which {rest:,} are not shown and bring {_number(part.rest)}"
        console.print(text, highlight=False)


def _tells(name: str, rows: list[dict[str, Any]]) -> bool:
    values = {row[name] for row in rows}
    is_label = all(isinstance(value, (str, dt.date)) for value in values)
    return name != "contribution" and is_label and (len(values) > 1 or len(rows) == 1)


def _number(value: Any) -> str:  # noqa: ANN401 - whatever the mart holds
    if value is None or isinstance(value, str):
        return value or "–"
    number = float(value)
    return f"{number:,.0f}" if number == round(number) else f"{number:,.4f}"


def _print_sources(
    console: Console, settings: Settings, parts: Mapping[str, Part], steps: list[dict[str, Any]]
) -> None:
    """The rows of files behind the largest rows of the first part."""
    part = next(iter(parts.values()))
    rows = part.rows[:TRACED_ROWS]
    staging = {step["from_table"] for step in steps if step["from_schema"] == "staging"}
    try:
        found = find_source_rows(settings, rows, staging, limit=NAMED_ROWS)
    except UnderWayError as error:
        console.print(f"Rows of files are not shown while a run has the warehouse: {error}")
        return
    if not any(found):
        console.print(f"{part.term.mart} is made of many; its way goes on in the columns below.")
        return
    for row, sources in zip(rows, found, strict=True):
        keys = sorted({key for source in sources for key in source.keys})
        console.print(
            f"files behind {', '.join(f'{key} {row[key]}' for key in keys)}:", highlight=False
        )
        for source in sources:
            text = f"  {source.model}: {', '.join(source.first)}"
            rest = source.row_count - len(source.first)
            console.print(f"{text} and {rest:,} more" if rest else text, highlight=False)


def _way(steps: list[dict[str, Any]]) -> Tree:
    """The tables on the metric's way, each with the columns that it takes from them."""
    beneath: dict[tuple[str, str], dict[tuple[str, str], set[str]]] = defaultdict(
        lambda: defaultdict(set)
    )
    sources = set()
    for step in steps:
        place = (step["table_schema"], step["table_name"])
        beneath[place][step["from_schema"], step["from_table"]].add(step["from_column"])
        if step["is_source"]:
            sources.add(f"{step['from_schema']}.{step['from_table']}")
    tree = Tree(f"comes from {len(sources)} source tables: {', '.join(sorted(sources))}")
    _grow(tree, ("metrics", "metric"), beneath, LEVELS)
    return tree


def _grow(
    tree: Tree,
    place: tuple[str, str],
    beneath: dict[tuple[str, str], dict[tuple[str, str], set[str]]],
    levels: int,
) -> None:
    if not levels:
        return
    # The widest branches first: most of the number comes by them.
    branches = sorted(beneath.get(place, {}).items(), key=lambda item: (-len(item[1]), item[0]))
    for source, columns in branches[:BRANCHES]:
        if source != place:
            node = tree.add(f"{'.'.join(source)} ({', '.join(sorted(columns)[:BRANCHES])})")
            _grow(node, source, beneath, levels - 1)
    if len(branches) > BRANCHES:
        tree.add(f"and {len(branches) - BRANCHES} more")
