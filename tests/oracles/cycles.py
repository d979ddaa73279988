"""How often new customers pay, for the oracle: what each holds at the end of its first month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from tests.oracles.books import by_month
from tests.oracles.build import build_customers
from tests.oracles.catalogue import Company, last_day
from tests.oracles.rates import Rates, read_fx, read_minor_units


@lru_cache(maxsize=2)
def new_mrr_by_cycle(company: Company) -> Mapping[date, list[tuple[str, float, float]]]:
    """By month of joining: customer, months between its payments, and MRR paid so."""
    customers = build_customers(
        company.landing, minor_units=read_minor_units(company.seeds / "currencies.csv"),
        reporting_currency="usd",
    )  # fmt: skip
    rates = Rates(read_fx(company.seeds / "fx_rates.csv"), "usd")
    found: dict[date, list[tuple[str, float, float]]] = defaultdict(list)
    for month, rows in by_month(company).items():
        end = min(last_day("month", month), company.as_of)
        for row in rows:
            if not row.new:
                continue
            for held in customers[row.customer_id].on(end).values():
                if held.pays and held.net_mrr > 0:
                    amount = float(held.net_mrr * rates.closing(held.currency, month))
                    found[month].append((row.customer_id, float(held.months), amount))
    return found
