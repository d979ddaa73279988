"""Slices are held against the total's target; what is planted in one opens, and others do not."""

from __future__ import annotations

import datetime as dt

import pytest

from drivewheel_demo import story
from tests.decisions.conftest import Ask

FEBRUARY = dt.date(2026, 2, 1)


@pytest.mark.parametrize("metric", ["grr", "nrr"])
@pytest.mark.parametrize(
    ("value", "told"),
    [("mid_market", story.MID_MARKET_CHURN), ("partner", story.LARGE_CHURN)],
    ids=["mid_market", "partner"],
)
def test_the_slice_that_loses_customers_is_in_breach(
    ask: Ask, metric: str, value: str, told: story.Story
) -> None:
    """The largest customer, mid-market and of a partner, left in December; then the creep.

    December, January and February are beyond the guardrail: the third of them opens it.
    """
    [found] = ask(
        "select * from governance.guardrail_breaches "
        "where metric_id = $metric and dimension_value = $value",
        metric=metric,
        value=value,
    )
    assert found["opened_period_start"] == FEBRUARY, told.name
    assert found["is_open"]
    assert found["target_is_inherited"]


def test_slices_without_a_story_stay_silent(ask: Ask) -> None:
    """Where customers stay, and where cases are few: as much is known of no slice of these."""
    found = ask(
        "select metric_id, dimension_value from governance.guardrail_breaches "
        "where target_is_inherited and (metric_id in ('grr', 'nrr') "
        "and dimension_value in ('enterprise', 'organic', 'outbound', 'referral', 'smb') "
        "or metric_id in ('activation_rate', 'customer_health_score', 'seat_utilization', 'nps', "
        "'time_to_value_days', 'trial_to_paid_rate', 'gross_margin', 'cac_payback_months') "
        "or dimension_value = 'unknown')"
    )
    assert not found


def test_breaches_of_slices_are_few(ask: Ask) -> None:
    """104 breaches of totals and of stated targets in thirty months, of which 9 are open."""
    [found] = ask(
        "select count(*) filter (where target_is_inherited) as inherited, "
        "count(*) filter (where not target_is_inherited) as stated, "
        "count(*) filter (where target_is_inherited and is_open) as open "
        "from governance.guardrail_breaches"
    )
    assert 1 <= found["inherited"] <= found["stated"] / 2
    assert 1 <= found["open"] <= 20


def test_a_slice_of_no_amount_is_judged_by_the_total_s_target(ask: Ask) -> None:
    found = ask("""
        select slices.metric_id
        from governance.metric_values as slices
        inner join governance.metric_values as totals using (metric_id, grain, period_start)
        inner join governance.dim_metrics as metrics using (metric_id)
        where
            totals.dimension = 'total'
            and slices.target_is_inherited
            and (
                slices.target is distinct from totals.target
                or slices.guardrail is distinct from totals.guardrail
                or metrics.aggregation in ('activity', 'balance')
                or slices.dimension = 'total'
            )
        """)
    assert not found
    [shown] = ask(
        "select count(*) as rows, count(target) as judged, "
        "count(*) filter (where target_is_inherited) as inherited "
        "from audiences.leadership_scorecard"
    )
    assert shown["inherited"] > 1000
    assert shown["judged"] > 0.4 * shown["rows"]


def test_no_step_repeats_what_the_total_has_called_for(ask: Ask) -> None:
    found = ask(
        "select steps.intervention_id from governance.interventions as steps "
        "inner join governance.guardrail_breaches as slices on steps.trigger_id = slices.breach_id "
        "inner join governance.guardrail_breaches as totals "
        "on slices.metric_id = totals.metric_id and slices.grain = totals.grain "
        "where slices.target_is_inherited and totals.dimension = 'total' "
        "and steps.opened_on >= totals.opened_on "
        "and (totals.closed_on is null or steps.opened_on < totals.closed_on)"
    )
    assert not found
