"""Movements, months and retention: the oracle against cases worked by hand.

By decisions, T6, T7 and M1 to M3.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.oracles.cases import Rows, brief, result, sheet, stripe, write
from tests.oracles.mrr import read_landing
from tests.oracles.random_company import write_random_company

# Truth table: one row each ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        (
            [{"started_on": "2026-01-10", "amount": 100}],
            [("2026-01-10", "new", "first_purchase", Decimal(100))],
        ),
        (
            [
                {"started_on": "2026-01-10", "ended_on": "2026-02-01", "amount": 100},
                {"started_on": "2026-02-05", "amount": 80},
            ],
            [
                ("2026-01-10", "new", "first_purchase", Decimal(100)),
                ("2026-02-01", "churn", "voluntary", Decimal(-100)),
                ("2026-02-05", "reactivation", "return", Decimal(80)),
            ],
        ),
        (
            [
                {"started_on": "2026-01-10", "amount": 100},
                {"started_on": "2026-02-05", "amount": 130},
            ],
            [
                ("2026-01-10", "new", "first_purchase", Decimal(100)),
                ("2026-02-05", "expansion", "price", Decimal(30)),
            ],
        ),
        (
            [
                {"started_on": "2026-01-10", "amount": 50, "quantity": 2},
                {"started_on": "2026-02-05", "amount": 50, "quantity": 1},
            ],
            [
                ("2026-01-10", "new", "first_purchase", Decimal(100)),
                ("2026-02-05", "contraction", "seats", Decimal(-50)),
            ],
        ),
        (
            [
                {"started_on": "2026-01-10", "amount": 100},
                {"started_on": "2026-02-05", "amount": 50, "quantity": 2},
            ],
            [("2026-01-10", "new", "first_purchase", Decimal(100))],
        ),
    ],
    ids=["none", "new", "churn and reactivation", "expansion", "contraction", "same amount"],
)
def test_the_truth_table_holds(
    tmp_path: Path, rows: Rows, expected: list[tuple[str, str, str, Decimal]]
) -> None:
    found = sheet(tmp_path, *rows) if rows else result(tmp_path)
    assert brief(found.movements) == expected


def test_a_rate_that_moves_is_fx_on_the_months_last_day(tmp_path: Path) -> None:
    # December's rate 1.00 opens January, 1.10 closes it, 0.99 closes February.
    found = sheet(tmp_path, {"started_on": "2026-01-10", "amount": 100, "currency": "EUR"})
    assert [
        (str(m.occurred_on), m.movement_type, m.mrr_change, m.mrr_change_local)
        for m in found.movements
    ] == [
        ("2026-01-10", "new", Decimal(100), Decimal(100)),  # 100 × 1.00
        ("2026-01-31", "fx", Decimal(10), Decimal(0)),  # 100 × (1.10 − 1.00)
        ("2026-02-28", "fx", Decimal(-11), Decimal(0)),  # 100 × (0.99 − 1.10)
    ]


def test_a_change_and_a_rate_in_one_month_are_two_rows_that_add_up(tmp_path: Path) -> None:
    found = sheet(
        tmp_path,
        {"started_on": "2026-01-10", "amount": 100, "currency": "eur"},
        {"started_on": "2026-02-10", "amount": 150, "currency": "eur"},
    )
    february = found.months[1]
    assert (february.opening_mrr, february.closing_mrr) == (Decimal(110), Decimal("148.5"))
    assert february.expansion == Decimal(55)  # 50 × 1.10
    assert february.fx == Decimal("-16.5")  # 150 × (0.99 − 1.10)


# Movements and months --------------------------------------------------------------------------


def test_seats_and_price_are_told_apart(tmp_path: Path) -> None:
    # 10 seats at 10 become 12 at 11: seats (12 − 10) × 10 = 20, price 12 × (11 − 10) = 12.
    item = {"id": "i", "price_id": "p10", "quantity": 10}
    found = stripe(
        tmp_path,
        subscription_item=[
            {**item, "_fivetran_synced": "2026-01-02"},
            {**item, "price_id": "p11", "quantity": 12, "_fivetran_synced": "2026-04-01"},
        ],
    )
    assert brief(found.movements)[1:] == [
        ("2026-04-01", "expansion", "price", Decimal(12)),
        ("2026-04-01", "expansion", "seats", Decimal(20)),
    ]


def test_an_item_that_replaces_another_is_a_tier_and_one_beside_it_a_product(
    tmp_path: Path,
) -> None:
    first = {"id": "i", "price_id": "p10", "quantity": 5, "_fivetran_synced": "2026-01-02"}
    found = stripe(
        tmp_path,
        price=[
            {"id": "p10", "unit_amount": 1000},
            {"id": "p20", "unit_amount": 2000, "product_id": "other"},
        ],
        subscription_item=[
            first,
            {**first, "_fivetran_synced": "2026-03-01", "_fivetran_deleted": True},
            {"id": "j", "price_id": "p20", "quantity": 5, "created": "2026-03-01"},
            {"id": "k", "price_id": "p10", "quantity": 1, "created": "2026-04-01"},
        ],
    )
    assert brief(found.movements)[1:] == [
        ("2026-03-01", "expansion", "tier", Decimal(50)),  # 100 − 50
        ("2026-04-01", "expansion", "seats", Decimal(10)),  # paid for that product before
    ]


def test_leaving_and_returning_within_a_month_is_counted_and_no_movement(tmp_path: Path) -> None:
    found = sheet(
        tmp_path,
        {"started_on": "2026-01-10", "ended_on": "2026-03-05", "amount": 100},
        {"started_on": "2026-03-19", "amount": 120},
    )
    assert [month.interruption_count for month in found.months] == [0, 0, 1, 0, 0, 0]
    march = found.months[2]
    assert (march.interruption_count, march.churned, march.reactivation) == (
        1,
        Decimal(0),
        Decimal(0),
    )
    assert march.expansion == Decimal(20)


def test_leaving_for_good_is_no_interruption(tmp_path: Path) -> None:
    found = sheet(tmp_path, {"started_on": "2026-01-10", "ended_on": "2026-03-05", "amount": 100})
    assert [month.interruption_count for month in found.months] == [0] * 6
    assert found.months[2].churned == Decimal(100)


def test_coming_and_going_within_a_month_makes_the_next_start_a_reactivation(
    tmp_path: Path,
) -> None:
    found = sheet(
        tmp_path,
        {"started_on": "2026-01-10", "ended_on": "2026-01-20", "amount": 100},
        {"started_on": "2026-02-05", "amount": 100},
    )
    january, february = found.months[:2]
    assert (january.new, january.interruption_count) == (Decimal(0), 1)
    assert (february.new, february.reactivation) == (Decimal(0), Decimal(100))


def test_retention_compares_with_twelve_months_ago_at_the_rate_of_then(tmp_path: Path) -> None:
    # Paying in June 2025 at the first known rate 1.00: a 100, b 200 euro. In June 2026: a 150,
    # b 120 euro. NRR = (150 + 120) ÷ 300 = 0.9, GRR = (100 + 120) ÷ 300; closing at 0.99.
    rows = [
        {
            "subscription_id": f"con_{key}",
            "customer_id": key,
            "plan": "p",
            "currency": "eur",
            "started_on": day,
            "amount": amount,
        }
        for key, day, amount in (
            ("a", "2025-06-01", 100),
            ("a", "2026-02-01", 150),
            ("b", "2025-06-01", 200),
            ("b", "2026-03-01", 120),
        )
    ]
    metrics = result(write(tmp_path, contracts__subscription_periods=rows)).metrics
    june = metrics[date(2026, 6, 1)]
    assert june.nrr == Decimal("0.9")
    assert june.grr == Decimal(220) / 300
    assert june.mrr == Decimal("267.3")  # 270 × 0.99
    assert june.logo_churn == 0


def test_a_customer_in_two_currencies_is_kept_in_the_reporting_currency(tmp_path: Path) -> None:
    found = sheet(
        tmp_path,
        {"started_on": "2026-01-10", "amount": 100},
        {"started_on": "2026-01-10", "amount": 80, "currency": "gbp", "subscription_id": "x"},
    )
    assert found.movements[0].currency == "usd"
    assert found.movements[0].mrr_change == Decimal(200)  # 100 + 80 × 1.25
    assert found.movements[0].mrr_change_local == Decimal(200)


def test_fx_moves_nothing_locally_also_where_a_customer_is_billed_in_two_currencies(
    tmp_path: Path,
) -> None:
    found = sheet(
        tmp_path,
        {"started_on": "2026-01-10", "amount": 100},
        {"started_on": "2026-01-10", "amount": 80, "currency": "eur", "subscription_id": "x"},
    )
    fx = [m for m in found.movements if m.movement_type == "fx"]
    assert [(m.mrr_change, m.mrr_change_local) for m in fx] == [
        (Decimal(8), Decimal(0)),  # 80 × (1.10 − 1.00)
        (Decimal("-8.8"), Decimal(0)),  # 80 × (0.99 − 1.10)
    ]


def test_unknown_products_are_told_apart_by_their_prices(tmp_path: Path) -> None:
    # Neither price was exported; lines say what they cost.
    item = {"quantity": 1, "subscription_id": "s"}
    line = {"quantity": 1, "period_start": "2026-04-01", "period_end": "2026-05-01"}
    found = stripe(
        tmp_path,
        price=[],
        subscription_item=[
            {**item, "id": "i", "price_id": "a"},
            {**item, "id": "j", "price_id": "a", "created": "2026-03-01"},
            {**item, "id": "k", "price_id": "b", "created": "2026-04-01"},
        ],
        invoice_line_item=[
            {
                **line,
                "id": f"l{key}",
                "subscription_item_id": key,
                "price_id": price,
                "amount": 1000,
            }
            for key, price in (("i", "a"), ("j", "a"), ("k", "b"))
        ],
    )
    assert brief(found.movements) == [
        ("2026-01-01", "new", "first_purchase", Decimal(10)),
        ("2026-03-01", "expansion", "seats", Decimal(10)),
        ("2026-04-01", "expansion", "product", Decimal(10)),
    ]


def test_a_product_held_at_nothing_was_never_paid_for(tmp_path: Path) -> None:
    # Free for all of January and February, then a second item of that product at a price.
    found = stripe(
        tmp_path,
        price=[
            {"id": "p10", "unit_amount": 1000},
            {"id": "free", "unit_amount": 0, "product_id": "extra"},
            {"id": "paid", "unit_amount": 300, "product_id": "extra"},
        ],
        subscription_item=[
            {"id": "i", "price_id": "p10", "quantity": 5},
            {"id": "j", "price_id": "free", "quantity": 1},
            {"id": "k", "price_id": "paid", "quantity": 1, "created": "2026-03-01"},
        ],
    )
    assert brief(found.movements)[1:] == [("2026-03-01", "expansion", "product", Decimal(3))]


# Reading ---------------------------------------------------------------------------------------


def test_rows_that_cannot_be_cast_and_test_rows_are_left_out(tmp_path: Path) -> None:
    row = {"subscription_id": "x", "customer_id": "c", "amount": 10}
    write(
        tmp_path,
        contracts__subscription_periods=[
            {**row, "started_on": "2026-01-10"},
            {**row, "started_on": "some day"},
            {**row, "started_on": "2026-02-10", "amount": "ten"},
            {**row, "amount": 3},
            {**row, "started_on": "2026-03-10", "quantity": "some"},
        ],
        stripe__customer=[{"id": "c", "livemode": False}, {"id": "d", "livemode": True}],
    )
    landing = read_landing(tmp_path)
    assert len(landing.newest("contracts.subscription_periods")) == 1
    assert landing.rejected["contracts.subscription_periods"] == 4
    assert [row["id"] for row in landing.newest("stripe.customer")] == ["d"]


# Identities ------------------------------------------------------------------------------------


def test_both_bridges_close_for_random_companies(tmp_path: Path) -> None:
    write_random_company(tmp_path, rng=random.Random(11), customers=150)
    found = result(tmp_path, date(2026, 4, 15))
    daily: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for movement in found.movements:
        daily[movement.customer_id, movement.occurred_on.replace(day=1)] += movement.mrr_change
    assert len(found.months) > 1000
    for m in found.months:
        gains, losses = m.new + m.expansion + m.reactivation, m.contraction + m.churned
        assert m.opening_mrr + gains - losses + m.fx == m.closing_mrr, m
        assert daily[m.customer_id, m.month_start] == m.closing_mrr - m.opening_mrr, m
        assert (
            sum(bool(x) for x in (m.new, m.expansion, m.reactivation, m.contraction, m.churned))
            <= 1
        )
        assert 0 <= m.closing_mrr <= m.closing_list_mrr
    for metrics in found.metrics.values():
        if metrics.grr is not None and metrics.nrr is not None:
            assert 0 <= metrics.grr <= min(Decimal(1), metrics.nrr)


def test_the_same_random_state_writes_the_same_company(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_random_company(tmp_path / name, rng=random.Random(5), customers=20)
    first, second = (
        {p.name + p.parent.name: p.read_bytes() for p in (tmp_path / name).rglob("*.csv")}
        for name in ("a", "b")
    )
    assert first == second
