"""Terms of subscriptions, for the oracle: for how long something is paid or agreed at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import cache

from tests.oracles.build import add_months
from tests.oracles.life import Life


@dataclass(frozen=True)
class Stretch:
    """Days of one subscription on which it pays, by one billing cycle, without a gap."""

    subscription_id: str
    months: Fraction
    first: date
    until: date  # the first day on which it does not; date.max where it still does

    def ends(self) -> Iterator[date]:
        """Last days of its terms, exclusive, one after the other and beyond its end."""
        count = 1
        while True:
            yield self.end_of(count)
            count += 1

    def end_of(self, count: int) -> date:
        """Where its n-th term ends: months on the calendar, weeks and days counted."""
        if self.months >= 1:
            start = datetime.combine(self.first, time())
            return add_months(start, int(self.months * count)).date()
        return self.first + timedelta(days=round(self.months * 365 / 12) * count)


@cache
def stretches(life: Life) -> tuple[Stretch, ...]:
    """Every stretch of a customer's subscriptions, as far as the run's day."""
    found: list[Stretch] = []
    running: dict[str, tuple[Fraction, date]] = {}
    for day in life.days:
        cycles: dict[str, Fraction] = {}
        for holding in life.held[day].values():
            if holding.pays and holding.net_mrr > 0:
                known = cycles.get(holding.subscription_id, Fraction(0))
                cycles[holding.subscription_id] = max(known, holding.months)
        for key, (months, first) in list(running.items()):
            if cycles.get(key) != months:
                found.append(Stretch(key, months, first, day))
                del running[key]
        for key, months in cycles.items():
            running.setdefault(key, (months, day))
    found += [Stretch(key, months, first, date.max) for key, (months, first) in running.items()]
    return tuple(found)


def term_of(life: Life, subscription_id: str, day: date) -> Stretch:
    """The stretch of a subscription that a day lies in."""
    mine = (found for found in stretches(life) if found.subscription_id == subscription_id)
    return next(found for found in mine if found.first <= day < found.until)


def terms_end(stretch: Stretch, day: date) -> date:
    """The end of the term that a day lies in."""
    return next(end for end in stretch.ends() if end > day)
