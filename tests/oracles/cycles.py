"""How often new customers pay, for the oracle: what each holds at the end of its first month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from tests.oracles.books import by_month
from tests.oracles.catalogue import Company, last_day


@lru_cache(maxsize=2)
def new_mrr_by_cycle(company: Company) -> Mapping[date, list[tuple[str, float, float]]]:
    """By month of joining: customer, months between its payments, and MRR paid so."""
    found: dict[date, list[tuple[str, float, float]]] = defaultdict(list)
    for month, rows in by_month(company).items():
        end = min(last_day("month", month), company.as_of)
        for row in rows:
            if not row.new:
                continue
            life = company.lives[row.customer_id]
            for held in life.at(end).values():
                if held.pays and held.net_mrr > 0:
                    amount = float(held.net_mrr * life.rates.closing(held.currency, month))
                    found[month].append((row.customer_id, float(held.months), amount))
    return found
