"""Small companies for the oracle's own tests: a standard one, and ways to vary it."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.oracles.mrr import Movement, Result, compute, read_landing

AS_OF = date(2026, 6, 30)
MINOR = {"usd": 2, "eur": 2, "gbp": 2, "jpy": 0}
FX = {
    ("usd", date(2024, 1, 1)): Decimal(1),
    ("eur", date(2025, 12, 1)): Decimal("1.00"),
    ("eur", date(2026, 1, 1)): Decimal("1.10"),
    ("eur", date(2026, 2, 1)): Decimal("0.99"),
    ("gbp", date(2025, 12, 1)): Decimal("1.25"),
    ("jpy", date(2025, 12, 1)): Decimal("0.0068"),
}
Rows = list[dict[str, Any]]
SYNCED = "2026-06-29 00:00:00"


def write(landing: Path, **objects: Rows) -> Path:
    """One CSV file per object; `source__object` names it."""
    for name, rows in objects.items():
        path = landing.joinpath(*name.split("__"), "1.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, sorted({c for row in rows for c in row}))
            writer.writeheader()
            writer.writerows(rows)
    return landing


def result(landing: Path, as_of: date = AS_OF) -> Result:
    return compute(read_landing(landing), as_of=as_of, fx=FX, minor_units=MINOR)


def sheet(landing: Path, *rows: dict[str, Any]) -> Result:
    """Contracts of one customer."""
    full = [{"subscription_id": "con_1", "customer_id": "c", "plan": "p", **row} for row in rows]
    return result(write(landing, contracts__subscription_periods=full))


def brief(movements: list[Movement]) -> list[tuple[str, str, str, Decimal]]:
    """Day, type, reason, amount, without the rate changes."""
    return [
        (str(m.occurred_on), m.movement_type, m.movement_reason, m.mrr_change)
        for m in movements
        if m.movement_type != "fx"
    ]


def stripe(landing: Path, **objects: Rows) -> Result:
    """A Stripe customer with subscription `s` from 2026-01-01 and one item of 5 seats at 10.00.

    Named objects replace the standard ones; keys a row leaves out are filled in.
    """
    standard: dict[str, Rows] = {
        "price": [{"id": "p10", "unit_amount": 1000}, {"id": "p11", "unit_amount": 1100}],
        "subscription": [{}],
        "subscription_item": [{"id": "i", "price_id": "p10", "quantity": 5}],
    }
    filled: dict[str, dict[str, Any]] = {
        "price": {
            "_fivetran_synced": "2026-01-01",
            "currency": "usd",
            "product_id": "prod",
            "recurring_interval": "month",
            "recurring_interval_count": 1,
            "recurring_usage_type": "licensed",
            "type": "recurring",
        },
        "subscription": {
            "id": "s",
            "customer_id": "c",
            "_fivetran_synced": SYNCED,
            "created": "2026-01-01 08:00:00",
            "start_date": "2026-01-01 08:00:00",
            "status": "active",
        },
        "subscription_history": {"id": "s", "customer_id": "c"},
        "subscription_item": {
            "_fivetran_synced": SYNCED,
            "subscription_id": "s",
            "created": "2026-01-01 08:00:00",
        },
        "invoice_line_item": {
            "_fivetran_synced": SYNCED,
            "subscription_id": "s",
            "subscription_item_id": "i",
            "invoice_id": "in",
            "price_id": "p10",
            "currency": "usd",
            "proration": False,
        },
        "invoice": {"_fivetran_synced": SYNCED, "currency": "usd", "status": "paid"},
        "coupon": {"id": "k", "_fivetran_synced": "2026-01-01"},
        "discount": {
            "id": "d",
            "_fivetran_synced": "2026-01-01",
            "customer_id": "c",
            "subscription_id": "s",
            "coupon_id": "k",
        },
    }
    rows = {
        f"stripe__{name}": [{**filled.get(name, {}), **row} for row in given]
        for name, given in {**standard, **objects}.items()
    }
    return result(write(landing, **rows))


def history(*states: tuple[str, str]) -> Rows:
    """Status history: when, which."""
    return [
        {"_fivetran_start": at, "_fivetran_synced": at, "status": status} for at, status in states
    ]
