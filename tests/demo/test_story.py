"""What is planted can be found: the demo company read by the oracle, at its default size."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon
from drivewheel_demo.company import Customer, draw_customers
from tests.oracles.landing import Landing
from tests.oracles.mrr import Movement, Result, compute, read_fx, read_landing, read_minor_units
from tests.tables import tables_dir

SEEDS = tables_dir()
END = date(2026, 6, 30)


@pytest.fixture(scope="module")
def landing(story_home: Path) -> Landing:
    return read_landing(story_home / "landing")


@pytest.fixture(scope="module")
def result(landing: Landing) -> Result:
    return compute(
        landing,
        as_of=END,
        fx=read_fx(SEEDS / "fx_rates.csv"),
        minor_units=read_minor_units(SEEDS / "currencies.csv"),
    )


@pytest.fixture(scope="module")
def customers() -> tuple[Customer, ...]:
    return draw_customers(Horizon.of(end_on=END, months=30), seed=7, customers=400)


def _during(result: Result, told: story.Story) -> list[Movement]:
    return [m for m in result.movements if told.starts <= m.occurred_on <= told.ends]


def test_the_pause_wave_is_churn_by_pause_in_its_weeks_only(result: Result) -> None:
    pauses = [m for m in result.movements if m.movement_reason == "pause"]
    assert len(pauses) >= 10
    assert pauses == [m for m in _during(result, story.PAUSE_WAVE) if m.movement_reason == "pause"]


def test_who_leaves_says_why_as_billing_delivers_it(story_home: Path, landing: Landing) -> None:
    """Of customers with one subscription, which ended."""
    subscriptions = defaultdict(list)
    for row in landing.newest("stripe.subscription"):
        subscriptions[row["customer_id"]].append(row)
    told = {
        customer: rows[0]["cancellation_details_feedback"]
        for customer, rows in subscriptions.items()
        if len(rows) == 1 and rows[0]["status"] == "canceled"
    }
    with duckdb.connect(str(story_home / "serving/drivewheel.duckdb"), read_only=True) as published:
        found = dict(
            published.execute(
                "select customer_id, cancellation_reason from revenue_velocity.fct_mrr_movements "
                "where movement_type = 'churn' and movement_reason != 'pause'"
            ).fetchall()
        )
    asked = told.keys() & found.keys()
    assert len({told[customer] for customer in asked}) >= 5
    assert {customer: found[customer] for customer in asked} == {
        customer: told[customer] for customer in asked
    }


def test_the_return_wave_brings_most_of_the_paused_back(result: Result) -> None:
    paused = [m for m in result.movements if m.movement_reason == "pause"]
    back = [m for m in _during(result, story.RETURN_WAVE) if m.movement_reason == "resume"]
    assert 0.5 <= len(back) / len(paused) <= 0.9
    assert any(m.movement_reason == "return" for m in _during(result, story.RETURN_WAVE))


def test_the_price_change_is_expansion_by_price_and_not_by_seats(result: Result) -> None:
    rises = [m for m in _during(result, story.PRICE_CHANGE) if m.movement_type == "expansion"]
    by_price = [m for m in rises if m.movement_reason == "price"]
    assert len(by_price) >= 30
    assert sum(m.mrr_change for m in by_price) > 9 * sum(
        m.mrr_change for m in rises if m.movement_reason != "price"
    )


def test_the_large_churn_is_the_largest_of_all(result: Result) -> None:
    largest = min(
        (m for m in result.movements if m.movement_type == "churn"), key=lambda m: m.mrr_change
    )
    assert largest.occurred_on == story.LARGE_CHURN.starts


def test_the_fall_of_the_euro_is_the_largest_fx(result: Result) -> None:
    fx: dict[date, Decimal] = defaultdict(Decimal)
    for month in result.months:
        fx[month.month_start] += month.fx
    assert set(sorted(fx, key=fx.__getitem__)[:2]) == {date(2025, 3, 1), date(2025, 4, 1)}
    rates = read_fx(SEEDS / "fx_rates.csv")
    change = rates["eur", date(2025, 4, 1)] / rates["eur", date(2025, 2, 1)] - 1
    assert float(change) == pytest.approx(story.EUR_FALL.size, abs=0.005)


def test_the_interruption_stays_within_its_month(result: Result) -> None:
    march = [m for m in result.months if m.month_start == story.INTERRUPTION[0].replace(day=1)]
    assert sum(m.interruption_count for m in march) == 1


def test_guided_onboarding_lifts_activation_over_its_control(
    customers: tuple[Customer, ...],
) -> None:
    arms = {arm: [c for c in customers if c.arm == arm] for arm in ("guided", "control")}
    assert abs(len(arms["guided"]) - len(arms["control"])) <= 1
    rates = {arm: sum(c.activates for c in who) / len(who) for arm, who in arms.items()}
    assert rates["guided"] / rates["control"] - 1 == pytest.approx(
        story.GUIDED_ONBOARDING.size, abs=0.12
    )
    days = {arm: sum(c.days_to_value for c in who) / len(who) for arm, who in arms.items()}
    assert days["guided"] < days["control"]


def test_the_spike_hides_falling_activation(customers: tuple[Customer, ...]) -> None:
    spike = [c for c in customers if c.channel == "paid_search" and _in(c, story.SPIKE)]
    usual = [c for c in customers if c.channel == "paid_search" and not _in(c, story.SPIKE)]
    months = 29
    assert len(spike) > 2 * len(usual) / months
    share = [sum(c.activates for c in who) / len(who) for who in (spike, usual)]
    assert share[0] < share[1]


def _in(customer: Customer, told: story.Story) -> bool:
    return told.starts <= customer.signed_up_on <= told.ends


def test_retention_is_that_of_a_company_worth_looking_at(result: Result) -> None:
    before, after = result.metrics[date(2025, 11, 1)], result.metrics[date(2025, 12, 1)]
    assert before.nrr is not None
    assert after.nrr is not None
    assert 0.9 < before.nrr < 1.3
    assert after.nrr < before.nrr
