"""What each customer holds, day after day, for the oracle."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from tests.oracles.book import Holding
from tests.oracles.build import build_customers
from tests.oracles.catalogue import Company
from tests.oracles.rates import read_minor_units


@dataclass
class Held:
    """The days on which anything changes, in order, and what is held from each of them on."""

    days: list[date] = field(default_factory=list)
    items: list[list[Holding]] = field(default_factory=list)

    def on(self, day: date) -> list[Holding]:
        """What is held at the end of a day."""
        at = bisect_right(self.days, day)
        return self.items[at - 1] if at else []

    def pays(self, day: date) -> bool:
        """Whether anything is paid at the end of a day."""
        return any(h.pays and h.net_mrr > 0 for h in self.on(day))

    def first(self, is_meant: Callable[[Holding], bool]) -> date | None:
        """The first day with something that is meant."""
        return next(
            (
                day
                for day, held in zip(self.days, self.items, strict=True)
                if any(map(is_meant, held))
            ),
            None,
        )


@lru_cache(maxsize=2)
def read_held(company: Company) -> Mapping[str, Held]:
    """Every customer that billing knows, what is agreed for later included."""
    found = build_customers(
        company.landing,
        reporting_currency="usd",
        minor_units=read_minor_units(company.seeds / "currencies.csv"),
    )
    result = {}
    for name, customer in found.items():
        days = customer.days(date.max)
        result[name] = Held(days, [list(customer.on(day).values()) for day in days])
    return result
