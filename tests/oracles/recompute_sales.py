"""Deals and the ways in, recomputed from the CRM, the product's accounts and trials."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.oracles.catalogue import FIRST_OF_PERIOD, Company, Values, next_period
from tests.oracles.crm import Crm
from tests.oracles.landing import is_deleted
from tests.oracles.operations import reach_of
from tests.oracles.tally import (
    MONTHLY,
    WEEKLY,
    Dated,
    answer,
    by_customer,
    day_of,
    last_days,
    quantile,
    share,
)

METRICS = (
    "bookings_arr",
    "win_rate",
    "sales_cycle_days",
    "pipeline_coverage",
    "signups",
    "lead_to_customer_rate",
    "trial_to_paid_rate",
)
LEAD_DAYS, TRIAL_DAYS = 90, 45


def recompute(company: Company) -> Values:
    """Every metric of sales, for the total and by segment."""
    crm = Crm(company)
    return (
        _deals(company, crm)
        | _pipeline(company, crm)
        | _signups(company, crm)
        | _leads(company, crm)
        | _trials(company)
    )


def _deals(company: Company, crm: Crm) -> Values:
    """Deals on the day on which they entered the stage they are in, where it is an end."""
    won: list[Dated] = []
    closed: list[Dated] = []
    for deal in crm.deals():
        last = crm.stage_on(deal["deal_id"], company.as_of)
        key = last["value"] if last else deal["deal_pipeline_stage_id"]
        at: datetime | None = last["date_entered"] if last else deal["property_closedate"]
        stage = crm.stages.get(key, {})
        if not stage.get("is_closed") or at is None:
            continue
        whose = crm.slices(crm.company_of_deal.get(deal["deal_id"]))
        closed.append((at.date(), whose, bool(stage["closed_won"])))
        if stage["closed_won"]:
            days = (at.date() - day_of(deal["property_createdate"])).days
            won.append((at.date(), whose, (crm.worth(deal), days)))
    reach, days_of = reach_of(company, "crm"), quantile(0.5)
    slices = {slice_ for _, whose, _ in closed for slice_ in whose}
    return (
        answer(
            company,
            "bookings_arr",
            won,
            lambda of: float(sum(deal[0] for deal in of)),
            grains=WEEKLY,
            reach=reach,
            is_dense=True,
            slices=slices,
        )
        | answer(company, "win_rate", closed, share, grains=MONTHLY, reach=reach, is_dense=True)
        | answer(
            company,
            "sales_cycle_days",
            won,
            lambda of: days_of([deal[1] for deal in of]),
            grains=MONTHLY,
            reach=reach,
            is_dense=True,
        )
    )


def _pipeline(company: Company, crm: Crm) -> Values:
    """What is open at a period's end for each unit that the next quarter is to bring."""
    planned: dict[date, Fraction] = defaultdict(Fraction)
    versions = sorted(company.seed("metric_plan"), key=lambda row: row["agreed_on"])
    newest = {(row["metric_id"], row["month_start"]): row for row in versions}
    for row in newest.values():
        if row["metric_id"] == "bookings_arr":
            month = date.fromisoformat(row["month_start"])
            planned[FIRST_OF_PERIOD["quarter"](month)] += Fraction(row["planned"])
    reach, deals = reach_of(company, "crm"), crm.deals()
    result: Values = {}
    for grain, start, day in last_days(company, MONTHLY):
        amount = Fraction(0)
        for deal in deals:
            stage = crm.stage_on(deal["deal_id"], day)
            if stage and not crm.stages.get(stage["value"], {}).get("is_closed"):
                amount += crm.worth(deal)
        plan = planned[next_period("quarter", FIRST_OF_PERIOD["quarter"](day))]
        value = float(amount / plan) if plan and reach.has(grain, start) else None
        result["pipeline_coverage", grain, start, "total", "total"] = value
    return result


def _signups(company: Company, crm: Crm) -> Values:
    rows = [
        (day_of(row["created_at"]), by_customer(company, crm.accounts[key]), 1)
        for key, row in crm.account_rows.items()
        if day_of(row["created_at"]) <= company.as_of
    ]
    return answer(
        company, "signups", rows, sum, grains=WEEKLY, is_dense=True, reach=reach_of(company, "app")
    )


def _first_paid(company: Company) -> dict[str, date]:
    """The first day on which each customer paid."""
    return {
        move.customer_id: move.occurred_on
        for move in reversed(company.mrr.movements)
        if move.movement_type == "new"
    }


def _leads(company: Company, crm: Crm) -> Values:
    """A company enters with itself or with its first contact, whichever came first."""
    contacts: dict[str, list[datetime]] = defaultdict(list)
    for row in crm.living("contact"):
        if row["property_email"] and row["property_createdate"]:
            domain = row["property_email"].partition("@")[2].lower()
            contacts[domain].append(row["property_createdate"])
    paid = _first_paid(company)
    rows: list[Dated] = []
    for key in set(crm.survivors.values()):
        row = crm.companies[key]
        if is_deleted(row):
            continue
        created = row["property_createdate"]
        moments = [
            *([created] if created else []),
            *contacts.get((row["property_domain"] or "").lower(), []),
        ]
        if moments and day_of(min(moments)) <= company.as_of:
            entered = day_of(min(moments))
            first = paid.get(crm.customers.get(key, ""))
            rows.append((entered, crm.slices(key), _within(first, entered, LEAD_DAYS)))
    return answer(
        company,
        "lead_to_customer_rate",
        rows,
        share,
        grains=MONTHLY,
        is_dense=True,
        reach=reach_of(company, "crm", "billing"),
        maturity_days=LEAD_DAYS,
    )


def _trials(company: Company) -> Values:
    """By the first day on which anything is tried."""
    paid = _first_paid(company)
    rows: list[Dated] = []
    for key, life in company.lives.items():
        tried = [
            day for day in life.days if any(h.state == "trialing" for h in life.held[day].values())
        ]
        if tried:
            is_paid = _within(paid.get(key), tried[0], TRIAL_DAYS)
            rows.append((tried[0], by_customer(company, key), is_paid))
    return answer(
        company,
        "trial_to_paid_rate",
        rows,
        share,
        grains=MONTHLY,
        is_dense=True,
        reach=reach_of(company, "billing"),
        maturity_days=TRIAL_DAYS,
    )


def _within(first: date | None, entered: date, days: int) -> bool:
    return first is not None and first <= entered + timedelta(days=days)
