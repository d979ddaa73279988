"""What customers brought and cost, recomputed: the ledger divided by what its money follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from tests.oracles.books import Posting, ledger_months, postings
from tests.oracles.catalogue import FIRST_OF_PERIOD, Company, Values
from tests.oracles.results import month_of

METRICS = ("contribution_margin", "delivery_cost_ratio", "support_cost_ratio",
           "hosting_cost_ratio", "recurring_revenue_share", "services_revenue_share")  # fmt: skip


def recompute(company: Company) -> Values:
    """Ratios of revenue: the total and, where no driver but the ledger's is needed, segments.

    Hosting, support and delivery follow use, tickets and hours; their division among customers
    has no independent recomputation, so slices are answered for what follows MRR alone.
    """
    sums: dict[tuple[str, date], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line in postings(company):
        for grain in ("month", "quarter"):
            found = sums[grain, FIRST_OF_PERIOD[grain](line.day)]
            for kind, amount in _kinds(line):
                found[kind] += amount
    months = set(ledger_months(company))
    result: Values = {}
    for (grain, start), found in sums.items():
        if month_of(start) not in months and grain == "month":
            continue
        key, revenue = (grain, start, "total", "total"), found["revenue"]
        for metric, part in (
            ("contribution_margin", revenue - found["variable"]),
            ("delivery_cost_ratio", found["delivery"]), ("support_cost_ratio", found["support"]),
            ("hosting_cost_ratio", found["hosting"]),
            ("recurring_revenue_share", found["recurring"]),
            ("services_revenue_share", found["services"]),
        ):  # fmt: skip
            result[metric, *key] = part / revenue if revenue else None
    return result


def _kinds(line: Posting) -> Iterator[tuple[str, float]]:
    if line.statement == "revenue":
        yield "revenue", -line.amount
        if line.category == "services_revenue":
            yield "services", -line.amount
        elif line.category != "usage_revenue":
            yield "recurring", -line.amount
    elif line.is_variable:
        yield "variable", line.amount
        yield line.category, line.amount
