"""Customers recomputed: how well they are, what they are worth, and what was kept to them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from tests.oracles.books import by_month, postings
from tests.oracles.catalogue import FIRST_OF_PERIOD, Company, Values, last_day
from tests.oracles.health import AT_RISK, Health, read_health
from tests.oracles.operations import DAY, Operations, overlap_minutes, reach_of
from tests.oracles.recompute_acquisition import MAX_MONTHS, margins, movement
from tests.oracles.recompute_services import read_projects
from tests.oracles.results import add_to_month, month_of
from tests.oracles.tally import MONTHLY, WEEKLY, Dated, answer, by_customer, last_days, share
from tests.oracles.tickets import read_tickets
from tests.oracles.usage import read_usage

METRICS = (
    "customer_health_score",
    "at_risk_arr",
    "sla_compliance_rate",
    "customer_lifetime_value",
    "hosting_cost_per_active_user",
)
ALIKE_MONTHS = 24  # customer-months with which the company's churn weighs in


def recompute(company: Company) -> Values:
    """Every metric of customers that asks several systems: the total, and by segment."""
    return _health(company) | _promises(company) | _lifetime(company) | _hosting(company)


def _health(company: Company) -> Values:
    health, reach = read_health(company), reach_of(company, "billing", "product_events")
    result: Values = {}
    for grain in WEEKLY:
        scores: list[Dated] = []
        at_risk: list[Dated] = []
        for each, start, day in last_days(company, WEEKLY):
            for customer in health.held if each == grain else ():
                score, whose = health.score(customer, day), by_customer(company, customer)
                if score is not None:
                    scores.append((start, whose, score))
                    if score < AT_RISK:
                        at_risk.append((start, whose, health.arr(customer, day)))
        result |= answer(
            company, "customer_health_score", scores, _mean, grains=(grain,), reach=reach
        )
        result |= answer(
            company, "at_risk_arr", at_risk, sum, grains=(grain,), reach=reach, is_dense=True
        )
    return result


def _mean(items: list[float]) -> float | None:
    return sum(items) / len(items) if items else None


def _promises(company: Company) -> Values:
    """Replies, resolutions, milestones and availability: each one counts the same."""
    rows: list[Dated] = [
        (promise.due.date(), ticket.slices, promise.is_met)
        for ticket in read_tickets(company)
        for promise in ticket.promises
    ]
    for project in read_projects(company).values():
        for milestone in project.milestones:
            due, done = milestone["due_on"], milestone["completed_on"]
            if due and due <= company.as_of:
                rows.append((due, project.slices, bool(done and done <= due)))
    promised = {
        row["plan"]: float(row["target"])
        for row in company.seed("service_commitments")
        if row["kind"] == "availability"
    }
    available = _available(company)
    for month, customers in by_month(company).items():
        for row in customers:
            target = promised.get(company.customers[row.customer_id]["plan"].lower())
            if month in available and target is not None and row.closing_mrr > 0:
                whose = by_customer(company, row.customer_id)
                rows.append((last_day("month", month), whose, available[month] >= target))
    return answer(
        company,
        "sla_compliance_rate",
        rows,
        share,
        grains=MONTHLY,
        reach=reach_of(company, "billing", "support", "incidents"),
    )


def _available(company: Company) -> dict[date, float]:
    """Complete months, each as available as its worst service."""
    operations, found = Operations(company), {}
    for month in company.months:
        end = last_day("month", month)
        if end > company.as_of:
            continue
        shares = []
        for service, since in operations.watched_from.items():
            first = max(month, since)
            if first <= end:
                span = (datetime.combine(first, time()), datetime.combine(end + DAY, time()))
                down = overlap_minutes(operations.outages(service), *span)
                shares.append(1 - down / ((span[1] - span[0]).total_seconds() / 60))
        if shares:
            found[month] = min(shares)
    return found


def _lifetime(company: Company) -> Values:
    """Margin of a month times the months that those alike stay, added over customers."""
    health, margin = read_health(company), margins(company)
    stays = _Stays(company, health)
    result: Values = {}
    for grain in MONTHLY:
        last = {FIRST_OF_PERIOD[grain](month): month for month in sorted(margin)}
        rows: list[Dated] = []
        for start, month in last.items():
            for row in by_month(company).get(month, ()):
                end = min(last_day("month", month), company.as_of)
                band = health.band(row.customer_id, end)
                segment = company.customers[row.customer_id]["segment"]
                months = stays.of(month, segment, band)
                worth = float(row.closing_mrr) * margin[month] * months if months else None
                # Who pays nothing is worth nothing, however long it stays.
                worth = worth if row.closing_mrr else 0.0
                rows.append((start, by_customer(company, row.customer_id), worth))
        result |= answer(
            company,
            "customer_lifetime_value",
            rows,
            _all_known,
            grains=(grain,),
            is_dense=True,
            reach=reach_of(company, "billing", "ledger"),
        )
    return result


def _all_known(items: list[float | None]) -> float | None:
    known = [item for item in items if item is not None]
    return sum(known) if len(known) == len(items) else None


class _Stays:
    """How long customers of a segment and health stay, by the twelve months that end with one."""

    def __init__(self, company: Company, health: Health) -> None:
        self.seen: dict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0, 0])
        for month, rows in by_month(company).items():
            for row in rows:
                band = health.band(row.customer_id, month - timedelta(days=1))
                segment = company.customers[row.customer_id]["segment"]
                counts = self.seen[month, segment, band]
                counts[0] += row.opening_mrr > 0
                counts[1] += movement(row) == "churn"

    def of(self, month: date, segment: str, band: str) -> float | None:
        """Months, at most sixty; None where nobody was there to leave."""
        first = add_to_month(month, -11)
        recent = {key: counts for key, counts in self.seen.items() if first <= key[0] <= month}
        opened, left = (sum(counts[i] for counts in recent.values()) for i in (0, 1))
        if not opened:
            return None
        alike = [counts for key, counts in recent.items() if key[1:] == (segment, band)]
        rate = left / opened
        if alike:
            here, gone = (sum(counts[i] for counts in alike) for i in (0, 1))
            rate = (gone + ALIKE_MONTHS * rate) / (here + ALIKE_MONTHS)
        return min(MAX_MONTHS, 1 / rate) if rate else MAX_MONTHS


def _hosting(company: Company) -> Values:
    """A month's hosting over the users who were active in the thirty days that end with it."""
    usage, hosting = read_usage(company), defaultdict(float)
    for line in postings(company):
        if line.category == "hosting":
            hosting[month_of(line.day)] += line.amount
    rows: list[Dated] = []
    for grain, start, day in last_days(company, ("month",)):
        found = [usage.at(name, day) for name in usage.customers if grain == "month"]
        users = sum(snapshot.monthly for snapshot in found if snapshot)
        rows.append((start, (("total", "total"),), hosting[start] / users if users else None))
    reach = reach_of(company, "ledger", "app", "product_events")
    return answer(
        company,
        "hosting_cost_per_active_user",
        rows,
        lambda items: items[0],
        grains=("month",),
        reach=reach,
    )
