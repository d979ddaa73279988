"""Reference rates and minor units for the oracle (decisions, T4, T6)."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from tests.oracles.book import round_to
from tests.oracles.results import add_to_month

Money = dict[str, Fraction]  # by currency
Fx = Mapping[tuple[str, date], Decimal]


def read_fx(path: Path) -> dict[tuple[str, date], Decimal]:
    """Rates by currency and first day of the month, from seeds/fx_rates.csv."""
    with path.open(newline="") as file:
        return {
            (row["currency"], date.fromisoformat(row["month_start"])): Decimal(row["rate"])
            for row in csv.DictReader(file)
        }


def read_minor_units(path: Path) -> dict[str, int]:
    """Decimal places of each currency's minor unit, from seeds/currencies.csv."""
    with path.open(newline="") as file:
        return {row["currency"]: int(row["minor_units"]) for row in csv.DictReader(file)}


class Rates:
    """Reference rates (decisions, T6)."""

    def __init__(self, fx: Fx, reporting_currency: str) -> None:
        self.reporting = reporting_currency
        self.asked: dict[tuple[str, date], Fraction] = {}
        self.known: dict[str, list[tuple[date, Fraction]]] = defaultdict(list)
        for (currency, month), rate in sorted(fx.items()):
            self.known[currency].append((month, Fraction(rate)))

    def closing(self, currency: str, month: date) -> Fraction:
        """The month's rate, else the latest earlier one, else the first."""
        if (currency, month) not in self.asked:
            self.asked[currency, month] = self._find(currency, month)
        return self.asked[currency, month]

    def _find(self, currency: str, month: date) -> Fraction:
        known = self.known.get(currency)
        if not known:
            if currency == self.reporting:
                return Fraction(1)
            message = f"no rate for the currency {currency}: add it to fx_rates"
            raise KeyError(message)
        return ([rate for on, rate in known if on <= month] or [known[0][1]])[-1]

    def opening(self, currency: str, month: date) -> Fraction:
        """The closing rate of the month before."""
        return self.closing(currency, add_to_month(month, -1))

    def convert(self, money: Money, rate: Callable[[str], Fraction]) -> Fraction:
        """Rounded per currency, then added."""
        return sum((round_to(amount * rate(c)) for c, amount in money.items()), Fraction(0))
