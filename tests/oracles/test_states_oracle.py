"""Status and discounts: the oracle against cases worked by hand (decisions, T2, T5)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.oracles.cases import brief, history, stripe

# Status ----------------------------------------------------------------------------------------


def test_dunning_pays_until_unpaid_and_is_involuntary(tmp_path: Path) -> None:
    states = history(
        ("2026-01-01 08:00:00", "active"),
        ("2026-03-01 09:00:00", "past_due"),
        ("2026-03-22 09:00:00", "unpaid"),
    )
    found = stripe(tmp_path, subscription_history=states, subscription=[{"status": "unpaid"}])
    assert brief(found.movements)[-1] == ("2026-03-22", "churn", "involuntary", Decimal(-50))


def test_ending_while_past_due_is_involuntary(tmp_path: Path) -> None:
    states = history(
        ("2026-01-01 08:00:00", "active"),
        ("2026-03-01 09:00:00", "past_due"),
        ("2026-03-22 09:00:00", "canceled"),
    )
    found = stripe(
        tmp_path,
        subscription_history=states,
        subscription=[{"status": "canceled", "ended_at": "2026-03-22 09:00:00"}],
    )
    assert brief(found.movements)[-1] == ("2026-03-22", "churn", "involuntary", Decimal(-50))


def test_a_pause_is_churn_and_its_end_a_resumption(tmp_path: Path) -> None:
    paused = {
        "_fivetran_start": "2026-02-10",
        "_fivetran_synced": "2026-02-10",
        "status": "active",
        "pause_collection_behavior": "void",
        "pause_collection_resumes_at": "2026-04-05 12:00:00",
    }
    first = history(("2026-01-01 08:00:00", "active"))
    found = stripe(tmp_path, subscription_history=[*first, paused])
    assert brief(found.movements)[1:] == [
        ("2026-02-10", "churn", "pause", Decimal(-50)),
        ("2026-04-05", "reactivation", "resume", Decimal(50)),
    ]


@pytest.mark.parametrize(
    ("status", "reason"), [("unpaid", "pause"), ("trialing", "pause"), ("incomplete", "voluntary")]
)
def test_a_pause_outranks_what_pays_is_tried_or_unpaid_but_not_what_never_began(
    tmp_path: Path, status: str, reason: str
) -> None:
    paused = {
        "_fivetran_start": "2026-02-10",
        "_fivetran_synced": "2026-02-10",
        "status": status,
        "pause_collection_behavior": "void",
    }
    first = history(("2026-01-01 08:00:00", "active"))
    found = stripe(
        tmp_path,
        subscription_history=[*first, paused],
        subscription=[{"_fivetran_synced": "2026-01-01 08:00:00"}],
    )
    assert brief(found.movements)[1:] == [("2026-02-10", "churn", reason, Decimal(-50))]


def test_incomplete_holds_from_the_start_also_where_it_changed_on_its_day(tmp_path: Path) -> None:
    states = history(("2026-02-03 08:00:00", "incomplete"), ("2026-02-03 10:00:00", "active"))
    found = stripe(tmp_path, subscription_history=states)
    assert brief(found.movements) == [("2026-02-03", "new", "first_purchase", Decimal(50))]


def test_a_trial_is_trial_mrr_and_its_first_paid_day_new(tmp_path: Path) -> None:
    found = stripe(
        tmp_path,
        subscription=[{"trial_start": "2026-01-01 08:00:00", "trial_end": "2026-01-15 08:00:00"}],
    )
    assert [(str(b.day), b.net_local, b.trial_local) for b in found.daily["c"]] == [
        ("2026-01-01", Decimal(0), Decimal(50)),
        ("2026-01-15", Decimal(50), Decimal(0)),
    ]
    assert brief(found.movements) == [("2026-01-15", "new", "trial_conversion", Decimal(50))]


def test_months_begin_with_the_trial(tmp_path: Path) -> None:
    found = stripe(
        tmp_path,
        subscription=[{"trial_start": "2026-01-01 08:00:00", "trial_end": "2026-03-01 08:00:00"}],
    )
    assert [(str(m.month_start), m.closing_mrr, m.new) for m in found.months[:3]] == [
        ("2026-01-01", Decimal(0), Decimal(0)),
        ("2026-02-01", Decimal(0), Decimal(0)),
        ("2026-03-01", Decimal(50), Decimal(50)),
    ]


def test_incomplete_holds_from_the_start(tmp_path: Path) -> None:
    states = history(("2026-01-03 08:00:00", "incomplete"), ("2026-01-05 08:00:00", "active"))
    found = stripe(tmp_path, subscription_history=states)
    assert brief(found.movements) == [("2026-01-05", "new", "first_purchase", Decimal(50))]


def test_of_several_states_on_one_day_the_last_counts(tmp_path: Path) -> None:
    states = history(
        ("2026-01-01 08:00:00", "active"),
        ("2026-03-01 09:00:00", "unpaid"),
        ("2026-03-01 17:00:00", "active"),
    )
    assert len(stripe(tmp_path, subscription_history=states).movements) == 1


# Discounts -------------------------------------------------------------------------------------


def test_percentages_multiply_and_amounts_come_off_last(tmp_path: Path) -> None:
    # 50 × 0.9 × 0.8 = 36; an amount of 6.00 per invoice of one month: 30.
    found = stripe(
        tmp_path,
        coupon=[
            {"id": "k", "percent_off": 10, "duration": "forever"},
            {"id": "l", "percent_off": 20, "duration": "forever"},
            {"id": "m", "amount_off": 600, "currency": "usd", "duration": "forever"},
            {"id": "n", "amount_off": 600, "currency": "eur", "duration": "forever"},
        ],
        discount=[{"id": f"d{key}", "coupon_id": key, "start": "2026-01-01"} for key in "klmn"],
    )
    assert found.daily["c"][0].net_local == Decimal(30)
    assert found.daily["c"][0].list_local == Decimal(50)


def test_an_amount_is_shared_by_list_mrr_and_spread_over_the_interval(tmp_path: Path) -> None:
    # Yearly: items at 1 200 and 600 a year are 100 and 50 a month; 360 off an invoice is 30 a
    # month, of which 20 and 10: 80 + 40.
    yearly = {"recurring_interval": "year", "unit_amount": 60000}
    found = stripe(
        tmp_path,
        price=[{"id": "p10", **yearly}],
        subscription_item=[
            {"id": "i", "price_id": "p10", "quantity": 2},
            {"id": "j", "price_id": "p10", "quantity": 1},
        ],
        coupon=[{"amount_off": 36000, "currency": "usd", "duration": "forever"}],
        discount=[{"start": "2026-01-01"}],
    )
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
    found = stripe(
        tmp_path,
        coupon=[{"percent_off": 40, "duration": "once"}],
        discount=[{"start": "2026-01-01"}],
    )
    assert brief(found.movements) == [("2026-01-01", "new", "first_purchase", Decimal(50))]


def test_the_customers_discount_gives_way_to_the_subscriptions_own(tmp_path: Path) -> None:
    # 50 % of the customer from January; 10 % of the subscription during March.
    found = stripe(
        tmp_path,
        coupon=[
            {"id": "k", "percent_off": 50, "duration": "forever"},
            {"id": "l", "percent_off": 10, "duration": "forever"},
        ],
        discount=[
            {"id": "d1", "subscription_id": None, "start": "2026-01-01"},
            {"id": "d2", "coupon_id": "l", "start": "2026-03-01", "end": "2026-04-01"},
        ],
    )
    assert brief(found.movements)[1:] == [
        ("2026-03-01", "expansion", "discount_expiry", Decimal(20)),
        ("2026-04-01", "contraction", "discount_start", Decimal(-20)),
    ]
