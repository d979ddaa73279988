"""What customers brought and cost, recomputed: the ledger divided by what its money follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from tests.oracles.books import Posting, ledger_months
from tests.oracles.catalogue import FIRST_OF_PERIOD, Company, Values
from tests.oracles.drivers import Drivers
from tests.oracles.results import month_of
from tests.oracles.tally import MONTHLY, by_customer

METRICS = (
    "contribution_margin",
    "delivery_cost_ratio",
    "support_cost_ratio",
    "hosting_cost_ratio",
    "recurring_revenue_share",
    "services_revenue_share",
)
Place = tuple[str, date, str, str]


def recompute(company: Company) -> Values:
    """Ratios of revenue, for the total and by segment of the customers who caused the money."""
    sums: dict[Place, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line, customer, amount in Drivers(company).divided():
        for dimension, value in by_customer(company, customer):
            for grain in MONTHLY:
                place = (grain, FIRST_OF_PERIOD[grain](line.day), dimension, value)
                for kind, sign in _kinds(line):
                    sums[place][kind] += sign * amount
    months = set(ledger_months(company))
    result: Values = {}
    for place, found in sums.items():
        revenue = found["revenue"]
        if month_of(place[1]) not in months and place[0] == "month":
            continue
        for metric, part in (
            ("contribution_margin", revenue - found["variable"]),
            ("delivery_cost_ratio", found["delivery"]),
            ("support_cost_ratio", found["support"]),
            ("hosting_cost_ratio", found["hosting"]),
            ("recurring_revenue_share", found["recurring"]),
            ("services_revenue_share", found["services"]),
        ):
            result[metric, *place] = part / revenue if revenue else None
    return result


def _kinds(line: Posting) -> Iterator[tuple[str, int]]:
    if line.statement == "revenue":
        yield "revenue", -1
        if line.category == "services_revenue":
            yield "services", -1
        elif line.category != "usage_revenue":
            yield "recurring", -1
    elif line.is_variable:
        yield "variable", 1
        yield line.category, 1
