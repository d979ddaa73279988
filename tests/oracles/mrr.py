"""The oracle: MRR, its movements and retention from landing files, day by day in plain Python.

Written from the rules alone (decisions, T1 to T7, M1 to M3), to be compared with the warehouse.
Slow on purpose where that keeps a rule readable; knows nothing of SQL, dbt or the warehouse's
tables. Amounts are exact fractions inside and decimals with four places in the result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from tests.oracles.build import build_customers
from tests.oracles.landing import Landing, read_landing
from tests.oracles.life import Life
from tests.oracles.rates import Fx, Rates, read_fx, read_minor_units
from tests.oracles.results import DayBalance, Metrics, Month, Movement, Result

__all__ = [
    "DayBalance",
    "Landing",
    "Life",
    "Metrics",
    "Month",
    "Movement",
    "Result",
    "compute",
    "read_fx",
    "read_landing",
    "read_lives",
    "read_minor_units",
    "tell",
]


def compute(
    landing: Landing,
    *,
    as_of: date,
    fx: Fx,
    minor_units: Mapping[str, int],
    reporting_currency: str = "usd",
) -> Result:
    """MRR, movements, months and metrics through `as_of`."""
    return tell(
        read_lives(
            landing,
            as_of=as_of,
            fx=fx,
            minor_units=minor_units,
            reporting_currency=reporting_currency,
        )
    )


def read_lives(
    landing: Landing,
    *,
    as_of: date,
    fx: Fx,
    minor_units: Mapping[str, int],
    reporting_currency: str = "usd",
) -> dict[str, Life]:
    """Every customer with what it held through `as_of`, in order of their ids."""
    customers = build_customers(
        landing, minor_units=minor_units, reporting_currency=reporting_currency
    )
    rates = Rates(fx, reporting_currency)
    return {key: Life(customers[key], rates, as_of) for key in sorted(customers)}


def tell(lives: Mapping[str, Life]) -> Result:
    """What the customers' lives come to."""
    result = Result()
    for key, life in lives.items():
        result.daily[key] = life.daily()
        result.movements += life.movements
        result.months += life.months()
    result.metrics = _metrics(result.months)
    return result


def _metrics(months: list[Month]) -> dict[date, Metrics]:
    by_month: dict[date, list[Month]] = defaultdict(list)
    for month in months:
        by_month[month.month_start].append(month)
    found = {}
    for start, rows in sorted(by_month.items()):
        mrr = sum((m.closing_mrr for m in rows), Decimal(0))
        opening = sum((m.opening_mrr for m in rows), Decimal(0))
        base = sum((m.opening_mrr_12m for m in rows), Decimal(0))
        kept = sum((m.retained_mrr_12m for m in rows), Decimal(0))
        least = sum((min(m.opening_mrr_12m, m.retained_mrr_12m) for m in rows), Decimal(0))
        active = sum(m.opening_mrr > 0 for m in rows)
        left = sum(m.churned > 0 for m in rows)
        found[start] = Metrics(
            mrr,
            12 * mrr,
            12 * (mrr - opening),
            kept / base if base else None,
            least / base if base else None,
            Decimal(left) / active if active else None,
        )
    return found
