"""A traced number on the terminal."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import IO, TYPE_CHECKING, Any

from rich.tree import Tree

from orchestration.report.names import written_texts
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.trace import read_trace
from orchestration.report.words import format_period, format_state, format_value, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from orchestration.report.trace import Question, Traced, TracedSources
    from orchestration.settings import Settings
    from orchestration.trace.rows import Part

DECISION = "landing_decision"
DECIDED = {
    "accepted": "Accepted although gate 1 refused it",
    "stale_accepted": "Accepted as stale",
    "withdrawn": "Withdrawn",
}
# A way has hundreds of steps; this many levels and branches say where it goes.
LEVELS, BRANCHES, COLUMNS = 4, 5, 4


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


def _print_sources(console: Console, sources: TracedSources, seen: set[tuple[str, Any]]) -> None:
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


def _print_newest_load(console: Console, sources: Iterable[TracedSources]) -> None:
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
