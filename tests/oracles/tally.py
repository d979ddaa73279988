"""Rows on days into values of periods and slices; what a metric has no value for.

A row is a day, the slices of whom it concerns, and an item; a metric is a function of the
items of a period and slice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.oracles.catalogue import FIRST_OF_PERIOD, Company, Values, last_day

Slices = tuple[tuple[str, str], ...]
Dated = tuple[date, Slices, Any]
Finish = Callable[[list[Any]], float | None]
UNKNOWN = {"segment": "unknown"}
# Times of events by source, which say how far it reaches.
EVENTS = {
    "zendesk": (
        ("ticket", "created_at"),
        ("ticket_field_history", "updated"),
        ("ticket_comment", "created"),
    ),
    "delighted": (("survey_response", "created_at"), ("person", "last_sent_at")),
    "harvest": (("time_entry", "spent_date"),),
    "quickbooks": (("journal_entry", "transaction_date"),),
    "stripe": (("invoice", "created"), ("charge", "created"), ("customer", "created")),
}
DAILY = ("day", "week", "month", "quarter")
WEEKLY, MONTHLY = DAILY[1:], DAILY[2:]


@dataclass(frozen=True)
class Reach:
    """The days that the sources of a metric cover."""

    first: date
    last: date

    @classmethod
    def of(cls, company: Company, *sources: str) -> Reach:
        """The days covered by all of some sources."""
        firsts, lasts = [], []
        for source in sources:
            days = [
                day_of(row[column])
                for name, column in EVENTS[source]
                for versions in company.landing.all_versions(f"{source}.{name}")
                for row in versions
                if row[column]
            ]
            firsts.append(min(days))
            lasts.append(max(days))
        return cls(max(firsts), min(*lasts, company.as_of))

    def has(self, grain: str, start: date, maturity_days: int = 0) -> bool:
        """Whether a period lies in it, and is as old as the metric needs."""
        end = last_day(grain, start)
        if maturity_days and end + timedelta(days=maturity_days) > self.last:
            return False
        return self.first <= end and start <= self.last


def day_of(moment: Any) -> date:
    """The day of a moment, or the day itself."""
    return moment.date() if hasattr(moment, "date") else moment


def by_customer(company: Company, customer_id: str | None) -> Slices:
    """The total, and the segment of a customer."""
    found = company.customers.get(customer_id or "", UNKNOWN)
    return (("total", "total"), ("segment", found["segment"]))


def answer(
    company: Company,
    metric: str,
    rows: Iterable[Dated],
    finish: Finish,
    *,
    grains: Sequence[str],
    reach: Reach,
    maturity_days: int = 0,
    is_dense: bool = False,
    slices: Iterable[tuple[str, str]] = (),
) -> Values:
    """A metric's values; dense ones have a value in every period and slice, of nothing too."""
    items: dict[tuple[str, date, str, str], list[Any]] = defaultdict(list)
    values = {("total", "total"), *slices}
    for day, whose, item in rows:
        values.update(whose)
        for grain in grains:
            for dimension, value in whose:
                items[grain, FIRST_OF_PERIOD[grain](day), dimension, value].append(item)
    result: Values = {}
    for grain in grains:
        for start in company.periods(grain):
            for dimension, value in values:
                key = (grain, start, dimension, value)
                if not is_dense and key not in items:
                    continue
                has = reach.has(grain, start, maturity_days)
                result[(metric, *key)] = finish(items[key]) if has else None
    return result


def last_days(company: Company, grains: Sequence[str]) -> Iterator[tuple[str, date, date]]:
    """Each period with the day on which its balances stand."""
    for grain in grains:
        for start in company.periods(grain):
            yield grain, start, min(last_day(grain, start), company.as_of)


def share(items: list[bool]) -> float | None:
    """The part of the items that is true."""
    return sum(items) / len(items) if items else None


def quantile(at: float) -> Finish:
    """A percentile, linear between neighbours."""

    def of(items: list[float]) -> float | None:
        ordered = sorted(items)
        if not ordered:
            return None
        place = at * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (place - low) * (ordered[high] - ordered[low])

    return of
