"""The oracle against cases worked by hand: the arithmetic stands beside each."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.mrr import Movement, Result, compute, month_end, read_landing
from tests.oracles.random_company import write_random_company

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
    filled = {
        "price": {"_fivetran_synced": "2026-01-01", "currency": "usd", "product_id": "prod",
                  "recurring_interval": "month", "recurring_interval_count": 1,
                  "recurring_usage_type": "licensed", "type": "recurring"},
        "subscription": {"id": "s", "customer_id": "c", "_fivetran_synced": SYNCED,
                         "created": "2026-01-01 08:00:00", "start_date": "2026-01-01 08:00:00",
                         "status": "active"},
        "subscription_history": {"id": "s", "customer_id": "c"},
        "subscription_item": {"_fivetran_synced": SYNCED, "subscription_id": "s",
                              "created": "2026-01-01 08:00:00"},
        "invoice_line_item": {"_fivetran_synced": SYNCED, "subscription_id": "s",
                              "subscription_item_id": "i", "invoice_id": "in", "price_id": "p10",
                              "currency": "usd", "proration": False},
        "invoice": {"_fivetran_synced": SYNCED, "currency": "usd", "status": "paid"},
        "coupon": {"id": "k", "_fivetran_synced": "2026-01-01"},
        "discount": {"id": "d", "_fivetran_synced": "2026-01-01", "customer_id": "c",
                     "subscription_id": "s", "coupon_id": "k"},
    }  # fmt: skip
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
            [{"started_on": "2026-01-10", "ended_on": "2026-02-01", "amount": 100},
             {"started_on": "2026-02-05", "amount": 80}],
            [("2026-01-10", "new", "first_purchase", Decimal(100)),
             ("2026-02-01", "churn", "voluntary", Decimal(-100)),
             ("2026-02-05", "reactivation", "return", Decimal(80))],
        ),
        (
            [{"started_on": "2026-01-10", "amount": 100},
             {"started_on": "2026-02-05", "amount": 130}],
            [("2026-01-10", "new", "first_purchase", Decimal(100)),
             ("2026-02-05", "expansion", "price", Decimal(30))],
        ),
        (
            [{"started_on": "2026-01-10", "amount": 50, "quantity": 2},
             {"started_on": "2026-02-05", "amount": 50, "quantity": 1}],
            [("2026-01-10", "new", "first_purchase", Decimal(100)),
             ("2026-02-05", "contraction", "seats", Decimal(-50))],
        ),
        (
            [{"started_on": "2026-01-10", "amount": 100},
             {"started_on": "2026-02-05", "amount": 50, "quantity": 2}],
            [("2026-01-10", "new", "first_purchase", Decimal(100))],
        ),
    ],
    ids=["none", "new", "churn and reactivation", "expansion", "contraction", "same amount"],
)  # fmt: skip
def test_the_truth_table_holds(
    tmp_path: Path, rows: Rows, expected: list[tuple[str, str, str, Decimal]]
) -> None:
    found = sheet(tmp_path, *rows) if rows else result(tmp_path)
    assert brief(found.movements) == expected


def test_a_rate_that_moves_is_fx_on_the_months_last_day(tmp_path: Path) -> None:
    # December's rate 1.00 opens January, 1.10 closes it, 0.99 closes February.
    found = sheet(tmp_path, {"started_on": "2026-01-10", "amount": 100, "currency": "EUR"})
    assert [(str(m.occurred_on), m.movement_type, m.mrr_change, m.mrr_change_local)
            for m in found.movements] == [
        ("2026-01-10", "new", Decimal(100), Decimal(100)),  # 100 × 1.00
        ("2026-01-31", "fx", Decimal(10), Decimal(0)),  # 100 × (1.10 − 1.00)
        ("2026-02-28", "fx", Decimal(-11), Decimal(0)),  # 100 × (0.99 − 1.10)
    ]  # fmt: skip


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


# Timelines -----------------------------------------------------------------------------------


def test_the_day_of_the_end_carries_nothing(tmp_path: Path) -> None:
    found = stripe(tmp_path, subscription=[
        {"status": "canceled", "ended_at": "2026-03-10 14:00:00"}])  # fmt: skip
    assert brief(found.movements)[-1] == ("2026-03-10", "churn", "voluntary", Decimal(-50))


def test_a_scheduled_end_counts_once_it_is_reached(tmp_path: Path) -> None:
    found = stripe(tmp_path, subscription=[
        {"cancel_at_period_end": True, "current_period_end": "2026-07-01 00:00:00"}])  # fmt: skip
    assert [row[1] for row in brief(found.movements)] == ["new"]
    assert brief(result(tmp_path, date(2026, 7, 1)).movements)[-1][:2] == ("2026-07-01", "churn")


def test_a_deleted_customer_ends_when_the_deletion_was_first_seen(tmp_path: Path) -> None:
    deleted = {"id": "c", "is_deleted": True}
    found = stripe(tmp_path, customer=[
        {"id": "c", "_fivetran_synced": "2026-01-01"},
        {**deleted, "_fivetran_synced": "2026-04-02"},
        {**deleted, "_fivetran_synced": "2026-05-01"}])  # fmt: skip
    assert brief(found.movements)[-1] == ("2026-04-02", "churn", "voluntary", Decimal(-50))


def test_a_back_dated_start_counts_from_the_start_of_service(tmp_path: Path) -> None:
    # Recorded on March 1, in force from January 15; the line says so.
    found = stripe(
        tmp_path,
        subscription=[{"created": "2026-03-01", "start_date": "2026-01-15"}],
        subscription_item=[{"id": "i", "price_id": "p10", "quantity": 5, "created": "2026-03-01"}],
        invoice_line_item=[{"id": "l", "amount": 5000, "quantity": 5,
                            "period_start": "2026-01-15", "period_end": "2026-02-15"}],
    )  # fmt: skip
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
        invoice_line_item=[{"id": "l", "amount": 9000, "quantity": 9,
                            "period_start": "2026-02-01", "period_end": "2026-03-01"}],
    )  # fmt: skip
    assert brief(found.movements) == [("2026-01-01", "new", "first_purchase", Decimal(50))]


def test_an_item_known_from_lines_ends_at_the_credit_that_no_charge_answers(
    tmp_path: Path,
) -> None:
    lines = [
        {"id": f"{item}{number}", "amount": 5000, "quantity": 5, "subscription_item_id": item,
         "period_start": f"2026-0{number}-01", "period_end": f"2026-0{number + 1}-01"}
        for item, numbers in (("i", (1, 2, 3, 4, 5, 6)), ("j", (1, 2))) for number in numbers
    ]  # fmt: skip
    credit = {"id": "j3", "amount": -2500, "quantity": 5, "subscription_item_id": "j",
              "period_start": "2026-02-15", "period_end": "2026-03-01",
              "proration": True}  # fmt: skip
    found = stripe(tmp_path, subscription_item=[], invoice_line_item=[*lines, credit])
    assert brief(found.movements) == [
        ("2026-01-01", "new", "first_purchase", Decimal(100)),
        ("2026-02-15", "contraction", "product", Decimal(-50)),
    ]


def test_a_version_that_says_nothing_new_changes_nothing(tmp_path: Path) -> None:
    # The second version repeats the first; between them a line says 7, which stays.
    item = {"id": "i", "price_id": "p10", "quantity": 5}
    found = stripe(
        tmp_path,
        subscription_item=[{**item, "_fivetran_synced": "2026-01-02"},
                           {**item, "_fivetran_synced": "2026-04-01"}],
        invoice_line_item=[{"id": "l", "amount": 7000, "quantity": 7,
                            "period_start": "2026-03-01", "period_end": "2026-04-01"}],
    )  # fmt: skip
    assert brief(found.movements)[1:] == [("2026-03-01", "expansion", "seats", Decimal(20))]


def test_a_deleted_item_ends_when_that_was_seen(tmp_path: Path) -> None:
    other = {"id": "j", "price_id": "p10", "quantity": 1}
    found = stripe(tmp_path, subscription_item=[
        {"id": "i", "price_id": "p10", "quantity": 5},
        {**other, "_fivetran_synced": "2026-01-02"},
        {**other, "_fivetran_synced": "2026-04-03", "_fivetran_deleted": True}])  # fmt: skip
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
    found = stripe(tmp_path, price=[{"id": "p10", "unit_amount": 2000,
                                     "recurring_interval": interval,
                                     "recurring_interval_count": count}])  # fmt: skip
    assert found.movements[0].mrr_change == Decimal(monthly)


def test_an_unknown_price_is_what_its_last_full_line_charged(tmp_path: Path) -> None:
    # 600.00 for 5 seats and 90 days: 90 ÷ 30.4375 ≈ 3 months, so 200 a month.
    found = stripe(
        tmp_path,
        price=[],
        invoice_line_item=[{"id": "l", "amount": 60000, "quantity": 5,
                            "period_start": "2026-01-01", "period_end": "2026-04-01"}],
    )  # fmt: skip
    assert brief(found.movements) == [("2026-01-01", "new", "first_purchase", Decimal(200))]


@pytest.mark.parametrize("how", [{"recurring_usage_type": "metered"}, {"type": "one_time"}])
def test_metered_and_one_time_prices_are_no_mrr(tmp_path: Path, how: dict[str, str]) -> None:
    assert stripe(tmp_path, price=[{"id": "p10", "unit_amount": 1000, **how}]).movements == []


# Status ----------------------------------------------------------------------------------------


def test_dunning_pays_until_unpaid_and_is_involuntary(tmp_path: Path) -> None:
    states = history(("2026-01-01 08:00:00", "active"), ("2026-03-01 09:00:00", "past_due"),
                     ("2026-03-22 09:00:00", "unpaid"))  # fmt: skip
    found = stripe(tmp_path, subscription_history=states, subscription=[{"status": "unpaid"}])
    assert brief(found.movements)[-1] == ("2026-03-22", "churn", "involuntary", Decimal(-50))


def test_ending_while_past_due_is_involuntary(tmp_path: Path) -> None:
    states = history(("2026-01-01 08:00:00", "active"), ("2026-03-01 09:00:00", "past_due"),
                     ("2026-03-22 09:00:00", "canceled"))  # fmt: skip
    found = stripe(tmp_path, subscription_history=states, subscription=[
        {"status": "canceled", "ended_at": "2026-03-22 09:00:00"}])  # fmt: skip
    assert brief(found.movements)[-1] == ("2026-03-22", "churn", "involuntary", Decimal(-50))


def test_a_pause_is_churn_and_its_end_a_resumption(tmp_path: Path) -> None:
    paused = {"_fivetran_start": "2026-02-10", "_fivetran_synced": "2026-02-10",
              "status": "active", "pause_collection_behavior": "void",
              "pause_collection_resumes_at": "2026-04-05 12:00:00"}  # fmt: skip
    first = history(("2026-01-01 08:00:00", "active"))
    found = stripe(tmp_path, subscription_history=[*first, paused])
    assert brief(found.movements)[1:] == [
        ("2026-02-10", "churn", "pause", Decimal(-50)),
        ("2026-04-05", "reactivation", "resume", Decimal(50)),
    ]


def test_a_trial_is_trial_mrr_and_its_first_paid_day_new(tmp_path: Path) -> None:
    found = stripe(tmp_path, subscription=[
        {"trial_start": "2026-01-01 08:00:00", "trial_end": "2026-01-15 08:00:00"}])  # fmt: skip
    assert [(str(b.day), b.net_local, b.trial_local) for b in found.daily["c"]] == [
        ("2026-01-01", Decimal(0), Decimal(50)),
        ("2026-01-15", Decimal(50), Decimal(0)),
    ]
    assert brief(found.movements) == [("2026-01-15", "new", "trial_conversion", Decimal(50))]


def test_incomplete_holds_from_the_start(tmp_path: Path) -> None:
    states = history(("2026-01-03 08:00:00", "incomplete"), ("2026-01-05 08:00:00", "active"))
    found = stripe(tmp_path, subscription_history=states)
    assert brief(found.movements) == [("2026-01-05", "new", "first_purchase", Decimal(50))]


def test_of_several_states_on_one_day_the_last_counts(tmp_path: Path) -> None:
    states = history(("2026-01-01 08:00:00", "active"), ("2026-03-01 09:00:00", "unpaid"),
                     ("2026-03-01 17:00:00", "active"))  # fmt: skip
    assert len(stripe(tmp_path, subscription_history=states).movements) == 1


# Discounts -------------------------------------------------------------------------------------


def test_percentages_multiply_and_amounts_come_off_last(tmp_path: Path) -> None:
    # 50 × 0.9 × 0.8 = 36; an amount of 6.00 per invoice of one month: 30.
    found = stripe(
        tmp_path,
        coupon=[{"id": "k", "percent_off": 10, "duration": "forever"},
                {"id": "l", "percent_off": 20, "duration": "forever"},
                {"id": "m", "amount_off": 600, "currency": "usd", "duration": "forever"},
                {"id": "n", "amount_off": 600, "currency": "eur", "duration": "forever"}],
        discount=[{"id": f"d{key}", "coupon_id": key, "start": "2026-01-01"} for key in "klmn"],
    )  # fmt: skip
    assert found.daily["c"][0].net_local == Decimal(30)
    assert found.daily["c"][0].list_local == Decimal(50)


def test_an_amount_is_shared_by_list_mrr_and_spread_over_the_interval(tmp_path: Path) -> None:
    # Yearly: items at 1 200 and 600 a year are 100 and 50 a month; 360 off an invoice is 30 a
    # month, of which 20 and 10: 80 + 40.
    yearly = {"recurring_interval": "year", "unit_amount": 60000}
    found = stripe(
        tmp_path,
        price=[{"id": "p10", **yearly}],
        subscription_item=[{"id": "i", "price_id": "p10", "quantity": 2},
                           {"id": "j", "price_id": "p10", "quantity": 1}],
        coupon=[{"amount_off": 36000, "currency": "usd", "duration": "forever"}],
        discount=[{"start": "2026-01-01"}],
    )  # fmt: skip
    assert found.movements[0].mrr_change == Decimal(120)


def test_the_end_of_a_repeating_coupon_is_expansion(tmp_path: Path) -> None:
    found = stripe(
        tmp_path,
        coupon=[{"percent_off": 40, "duration": "repeating", "duration_in_months": 3}],
        discount=[{"start": "2026-01-01 08:00:00"}],
    )
    assert brief(found.movements) == [
        ("2026-01-01", "new", "first_purchase", Decimal(30)),
        ("2026-04-01", "expansion", "discount_expiry", Decimal(20)),
    ]


def test_a_coupon_for_once_changes_nothing(tmp_path: Path) -> None:
    found = stripe(tmp_path, coupon=[{"percent_off": 40, "duration": "once"}],
                   discount=[{"start": "2026-01-01"}])  # fmt: skip
    assert brief(found.movements) == [("2026-01-01", "new", "first_purchase", Decimal(50))]


def test_the_customers_discount_gives_way_to_the_subscriptions_own(tmp_path: Path) -> None:
    # 50 % of the customer from January; 10 % of the subscription during March.
    found = stripe(
        tmp_path,
        coupon=[{"id": "k", "percent_off": 50, "duration": "forever"},
                {"id": "l", "percent_off": 10, "duration": "forever"}],
        discount=[{"id": "d1", "subscription_id": None, "start": "2026-01-01"},
                  {"id": "d2", "coupon_id": "l", "start": "2026-03-01", "end": "2026-04-01"}],
    )  # fmt: skip
    assert brief(found.movements)[1:] == [
        ("2026-03-01", "expansion", "discount_expiry", Decimal(20)),
        ("2026-04-01", "contraction", "discount_start", Decimal(-20)),
    ]


# Movements and months --------------------------------------------------------------------------


def test_seats_and_price_are_told_apart(tmp_path: Path) -> None:
    # 10 seats at 10 become 12 at 11: seats (12 − 10) × 10 = 20, price 12 × (11 − 10) = 12.
    item = {"id": "i", "price_id": "p10", "quantity": 10}
    found = stripe(tmp_path, subscription_item=[
        {**item, "_fivetran_synced": "2026-01-02"},
        {**item, "price_id": "p11", "quantity": 12, "_fivetran_synced": "2026-04-01"}])  # fmt: skip
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
        price=[{"id": "p10", "unit_amount": 1000},
               {"id": "p20", "unit_amount": 2000, "product_id": "other"}],
        subscription_item=[
            first, {**first, "_fivetran_synced": "2026-03-01", "_fivetran_deleted": True},
            {"id": "j", "price_id": "p20", "quantity": 5, "created": "2026-03-01"},
            {"id": "k", "price_id": "p10", "quantity": 1, "created": "2026-04-01"},
        ],
    )  # fmt: skip
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
    march = found.months[2]
    assert (march.interruption_count, march.churned, march.reactivation) == (1, 0, 0)
    assert march.expansion == Decimal(20)


def test_coming_and_going_within_a_month_makes_the_next_start_a_reactivation(
    tmp_path: Path,
) -> None:
    found = sheet(
        tmp_path,
        {"started_on": "2026-01-10", "ended_on": "2026-01-20", "amount": 100},
        {"started_on": "2026-02-05", "amount": 100},
    )
    january, february = found.months[:2]
    assert (january.new, january.interruption_count) == (0, 1)
    assert (february.new, february.reactivation) == (0, Decimal(100))


def test_retention_compares_with_twelve_months_ago_at_the_rate_of_then(tmp_path: Path) -> None:
    # Paying in June 2025 at the first known rate 1.00: a 100, b 200 euro. In June 2026: a 150,
    # b 120 euro. NRR = (150 + 120) ÷ 300 = 0.9, GRR = (100 + 120) ÷ 300; closing at 0.99.
    rows = [
        {"subscription_id": f"con_{key}", "customer_id": key, "plan": "p", "currency": "eur",
         "started_on": day, "amount": amount}
        for key, day, amount in (("a", "2025-06-01", 100), ("a", "2026-02-01", 150),
                                 ("b", "2025-06-01", 200), ("b", "2026-03-01", 120))
    ]  # fmt: skip
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


# Reading ---------------------------------------------------------------------------------------


def test_rows_that_cannot_be_cast_and_test_rows_are_left_out(tmp_path: Path) -> None:
    row = {"subscription_id": "x", "customer_id": "c", "amount": 10}
    write(tmp_path, contracts__subscription_periods=[
        {**row, "started_on": "2026-01-10"}, {**row, "started_on": "some day"},
        {**row, "started_on": "2026-02-10", "amount": "ten"}, {**row, "amount": 3}],
        stripe__customer=[{"id": "c", "livemode": False}, {"id": "d", "livemode": True}],
    )  # fmt: skip
    landing = read_landing(tmp_path)
    assert len(landing.newest("contracts.subscription_periods")) == 1
    assert landing.rejected["contracts.subscription_periods"] == 3
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
        assert sum(bool(x) for x in (m.new, m.expansion, m.reactivation, m.contraction,
                                     m.churned)) <= 1  # fmt: skip
        assert 0 <= m.closing_mrr <= m.closing_list_mrr
    for metrics in found.metrics.values():
        if metrics.grr is not None and metrics.nrr is not None:
            assert 0 <= metrics.grr <= min(1, metrics.nrr)


def test_the_same_random_state_writes_the_same_company(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_random_company(tmp_path / name, rng=random.Random(5), customers=20)
    first, second = (
        {p.name + p.parent.name: p.read_bytes() for p in (tmp_path / name).rglob("*.csv")}
        for name in ("a", "b")
    )
    assert first == second


def test_months_end_on_their_last_day() -> None:
    assert month_end(date(2024, 2, 1)) == date(2024, 2, 29)
