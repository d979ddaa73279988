"""The catalogue recomputed: what a recomputation is given, and what it answers.

Each `recompute_<subject>` module names its metrics and computes them in plain Python from
the landing files and seeds; it never reads staging or marts.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from tests.oracles.landing import Landing
from tests.oracles.mrr import Life, Result, read_fx, read_lives, read_minor_units, tell
from tests.oracles.results import add_to_month, month_of

Key = tuple[str, str, date, str, str]  # metric, grain, period's first day, dimension, its value
Values = dict[Key, float | None]  # None: the warehouse must have no value either
FIRST_OF_PERIOD: dict[str, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": month_of,
    "quarter": lambda day: date(day.year, 3 * ((day.month - 1) // 3) + 1, 1),
}


@dataclass(frozen=True, eq=False)
class Company:
    """A landing folder, the day through which it is computed, and who its customers are.

    `customers` maps a customer's id to its slices, value by dimension. They are
    the warehouse's own: who is whom has oracles of its own, and a slice needs only a name.
    """

    landing: Landing
    as_of: date
    customers: dict[str, dict[str, str]]
    seeds: Path
    first_month: date = field(default=date(2024, 5, 1))

    def seed(self, name: str) -> list[dict[str, str]]:
        """Rows of a seed, as text."""
        with (self.seeds / f"{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def lives(self) -> dict[str, Life]:
        """What every customer of billing held, by its id."""
        return read_lives(
            self.landing,
            as_of=self.as_of,
            fx=read_fx(self.seeds / "fx_rates.csv"),
            minor_units=read_minor_units(self.seeds / "currencies.csv"),
        )

    @cached_property
    def mrr(self) -> Result:
        """Balances, movements and months of those customers."""
        return tell(self.lives)

    @cached_property
    def months(self) -> tuple[date, ...]:
        """First days of the calendar's months."""
        return tuple(self.periods("month"))

    def periods(self, grain: str) -> Iterator[date]:
        """First days of the calendar's periods, the one that still runs included."""
        start = FIRST_OF_PERIOD[grain](self.first_month)
        while start <= self.as_of:
            yield start
            start = next_period(grain, start)


def next_period(grain: str, start: date) -> date:
    """First day of the period after."""
    if grain in ("day", "week"):
        return start + timedelta(days=1 if grain == "day" else 7)
    return add_to_month(start, 1 if grain == "month" else 3)


def last_day(grain: str, start: date) -> date:
    """Last day of a period."""
    return next_period(grain, start) - timedelta(days=1)


def slices_of(customer: dict[str, str], dimension: str = "segment") -> Iterator[tuple[str, str]]:
    """The total, and one slice: what a recomputation answers for every metric."""
    yield "total", "total"
    yield dimension, customer.get(dimension, "unknown")
