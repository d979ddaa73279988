"""A small company on Chargebee, as its API lists it, and what it pays, worked out by hand.

Each customer has one subscription and is there for one thing; its id says which.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]
# What is paid a month, in the currency of the customer, from a day on: by list, and net.
PAYS: dict[str, dict[date, tuple[float, float]]] = {
    # 1,200 a year.
    "cb_yearly": {date(2025, 11, 10): (100, 100)},
    # 12 months are a year too: 2,400.
    "cb_twelve_months": {date(2026, 1, 1): (200, 200)},
    # 300 in three months.
    "cb_quarter": {date(2026, 1, 1): (100, 100)},
    # 12 a week: 12 × 52 ÷ 12.
    "cb_week": {date(2026, 1, 5): (52, 52)},
    # 3 × 20; then 5 × 20, with an add-on of 15 until it is listed no more.
    "cb_seats": {
        date(2026, 1, 5): (60, 60),
        date(2026, 3, 10): (115, 115),
        date(2026, 5, 10): (100, 100),
    },
    # Yen have no minor unit: 9,800 are 9,800.
    "cb_yen": {date(2026, 1, 5): (9800, 9800)},
    # By tiers 6 cost 35, whatever a unit does.
    "cb_tiers": {date(2026, 1, 5): (35, 35)},
    "cb_paused": {
        date(2026, 1, 5): (50, 50),
        date(2026, 3, 15): (0, 0),
        date(2026, 5, 15): (50, 50),
    },
    "cb_cancelled": {date(2026, 1, 5): (30, 30), date(2026, 4, 10): (0, 0)},
    "cb_unpaid": {date(2026, 1, 5): (40, 40), date(2026, 4, 20): (0, 0)},
    # Notice of the 5th of June ends it on the 1st of July.
    "cb_notice": {date(2026, 1, 5): (70, 70), date(2026, 7, 1): (0, 0)},
    # 90 are tried until the 24th of June.
    "cb_trial": {date(2026, 6, 10): (0, 0), date(2026, 6, 24): (90, 90)},
    "cb_future": {date(2026, 7, 1): (80, 80)},
    # 100 × 0.9 − 5 until the 1st of April, then 100 × 0.9.
    "cb_coupons": {date(2026, 1, 5): (100, 85), date(2026, 4, 1): (100, 90)},
    # 25 % by hand, given with the version of the 10th of March.
    "cb_by_hand": {date(2026, 1, 5): (40, 40), date(2026, 3, 10): (40, 30)},
    # Half off one item: of which amount, nobody can say; it is listed, not guessed.
    "cb_one_item": {date(2026, 1, 5): (40, 40)},
    "cb_once": {date(2026, 1, 5): (40, 40)},
    # A charge is no recurring amount, nor is metered usage.
    "cb_setup": {date(2026, 1, 5): (20, 20)},
    "cb_deleted": {date(2026, 1, 5): (25, 25), date(2026, 5, 5): (0, 0)},
    # Delivered once, in May; invoices remember what it was.
    "cb_raised": {date(2026, 1, 1): (50, 50), date(2026, 5, 1): (80, 80)},
}


def at(day: str) -> int:
    """Noon of a day, as seconds since 1970."""
    return int(datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=UTC).timestamp())


def write_chargebee_company(landing: Path) -> None:
    """Write its files, one per object, lists within as JSON."""
    for name, records in _objects().items():
        path = landing / "chargebee" / name / "all.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("".join(f"{json.dumps(record)}\n" for record in records))


def _objects() -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for customer in PAYS:
        found["customer"].append(
            {
                "id": customer,
                "first_name": "Ada",
                "email": f"{customer}@example.com",
                "created_at": at("2025-11-01"),
                "updated_at": at("2025-11-01"),
                "deleted": False,
            }
        )
    found["customer"][-2] |= {"deleted": True, "updated_at": at("2026-05-05")}
    found["subscription"] = list(_subscriptions())
    found["item_price"] = [
        {"id": f"{item}-monthly", "item_id": item, "updated_at": at("2025-11-01")}
        for item in ("basic", "support")
    ]
    found["coupon"] = [
        _coupon("ten_percent", discount_percentage=10),
        _coupon("five", discount_amount=500, duration_type="limited_period"),
        _coupon("half_of_one", discount_percentage=50, apply_on="each_specified_item"),
        _coupon("first", discount_percentage=100, duration_type="one_time"),
    ]
    found["invoice"] = list(_invoices())
    found["transaction"] = [
        _transaction("t1", "failure", "2026-01-05", "i1"),
        _transaction("t2", "success", "2026-01-08", "i1", "i2"),
        _transaction("t3", "success", "2026-01-08", "i1") | {"type": "refund"},
    ]
    found["credit_note"] = [
        {
            "id": "cn1",
            "customer_id": "cb_seats",
            "status": "refunded",
            "total": 500,
            "currency_code": "USD",
            "date": at("2026-02-01"),
            "updated_at": at("2026-02-01"),
        },
        {
            "id": "cn2",
            "customer_id": "cb_seats",
            "status": "voided",
            "total": 700,
            "currency_code": "USD",
            "date": at("2026-02-01"),
            "updated_at": at("2026-02-01"),
        },
    ]
    return found


def _subscriptions() -> list[Record]:
    five = _item(quantity=5, amount=10000)
    support = _item("support-monthly", amount=1500)
    basic = _item(amount=4000)
    return [
        _subscription(
            "cb_yearly",
            _item("pro-yearly", amount=120000),
            since="2025-11-10",
            billing_period_unit="year",
        ),
        _subscription(
            "cb_twelve_months",
            _item("pro-yearly", amount=240000),
            since="2026-01-01",
            billing_period=12,
        ),
        _subscription("cb_quarter", _item(amount=30000), since="2026-01-01", billing_period=3),
        _subscription("cb_week", _item(amount=1200), billing_period_unit="week"),
        _subscription("cb_seats", _item(quantity=3, amount=6000)),
        _subscription("cb_seats", five, support, updated="2026-03-10"),
        _subscription("cb_seats", five, updated="2026-05-10"),
        _subscription("cb_yen", _item(amount=9800), currency_code="JPY"),
        _subscription("cb_tiers", _item(quantity=6, amount=3500, unit_price=None)),
        _subscription("cb_paused", _item(amount=5000)),
        _subscription(
            "cb_paused",
            _item(amount=5000),
            updated="2026-03-20",
            status="paused",
            pause_date=at("2026-03-15"),
            resume_date=at("2026-05-15"),
        ),
        _subscription(
            "cb_cancelled",
            _item(amount=3000),
            updated="2026-04-10",
            status="cancelled",
            cancelled_at=at("2026-04-10"),
        ),
        _subscription(
            "cb_unpaid",
            _item(amount=4000),
            updated="2026-04-20",
            status="cancelled",
            cancelled_at=at("2026-04-20"),
            cancel_reason="not_paid",
        ),
        _subscription(
            "cb_notice",
            _item(amount=7000),
            updated="2026-06-05",
            status="non_renewing",
            cancelled_at=at("2026-07-01"),
            current_term_end=at("2026-07-01"),
            cancel_schedule_created_at=at("2026-06-05"),
        ),
        _subscription(
            "cb_trial",
            _item(amount=9000),
            since="2026-06-10",
            status="in_trial",
            trial_start=at("2026-06-10"),
            trial_end=at("2026-06-24"),
        ),
        _subscription(
            "cb_future",
            _item(amount=8000),
            since="2026-06-10",
            status="future",
            start_date=at("2026-07-01"),
            started_at=None,
        ),
        _subscription(
            "cb_coupons",
            _item(amount=10000),
            coupons=[
                {"coupon_id": "ten_percent"},
                {"coupon_id": "five", "apply_till": at("2026-04-01")},
            ],
        ),
        _subscription("cb_by_hand", basic),
        _subscription(
            "cb_by_hand",
            basic,
            updated="2026-03-10",
            discounts=[
                {
                    "id": "d1",
                    "type": "percentage",
                    "percentage": 25,
                    "duration_type": "forever",
                    "apply_on": "invoice_amount",
                },
            ],
        ),
        _subscription("cb_one_item", basic, coupons=[{"coupon_id": "half_of_one"}]),
        _subscription("cb_once", basic, coupons=[{"coupon_id": "first"}]),
        _subscription(
            "cb_setup",
            _item(amount=2000),
            _item("setup", amount=9900) | {"item_type": "charge"},
            _item("calls-monthly", amount=700) | {"metered_quantity": "7"},
        ),
        _subscription("cb_deleted", _item(amount=2500)),
        _subscription("cb_raised", _item(amount=8000), since="2026-01-01", updated="2026-05-01"),
    ]


def _subscription(
    customer: str,
    *items: Record,
    since: str = "2026-01-05",
    updated: str | None = None,
    **more: Any,
) -> Record:
    return {
        "id": f"sub_{customer}",
        "customer_id": customer,
        "status": "active",
        "currency_code": "USD",
        "billing_period": 1,
        "billing_period_unit": "month",
        "created_at": at(since),
        "started_at": at(since),
        "updated_at": at(updated or since),
        "subscription_items": list(items),
        "deleted": False,
    } | more


def _item(price: str = "basic-monthly", *, amount: int, quantity: int = 1, **more: Any) -> Record:
    return {
        "item_price_id": price,
        "item_type": "plan",
        "quantity": quantity,
        "unit_price": amount // quantity,
        "amount": amount,
    } | more


def _coupon(key: str, **more: Any) -> Record:
    kind = "fixed_amount" if "discount_amount" in more else "percentage"
    return {
        "id": key,
        "discount_type": kind,
        "duration_type": "forever",
        "currency_code": "USD",
        "apply_on": "invoice_amount",
        "updated_at": at("2025-11-01"),
    } | more


def _invoices() -> list[Record]:
    setup = _line("l2", "cb_seats", "2026-01-05", "2026-01-05", 900) | {"entity_type": "adhoc"}
    return [
        _invoice(
            "i1", "2026-01-05", _line("l1", "cb_seats", "2026-01-05", "2026-02-05", 6000, 3), setup
        ),
        _invoice("i2", "2026-02-05", _line("l3", "cb_seats", "2026-02-05", "2026-03-05", 6000, 3)),
        _invoice("i3", "2026-03-05", _line("l4", "cb_seats", "2026-03-05", "2026-04-05", 6000, 3)),
        # For the rest of the month; what two more seats cost is not what they cost a month.
        _invoice("i4", "2026-03-10", _line("l5", "cb_seats", "2026-03-10", "2026-04-05", 3354, 2)),
        # Neither was ever asked for.
        _invoice(
            "i5",
            "2026-02-05",
            _line("l6", "cb_seats", "2026-02-05", "2026-03-05", 1, 1),
            status="voided",
        ),
        _invoice(
            "i6",
            "2026-05-05",
            _line("l7", "cb_seats", "2026-05-05", "2026-06-05", 1, 1),
            status="pending",
        ),
        *(
            _invoice(
                f"r{month}",
                f"2026-0{month}-01",
                _line(
                    f"lr{month}", "cb_raised", f"2026-0{month}-01", f"2026-0{month + 1}-01", 5000
                ),
            )
            for month in range(1, 5)
        ),
    ]


def _line(key: str, customer: str, start: str, end: str, amount: int, quantity: int = 1) -> Record:
    return {
        "id": key,
        "subscription_id": f"sub_{customer}",
        "customer_id": customer,
        "entity_type": "plan_item_price",
        "entity_id": "basic-monthly",
        "amount": amount,
        "quantity": quantity,
        "date_from": at(start),
        "date_to": at(end),
        "is_taxed": False,
    }


def _invoice(key: str, day: str, *lines: Record, status: str = "paid") -> Record:
    total = sum(line["amount"] for line in lines)
    return {
        "id": key,
        "customer_id": lines[0]["customer_id"],
        "status": status,
        "date": at(day),
        "subscription_id": lines[0]["subscription_id"],
        "currency_code": "USD",
        "tax": 0,
        "sub_total": total,
        "total": total,
        "amount_due": 0,
        "credits_applied": 0,
        "line_items": list(lines),
        "updated_at": at(day),
        "deleted": False,
    }


def _transaction(key: str, status: str, day: str, *invoices: str) -> Record:
    return {
        "id": key,
        "customer_id": "cb_seats",
        "type": "payment",
        "status": status,
        "date": at(day),
        "currency_code": "USD",
        "updated_at": at(day),
        "linked_invoices": [{"invoice_id": name, "applied_amount": 100} for name in invoices],
    }
