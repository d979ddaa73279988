"""Pay, scenarios and candidates of the demo company hang together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.report.published import ask_published
from orchestration.settings import Settings


@pytest.fixture(scope="module")
def settings(story_home: Path) -> Settings:
    return Settings(home=story_home, _env_file=None)


def test_what_is_worse_ends_sooner(settings: Settings) -> None:
    rows: dict[str, dict[str, Any]] = {
        row["scenario_id"]: row
        for row in ask_published(settings, "from governance.runway_scenarios")
    }

    def left(name: str) -> tuple[float, float]:
        row = rows[name]
        return row["months_to_cash_out"] or float("inf"), row["cash_after_12_months"]

    assert left("downturn") < left("churn_doubles") < left("as_now")
    assert left("bookings_stop") < left("bookings_halve") < left("as_now")
    assert left("dear_money")[1] < left("as_now")[1] < left("price_rise")[1]
    # The loan of the story costs five points more: 5 % of it in a year.
    raised = rows["as_now"]["capital_raised"]
    assert raised > 0
    assert left("as_now")[1] - left("dear_money")[1] == pytest.approx(0.05 * raised)


def test_scenarios_start_where_the_metrics_end(settings: Settings) -> None:
    (row,) = ask_published(
        settings,
        "select cash, mrr, (select value from governance.metric_values as v "
        "where v.metric_id = 'cash_balance' and v.grain = 'month' and v.dimension = 'total' "
        "and v.period_end = s.started_on) as cash_metric, "
        "(select value from governance.metric_values as v where v.metric_id = 'mrr' "
        "and v.grain = 'month' and v.dimension = 'total' and v.period_end = s.started_on) "
        "as mrr_metric from governance.runway_scenarios as s where scenario_id = 'as_now'",
    )
    assert (row["cash"], row["mrr"]) == (row["cash_metric"], row["mrr_metric"])


def test_nothing_is_paid_beyond_the_target_below_zero_or_against_the_guard(
    settings: Settings,
) -> None:
    rows = ask_published(settings, "from governance.incentive_readouts")
    assert {row["plan_id"] for row in rows} == {
        "activation",
        "time_to_value",
        "seats_in_use",
        "pipeline",
    }
    for row in rows:
        assert 0 <= row["payout"] <= row["pay_at_target"]
        if row["guard_status"] == "breach":
            assert row["payout"] == 0
    assert {"withheld", "partly_paid", "began_on_target"} <= {row["state"] for row in rows}
    # Seats were in use beyond the target before anybody was paid for it.
    assert {row["state"] for row in rows if row["plan_id"] == "seats_in_use"} == {"began_on_target"}


def test_candidates_are_ranked_by_what_is_to_be_expected(settings: Settings) -> None:
    rows = ask_published(settings, "from governance.expansion_candidates order by candidate_rank")
    expected = [row["expected_expansion_mrr"] for row in rows]
    assert expected == sorted(expected, reverse=True)
    assert {row["signal"] for row in rows} == {
        "seats_nearly_full",
        "unused_modules",
        "concentrated_use",
    }
    at_risk = ask_published(
        settings,
        "select candidates.customer_id from governance.expansion_candidates as candidates "
        "inner join customer_health.fct_customer_health as health "
        "on candidates.customer_id = health.customer_id "
        "and candidates.snapshot_on = health.snapshot_on where health_band = 'at_risk'",
    )
    assert at_risk == []
