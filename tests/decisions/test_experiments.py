"""Experiments of the demo company: what was planted is covered, and nothing is found in nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from drivewheel_demo import story


@pytest.fixture(scope="module")
def readouts(story_home: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Every readout by experiment and metric."""
    path = story_home / "serving" / "drivewheel.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("from governance.experiment_readouts")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {(row["experiment_id"], row["metric_id"]): row for row in rows}


def test_every_experiment_is_read_by_every_metric_that_it_names(
    readouts: dict[tuple[str, str], dict[str, Any]],
) -> None:
    assert set(readouts) == {
        (told.id, metric)
        for told in story.EXPERIMENTS
        for metric in (told.metric, *told.secondary, *told.guardrails)
    }
    assert readouts["exp_seat_reviews", "csat"]["verdict"] == "not_measurable"


def test_the_intervals_of_guided_onboarding_cover_what_was_planted(
    readouts: dict[tuple[str, str], dict[str, Any]],
) -> None:
    activation = readouts["exp_guided_onboarding", "activation_rate"]
    assert (
        activation["relative_lower"] < story.GUIDED_ONBOARDING.size < activation["relative_upper"]
    )
    assert activation["effect"] > 0
    waiting = readouts["exp_guided_onboarding", "time_to_value_days"]
    assert waiting["effect_lower"] < -story.GUIDED_TTV_DAYS < waiting["effect_upper"]
    assert waiting["effect"] < 0
    churn = readouts["exp_guided_onboarding", "early_churn_rate_90d"]
    assert churn["relative_lower"] < story.GUIDED_CHURN_FACTOR - 1 < churn["relative_upper"]
    assert churn["metric_role"] == "guardrail"


def test_an_experiment_without_effect_shows_none(
    readouts: dict[tuple[str, str], dict[str, Any]],
) -> None:
    for metric in ("seat_utilization", "monthly_active_users"):
        row = readouts["exp_seat_reviews", metric]
        assert row["effect_lower"] < 0 < row["effect_upper"]
        assert row["verdict"] == "no_difference_shown"
    assert readouts["exp_seat_reviews", "seat_utilization"]["decision"] == "stop"


def test_a_harmful_experiment_is_called_worse(
    readouts: dict[tuple[str, str], dict[str, Any]],
) -> None:
    row = readouts["exp_morning_jobs", "trial_to_paid_rate"]
    assert row["verdict"] == "worse"
    assert row["relative_lower"] < story.SLOW_TRIALS.size - 1 < row["relative_upper"]


def test_a_change_that_chance_did_not_assign_is_a_difference_in_differences(
    readouts: dict[tuple[str, str], dict[str, Any]],
) -> None:
    row = readouts["exp_growth_price", "mrr"]
    assert (row["is_randomised"], row["method"]) == (False, "difference_in_differences")
    assert row["sample_ratio_p_value"] is None
    assert row["relative_lower"] < story.PRICE_CHANGE.size < row["relative_upper"]


def test_arms_are_as_large_as_chance_makes_them(
    readouts: dict[tuple[str, str], dict[str, Any]],
) -> None:
    assert {row["is_sample_ratio_ok"] for row in readouts.values() if row["is_randomised"]} == {
        True
    }
