"""What the oracle answers: balances, movements, months and metrics, and the calendar they use."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.oracles.book import round_to


@dataclass(frozen=True)
class DayBalance:
    """What a customer pays from a day on, until the next balance."""

    day: date
    net_local: Decimal
    list_local: Decimal
    trial_local: Decimal
    currency: str


@dataclass(frozen=True)
class Movement:
    """A row of the daily movements."""

    customer_id: str
    occurred_on: date
    movement_type: str
    movement_reason: str
    mrr_change: Decimal
    mrr_change_local: Decimal
    currency: str


@dataclass(frozen=True)
class Month:
    """A row of the months; movements are positive magnitudes, fx is signed."""

    customer_id: str
    month_start: date
    opening_mrr: Decimal
    closing_mrr: Decimal
    opening_list_mrr: Decimal
    closing_list_mrr: Decimal
    new: Decimal
    expansion: Decimal
    contraction: Decimal
    churned: Decimal
    reactivation: Decimal
    fx: Decimal
    interruption_count: int
    opening_mrr_12m: Decimal
    retained_mrr_12m: Decimal


@dataclass(frozen=True)
class Metrics:
    """Company metrics of a month; a ratio without a denominator is None."""

    mrr: Decimal
    arr: Decimal
    net_new_arr: Decimal
    nrr: Decimal | None
    grr: Decimal | None
    logo_churn: Decimal | None


@dataclass
class Result:
    """Everything computed, in order of customer and day."""

    daily: dict[str, list[DayBalance]] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    months: list[Month] = field(default_factory=list)
    metrics: dict[date, Metrics] = field(default_factory=dict)


def decimal(value: Fraction) -> Decimal:
    """Four places, half away from zero."""
    rounded = round_to(value)
    return Decimal(rounded.numerator * 10_000 // rounded.denominator).scaleb(-4)


def month_of(day: date) -> date:
    """First day of the month."""
    return day.replace(day=1)


def month_end(month: date) -> date:
    """Last day of the month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def add_to_month(month: date, months: int) -> date:
    """First day of the month some months on."""
    year, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, index + 1, 1)
