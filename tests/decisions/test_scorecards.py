"""What the audiences read says what was planted, where they would look for it."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path

import duckdb
import pytest

from drivewheel_demo import story
from orchestration.notices.compose import last_full_week
from orchestration.report.board import NothingToShowError, print_board
from orchestration.report.scorecard import print_scorecard
from orchestration.report.tree import NoSuchNodeError, print_tree
from orchestration.report.weeks import NoSuchWeekError, print_week, read_week, read_weeks
from orchestration.settings import Settings
from tests.decisions.conftest import Ask

FUNCTIONS = {
    "sales",
    "marketing",
    "customer_success",
    "product",
    "finance",
    "operations",
    "engineering",
}


def narrative(ask: Ask, metric: str, month: dt.date) -> str:
    """The sentence on a core metric in the board lens of a month."""
    (row,) = ask(
        "select narrative from audiences.board_lens where grain = 'month' and section = 'core' "
        "and item = $metric and period_start = $month",
        metric=metric,
        month=month.replace(day=1),
    )
    return str(row["narrative"])


def test_the_month_of_the_large_churn_names_its_customer_s_slices(ask: Ask) -> None:
    month = story.LARGE_CHURN.starts.replace(day=1)
    (lost,) = ask(
        "select segment, plan, region, channel from revenue_velocity.fct_customer_months "
        "where month_start = $month order by churned_mrr desc limit 1",
        month=month,
    )
    told = narrative(ask, "grr", month)
    for dimension, value in lost.items():
        assert f"{dimension} {value.replace('_', ' ')} (" in told
    # What left is twelve times as much of ARR, and is told as both.
    told = re.search(
        r"Churned MRR \+([\d,]+) \(-([\d,]+) of it\)", narrative(ask, "net_new_arr", month)
    )
    assert told
    mrr, arr = (int(figure.replace(",", "")) for figure in told.groups())
    assert arr == pytest.approx(12 * mrr, abs=6.5)


def test_the_promotion_s_month_lays_the_fall_of_activation_on_paid_search(ask: Ask) -> None:
    told = narrative(ask, "activation_rate", story.SPIKE.starts)
    assert "channel paid search (" in told
    assert ", -" in told.split(" on the period before")[0]


def test_the_month_after_guided_onboarding_lays_the_rise_on_partners(ask: Ask) -> None:
    told = narrative(ask, "activation_rate", dt.date(2026, 4, 1))
    assert "channel partner (" in told
    assert ", +" in told.split(" on the period before")[0]


def test_the_churn_that_creeps_up_is_told_by_its_segment(ask: Ask) -> None:
    assert story.MID_MARKET_CHURN.ends == dt.date(2026, 6, 30)
    for metric in ("grr", "nrr"):
        (row,) = ask(
            "select narrative, status from audiences.executive_scorecard where metric_id = $metric",
            metric=metric,
        )
        assert row["status"] == "breach"
        assert "segment mid market (" in row["narrative"]
        assert re.search(r"(Being|To be) done: |Overdue: ", row["narrative"])


def test_the_bridge_of_the_board_closes_in_every_period(ask: Ask) -> None:
    rows = ask("""
        select grain, period_start, sum(case
            when item in ('contraction_mrr', 'churned_mrr') then -value
            when item = 'mrr' then -value
            else value
        end) as left_open
        from audiences.board_lens where section = 'bridge'
        group by all having count(value) = 8
    """)
    assert len(rows) > 30
    assert all(abs(row["left_open"]) < 0.01 for row in rows)


def test_every_row_of_the_board_says_a_sentence(ask: Ask) -> None:
    rows = ask("select label, section, narrative from audiences.board_lens")
    assert all(row["narrative"].startswith(row["label"]) for row in rows)
    told = [row["narrative"] for row in rows if row["label"] == "Churned MRR"]
    assert sum("Beyond their share: " in sentence for sentence in told) > 20


def test_a_year_to_date_is_the_sum_of_its_months(ask: Ask) -> None:
    rows = ask("""
        select year(period_start) as year, max(abs(year_to_date - summed)) as difference from (
            select *, sum(value) over (
                partition by year(period_start) order by period_start
            ) as summed
            from audiences.board_lens
            where section = 'plan' and item = 'bookings_arr' and grain = 'month'
        ) group by year
    """)
    assert {row["year"] for row in rows} >= {2025, 2026}
    assert all(row["difference"] < 0.01 for row in rows)


def test_cohorts_only_lose_customers_who_may_return(ask: Ask) -> None:
    """Of the quarter of the pause wave some come back; nobody keeps more than all."""
    rows = ask("select value from audiences.board_lens where item like 'cohort%customers'")
    assert len(rows) > 100
    assert all(0 < row["value"] <= 1 for row in rows)


@pytest.mark.parametrize("audience", ["executive", "leadership", "technical"])
def test_a_scorecard_shows_the_metrics_of_its_audience(ask: Ask, audience: str) -> None:
    shown = ask(f"select distinct metric_id from audiences.{audience}_scorecard")
    meant = ask(
        "select metric_id from governance.dim_metrics where list_contains(audiences, $audience)",
        audience=audience,
    )
    assert {row["metric_id"] for row in shown} == {row["metric_id"] for row in meant}


def test_an_executive_page_has_ten_metrics_with_owner_and_sentence(ask: Ask) -> None:
    rows = ask("select * from audiences.executive_scorecard")
    assert len(rows) == 10
    for row in rows:
        assert row["owner_role"] and row["narrative"].startswith(row["label"])
        assert row["week_starts_on"] == dt.date(2026, 6, 29)


def test_what_is_said_to_lead_has_been_shown_to(ask: Ask) -> None:
    """Of GRR what leads leaving or paying less, of NRR growth too; of cash nothing is asked."""
    shown = ask("""
        select metric_id, array_agg(distinct outcome) as outcomes from governance.driver_evidence
        where verdict = 'leads' and metric_id is not null group by metric_id
    """)
    leads = {row["metric_id"]: {*row["outcomes"]} for row in shown}
    moved_by = {
        "grr": {"churn", "downgrade"},
        "nrr": {"churn", "downgrade", "expansion"},
        "net_new_arr": {"churn", "downgrade", "expansion"},
    }
    for row in ask("select metric_id, leading_metric_ids from audiences.executive_scorecard"):
        outcomes = moved_by.get(row["metric_id"], set())
        expected = {driver for driver, led in leads.items() if led & outcomes}
        assert {*row["leading_metric_ids"]} == expected, row["metric_id"]
    assert any(led & moved_by["nrr"] for led in leads.values()), "nothing tells them apart"


def test_every_function_has_metrics_with_levers_and_an_owner(ask: Ask) -> None:
    rows = ask("select function, owner_role, levers from audiences.leadership_scorecard")
    assert {row["function"] for row in rows} == FUNCTIONS
    assert all(row["owner_role"] and row["levers"] for row in rows)


def test_a_leader_drills_down_to_slices_that_add_up(ask: Ask) -> None:
    (total,) = ask(
        "select * from audiences.leadership_scorecard "
        "where metric_id = 'nrr' and dimension = 'total'"
    )
    (metric,) = ask("select dimensions from governance.dim_metrics where metric_id = 'nrr'")
    drilled = ask(
        "select dimension, sum(contribution) as change, count(*) as count "
        "from audiences.leadership_scorecard "
        "where metric_id = 'nrr' and dimension != 'total' group by all"
    )
    assert {row["dimension"] for row in drilled} == set(metric["dimensions"]) >= {"industry"}
    for row in drilled:
        assert row["count"] >= 3
        assert row["change"] == pytest.approx(total["change_on_previous"], abs=1e-9)


def test_technical_metrics_stand_beside_outcome_executive_metric_and_impact(ask: Ask) -> None:
    rows = ask("select * from audiences.technical_scorecard")
    assert {row["dimension"] for row in rows} == {"total", "service", "team"}
    for row in rows:
        assert row["business_outcome_value"] is not None, row["metric_id"]
        assert row["path"].startswith(row["executive_metric_id"])
    touched = {row["dimension_value"]: row for row in rows if row["touched_customer_count"]}
    assert "api" in touched
    assert touched["api"]["untouched_churn_rate_30d"] is not None


def test_every_metric_has_one_place_in_the_tree(ask: Ask) -> None:
    (row,) = ask("""
        select
            count(*) filter (where node_type = 'metric') as metrics,
            count(*) filter (where node_type = 'family') as families,
            count(distinct node_id) = count(*) as is_unique,
            (select count(*) from governance.dim_metrics) as registry
        from governance.kpi_scores where snapshot_on = '2026-06-30'
    """)
    assert row == {
        "metrics": row["registry"],
        "families": 5,
        "is_unique": True,
        "registry": row["registry"],
    }


def test_reports_are_printed_from_what_is_published(story_settings: Settings) -> None:
    pages = {}
    for name, report in {
        "scorecard": lambda page: print_scorecard(story_settings, page),
        "board": lambda page: print_board(story_settings, grain="month", terminal=page),
        "tree": lambda page: print_tree(story_settings, "sla_compliance_rate", page),
    }.items():
        report(page := io.StringIO())
        pages[name] = page.getvalue()
    assert "Executive scorecard as of 2026-06-30" in pages["scorecard"]
    assert "…" not in pages["scorecard"].split("\n- ")[0], "figures are cut off in 80 columns"
    assert "Board lens of 2026-06" in pages["board"]
    for section in ("the core", "bridge of MRR", "plan against actual", "committed ahead"):
        assert section in pages["board"]
    # From an executive metric down to a technical one.
    assert pages["tree"].index("SLA compliance") < pages["tree"].index("Availability")
    assert pages["tree"].index("Availability") < pages["tree"].index("Code coverage")


def test_a_week_is_told_under_the_name_of_its_digest(story_settings: Settings, ask: Ask) -> None:
    (as_of,) = ask("select max(snapshot_on) as day from audiences.executive_scorecard")
    week = last_full_week(as_of["day"])
    assert read_weeks(story_settings) == [week]
    today = {row["metric_id"]: row for row in ask("select * from audiences.executive_scorecard")}
    for row in read_week(story_settings, week):
        for name in ("period_start", "value", "status", "target"):
            assert row[name] == today[row["metric_id"]][name]
    print_week(story_settings, week, page := io.StringIO())
    assert "The week 2026-W26 as of 2026-06-30" in page.getvalue()
    assert re.search(
        r"Net new ARR: -?[\d,]+ in the week, -?[\d,]+ in four weeks, -?[\d,]+ in thirteen",
        page.getvalue(),
    )
    with pytest.raises(NoSuchWeekError, match="of the week 2026-W20; there is 2026-W26"):
        read_week(story_settings, "2026-W20")


def test_what_is_not_there_is_said_with_what_is(story_settings: Settings) -> None:
    with pytest.raises(NoSuchNodeError, match="did you mean csat"):
        print_tree(story_settings, "csatt")
    with pytest.raises(NothingToShowError, match="no complete month that starts on 2031-01-01"):
        print_board(story_settings, grain="month", period_start=dt.date(2031, 1, 1))


def test_every_rate_rests_on_cases_that_are_counted(ask: Ask) -> None:
    """A state that tells the sample is unknown has none; a count is no sample of anything."""
    wrong = ask(
        "select metric_id, dimension, dimension_value, period_start, state, value, sample_size "
        "from governance.metric_values join governance.dim_metrics using (metric_id) where case "
        "when aggregation in ('balance', 'activity') then sample_size is not null "
        "when state = 'no_data' then sample_size is not null "
        # How many of a small group answered would tell who they are.
        "when metric_id = 'employee_engagement' and state = 'too_few' then false "
        "when state = 'ok' and value != 0 then coalesce(sample_size, 0) < 1 "
        "else sample_size is null end limit 9"
    )
    assert wrong == []


@pytest.mark.parametrize(
    ("metric", "cases"),
    [
        (
            "grr",
            "select count(*) from revenue_velocity.fct_customer_months "
            "where month_start = $month and opening_mrr_12m > 0",
        ),
        (
            "win_rate",
            "select count(*) from revenue_velocity.fct_deals "
            "where date_trunc('month', closed_on) = $month",
        ),
        (
            "gross_margin",
            "select count(*) from intermediate.int_ledger__postings where month_start = $month",
        ),
    ],
)
def test_a_rate_s_sample_is_what_it_counted(
    story_home: Path, ask: Ask, metric: str, cases: str
) -> None:
    month = story.LARGE_CHURN.starts.replace(day=1)
    (told,) = ask(
        "select sample_size from governance.metric_values where metric_id = $metric "
        "and grain = 'month' and dimension = 'total' and period_start = $month",
        metric=metric,
        month=month,
    )
    with duckdb.connect(str(story_home / "warehouse.duckdb"), read_only=True) as warehouse:
        assert warehouse.execute(cases, {"month": month}).fetchall() == [(told["sample_size"],)]


def test_each_board_has_a_status_for_all_of_the_core(ask: Ask) -> None:
    """Of the newest quarter and month; activation and time to value take a month to show."""
    for grain, start in (("quarter", dt.date(2026, 4, 1)), ("month", dt.date(2026, 6, 1))):
        rows = ask(
            "select * from audiences.board_lens "
            "where section = 'core' and grain = $grain and period_start = $start",
            grain=grain,
            start=start,
        )
        assert len(rows) == 10
        assert {row["status"] for row in rows} <= {"on_target", "watch", "breach"}
        told = {row["item"] for row in rows if row["told_period_start"] != start}
        assert told == {"activation_rate", "time_to_value_days"}
        for row in rows:
            if row["item"] in told:
                assert (row["told_grain"], row["told_period_start"]) == (
                    "month",
                    dt.date(2026, 5, 1),
                )
                assert " in May 2026, the newest month that can be judged." in row["narrative"]


def test_a_planted_price_and_incident_stand_beside_their_period_alone(ask: Ask) -> None:
    """The price moves what customers pay, and no availability; both are marks on pages."""
    rows = ask("select * from governance.period_events")
    price = {
        (row["metric_id"], row["period_start"]) for row in rows if row["kind"] == "price_change"
    }
    assert {start for _, start in price} == {story.PRICE_CHANGE.starts}
    assert {"nrr", "grr"} <= {metric for metric, _ in price}
    assert "availability" not in {metric for metric, _ in price}
    release = story.BAD_RELEASE.starts.replace(day=1)
    beside = {
        row["metric_id"]
        for row in rows
        if row["kind"] == "incident" and row["period_start"] == release
    }
    assert "availability" in beside
    assert "nrr" not in beside
