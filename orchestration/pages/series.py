"""A metric's values over time, as series to draw."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from orchestration.pages import addresses
from orchestration.pages.charts import Mark, Point, Series
from orchestration.report.words import format_period, format_value, state_words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from orchestration.pages.site import Site

# Periods that are drawn; of days three months.
SHOWN = {"day": 92, "week": 53, "month": 24, "quarter": 12}
VALUES = """
select
    metric_id, grain, period_start, period_end, judged_value as value, value as period_value,
    judged_state as state, status, target, guardrail, is_complete, sample_size,
    judged_lower as lower, judged_upper as upper
from governance.metric_values
where dimension = 'total' and list_contains($metrics, metric_id)
    and grain = $grain and (is_complete or not $complete_only)
qualify row_number() over (partition by metric_id order by period_start desc) <= $shown
order by metric_id, period_start
"""
OPENED = """
select metric_id, opened_period_start as period_start, grain, severity
from governance.guardrail_breaches
where dimension = 'total' and list_contains($metrics, metric_id)
order by all
"""
DECIDED = """
select metric_id, kind, what_was_tried, started_on
from governance.learning_log
where dimension = 'total' and list_contains($metrics, metric_id) and started_on is not null
order by all
"""
# What happened in the company; what was tried stands in the learning log.
HAPPENED = """
select metric_id, happened_on, told
from governance.period_events
where kind != 'experiment' and list_contains($metrics, metric_id)
order by all
"""


# What is usual is said of the period alone, not of what is judged over several.
USUAL = """
select hints.metric_id, hints.grain, hints.usual_low, hints.usual_high
from governance.metric_hints as hints
inner join governance.dim_metrics as metrics using (metric_id)
where list_contains($metrics, hints.metric_id) and hints.usual_low is not null
    and coalesce(metrics.judged_over, 'period') = 'period'
"""


def read_usual(site: Site, metrics: Sequence[str]) -> dict[tuple[str, str], tuple[float, float]]:
    """Between which values each metric usually lies, by metric and grain, where that is known."""
    return {
        (row["metric_id"], row["grain"]): (row["usual_low"], row["usual_high"])
        for row in site.ask(USUAL, metrics=list(metrics))
    }


def read_values(
    site: Site, metrics: Sequence[str], grain: str, *, complete_only: bool = True
) -> dict[str, list[dict[str, Any]]]:
    """Newest periods of metrics at a grain, the oldest first, by metric."""
    rows = site.ask(
        VALUES,
        metrics=list(metrics),
        grain=grain,
        complete_only=complete_only,
        shown=SHOWN[grain],
    )
    found: dict[str, list[dict[str, Any]]] = {metric: [] for metric in metrics}
    for row in rows:
        found[row["metric_id"]].append(row)
    return found


def read_marks(site: Site, metrics: Sequence[str]) -> dict[str, list[tuple[dt.date, str]]]:
    """What happened to metrics, with its day: breaches that opened, what was tried, and events."""
    found: dict[str, list[tuple[dt.date, str]]] = {metric: [] for metric in metrics}
    for row in site.ask(OPENED, metrics=list(metrics)):
        severe = "critical breach" if row["severity"] == "critical" else "breach"
        found[row["metric_id"]].append((row["period_start"], f"{severe} opened"))
    for row in site.ask(DECIDED, metrics=list(metrics)):
        told = f"{row['kind'].replace('_', ' ')}: {row['what_was_tried']}"
        found[row["metric_id"]].append((row["started_on"], told))
    for row in site.ask(HAPPENED, metrics=list(metrics)):
        found[row["metric_id"]].append((row["happened_on"], row["told"]))
    return found


def build_series(
    name: str,
    unit: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    marks: Sequence[tuple[dt.date, str]] = (),
    page: str | None = None,
    usual: tuple[float, float] | None = None,
) -> Series:
    """A series of rows of `read_values`; each point leads to its trace where a page is named."""
    tell = partial(format_value, unit=unit)
    points = [
        Point(
            label=format_period(row["period_start"], row["grain"]),
            value=row["value"] if row["state"] == "ok" else None,
            told=tell(row["value"]) if row["state"] == "ok" else state_words(row["state"]),
            href=None
            if page is None
            else addresses.relative(
                addresses.trace(row["metric_id"], period_key(row["period_start"], row["grain"])),
                page,
            ),
            is_complete=row["is_complete"],
        )
        for row in rows
    ]
    newest = rows[-1] if rows else {"target": None, "guardrail": None}
    return Series(
        name=name,
        points=points,
        tell=tell,
        target=newest["target"],
        guardrail=newest["guardrail"],
        usual=usual,
        marks=[
            Mark(
                format_period(row["period_start"], row["grain"]),
                f"{format_period(row['period_start'], row['grain'])}: {told}",
            )
            for row in rows
            for day, told in marks
            if row["period_start"] <= day <= row["period_end"]
        ],
    )


def period_key(start: dt.date, grain: str) -> str:
    """A period as `drivewheel trace --period` takes it."""
    if grain == "month":
        return f"{start:%Y-%m}"
    if grain == "quarter":
        return f"{start:%Y}-Q{(start.month + 2) // 3}"
    if grain == "week":
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02}"
    return f"{start:%Y-%m-%d}"
