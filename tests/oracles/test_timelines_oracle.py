"""Windows and items: the oracle against cases worked by hand (decisions, T1, T3, T4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.oracles.cases import brief, history, result, stripe


def test_the_day_of_the_end_carries_nothing(tmp_path: Path) -> None:
    found = stripe(
        tmp_path, subscription=[{"status": "canceled", "ended_at": "2026-03-10 14:00:00"}]
    )
    assert brief(found.movements)[-1] == ("2026-03-10", "churn", "voluntary", Decimal(-50))


def test_a_scheduled_end_counts_once_it_is_reached(tmp_path: Path) -> None:
    found = stripe(
        tmp_path,
        subscription=[{"cancel_at_period_end": True, "current_period_end": "2026-07-01 00:00:00"}],
    )
    assert [row[1] for row in brief(found.movements)] == ["new"]
    assert brief(result(tmp_path, date(2026, 7, 1)).movements)[-1][:2] == ("2026-07-01", "churn")


def test_a_deleted_subscription_ends_when_the_deletion_was_first_seen(tmp_path: Path) -> None:
    found = stripe(
        tmp_path,
        subscription=[
            {"_fivetran_synced": "2026-01-01 08:00:00"},
            {"_fivetran_synced": "2026-04-02", "_fivetran_deleted": True},
        ],
    )
    assert brief(found.movements)[-1] == ("2026-04-02", "churn", "voluntary", Decimal(-50))


def test_canceled_counts_from_the_end_of_service_not_from_when_it_was_seen(tmp_path: Path) -> None:
    found = stripe(
        tmp_path,
        subscription_history=history(("2026-01-01", "active"), ("2026-03-01", "canceled")),
        subscription=[{"status": "canceled", "ended_at": "2026-03-10 14:00:00"}],
    )
    assert brief(found.movements)[-1] == ("2026-03-10", "churn", "voluntary", Decimal(-50))


def test_a_deleted_customer_ends_when_the_deletion_was_first_seen(tmp_path: Path) -> None:
    deleted = {"id": "c", "is_deleted": True}
    found = stripe(
        tmp_path,
        customer=[
            {"id": "c", "_fivetran_synced": "2026-01-01"},
            {**deleted, "_fivetran_synced": "2026-04-02"},
            {**deleted, "_fivetran_synced": "2026-05-01"},
        ],
    )
    assert brief(found.movements)[-1] == ("2026-04-02", "churn", "voluntary", Decimal(-50))


def test_a_back_dated_start_counts_from_the_start_of_service(tmp_path: Path) -> None:
    # Recorded on March 1, in force from January 15; the line says so.
    found = stripe(
        tmp_path,
        subscription=[{"created": "2026-03-01", "start_date": "2026-01-15"}],
        subscription_item=[{"id": "i", "price_id": "p10", "quantity": 5, "created": "2026-03-01"}],
        invoice_line_item=[
            {
                "id": "l",
                "amount": 5000,
                "quantity": 5,
                "period_start": "2026-01-15",
                "period_end": "2026-02-15",
            }
        ],
    )
    assert brief(found.movements) == [("2026-01-15", "new", "first_purchase", Decimal(50))]


def test_a_start_in_the_future_counts_from_that_day(tmp_path: Path) -> None:
    found = stripe(tmp_path, subscription=[{"start_date": "2026-05-15 10:00:00"}])
    assert brief(found.movements) == [("2026-05-15", "new", "first_purchase", Decimal(50))]


def test_a_proration_charge_tells_when_the_quantity_changed(tmp_path: Path) -> None:
    # 5 seats on June 1, 7 from June 10; the live row knows 7 only, as of June 29.
    june, change = {"period_end": "2026-07-01"}, {"period_start": "2026-06-10", "proration": True}
    found = stripe(
        tmp_path,
        subscription=[{"start_date": "2026-06-01", "created": "2026-06-01"}],
        subscription_item=[{"id": "i", "price_id": "p10", "quantity": 7, "created": "2026-06-01"}],
        invoice_line_item=[
            {"id": "l1", "amount": 5000, "quantity": 5, "period_start": "2026-06-01", **june},
            {"id": "l2", "amount": -3500, "quantity": 5, **june, **change},
            {"id": "l3", "amount": 4900, "quantity": 7, **june, **change},
        ],
    )
    assert brief(found.movements) == [
        ("2026-06-01", "new", "first_purchase", Decimal(50)),
        ("2026-06-10", "expansion", "seats", Decimal(20)),
    ]


@pytest.mark.parametrize("void", ["draft", "void"])
def test_draft_and_void_invoices_tell_nothing(tmp_path: Path, void: str) -> None:
    found = stripe(
        tmp_path,
        invoice=[{"id": "in", "status": void}],
        invoice_line_item=[
            {
                "id": "l",
                "amount": 9000,
                "quantity": 9,
                "period_start": "2026-02-01",
                "period_end": "2026-03-01",
            }
        ],
    )
    assert brief(found.movements) == [("2026-01-01", "new", "first_purchase", Decimal(50))]


def test_an_item_known_from_lines_ends_at_the_credit_that_no_charge_answers(
    tmp_path: Path,
) -> None:
    lines = [
        {
            "id": f"{item}{number}",
            "amount": 5000,
            "quantity": 5,
            "subscription_item_id": item,
            "period_start": f"2026-0{number}-01",
            "period_end": f"2026-0{number + 1}-01",
        }
        for item, numbers in (("i", (1, 2, 3, 4, 5, 6)), ("j", (1, 2)))
        for number in numbers
    ]
    credit = {
        "id": "j3",
        "amount": -2500,
        "quantity": 5,
        "subscription_item_id": "j",
        "period_start": "2026-02-15",
        "period_end": "2026-03-01",
        "proration": True,
    }
    found = stripe(tmp_path, subscription_item=[], invoice_line_item=[*lines, credit])
    assert brief(found.movements) == [
        ("2026-01-01", "new", "first_purchase", Decimal(100)),
        ("2026-02-15", "contraction", "product", Decimal(-50)),
    ]


def test_a_version_says_what_is_true_also_where_it_repeats_the_one_before(tmp_path: Path) -> None:
    # The second version repeats the first; between them a line said 7.
    item = {"id": "i", "price_id": "p10", "quantity": 5}
    found = stripe(
        tmp_path,
        subscription_item=[
            {**item, "_fivetran_synced": "2026-01-02"},
            {**item, "_fivetran_synced": "2026-04-01"},
        ],
        invoice_line_item=[
            {
                "id": "l",
                "amount": 7000,
                "quantity": 7,
                "period_start": "2026-03-01",
                "period_end": "2026-04-01",
            }
        ],
    )
    assert brief(found.movements)[1:] == [
        ("2026-03-01", "expansion", "seats", Decimal(20)),
        ("2026-04-01", "contraction", "seats", Decimal(-20)),
    ]


def test_a_back_dated_item_starts_with_the_service_and_a_later_one_when_created(
    tmp_path: Path,
) -> None:
    # Recorded on March 1, in force from January 15. The first item is as old as the record, the
    # second was added on April 5 but invoiced from April 2.
    item = {"price_id": "p10", "subscription_id": "s"}
    found = stripe(
        tmp_path,
        subscription=[{"created": "2026-03-01 09:00:00", "start_date": "2026-01-15"}],
        subscription_item=[
            {**item, "id": "i", "quantity": 5, "created": "2026-03-01 09:00:05"},
            {**item, "id": "j", "quantity": 2, "created": "2026-04-05"},
        ],
        invoice_line_item=[
            {
                "id": "l",
                "amount": 2000,
                "quantity": 2,
                "subscription_item_id": "j",
                "period_start": "2026-04-02",
                "period_end": "2026-05-02",
            }
        ],
    )
    assert brief(found.movements) == [
        ("2026-01-15", "new", "first_purchase", Decimal(50)),
        ("2026-04-02", "expansion", "seats", Decimal(20)),
    ]


def test_before_its_first_observation_an_item_was_as_first_observed(tmp_path: Path) -> None:
    # Of two observations on one day the first speaks for the days before, the last for the day.
    item = {"id": "i", "price_id": "p10"}
    found = stripe(
        tmp_path,
        subscription_item=[
            {**item, "quantity": 5, "_fivetran_synced": "2026-02-10 08:00:00"},
            {**item, "quantity": 7, "_fivetran_synced": "2026-02-10 10:00:00"},
        ],
    )
    assert brief(found.movements) == [
        ("2026-01-01", "new", "first_purchase", Decimal(50)),
        ("2026-02-10", "expansion", "seats", Decimal(20)),
    ]


def test_a_line_for_no_units_does_not_tell_an_unknown_price(tmp_path: Path) -> None:
    # 5 seats for 50.00 in January, none from February on: the price was never exported.
    lines = [
        {
            "id": f"l{month}",
            "amount": amount,
            "quantity": quantity,
            "period_start": f"2026-0{month}-01",
            "period_end": f"2026-0{month + 1}-01",
        }
        for month, amount, quantity in ((1, 5000, 5), (2, 0, 0), (3, 0, 0))
    ]
    found = stripe(tmp_path, price=[], subscription_item=[], invoice_line_item=lines)
    assert brief(found.movements) == [
        ("2026-01-01", "new", "first_purchase", Decimal(50)),
        ("2026-02-01", "churn", "voluntary", Decimal(-50)),
    ]


def test_a_deleted_item_ends_when_that_was_seen(tmp_path: Path) -> None:
    other = {"id": "j", "price_id": "p10", "quantity": 1}
    found = stripe(
        tmp_path,
        subscription_item=[
            {"id": "i", "price_id": "p10", "quantity": 5},
            {**other, "_fivetran_synced": "2026-01-02"},
            {**other, "_fivetran_synced": "2026-04-03", "_fivetran_deleted": True},
        ],
    )
    assert brief(found.movements)[-1] == ("2026-04-03", "contraction", "product", Decimal(-10))


@pytest.mark.parametrize(
    ("interval", "count", "monthly"),
    [
        ("week", 1, "433.3333"),  # 100 × 52 ÷ 12
        ("week", 2, "216.6667"),
        ("day", 1, "3041.6667"),  # 100 × 365 ÷ 12
        ("month", 3, "33.3333"),
        ("year", 2, "4.1667"),  # 100 ÷ 24
    ],
)
def test_intervals_become_months(tmp_path: Path, interval: str, count: int, monthly: str) -> None:
    found = stripe(
        tmp_path,
        price=[
            {
                "id": "p10",
                "unit_amount": 2000,
                "recurring_interval": interval,
                "recurring_interval_count": count,
            }
        ],
    )
    assert found.movements[0].mrr_change == Decimal(monthly)


def test_an_unknown_price_is_what_its_last_full_line_charged(tmp_path: Path) -> None:
    # 600.00 for 5 seats and 90 days: 90 ÷ 30.4375 ≈ 3 months, so 200 a month.
    found = stripe(
        tmp_path,
        price=[],
        invoice_line_item=[
            {
                "id": "l",
                "amount": 60000,
                "quantity": 5,
                "period_start": "2026-01-01",
                "period_end": "2026-04-01",
            }
        ],
    )
    assert brief(found.movements) == [("2026-01-01", "new", "first_purchase", Decimal(200))]


@pytest.mark.parametrize("how", [{"recurring_usage_type": "metered"}, {"type": "one_time"}])
def test_metered_and_one_time_prices_are_no_mrr(tmp_path: Path, how: dict[str, str]) -> None:
    assert stripe(tmp_path, price=[{"id": "p10", "unit_amount": 1000, **how}]).movements == []


# Shapes that vendors deliver -------------------------------------------------------------------

TIERED = {"id": "p10", "unit_amount": None, "billing_scheme": "tiered"}
# docs.stripe.com, tiered pricing: 5 at 7, 5 more at 6.50, then 6.
TIERS = (
    '[{"up_to": 5, "unit_amount": 700}, {"up_to": 10, "unit_amount": 650}, '
    '{"up_to": null, "unit_amount": 600}]'
)


@pytest.mark.parametrize(
    ("mode", "quantity", "cost"),
    [
        ("volume", 5, "35"),
        ("volume", 6, "39"),
        ("volume", 20, "120"),
        ("graduated", 5, "35"),
        ("graduated", 6, "41.5"),
        ("graduated", 20, "127.5"),
    ],
)
def test_tiers_cost_what_the_vendors_example_says(
    tmp_path: Path, mode: str, quantity: int, cost: str
) -> None:
    found = stripe(
        tmp_path,
        price=[{**TIERED, "tiers_mode": mode, "tiers": TIERS}],
        subscription_item=[{"id": "i", "price_id": "p10", "quantity": quantity}],
    )
    assert brief(found.movements) == [("2026-01-01", "new", "first_purchase", Decimal(cost))]


def test_tiers_that_are_not_delivered_cost_what_an_invoice_says(tmp_path: Path) -> None:
    # 10 × 10.00 in January, 10 × 10.00 and 5 × 5.00 from February on, and no price to multiply.
    lines = [
        {
            "id": f"l{month}{tier}",
            "invoice_id": f"in{month}",
            "amount": amount,
            "quantity": quantity,
            "period_start": f"2026-0{month}-01",
            "period_end": f"2026-0{month + 1}-01",
        }
        for month in (1, 2, 3)
        for tier, amount, quantity in (("a", 10000, 10), ("b", 2500, 5))[: 1 if month == 1 else 2]
    ]
    found = stripe(
        tmp_path,
        price=[TIERED],
        subscription_item=[{"id": "i", "price_id": "p10", "quantity": 15}],
        invoice_line_item=lines,
    )
    changes = [(str(m.occurred_on), m.movement_type, m.mrr_change) for m in found.movements]
    assert changes[0] == ("2026-01-01", "new", Decimal(100))
    # Five seats at the price of before, and all of them for less: 50 − 25.
    assert sorted(changes[1:]) == [
        ("2026-02-01", "expansion", Decimal(-25)),
        ("2026-02-01", "expansion", Decimal(50)),
    ]


def test_packages_are_charged_whole(tmp_path: Path) -> None:
    # 15 units in packages of 10 are two of them, at 10.00 each.
    price = {"id": "p10", "unit_amount": 1000, "transform_quantity_divide_by": 10}
    item = [{"id": "i", "price_id": "p10", "quantity": 15}]
    up, down = (
        stripe(
            tmp_path / way,
            price=[{**price, "transform_quantity_round": way}],
            subscription_item=item,
        )
        .movements[0]
        .mrr_change
        for way in ("up", "down")
    )
    assert (up, down) == (Decimal(20), Decimal(10))


def test_an_item_invoiced_in_another_currency_costs_what_the_invoice_says(tmp_path: Path) -> None:
    # 5 × 9.00 EUR at December's 1.00; the price knows dollars only.
    found = stripe(
        tmp_path,
        invoice_line_item=[
            {
                "id": "l",
                "amount": 4500,
                "quantity": 5,
                "currency": "eur",
                "period_start": "2026-01-01",
                "period_end": "2026-02-01",
            }
        ],
    )
    assert (found.movements[0].mrr_change_local, found.movements[0].currency) == (45, "eur")


def test_lines_whose_ids_repeat_are_told_apart(tmp_path: Path) -> None:
    # fivetran/dbt_stripe, issue 3: one id, each line with a unique id of its own.
    found = stripe(
        tmp_path,
        subscription_item=[{"id": "i", "price_id": "p10", "quantity": 7}],
        invoice_line_item=[
            {
                "id": "sli",
                "unique_id": f"il_{month}",
                "invoice_id": f"in_{month}",
                "amount": 1000 * quantity,
                "quantity": quantity,
                "period_start": f"2026-0{month}-01",
                "period_end": f"2026-0{month + 1}-01",
            }
            for month, quantity in ((1, 5), (2, 5), (3, 7))
        ],
    )
    assert brief(found.movements) == [
        ("2026-01-01", "new", "first_purchase", Decimal(50)),
        ("2026-03-01", "expansion", "seats", Decimal(20)),
    ]


def test_a_period_that_ends_on_items_alone_ends_with_the_earliest(tmp_path: Path) -> None:
    item = {"price_id": "p10", "quantity": 1}
    found = stripe(
        tmp_path,
        subscription=[{"cancel_at_period_end": True}],
        subscription_item=[
            {**item, "id": "i", "current_period_end": "2026-06-01"},
            {**item, "id": "j", "current_period_end": "2026-05-01"},
        ],
    )
    assert brief(found.movements)[-1] == ("2026-05-01", "churn", "voluntary", Decimal(-20))


def test_history_alone_stands_for_the_subscription(tmp_path: Path) -> None:
    state = {"id": "s", "customer_id": "c", "start_date": "2026-01-01", "created": "2026-01-01"}
    found = stripe(
        tmp_path,
        subscription=[],
        subscription_history=[
            {
                **state,
                "_fivetran_start": "2026-01-01",
                "_fivetran_synced": "2026-01-01",
                "status": "active",
            },
            {
                **state,
                "_fivetran_start": "2026-04-10",
                "_fivetran_synced": "2026-04-10",
                "status": "canceled",
                "ended_at": "2026-04-10",
            },
        ],
    )
    assert brief(found.movements) == [
        ("2026-01-01", "new", "first_purchase", Decimal(50)),
        ("2026-04-10", "churn", "voluntary", Decimal(-50)),
    ]
