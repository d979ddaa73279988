"""A number, traced: what it says, its parts, the rows that make them up, and its way."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from typing import IO, TYPE_CHECKING, Any

from rich.tree import Tree

from orchestration.project.manifest import MANIFEST
from orchestration.report.names import written_texts
from orchestration.report.published import ask_published, open_published
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.words import format_period, format_state, format_value, plain_text
from orchestration.trace.rows import Part, Slice, adds_up, trace_part, value_of
from orchestration.trace.sources import SourceRows, behind_part, behind_row, find_sources
from orchestration.trace.terms import TraceError, read_formula

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

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
SLICES = """
select distinct dimension || '=' || dimension_value as slice
from governance.metric_values where metric_id = $metric order by 1
"""
REACH = """
select
    string_agg(distinct grain, ', ' order by grain) as grains,
    min(period_start) as first,
    max(period_end) as last,
from governance.metric_values where metric_id = $metric
"""
SHOWN_SLICES = 12
DECISION = "landing_decision"
WAY = "select * from governance.metric_lineage where metric_id = $metric order by depth"
# Of files that the metric rests on.
DECISIONS = """
select decisions.*
from governance.landing_decisions as decisions
semi join governance.metric_lineage as lineage
    on lineage.metric_id = $metric and lineage.is_source
        and lineage.from_schema = 'raw_' || decisions.source_name
        and lineage.from_table = decisions.object_name
order by cast(decisions.decision_id as bigint) desc
"""
DECIDED = {
    "accepted": "Accepted although gate 1 refused it",
    "stale_accepted": "Accepted as stale",
    "withdrawn": "Withdrawn",
}
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


@dataclass(frozen=True)
class _Sources:
    """Rows of files behind a part: by which key, of all its rows, and of the largest alone."""

    key: str | None
    of_all: list[SourceRows]
    of_rows: list[tuple[dict[str, Any], str | None, list[SourceRows]]]


def parse_period(text: str | None) -> tuple[str | None, dt.date | None]:
    """Grain and first day of `2026-06`, `2026-Q2`, `2026-W25` or a day; nothing of nothing.

    Raises:
        TraceError: the text is none of these.
    """
    if text is None:
        return None, None
    try:
        for pattern, grain in _PERIODS:
            found = pattern.match(text)
            if found:
                year, number = int(found[1]), int(found[2])
                if grain == "week":
                    return grain, dt.date.fromisocalendar(year, number, 1)
                return grain, dt.date(year, number if grain == "month" else 3 * number - 2, 1)
        return "day", dt.date.fromisoformat(text)
    except ValueError:
        message = f"{text}: no period; write 2026-06, 2026-Q2, 2026-W25 or 2026-06-30"
        raise TraceError(message) from None


@dataclass(frozen=True)
class Traced:
    """A value with the rows that make it up, and whether they do."""

    question: Question
    value: dict[str, Any]
    parts: dict[str, Part]
    sources: dict[str, _Sources]
    is_right: bool
    restatements: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    steps: list[dict[str, Any]]


def read_trace(
    settings: Settings, question: Question, *, limit: int, followed: int = TRACED_ROWS
) -> Traced:
    """Trace a value: its parts, the rows behind them, and its way from the sources.

    Args:
        settings: Whose published version.
        question: Which value.
        limit: Rows of marts that are given of each part, the largest first.
        followed: How many of them are each followed to rows of files.

    Raises:
        TraceError: there is no such metric, period, slice or customer.
    """
    formula = read_formula(settings.target_dir / MANIFEST, question.metric_id)
    with open_published(settings) as connection:
        _check_customer(settings, question.customer_id)
        value = _value(settings, question)
        traced = Slice(
            value["grain"],
            value["period_start"],
            value["period_end"],
            value["dimension"],
            value["dimension_value"],
            question.customer_id,
        )
        parts = {
            name: trace_part(connection, term, traced, limit=limit)
            for name, term in formula.terms.items()
        }
        computed = value_of(connection, formula, parts)
        known = find_sources(connection, formula.metric_id)
        sources = {
            name: _Sources(
                *behind_part(connection, part.term, traced, known, limit=NAMED_ROWS),
                [
                    (row, *behind_row(connection, part, row, traced, known, limit=NAMED_ROWS))
                    for row in part.rows[:followed]
                ],
            )
            for name, part in parts.items()
        }
        is_whole = question.customer_id is None
        return Traced(
            question=question,
            value=value,
            parts=parts,
            sources=sources,
            is_right=not is_whole or value["state"] != "ok" or adds_up(computed, value["value"]),
            restatements=ask_published(settings, RESTATED, _key(value)),
            decisions=ask_published(settings, DECISIONS, {"metric": question.metric_id}),
            steps=ask_published(settings, WAY, {"metric": question.metric_id}),
        )


def trace_document(traced: Traced) -> dict[str, Any]:
    """A trace as plain values, for another program."""
    return {
        "value": traced.value,
        "customer_id": traced.question.customer_id,
        "adds_up": traced.is_right,
        "parts": [
            {
                "name": name,
                "total": part.total,
                "mart": part.term.mart,
                "aggregation": part.term.aggregation,
                "expression": part.term.expression,
                "row_count": part.row_count,
                "rows": part.rows,
                "source_rows": [
                    {"table": found.source_table, "rows": found.row_count, "first": found.first}
                    for found in traced.sources[name].of_all
                ],
            }
            for name, part in traced.parts.items()
        ],
        "restatements": traced.restatements,
        "decisions": traced.decisions,
        "way": traced.steps,
    }


def print_trace(
    settings: Settings, question: Question, *, limit: int, terminal: IO[str] | None = None
) -> bool:
    """Print a trace; whether the rows add up to what was published.

    Raises:
        TraceError: there is no such metric, period, slice or customer.
    """
    traced = read_trace(settings, question, limit=limit)
    value = traced.value
    console = open_console(terminal)
    _print_head(console, value)
    seen: set[tuple[str, Any]] = set()
    for name, part in traced.parts.items():
        _print_part(console, part)
        _print_sources(console, traced.sources[name], seen)
    _print_verdict(console, traced)
    for row in traced.restatements:
        files = (
            f" ({plain_text(', '.join(row['load_files'][:BRANCHES]))})" if row["load_files"] else ""
        )
        console.print(
            f"Restated: {format_state(row['value_before'], value['unit'], row['state_before'])} "
            f"became {format_state(row['value_after'], value['unit'], row['state_after'])}, "
            f"{row['reason'].replace('_', ' ')}{files}."
        )
    _print_decisions(console, settings, traced.decisions)
    _print_newest_load(console, traced.sources.values())
    console.print(_way(traced.steps))
    return traced.is_right


def _print_decisions(console: Console, settings: Settings, decisions: list[dict[str, Any]]) -> None:
    """What operators decided about files of the metric's objects, the newest first."""
    said = written_texts(settings, DECISION) if decisions else {}
    for row in decisions[:BRANCHES]:
        by, why = (said.get((row["decision_id"], field)) for field in ("decided_by", "reason"))
        who = f" by {plain_text(by)}" if by else ""
        reason = f": {plain_text(why)}" if why else ""
        about = plain_text(row["path"] or f"{row['source_name']}/{row['object_name']}")
        console.print(f"{DECIDED[row['decision']]}: {about}, {row['decided_on']}{who}{reason}.")
    if len(decisions) > BRANCHES:
        console.print(f"and {len(decisions) - BRANCHES} earlier decisions about its files.")


def _print_verdict(console: Console, traced: Traced) -> None:
    """Whether the rows add up to what was published."""
    value = traced.value
    published = format_state(value["value"], value["unit"], value["state"])
    if traced.question.customer_id is not None:
        customer = plain_text(traced.question.customer_id)
        console.print(f"Of customer {customer} alone; the value is the company's.")
    elif value["state"] != "ok":
        console.print(f"\nPublished is {published}: the rows are what is known of it so far.")
    else:
        verdict = "add up to" if traced.is_right else "[red]do not add up to[/]"
        if value["numerator"] is not None and value["denominator"] is not None:
            published += f", {_number(value['numerator'])} ÷ {_number(value['denominator'])}"
        console.print(f"\nThe rows {verdict} what was published: {published}.")


def _check_customer(settings: Settings, customer_id: str | None) -> None:
    known = [
        row["customer_id"]
        for row in ask_published(settings, "select customer_id from core.dim_customers order by 1")
    ]
    if customer_id is None or customer_id in known:
        return
    alike = get_close_matches(customer_id, known, n=3, cutoff=0.4)
    hint = f"; did you mean {' or '.join(alike)}?" if alike else "; see core.dim_customers"
    message = f"no customer {customer_id}{hint}"
    raise TraceError(message)


def _value(settings: Settings, question: Question) -> dict[str, Any]:
    grain, start = parse_period(question.period)
    rows = ask_published(
        settings,
        VALUE,
        {
            "metric": question.metric_id,
            "grain": grain,
            "start": start,
            "dimension": question.dimension,
            "value": question.dimension_value,
        },
    )
    if rows:
        return rows[0]
    known = [
        row["slice"] for row in ask_published(settings, SLICES, {"metric": question.metric_id})
    ]
    asked = f"{question.dimension}={question.dimension_value}"
    if asked not in known:
        alike = get_close_matches(asked, known, n=3)
        hint = f"did you mean {' or '.join(alike)}? " if alike else ""
        more = ", …" if len(known) > SHOWN_SLICES else ""
        message = (
            f"{question.metric_id} has no slice {asked}; {hint}"
            f"its slices: {', '.join(known[:SHOWN_SLICES])}{more}"
        )
        raise TraceError(message)
    (reach,) = ask_published(settings, REACH, {"metric": question.metric_id})
    message = (
        f"{question.metric_id} has no value of {question.period or 'any complete month'} and "
        f"{asked}; it has {reach['grains']} from {reach['first']} to {reach['last']}"
    )
    raise TraceError(message)


def _key(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "metric": value["metric_id"],
        "grain": value["grain"],
        "start": value["period_start"],
        "dimension": value["dimension"],
        "value": value["dimension_value"],
    }


def _print_head(console: Console, value: dict[str, Any]) -> None:
    period = format_period(value["period_start"], value["grain"])
    place = (
        ""
        if value["dimension"] == "total"
        else f", {value['dimension']} {plain_text(value['dimension_value'])}"
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
    how = term.aggregation if term.members is None else "median, those who wait censored,"
    what = f"{term.name} = {_number(part.total)}: {how} of {term.expression}"
    console.print(f"\n[bold]{what}[/]", highlight=False, soft_wrap=True)
    # What tells rows apart: keys, days and slices, not every measure of the mart.
    names = [name for row in part.rows[:1] for name in row if _tells(name, part.rows)][:COLUMNS]
    columns = [*(Column(name) for name in names), Column("contribution", is_figure=True)]
    print_table(
        console,
        columns,
        [
            Row((*(plain_text(row[name]) for name in names), _number(row["contribution"])))
            for row in part.rows
        ],
    )
    if part.waiting is not None:
        console.print(
            f"  {term.members}: {part.row_count:,} members, of whom {part.below:,} arrived before, "
            f"{part.above:,} after and {part.waiting:,} still wait (censored)",
            highlight=False,
        )
    elif part.below is not None:
        console.print(
            f"  {term.mart}: {part.row_count:,} rows, {part.below:,} below, {part.above:,} above",
            highlight=False,
        )
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


def _print_sources(console: Console, sources: _Sources, seen: set[tuple[str, Any]]) -> None:
    """The rows of files behind a part: behind its largest rows by name, behind all as counts."""
    for row, key, found in sources.of_rows:
        if key is None or not found or (key, row[key]) in seen:
            continue
        seen.add((key, row[key]))
        console.print(f"  files behind {key} {plain_text(row[key])}:", highlight=False)
        for source in found:
            rest = source.row_count - len(source.first)
            is_cut = rest > 0 and not source.first[-1].endswith("events)")
            more = f" and {rest:,} more" if is_cut else ""
            console.print(
                f"    {source.source_table}: {plain_text(', '.join(source.first))}{more}",
                highlight=False,
                soft_wrap=True,
            )
    counts = ", ".join(f"{found.source_table} {found.row_count:,}" for found in sources.of_all)
    how = f"by {sources.key}" if sources.key else "by the days of the period, as no key leads there"
    text = f"rows of files behind all ({how}): {counts}" if counts else "no rows of files behind it"
    console.print(f"  {text}", highlight=False, soft_wrap=True)


def _print_newest_load(console: Console, sources: Iterable[_Sources]) -> None:
    loads = [found.newest_load for part in sources for found in part.of_all]
    if loads:
        load, file, loaded_at = max(loads)
        console.print(
            f"Last changed by load {load}: {plain_text(file)}, loaded {loaded_at:%Y-%m-%d %H:%M}.",
            highlight=False,
        )


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
