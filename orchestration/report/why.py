"""Who made a core metric what it is, what was known of them, and what is being done about it."""

from __future__ import annotations

import datetime as dt
from typing import IO, TYPE_CHECKING, Any

from orchestration.report.published import ask_published, open_published
from orchestration.report.tables import open_console
from orchestration.report.words import MARKS, format_period, format_value, plain_text

if TYPE_CHECKING:
    from orchestration.settings import Settings

# Days before the end at which a customer's health is told.
DAYS_BEFORE = (90, 60, 30, 0)
HEADLINE = """
select v.*, c.change, m.label as name, m.owner_role
from governance.metric_values as v
inner join governance.dim_metrics as m using (metric_id)
left join (
    select distinct metric_id, period_start, change from governance.metric_contributions
    where grain = 'month' and compared_with = 'period_before'
) as c using (metric_id, period_start)
where metric_id = $metric and grain = 'month' and dimension = 'total' and is_complete
    and period_start = coalesce($start::date, period_start)
order by period_start desc limit 1
"""
CUSTOMERS = """
select dimension_value as customer_id, contribution, share_of_change
from governance.metric_contributions
where metric_id = $metric and grain = 'month' and period_start = $start
    and compared_with = 'period_before' and dimension = 'customer' and dimension_value != 'rest'
order by abs(contribution) desc, customer_id
"""
MOVEMENTS = """
select occurred_on, movement_type, movement_reason, mrr_change
from revenue_velocity.fct_mrr_movements
where customer_id = $customer and occurred_on between $start and $end
order by all
"""
HEALTH = """
select snapshot_on, health_score, health_band from customer_health.fct_customer_health
where customer_id = $customer and snapshot_on <= $day order by snapshot_on desc limit 1
"""
STEPS = """
select trigger, step, owner_role, opened_on, due_on, state, ended_on, left(intervention_id, 8) as id
from governance.interventions
where customer_id = $customer and opened_on <= $end and coalesce(ended_on >= $since, true)
order by opened_on, step
"""
OPEN_STEPS = """
select step, owner_role, due_on, state, left(intervention_id, 8) as id
from governance.open_interventions
where metric_id = $metric and dimension = 'total' order by due_on, step
"""


class NothingKnownError(Exception):
    """No such metric or period is published; the message says what to ask instead."""


def read_why(settings: Settings, metric: str, start: dt.date | None = None) -> dict[str, Any]:
    """A month of a metric, the customers who moved it most, and the steps that are open.

    Args:
        settings: Whose published version.
        metric: Its id.
        start: First day of the month; default: the newest complete one.

    Returns:
        `headline` (a row of `governance.metric_values`), `customers` with `movements`, `health`
        and `steps`, and `open_steps`.

    Raises:
        NothingKnownError: there is no such metric, or no such complete month.
    """
    with open_published(settings):
        return _read_why(settings, metric, start)


def _read_why(settings: Settings, metric: str, start: dt.date | None) -> dict[str, Any]:
    rows = ask_published(settings, HEADLINE, {"metric": metric, "start": start})
    if not rows:
        when = f" in {start:%Y-%m}" if start else ""
        raise NothingKnownError(
            f"no complete month of {metric} is published{when}; `governance.dim_metrics` lists "
            "the metrics, `drivewheel scorecard` the newest of the core"
        )
    headline = rows[0]
    period = {"start": headline["period_start"], "end": headline["period_end"]}
    asked = {"metric": metric, "start": period["start"]}
    return {
        "headline": headline,
        "customers": [
            row | _known_of(settings, row["customer_id"], **period)
            for row in ask_published(settings, CUSTOMERS, asked)
        ],
        "open_steps": ask_published(settings, OPEN_STEPS, {"metric": metric}),
    }


def _known_of(
    settings: Settings, customer: str, *, start: dt.date, end: dt.date
) -> dict[str, list[dict[str, Any]]]:
    """What a customer did in a month, else in the one before, and what was known of it then."""
    asked = {"customer": customer, "start": start, "end": end}
    moved = ask_published(settings, MOVEMENTS, asked)
    if not moved:
        # A change on the month before is also made by what moved then and not again.
        before = (start - dt.timedelta(days=1)).replace(day=1)
        moved = ask_published(settings, MOVEMENTS, asked | {"start": before})
    until = moved[0]["occurred_on"] if moved else end
    days = [until - dt.timedelta(days=days) for days in DAYS_BEFORE]
    health = [
        row
        for day in days
        for row in ask_published(settings, HEALTH, {"customer": customer, "day": day})
    ]
    steps = ask_published(settings, STEPS, {"customer": customer, "end": until, "since": days[0]})
    return {"movements": moved, "health": health, "steps": steps}


def print_why(
    settings: Settings,
    metric: str,
    start: dt.date | None = None,
    terminal: IO[str] | None = None,
) -> None:
    """Print it.

    Raises:
        NothingKnownError: as `read_why`.
    """
    console = open_console(terminal)
    why = read_why(settings, metric, start)
    headline = why["headline"]
    unit, period = headline["unit"], format_period(headline["period_start"], "month")
    for line in _lines_of_headline(headline, period):
        console.print(line)
    for row in why["customers"]:
        console.print(
            f"\n[bold]{plain_text(row['customer_id'])}[/]  "
            f"{_signed(row['contribution'], unit)} of it"
        )
        for line in _lines_of_customer(row):
            console.print(f"  {line}")
        console.print(
            f"  [dim]drivewheel trace {metric} --period {period} "
            f"--customer {plain_text(row['customer_id'])}[/]"
        )
    console.print("\nabout it:" if why["open_steps"] else "\nnothing is open about it")
    for row in why["open_steps"]:
        console.print(
            f"  {row['id']}  {row['step']}, {row['owner_role'].replace('_', ' ')}, "
            f"due {row['due_on']}, {row['state']}  [dim]drivewheel act acknowledge {row['id']}[/]"
        )


def _lines_of_headline(row: dict[str, Any], period: str) -> list[str]:
    unit = row["unit"]
    over = "" if row["judged_over"] == "period" else f" over the {row['judged_over']} to"
    value = format_value(row["judged_value"], unit)
    said = [f"[bold]{row['name']}[/]{over} {period}: {value}, {MARKS[row['status']]}"]
    if row["target"] is not None:
        said.append(f"target {format_value(row['target'], unit)}")
    if row["judged_lower"] is not None:
        low, high = (format_value(row[f"judged_{end}"], unit) for end in ("lower", "upper"))
        said.append(f"95 % interval {low} to {high}")
    if row["change"] is not None:
        said.append(f"{_signed(row['change'], unit)} on the month before")
    said.append(row["owner_role"].replace("_", " "))
    return ["; ".join(said)]


def _lines_of_customer(row: dict[str, Any]) -> list[str]:
    lines = [
        f"{each['occurred_on']}  {each['movement_type'].replace('_', ' ')} of "
        f"{_signed(float(each['mrr_change']), 'currency')} MRR"
        + (f" ({plain_text(each['movement_reason'])})" if each["movement_reason"] else "")
        for each in row["movements"]
    ]
    seen = {each["snapshot_on"]: each for each in row["health"]}
    if seen:
        told = ", ".join(
            f"{plain_text(each['health_band'] or 'unknown').replace('_', ' ')}"
            + ("" if each["health_score"] is None else f" {each['health_score']:.0f}")
            + f" on {day}"
            for day, each in seen.items()
        )
        lines.append(f"health: {told}")
    lines += [
        f"{each['opened_on']}  {(each['trigger'] or 'by hand').replace('_', ' ')}: {each['step']}, "
        f"{each['owner_role'].replace('_', ' ')}, due {each['due_on'] or '–'}, {each['state']}"
        for each in row["steps"]
    ]
    return lines


def _signed(change: float, unit: str) -> str:
    """A change with its sign, of a rate in points."""
    if unit == "rate":
        return f"{100 * change:+.1f} points"
    return f"{'+' if change >= 0 else '-'}{format_value(abs(change), unit)}"
