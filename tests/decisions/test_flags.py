"""The right question is answered yes in the right month, with evidence; others stay silent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from drivewheel_demo import story
from tests.decisions.conftest import Ask
from tests.decisions.recomputed import FLAGS, recompute

PLANTED = [
    (story.SPIKE, "revenue_spike_weak_start", "new_mrr", "2025-06-01"),
    (story.SPIKE, "top_line_up_pair_worse", "arr", "2025-07-01"),
    (story.CAC_CLIMB, "cac_up_ltv_flat", "cac", "2025-08-01"),
    (story.CAC_CLIMB, "cac_up_with_spend", "cac", "2025-08-01"),
    (story.REVIEW_SLIP, "process_deviation_leaks_revenue", "process_adherence_rate", "2025-12-01"),
    (story.CAC_CLIMB, "opex_outgrows_revenue", "operating_leverage", "2026-01-01"),
]


@pytest.mark.parametrize(
    ("told", "rule", "subject", "month"), PLANTED, ids=[row[1] for row in PLANTED]
)
def test_a_planted_story_raises_its_flag(
    ask: Ask, told: story.Story, rule: str, subject: str, month: str
) -> None:
    found = ask(
        "select * from governance.diagnostic_flags where rule_id = $rule and dimension = 'total' "
        "and subject_metric_id = $subject and opened_period_start = $month",
        rule=rule,
        subject=subject,
        month=month,
    )
    assert len(found) == 1, f"{told.name} does not raise {rule}"
    assert found[0]["playbook_id"]


def test_the_release_has_cohorts_at_risk_ask_for_help(ask: Ask) -> None:
    """More of them than in any other month, and elsewhere in one month of six at most.

    Who leaves writes more tickets by himself, and who has given notice is at risk.
    """
    counts = {
        row["opened_period_start"]: row["cohort_count"]
        for row in ask(
            "select opened_period_start, count(*) as cohort_count "
            "from governance.diagnostic_flags where rule_id = 'support_spike_at_risk' group by all"
        )
    }
    release = counts.pop(story.BAD_RELEASE.starts.replace(day=1))
    assert release > max(counts.values())
    assert len(counts) <= 5


@pytest.mark.parametrize(
    ("rule", "months"),
    [
        ("revenue_spike_weak_start", ["2025-06-01"]),
        ("cac_up_ltv_flat", ["2025-08-01"]),
        ("opex_outgrows_revenue", ["2026-01-01"]),
        ("growth_stalled", []),
        ("missed_milestones_before_cancellations", []),
    ],
)
def test_a_question_is_answered_yes_nowhere_else(ask: Ask, rule: str, months: list[str]) -> None:
    found = ask(
        "select opened_period_start from governance.diagnostic_flags where rule_id = $rule",
        rule=rule,
    )
    assert [str(row["opened_period_start"]) for row in found] == months


def test_a_flag_brings_its_evidence(ask: Ask) -> None:
    rows = ask(
        "select evidence.* from governance.diagnostic_evidence as evidence "
        "inner join governance.diagnostic_flags as flags using (flag_id) "
        "where rule_id = 'revenue_spike_weak_start' order by condition_number, evidence.metric_id"
    )
    assert [row["metric_id"] for row in rows] == [
        "new_mrr",
        "activation_rate",
        "early_churn_rate_90d",
    ]
    spike, activation, _ = rows
    assert spike["measure"] == pytest.approx(spike["value"] / spike["compared_value"] - 1)
    values = {
        row["period_start"]: row["value"]
        for row in ask(
            "select period_start, value from governance.metric_values where metric_id = "
            "'activation_rate' and grain = 'month' and dimension = 'total'"
        )
    }
    before = [values[dt.date(2025, month, 1)] for month in (3, 4, 5)]
    assert activation["compared_value"] == pytest.approx(sum(before) / 3)
    assert activation["value"] == values[dt.date(2025, 6, 1)]
    assert activation["finding"].startswith("Activation rate drops: ")


def test_every_flag_has_evidence_for_each_month_that_it_was_seen(ask: Ask) -> None:
    found = ask(
        "select flags.flag_id, any_value(periods_seen) as seen, "
        "count(distinct evidence.period_start) as told from governance.diagnostic_flags as flags "
        "left join governance.diagnostic_evidence as evidence using (flag_id) group by all"
    )
    assert found
    assert all(row["seen"] == row["told"] for row in found)


def test_another_rule_is_a_row(story_home: Path, tmp_path: Path) -> None:
    """Are tickets many while first replies are slow? A rule, two conditions, and it is asked."""
    with recompute(
        story_home,
        tmp_path,
        FLAGS,
        "insert into seeds.diagnostic_rules values "
        "('many_and_late', 'Do many wait long?', 'total', 'warning', 'head_of_support')",
        "insert into seeds.diagnostic_conditions by name select 'many_and_late' as rule_id, "
        "1 as condition_number, 'tickets_per_customer' as metric_id, 'value' as part, "
        "'above' as comparison, 1 as window_periods, 0 as lag_periods, 0.75 as threshold",
        "insert into seeds.diagnostic_conditions by name select 'many_and_late' as rule_id, "
        "2 as condition_number, 'support_sla_attainment' as metric_id, 'value' as part, "
        "'below' as comparison, 1 as window_periods, 0 as lag_periods, 0.75 as threshold",
    ) as connection:
        raised = connection.execute(
            "select opened_period_start, dimension from governance.diagnostic_flags "
            "where rule_id = 'many_and_late'"
        ).fetchall()
        expected = connection.execute(
            "select min(many.period_start), 'total' "
            "from intermediate.int_metrics__first_values as many "
            "inner join intermediate.int_metrics__first_values as late "
            "using (grain, dimension, period_start) "
            "where many.metric_id = 'tickets_per_customer' and many.value >= 0.75 "
            "and late.metric_id = 'support_sla_attainment' and late.value <= 0.75 "
            "and grain = 'month' and dimension = 'total'"
        ).fetchall()
    assert raised == expected == [(dt.date(2025, 10, 1), "total")]


def test_growth_that_stalls_for_a_year_is_critical(story_home: Path, tmp_path: Path) -> None:
    stalls = (
        "update intermediate.int_metrics__first_values set value = {} where grain = 'month' "
        "and metric_id = 'months_of_stalled_growth' and dimension = 'total' "
        "and period_start >= '2025-06-01'"
    )
    months = "date_diff('month', date '2025-06-01', period_start) + 1"
    with recompute(story_home, tmp_path, FLAGS, stalls.format(months)) as connection:
        flags = connection.execute(
            "select opened_period_start, is_open, severity, playbook_id "
            "from governance.diagnostic_flags where rule_id = 'growth_stalled'"
        ).fetchall()
    assert flags == [(dt.date(2025, 8, 1), True, "critical", "stalled_growth")]
