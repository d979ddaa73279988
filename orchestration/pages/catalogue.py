"""The dictionary of metrics, the page of each, and the rows behind its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestration.pages import addresses, charts, foresight, series
from orchestration.pages.site import NoSuchPageError
from orchestration.report.learning import CONTRADICTIONS
from orchestration.report.trace import Question, read_trace
from orchestration.report.why import NothingKnownError, read_why
from orchestration.trace.terms import TraceError

if TYPE_CHECKING:
    from orchestration.pages.site import Site

# Where a value has rows by the thousand, its largest are shown.
ROWS_SHOWN = 25
LARGEST_FIRST = {"month": 0, "week": 1, "quarter": 2, "day": 3}
METRICS = """
select
    metrics.*, card.value, card.state, card.status, card.period_start, card.grain as own_grain,
    card.change_on_previous, card.hint
from governance.dim_metrics as metrics
left join (
    select metric_id, value, state, status, period_start, grain, change_on_previous, hint
    from audiences.leadership_scorecard where dimension = 'total'
    union all by name
    select metric_id, value, state, status, period_start, grain, change_on_previous, null as hint
    from audiences.technical_scorecard where dimension = 'total'
) as card using (metric_id)
qualify row_number() over (partition by metrics.metric_id order by card.hint nulls last) = 1
order by metrics.label
"""
SLICES = """
select
    known.dimension, known.dimension_value, known.judged_value as value,
    known.judged_state as state, known.status, known.judged_numerator as numerator,
    known.judged_denominator as denominator, known.judged_sample_size as sample_size,
    known.period_start, known.grain,
from governance.metric_values as known
where known.metric_id = $metric and known.dimension != 'total' and known.grain = $grain
    and known.period_start = $start
order by known.dimension, abs(known.judged_value) desc nulls last, known.dimension_value
"""
MOVED = """
select * from governance.metric_contributions
where metric_id = $metric and grain = $grain and period_start = $start
    and compared_with = 'period_before'
order by dimension, abs(contribution) desc, dimension_value
"""
BREACHES = """
select * from governance.guardrail_breaches where metric_id = $metric
order by opened_on desc, dimension, dimension_value limit 25
"""
RESTATED = """
select * from governance.metric_restatements
where metric_id = $metric and dimension = 'total'
order by restated_at desc, period_start desc, grain limit 25
"""
SOURCES = """
select distinct table_schema, table_name from governance.metric_lineage
where metric_id = $metric and is_source order by all
"""
HINT = "select * from governance.metric_hints where metric_id = $metric"
# As a trace finds the newest value where it is told no period.
TRACEABLE = """
select distinct metric_id from governance.metric_values
where dimension = 'total' and is_complete and grain in ('month', 'quarter')
"""
FORETOLD = """
select * from governance.forecast_readouts where metric_id = $metric
order by dimension != 'total', dimension, dimension_value
"""
# As `forecast_readouts` names them.
METHODS = {
    "theta": "the Theta method",
    "naive": "its last value",
    "bridge": "the bridge of MRR from what is known of customers",
    "bridge_outlook": "the bridge of MRR with losses by the outlook",
}
LEADERS = """
select * from governance.metric_drivers where metric_id = $metric and verdict = 'leads'
order by p_value, driver
"""
ATTAINED = """
select * from governance.metric_attainment
where metric_id = $metric order by dimension = 'total' desc, due_on, dimension, dimension_value
limit 12
"""
MILESTONES = """
select * from governance.metric_milestones
where metric_id = $metric and dimension = 'total' order by grain, milestone_on
"""
PLANNED = "select * from governance.plan_attainment where metric_id = $metric"
LEARNED = """
select * from governance.learning_log
where metric_id = $metric order by started_on desc nulls last, source_id limit 12
"""


def read_dictionary(site: Site) -> dict[str, Any]:
    """Every metric by family: definition, newest value, owner."""
    rows = _metrics(site)
    families: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        families.setdefault(row["driver_family"], []).append(row)
    return {
        "title": "Metrics",
        "families": dict(sorted(families.items())),
        "count": len(rows),
        "here": addresses.METRICS,
    }


def read_metric(site: Site, metric_id: str) -> dict[str, Any]:
    """What the page of a metric shows.

    Raises:
        NoSuchPageError: there is no such metric.
    """
    page = addresses.metric(metric_id)
    found = [row for row in _metrics(site) if row["metric_id"] == metric_id]
    if not found:
        message = f"no metric is called {metric_id}"
        raise NoSuchPageError(message)
    metric = found[0]
    names = {row["metric_id"]: row for row in _metrics(site)}
    marks = series.read_marks(site, [metric_id])[metric_id]
    usual = series.read_usual(site, [metric_id])
    hint = next(iter(site.ask(HINT, metric=metric_id)), None)
    own = metric["own_grain"] or "month"
    pictures, newest = [], None
    grains = sorted(metric["grains"], key=lambda grain: (grain != own, LARGEST_FIRST[grain]))
    for grain in grains:
        rows = series.read_values(site, [metric_id], grain, complete_only=False)[metric_id]
        known = [row for row in rows if row["is_complete"]]
        if grain == own and known:
            newest = known[-1]
        drawn = series.build_series(
            f"{metric['label']} by {grain}",
            metric["unit"],
            rows,
            marks=marks,
            page=page,
            usual=usual.get((metric_id, grain)),
        )
        pictures.append(
            {
                "grain": grain,
                "picture": charts.line_chart(drawn),
                "marks": drawn.marks,
                "rows": rows[::-1],
            }
        )
    asked = {"metric": metric_id, "grain": own, "start": newest and newest["period_start"]}
    steps = [row for row in site.open_steps() if row["metric_id"] == metric_id]
    return {
        "title": metric["label"],
        "metric": metric,
        "newest": newest,
        "pictures": pictures,
        "moved": charts.group_bars(site.ask(MOVED, **asked), "contribution"),
        "slices": charts.group_bars(site.ask(SLICES, **asked), "value"),
        "people": _people(site, metric_id),
        "steps": steps,
        "breaches": site.ask(BREACHES, metric=metric_id),
        "restatements": site.ask(RESTATED, metric=metric_id),
        "sources": site.ask(SOURCES, metric=metric_id),
        "is_traceable": metric_id in read_traceable(site),
        "attained": site.ask(ATTAINED, metric=metric_id),
        "foretold": site.ask(FORETOLD, metric=metric_id),
        "methods": METHODS,
        "milestones": site.ask(MILESTONES, metric=metric_id),
        "planned": next(iter(site.ask(PLANNED, metric=metric_id)), None),
        "leads": foresight.read_leads(site, metric_id),
        "leaders": site.ask(LEADERS, metric=metric_id),
        "learned": site.ask(LEARNED, metric=metric_id),
        "contradictions": CONTRADICTIONS,
        "hint": hint,
        "parent": names.get(metric["parent_metric_id"]),
        "paired": names.get(metric["paired_metric_id"]),
        "children": sorted(
            (row for row in names.values() if row["parent_metric_id"] == metric_id),
            key=lambda row: str(row["label"]),
        ),
        "here": addresses.METRICS,
    }


def read_traceable(site: Site) -> frozenset[str]:
    """Metrics with a value that can be traced without naming its period."""
    found: frozenset[str] = site.once("traceable", lambda: frozenset(site.column(TRACEABLE)))
    return found


def read_rows(site: Site, metric_id: str, period: str | None) -> dict[str, Any]:
    """A value, the rows of marts that make it up, and the rows of files behind them.

    Raises:
        NoSuchPageError: there is no such value.
    """
    try:
        traced = read_trace(
            site.settings, Question(metric_id, period), limit=ROWS_SHOWN, followed=0
        )
    except TraceError as error:
        raise NoSuchPageError(str(error)) from error
    return {
        "title": f"Rows behind {traced.value['label']}",
        "traced": traced,
        "metric_id": metric_id,
        "here": addresses.METRICS,
    }


def _metrics(site: Site) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = site.once("metrics", lambda: site.ask(METRICS))
    return rows


def _people(site: Site, metric_id: str) -> dict[str, Any] | None:
    """The customers who moved a month of it, where it is taken apart by customers."""
    try:
        found = read_why(site.settings, metric_id)
    except NothingKnownError:
        return None
    return found if found["customers"] else None
