"""Balances recomputed: what recurs, is tried, agreed and due for renewal on the last day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from tests.oracles.book import Holding, StripeItem
from tests.oracles.catalogue import Company, Values
from tests.oracles.life import Life
from tests.oracles.operations import reach_of
from tests.oracles.results import month_end, month_of
from tests.oracles.tally import WEEKLY, by_customer, day_of, last_days
from tests.oracles.terms import term_of, terms_end

METRICS = (
    "mrr",
    "arr",
    "list_mrr",
    "trial_mrr",
    "committed_mrr",
    "paying_customers",
    "arpa",
    "net_new_arr",
    "contracted_revenue_next_12m",
    "renewals_due_arr",
)
YEAR, AHEAD = timedelta(days=365), timedelta(days=90)
Balance = dict[str, Fraction]


def recompute(company: Company) -> Values:
    """Every balance of billing by week, month and quarter, for the total and by segment."""
    ends = Ends(company)
    days = {day for _, _, day in last_days(company, WEEKLY)}
    found: dict[tuple[date, tuple[str, str]], Balance] = defaultdict(lambda: defaultdict(Fraction))
    slices = {("total", "total")}
    for key, life in company.lives.items():
        whose = by_customer(company, key)
        slices.update(whose)
        for day in days:
            for metric, amount in balance_on(life, day, ends).items():
                for slice_ in whose:
                    found[day, slice_][metric] += amount
    reach = reach_of(company, "billing")
    result: Values = {}
    before: dict[tuple[str, tuple[str, str]], Fraction] = defaultdict(Fraction)
    for grain, start, day in last_days(company, WEEKLY):
        for slice_ in slices:
            balance, has = found[day, slice_], reach.has(grain, start)
            paying = balance["paying_customers"]
            values = {metric: balance[metric] for metric in METRICS}
            values["arr"] = 12 * balance["mrr"]
            values["net_new_arr"] = values["arr"] - before[grain, slice_]
            before[grain, slice_] = values["arr"]
            for metric, value in values.items():
                result[metric, grain, start, *slice_] = float(value) if has else None
            arpa = float(balance["mrr"] / paying) if paying and has else None
            result["arpa", grain, start, *slice_] = arpa
    return result


def balance_on(life: Life, day: date, ends: Ends) -> Balance:
    """One customer's, in the reporting currency: a month's last day has its closing rate."""
    is_end, month = day == month_end(day), month_of(day)

    def convert(holding: Holding, amount: Fraction) -> Fraction:
        rate = life.rates.closing if is_end else life.rates.opening
        return amount * rate(holding.currency, month)

    found: Balance = defaultdict(Fraction)
    held = life.at(day)
    for holding in held.values():
        net = convert(holding, holding.net_mrr)
        if holding.state == "trialing":
            found["trial_mrr"] += net
        if not holding.pays:
            continue
        found["mrr"] += net
        found["list_mrr"] += convert(holding, holding.list_mrr)
        if not ends.are_known(holding.subscription_id, day):
            found["committed_mrr"] += net
        if not holding.net_mrr:
            continue
        term = term_of(life, holding.subscription_id, day)
        left = (min(terms_end(term, day), day + YEAR) - day).days
        found["contracted_revenue_next_12m"] += net * left * 12 / 365
        if term.months >= 3 and terms_end(term, day) <= day + AHEAD:
            found["renewals_due_arr"] += 12 * net
    for holding in _signed(life, day):
        found["committed_mrr"] += convert(holding, holding.net_mrr)
    found["paying_customers"] = Fraction(found["mrr"] > 0)
    return found


def _signed(life: Life, day: date) -> Iterator[Holding]:
    """What begins after a day on which it was known already."""
    for item in life.customer.items:
        if not isinstance(item, StripeItem) or item.subscription.created.date() > day:
            continue
        first = max(item.start, item.subscription.start).date()
        if first > day and (holding := life.customer.on(first).get(item.id)):
            yield holding


class Ends:
    """Which ends of what runs were known on a day."""

    def __init__(self, company: Company) -> None:
        """Read cancellations, and the rows of the contracts' spreadsheet."""
        self.told: dict[str, date] = {}
        self.rows: dict[str, list[tuple[date, bool]]] = defaultdict(list)
        for life in company.lives.values():
            for item in life.customer.items:
                if isinstance(item, StripeItem) and item.subscription.end:
                    self.told[item.subscription.id] = item.subscription.end.date()
        for row in company.landing.newest("stripe.subscription"):
            if row["id"] in self.told and row["canceled_at"]:
                self.told[row["id"]] = day_of(row["canceled_at"])
        for row in company.landing.newest("contracts.subscription_periods"):
            has_end = row["ended_on"] is not None
            self.rows[row["subscription_id"]].append((row["started_on"], has_end))

    def are_known(self, subscription_id: str, day: date) -> bool:
        """A cancellation from its day on; a contract's end as soon as it is signed."""
        signed = [row for row in self.rows[subscription_id] if row[0] <= day]
        if signed:
            return max(signed)[1]
        return self.told.get(subscription_id, date.max) <= day
