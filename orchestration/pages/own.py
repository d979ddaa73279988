"""A customer's own page: what it may see of itself, and of nobody else, on two printed pages.

It stands by itself: no address of another page, no id of ours, no score of health or risk.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from orchestration.company.folder import read_company
from orchestration.pages import charts
from orchestration.pages.charts import Point, Series
from orchestration.report.words import add_months, format_period, format_value

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from orchestration.pages.site import Site

# A health score says how we see a customer, not what it gets.
SECTIONS = {
    "onboarding": "Getting started",
    "nurturing": "Using it",
    "outcome": "What comes of it",
}
MEASURES = """
select cards.*, metrics.description, metrics.levers
from audiences.customer_scorecard as cards
inner join governance.dim_metrics as metrics using (metric_id)
where cards.customer_id = $customer
order by cards.section, cards.label, cards.measure_id
"""
MONTHS = """
select measure_id, month_start, value from audiences.customer_scorecard_months
where customer_id = $customer order by measure_id, month_start
"""
# What waits for us.
WAITING = """
select
    count(*) as ticket_count, min(created_on) as oldest_on,
    count(*) filter (escalated_on is not null) as escalated_count
from customer_health.fct_tickets where customer_id = $customer and solved_on is null
"""
MILESTONES = """
select count(*) as late_count, min(due_on) as oldest_on
from customer_health.fct_milestones
where customer_id = $customer and due_on is not null and completed_on is null
"""
RENEWAL = """
select min(due_on) as due_on from customer_health.fct_renewals_ahead
where customer_id = $customer and not is_ending
"""
MONTHS_DRAWN = 13


def render_own(site: Site, customer_id: str) -> str | None:
    """The page of a customer as HTML; None where nothing is known that it may see.

    Args:
        site: Of whose published version.
        customer_id: Whose page.
    """
    measures = site.ask(MEASURES, customer=customer_id)
    if not any(row["section"] in SECTIONS for row in measures):
        return None
    return site.render(
        "own.html",
        "own.html",
        lambda: _read(site, customer_id, measures),
        key=customer_id,
    )


def _read(site: Site, customer_id: str, measures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    asked = {"customer": customer_id}
    months: dict[str, dict[dt.date, float]] = {}
    for row in site.ask(MONTHS, **asked):
        months.setdefault(row["measure_id"], {})[row["month_start"]] = row["value"]
    as_of = measures[0]["snapshot_on"]
    return {
        "customer": site.company_name(customer_id),
        "vendor": read_company(site.settings).profile.company_name,
        "as_of": as_of,
        "sections": [
            (
                title,
                [
                    row | {"picture": _draw(row, months.get(row["measure_id"], {}), as_of)}
                    for row in measures
                    if row["section"] == section
                ],
            )
            for section, title in SECTIONS.items()
        ],
        "goals": [row for row in measures if row["section"] == "goal"],
        "waiting": site.ask(WAITING, **asked)[0],
        "milestones": site.ask(MILESTONES, **asked)[0],
        "renewal": site.ask(RENEWAL, **asked)[0],
    }


def _draw(row: dict[str, Any], values: dict[dt.date, float], as_of: dt.date) -> object:
    """A measure's last year as a line; None where there are not two months to draw."""
    tell = partial(format_value, unit=row["unit"])
    points = [
        Point(format_period(month, "month"), values.get(month), tell(values.get(month)))
        for month in (add_months(as_of, -back) for back in range(MONTHS_DRAWN - 1, -1, -1))
    ]
    if sum(point.value is not None for point in points) < 2:
        return None
    return charts.sparkline(Series(f"{row['label']} by month", points, tell), width=150, height=44)
