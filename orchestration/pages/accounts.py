"""Customers: the list, and all that is known of one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from orchestration.pages import addresses, charts
from orchestration.pages.charts import Mark, Point, Series
from orchestration.pages.site import NoSuchPageError
from orchestration.report.customers import read_at_risk
from orchestration.report.words import format_period, format_value

if TYPE_CHECKING:
    from orchestration.pages.site import Site

CUSTOMERS = """
select
    customers.customer_id, customers.segment, customers.plan, customers.region,
    customers.industry, customers.account_owner, customers.first_paid_on,
    customers.churned_on, customers.is_active,
    months.closing_mrr as mrr, health.health_score, health.health_band, health.at_risk_arr,
    steps.step_count
from core.dim_customers as customers
left join (
    select customer_id, max_by(closing_mrr, month_start) as closing_mrr
    from revenue_velocity.fct_customer_months group by customer_id
) as months using (customer_id)
left join (
    select customer_id, health_score, health_band, at_risk_arr
    from customer_health.fct_customer_health
    qualify row_number() over (partition by customer_id order by snapshot_on desc) = 1
) as health using (customer_id)
left join (
    select customer_id, count(*) as step_count from governance.open_interventions
    group by customer_id
) as steps using (customer_id)
order by customers.is_active desc, months.closing_mrr desc nulls last, customers.customer_id
"""
MONTHS = """
select month_start, closing_mrr, movement_type
from revenue_velocity.fct_customer_months where customer_id = $customer order by month_start
"""
MOVEMENTS = """
select occurred_on, movement_type, movement_reason, cancellation_reason, mrr_change, currency
from revenue_velocity.fct_mrr_movements where customer_id = $customer
order by occurred_on desc, movement_type, movement_reason, mrr_change, currency
"""
HEALTH = """
select * from customer_health.fct_customer_health
where customer_id = $customer order by snapshot_on
"""
USE = """
select * from value_realization.fct_usage_snapshots
where customer_id = $customer order by snapshot_on desc limit 1
"""
ONBOARDING = """
select * from value_realization.fct_customer_onboarding where customer_id = $customer
"""
TICKETS = """
select ticket_id, priority, created_on, solved_on, escalated_on, resolution_business_hours
from customer_health.fct_tickets where customer_id = $customer
order by created_on desc, ticket_id limit 15
"""
SURVEYS = """
select survey_type, touchpoint, sent_on, answered_on, sentiment
from customer_health.fct_survey_requests where customer_id = $customer and answered_on is not null
order by answered_on desc, request_id limit 15
"""
RENEWALS = """
select due_on, term_months, due_arr, renewed_arr from customer_health.fct_renewals
where customer_id = $customer order by due_on desc, subscription_id limit 12
"""
AHEAD = """
select * from customer_health.fct_renewals_ahead
where customer_id = $customer order by due_on, subscription_id
"""
# Which features it has, since when it uses them, and whether it did in the last thirty days.
FEATURES = """
select
    feature, max(used_count) filter (snapshot_on = newest) as used_count,
    max(available_count) filter (snapshot_on = newest) as available_count,
    any_value(first_uses.first_used_on) as first_used_on
from (
    select *, max(snapshot_on) over () as newest from value_realization.fct_feature_snapshots
    where customer_id = $customer
) as features
left join (
    select feature, first_used_on from value_realization.fct_feature_first_uses
    where customer_id = $customer
) as first_uses using (feature)
group by feature order by used_count desc nulls last, first_used_on nulls last, feature
"""
# What was promised to it in the last twelve months: replies, resolutions, milestones and the
# availability of what it uses, of which a month that was not kept had incidents.
PROMISES = """
select
    kind, sum(due_count) as due_count, sum(met_count) as met_count,
    max(due_on) filter (met_count < due_count) as last_missed_on
from operating_resilience.fct_commitments
where customer_id = $customer and due_on > $as_of::date - interval 12 month
group by kind order by kind
"""
COMMITTED = """
select * from revenue_velocity.fct_mrr_balances
where customer_id = $customer order by snapshot_on desc limit 1
"""
SIGNALS = """
select signals.*, readouts.precision, readouts.base_rate, readouts.verdict
from customer_health.customer_signals as signals
left join governance.warning_readouts as readouts
    on signals.signal = readouts.signal and readouts.segment = 'total'
where signals.customer_id = $customer
order by signals.is_running desc, signals.began_on desc, signals.signal limit 20
"""
WARNINGS = """
select * from governance.warning_readouts
order by segment = 'total' desc, segment, lift desc nulls last, signal
"""
OUTLOOK = """
select * from customer_health.customer_outlook
where customer_id = $customer order by outcome, horizon_days
"""
STEPS = """
select * from governance.interventions
where customer_id = $customer order by opened_on desc, step limit 25
"""
# The parts of the health score, by their names for readers.
COMPONENTS = {
    "adoption_score": "adoption",
    "seats_score": "seats in use",
    "momentum_score": "momentum",
    "support_score": "support",
    "sentiment_score": "sentiment",
    "payment_score": "payment",
}
# Months that are drawn, and snapshots of health (month ends and Sundays).
MONTHS_SHOWN, SNAPSHOTS_SHOWN = 36, 78


def read_customers(site: Site) -> dict[str, Any]:
    """Every customer, those who pay most first."""
    rows = _customers(site)
    charts.add_shares(rows, "mrr")
    return {
        "title": "Customers",
        "customers": rows,
        "active_count": sum(row["is_active"] for row in rows),
        "segments": sorted({row["segment"] for row in rows}),
        "here": addresses.CUSTOMERS,
    }


def read_at_risk_page(site: Site) -> dict[str, Any]:
    """Who may leave, what says so, and how well each sign has warned so far."""
    segments: dict[str, list[dict[str, Any]]] = {}
    for row in site.ask(WARNINGS):
        segments.setdefault(row["segment"], []).append(row)
    return {
        "title": "Who may leave",
        "customers": site.once("at risk", lambda: read_at_risk(site.settings)),
        "segments": segments,
        "here": addresses.AT_RISK,
    }


def read_customer(site: Site, page: str) -> dict[str, Any]:
    """All that is known of the customer of a page.

    Raises:
        NoSuchPageError: there is no such customer.
    """
    customer_id = site.customers.get(page)
    if customer_id is None:
        message = f"no customer has a page {page}"
        raise NoSuchPageError(message)
    known = next(row for row in _customers(site) if row["customer_id"] == customer_id)
    asked = {"customer": customer_id}
    every_movement = site.ask(MOVEMENTS, **asked)
    # A rate moves in every month; told one by one it hides what the customer did.
    movements = [row for row in every_movement if row["movement_type"] != "fx"]
    by_rates = [row["mrr_change"] for row in every_movement if row["movement_type"] == "fx"]
    health = site.ask(HEALTH, **asked)
    money = partial(format_value, unit="currency")
    months = site.ask(MONTHS, **asked)[-MONTHS_SHOWN:]
    mrr = Series(
        name="Monthly recurring revenue by month",
        points=[
            Point(
                format_period(row["month_start"], "month"),
                float(row["closing_mrr"]),
                money(row["closing_mrr"]),
            )
            for row in months
        ],
        tell=money,
        marks=[
            Mark(
                format_period(row["occurred_on"].replace(day=1), "month"),
                f"{row['occurred_on']}: {row['movement_type']} {money(row['mrr_change'])}",
            )
            for row in movements
        ],
    )
    scores = Series(
        name="Health score by week",
        points=[
            Point(
                f"{row['snapshot_on']}",
                None if row["health_score"] is None else float(row["health_score"]),
                "no score" if row["health_score"] is None else f"{row['health_score']:.0f}",
            )
            for row in health[-SNAPSHOTS_SHOWN:]
        ],
        tell=lambda score: f"{score:.0f}",
    )
    newest = health[-1] if health else None
    return {
        "title": site.customer_name(customer_id),
        "customer": known,
        "mrr": charts.line_chart(mrr),
        "mrr_before": next(
            (row["closing_mrr"] for row in reversed(months) if row["closing_mrr"]), None
        ),
        "health": charts.line_chart(scores) if health else None,
        "newest_health": newest,
        "components": [
            (name, newest[column]) for column, name in COMPONENTS.items() if newest is not None
        ],
        "movements": movements[:20],
        "by_rates": sum(by_rates) if by_rates else None,
        "signals": site.ask(SIGNALS, **asked),
        "outlook": site.ask(OUTLOOK, **asked),
        "use": next(iter(site.ask(USE, **asked)), None),
        "onboarding": next(iter(site.ask(ONBOARDING, **asked)), None),
        "tickets": site.ask(TICKETS, **asked),
        "surveys": site.ask(SURVEYS, **asked),
        "features": site.ask(FEATURES, **asked),
        "promises": site.ask(PROMISES, **asked, as_of=site.version().general["as_of"]),
        "committed": next(iter(site.ask(COMMITTED, **asked)), None),
        "renewals": site.ask(RENEWALS, **asked),
        "ahead": site.ask(AHEAD, **asked),
        "open_steps": [row for row in site.open_steps() if row["customer_id"] == customer_id],
        "steps": site.ask(STEPS, **asked),
        "here": addresses.CUSTOMERS,
    }


def _customers(site: Site) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = site.once("accounts", lambda: site.ask(CUSTOMERS))
    return rows
