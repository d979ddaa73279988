"""One command: who left, how much, was it known, what is being done, by whom, until when."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from drivewheel_demo import story
from orchestration.cli import main
from orchestration.report.why import NothingKnownError, print_why, read_why
from orchestration.settings import Settings
from tests.decisions.conftest import Ask


@pytest.fixture(scope="module")
def settings(story_home: Path) -> Settings:
    return Settings(home=story_home, landing=story_home / "landing", _env_file=None)


def test_the_largest_loss_is_named_with_its_day_and_what_was_known(
    settings: Settings, ask: Ask
) -> None:
    """GRR in the month of the planted loss, recomputed: the largest part of the year's MRR lost."""
    start = story.LARGE_CHURN.starts.replace(day=1)
    [lost] = ask(
        "select customer_id, opening_mrr_12m from revenue_velocity.fct_customer_months "
        "where month_start = $month and movement_type = 'churn' "
        "order by opening_mrr_12m desc limit 1",
        month=start,
    )
    why = read_why(settings, "grr", start)
    first = why["customers"][0]
    assert first["customer_id"] == lost["customer_id"]
    # Of the month's opening MRR, but for what the cohorts of two months differ in.
    share = float(lost["opening_mrr_12m"]) / why["headline"]["denominator"]
    assert first["contribution"] == pytest.approx(-share, rel=0.2)
    assert {row["movement_type"] for row in first["movements"]} == {"churn"}
    gone = first["movements"][0]["occurred_on"]
    assert first["health"]
    assert all(row["snapshot_on"] <= gone for row in first["health"])
    assert all(row["opened_on"] <= gone for row in first["steps"])


def test_every_core_metric_is_told_and_says_where_to_go_on(settings: Settings, ask: Ask) -> None:
    for row in ask("select metric_id, label from audiences.executive_scorecard"):
        terminal = io.StringIO()
        print_why(settings, row["metric_id"], terminal=terminal)
        told = terminal.getvalue()
        assert told.startswith(row["label"])
        assert "about it" in told
        if "of it" in told:
            assert f"drivewheel trace {row['metric_id']} --period 2026-0" in told


def test_a_program_reads_the_same(settings: Settings) -> None:
    result = CliRunner().invoke(
        main, ["why", "grr", "--json", "--home", str(settings.home_dir)], catch_exceptions=False
    )
    assert json.loads(result.output)["headline"]["metric_id"] == "grr"


def test_what_is_not_published_is_told_with_where_to_look(settings: Settings) -> None:
    with pytest.raises(NothingKnownError, match="no complete month of mmr is published;"):
        read_why(settings, "mmr")
