"""Use held against decisions, recomputed: who used most before a quarter, and who used least."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracles.books import by_month
from tests.oracles.catalogue import Company, Values
from tests.oracles.operations import reach_of
from tests.oracles.recompute_acquisition import movement
from tests.oracles.recompute_renewals import renewals
from tests.oracles.tally import Dated, answer, by_customer
from tests.oracles.usage import read_usage

METRICS = ("renewal_gap_by_usage", "upsell_gap_by_usage")
BOTTOM, TOP = 1, 4
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Decided:
    """What a customer of a quartile decided within a quarter."""

    quartile: int
    expanded: bool
    due: int
    renewed: int


def recompute(company: Company) -> Values:
    """Both gaps, for the total and by segment."""
    rows: list[Dated] = []
    (due, renewed), grown = _renewals(company), _grown(company)
    for start in company.periods("quarter"):
        for customer, quartile in quartiles(_use(company, start)).items():
            key = (customer, start)
            decided = Decided(quartile, key in grown, due[key], renewed[key])
            rows.append((start, by_customer(company, customer), decided))
    reach = reach_of(company, "billing", "app", "product_events")
    found = answer(
        company, "renewal_gap_by_usage", rows, _renewal_gap, grains=("quarter",), reach=reach
    )
    return found | answer(
        company, "upsell_gap_by_usage", rows, _upsell_gap, grains=("quarter",), reach=reach
    )


def _grown(company: Company) -> set[tuple[str, date]]:
    """Customers and the quarters in which they expanded."""
    return {
        (row.customer_id, _quarter(month))
        for month, rows in by_month(company).items()
        for row in rows
        if movement(row) == "expansion"
    }


def _use(company: Company, start: date) -> dict[str, float]:
    """Value events for each seat before the quarter, of those who pay as it opens."""
    usage, found = read_usage(company), {}
    for row in by_month(company).get(start, ()):
        used = usage.at(row.customer_id, start - DAY)
        if used and row.opening_mrr > 0:
            found[row.customer_id] = used.events / max(used.seats, 1)
    return found


def quartiles(use: dict[str, float]) -> dict[str, int]:
    """Four parts as equal as can be, the larger ones first; ids decide between equals."""
    ordered = sorted(use, key=lambda customer: (use[customer], customer))
    size, larger = divmod(len(ordered), 4)
    ends = [size * part + min(part, larger) for part in range(1, 5)]
    return {
        customer: next(part for part, end in enumerate(ends, 1) if place < end)
        for place, customer in enumerate(ordered)
    }


def _renewal_gap(items: list[Decided]) -> float | None:
    rates = []
    for quartile in (TOP, BOTTOM):
        due = sum(item.due for item in items if item.quartile == quartile)
        renewed = sum(item.renewed for item in items if item.quartile == quartile)
        rates.append(renewed / due if due else None)
    top, bottom = rates
    return None if top is None or bottom is None else top - bottom


def _upsell_gap(items: list[Decided]) -> float | None:
    top = [item.expanded for item in items if item.quartile == TOP]
    bottom = [item.expanded for item in items if item.quartile == BOTTOM]
    return sum(top) / len(top) - sum(bottom) / len(bottom) if top and bottom else None


def _renewals(company: Company) -> tuple[Counter[tuple[str, date]], Counter[tuple[str, date]]]:
    """Ends of terms that came, and those after which the customer paid on, by quarter."""
    due: Counter[tuple[str, date]] = Counter()
    renewed: Counter[tuple[str, date]] = Counter()
    for customer, life in company.lives.items():
        for day, renewal in renewals(life):
            due[customer, _quarter(day)] += 1
            renewed[customer, _quarter(day)] += renewal.kept > 0
    return due, renewed


def _quarter(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
