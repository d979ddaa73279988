"""A number, traced: what it says, its parts, the rows that make them up, and its way."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from orchestration.project.manifest import MANIFEST
from orchestration.report.published import ask_published, open_published
from orchestration.trace.rows import Part, Slice, adds_up, trace_part, value_of
from orchestration.trace.sources import SourceRows, behind_part, behind_row, find_sources
from orchestration.trace.terms import TraceError, read_formula

if TYPE_CHECKING:
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
RESTATED = """
select * from governance.metric_restatements
where metric_id = $metric and grain = $grain and period_start = $start
    and dimension = $dimension and dimension_value = $value
order by restated_at desc nulls first limit 1
"""
# Mart rows that are followed to files, and rows of files that are named of each source.
TRACED_ROWS, NAMED_ROWS = 2, 3


@dataclass(frozen=True)
class Question:
    """Which value is to be traced."""

    metric_id: str
    period: str | None = None
    dimension: str = "total"
    dimension_value: str = "total"
    customer_id: str | None = None


@dataclass(frozen=True)
class TracedSources:
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
    sources: dict[str, TracedSources]
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
            name: TracedSources(
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
