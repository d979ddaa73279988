"""What is planted is a signal with its onset, and growth, season and chance are the usual."""

from __future__ import annotations

import datetime as dt

import pytest

from drivewheel_demo import story
from tests.decisions.conftest import Ask

NEWEST = "2026-06-01"
# What was planted and lasts, the slice that shows it, and from which month on.
PLANTED = [
    (story.MID_MARKET_CHURN, "grr", "total", "shift", "below", "2026-01-01"),
    (story.MID_MARKET_CHURN, "grr", "mid_market", "shift", "below", "2026-01-01"),
    (story.MID_MARKET_CHURN, "mrr", "mid_market", "shift", "below", "2026-01-01"),
    (story.LARGE_CHURN, "top_customer_share", "total", "shift", "below", "2026-01-01"),
    (story.SERVICES_MARGIN, "services_gross_margin", "total", "trend", "above", "2026-01-01"),
    # Dearer and dearer: at most eight months back the onset is looked for.
    (story.CAC_CLIMB, "sales_marketing_ratio", "total", "shift", "above", "2026-01-01"),
    (story.LEAD_TIME_FALL, "lead_time_hours", "total", "shift", "below", "2025-11-01"),
]
# Larger from month to month, as the company is, and nothing planted in the newest months.
GROWING = ["paying_customers", "mrr", "arr", "revenue", "headcount", "requests", "seats"]


@pytest.mark.parametrize(
    ("told", "metric", "value", "signal", "direction", "onset"),
    PLANTED,
    ids=[f"{row[0].name}-{row[1]}-{row[2]}" for row in PLANTED],
)
def test_a_planted_story_is_a_signal_with_its_onset(
    ask: Ask, told: story.Story, metric: str, value: str, signal: str, direction: str, onset: str
) -> None:
    [found] = ask(
        "select * from governance.metric_signals "
        "where metric_id = $metric and dimension_value = $value",
        metric=metric,
        value=value,
    )
    assert (found["signal"], found["signal_direction"]) == (signal, direction), told.name
    assert found["onset"] == dt.date.fromisoformat(onset)
    assert found["hint"]


def test_growth_is_no_signal(ask: Ask) -> None:
    found = ask(
        "select metric_id, signal from governance.metric_signals "
        "where list_contains($metrics, metric_id) and dimension = 'total'",
        metrics=GROWING,
    )
    assert len(found) >= 3
    assert {row["signal"] for row in found} == {"within_usual"}


def test_few_metrics_carry_a_hint(ask: Ask) -> None:
    """Of 194 by the middle 80 % of a year 84 did; one in twelve may by chance (decisions, K8)."""
    [[count, hinted]] = [
        row.values()
        for row in ask(
            "select count(*) as count, count(hint) as hinted from governance.metric_hints"
        )
    ]
    assert count > 190
    assert 10 <= hinted <= 40


def test_a_signal_lies_where_it_says(ask: Ask) -> None:
    """A spike is beyond its limits and within the usual nothing is; a run has begun before."""
    found = ask("""
        select * from governance.metric_signals
        where
            signal = 'spike' and value between lower_limit and upper_limit
            or signal = 'within_usual' and not (value between lower_limit and upper_limit)
            or (signal in ('spike', 'shift', 'trend')) != (onset is not null)
            or onset > period_start
            or (signal = 'spike') != (onset is not distinct from period_start)
            or onset is not null and (signal_direction = 'above') != (value > expected)
            or (signal in ('too_few', 'no_value')) != (expected is null)
        """)
    assert not found


def test_hints_are_those_of_the_totals_and_slices_have_their_own(ask: Ask) -> None:
    found = ask(
        "select hints.metric_id from governance.metric_hints as hints "
        "inner join governance.metric_signals as signals using (metric_id) "
        "where signals.dimension = 'total' and (hints.signal != signals.signal "
        "or hints.surprise is distinct from signals.deviation "
        "or signals.hint is not null and not starts_with(hints.hint, signals.hint))"
    )
    assert not found
    [shown] = ask(
        "select count(*) as count from audiences.leadership_scorecard "
        "where dimension != 'total' and hint is not null"
    )
    assert shown["count"] > 0
