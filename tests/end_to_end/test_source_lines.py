"""What is missing, late, merged, deleted, a test or half there, source by source: one refresh.

Each test is a line of a table (decisions, V1 to V8); the landing is `source_lines.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from tests.end_to_end.source_lines import AS_OF, write_lines
from tests.warehouse import build_home

BUILT = """
+fct_deals +fct_funnel_entries +fct_tickets +int_people__employments +fct_usage_snapshots
+int_operations__durations +int_code__defects +fct_service_days +fct_cash_days
+unmatched_records +layer_accounting
"""
Ask = Callable[[str], list[tuple[Any, ...]]]
# One month's total of the ledger.
MONTH = """
select revenue, cost_of_revenue, opex, receivables, cash_balance, net_burn
from cost_efficiency.fct_financial_periods
where grain = 'month' and dimension = 'total' and period_start = date '{}'
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    home = tmp_path_factory.mktemp("lines")
    write_lines(home / "landing")
    build_home(home, select=BUILT, as_of=AS_OF, is_tested=False)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def march(day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, minute)


def unmatched(ask: Ask, system: str) -> dict[str, str]:
    """What of a system is listed, and why."""
    return dict(
        ask(f"select record_id, reason from governance.unmatched_records where system = '{system}'")
    )


def deals(ask: Ask) -> dict[str, tuple[Any, ...]]:
    """Amount, whether closed, whether won, the day on which it closed."""
    rows = ask(
        "select deal_id, amount, closed_count, won_count, closed_on from revenue_velocity.fct_deals"
    )
    return {row[0]: row[1:] for row in rows}


def leads(ask: Ask) -> dict[str, dt.date]:
    return dict(
        ask(
            "select entry_id, entered_on from revenue_velocity.fct_funnel_entries "
            "where entry_type = 'lead'"
        )
    )


def tickets(ask: Ask, columns: str) -> dict[str, tuple[Any, ...]]:
    rows = ask(f"select ticket_id, {columns} from intermediate.int_support__tickets")
    return {row[0]: row[1:] for row in rows}


def employments(ask: Ask) -> dict[str, tuple[Any, ...]]:
    rows = ask(
        "select employee_id, function, hired_on, gone_on, is_voluntary "
        "from intermediate.int_people__employments"
    )
    return {row[0]: row[1:] for row in rows}


def spend(ask: Ask) -> dict[str, float]:
    return dict(
        ask("select campaign, cast(spend_local as double) from staging.stg_ads__campaign_spend")
    )


def active_users(ask: Ask) -> dict[str, int]:
    """Users active in the 30 days before the run's day, by customer."""
    return dict(
        ask(
            "select customer_id, monthly_active_users from value_realization.fct_usage_snapshots "
            "where snapshot_on = date '2026-03-31'"
        )
    )


def waits(ask: Ask, kind: str) -> dict[str, tuple[Any, ...]]:
    """Of a clock: the service, whether it has stopped, and its hours."""
    rows = ask(
        "select subject_id, service, has_arrived, duration_hours "
        f"from intermediate.int_operations__durations where duration_type = '{kind}'"
    )
    return {row[0]: row[1:] for row in rows}


def deployments(ask: Ask) -> dict[str, tuple[Any, ...]]:
    rows = ask(
        "select deployment_id, is_successful, finished_at, first_commit_at, commit_count "
        "from intermediate.int_delivery__deployments"
    )
    return {row[0]: row[1:] for row in rows}


def test_a_deal_without_amount_or_history_is_open_at_what_nobody_said(ask: Ask) -> None:
    assert deals(ask)["d4"] == (None, 0, 0, None)


def test_a_stage_that_arrives_late_does_not_become_the_last_one(ask: Ask) -> None:
    assert deals(ask)["d6"] == (30, 1, 0, dt.date(2026, 2, 10))


def test_merged_deals_and_companies_count_as_their_survivor(ask: Ask) -> None:
    assert "d2" not in deals(ask)
    assert deals(ask)["d1"] == (100, 1, 1, dt.date(2026, 2, 1))
    # Entered with the first of its people, whichever contact that one is now.
    assert leads(ask)["h1"] == dt.date(2026, 1, 3)
    assert "h2" not in leads(ask)


def test_what_sales_deleted_is_no_deal_and_no_lead(ask: Ask) -> None:
    assert "d3" not in deals(ask)
    assert leads(ask).keys() == {"h1", "h4"}


def test_nothing_in_the_crm_says_that_a_company_is_a_test(ask: Ask) -> None:
    assert leads(ask)["h4"] == dt.date(2026, 1, 13)


def test_a_deal_whose_company_is_missing_counts_and_is_listed(ask: Ask) -> None:
    assert deals(ask)["d5"] == (50, 1, 1, dt.date(2026, 2, 2))
    assert "d5" in unmatched(ask, "hubspot.deal")
    # Stages and merges of deals that are not there make none.
    assert deals(ask).keys() == {"d1", "d4", "d5", "d6"}


def test_a_ticket_without_history_has_the_state_that_it_says(ask: Ask) -> None:
    assert tickets(ask, "solved_at, schedule_id")["t6"] == (march(4, 9), "default")


def test_history_that_arrives_late_is_read_in_its_own_order(ask: Ask) -> None:
    assert tickets(ask, "first_solved_at, solved_at, reopen_count")["t1"] == (
        march(3, 9),
        march(5, 9),
        1,
    )


def test_a_merged_ticket_is_told_by_the_one_it_went_into(ask: Ask) -> None:
    excluded = tickets(ask, "excluded_as")
    assert excluded["t2"] == ("merged",)
    assert excluded["t1"] == (None,)


def test_a_ticket_is_deleted_by_its_status_or_by_the_connector(ask: Ask) -> None:
    excluded = tickets(ask, "excluded_as")
    assert excluded["t3"] == excluded["t4"] == ("deleted",)


def test_tickets_of_an_organisation_tagged_test_do_not_count(ask: Ask) -> None:
    assert tickets(ask, "excluded_as")["t5"] == ("test",)
    assert ask("select ticket_id from customer_health.fct_tickets order by 1") == [
        ("t1",),
        ("t6",),
        ("t7",),
    ]


def test_an_unknown_author_who_does_not_ask_answers(ask: Ask) -> None:
    found = tickets(ask, "first_replied_at, team")
    assert found["t7"] == (march(2, 11), "unknown")
    # History and comments of a ticket that is not there make none.
    assert "t9" not in found


def test_who_has_no_first_day_is_not_employed(ask: Ask) -> None:
    found = employments(ask)
    assert "e2" not in found
    assert found["e1"] == ("sales", dt.date(2025, 1, 1), dt.date(9999, 12, 31), False)


def test_an_older_version_that_arrives_last_changes_nobody(ask: Ask) -> None:
    assert employments(ask)["e1"][2] == dt.date(9999, 12, 31)


def test_who_is_hired_again_has_two_employments(ask: Ask) -> None:
    found = employments(ask)
    assert found["e4"] == ("sales", dt.date(2025, 1, 1), dt.date(2025, 6, 30), True)
    assert found["e5"] == ("sales", dt.date(2026, 1, 1), dt.date(9999, 12, 31), False)


def test_a_deleted_employee_was_never_employed(ask: Ask) -> None:
    assert "e3" not in employments(ask)


def test_nothing_says_that_an_employee_is_a_test_but_the_first_day_is_ahead(ask: Ask) -> None:
    assert employments(ask)["e8"][1] == dt.date(2026, 4, 15)
    assert sum(hired <= AS_OF < gone for _, hired, gone, _ in employments(ask).values()) == 2


def test_who_left_without_a_reason_left_involuntarily(ask: Ask) -> None:
    found = employments(ask)
    assert found["e6"] == ("unknown", dt.date(2025, 1, 1), dt.date(2026, 2, 10), False)
    # A status of somebody who is not there hires nobody.
    assert "e9" not in found


def test_a_document_without_a_rate_takes_the_reference_rate(ask: Ask) -> None:
    """10,000 JPY at March's opening rate of 0.0067484."""
    assert ask(
        "select cast(amount as double) from intermediate.int_ledger__postings "
        "where journal_entry_id = 'bill/b7' and statement = 'cost_of_revenue'"
    ) == [(67.484,)]


def test_documents_alone_are_a_ledger(ask: Ask) -> None:
    """February has no journal; the bill that arrived in March belongs to it.

    Revenue 1,200 - 200, its 190 of tax apart. Hosting 300 - 40. Sales 400 - 50, and 10 late.
    Cash -400 + 1,190 - 300; the customer owes nothing any more.
    """
    assert ask(MONTH.format("2026-02-01")) == [(1000, 260, 360, 0, 490, -490)]


def test_an_account_that_was_merged_away_keeps_its_meaning(ask: Ask) -> None:
    assert ask(
        "select category, cast(amount as double) from intermediate.int_ledger__postings "
        "where account_id = 'gone'"
    ) == [("advertising", 5.0)]


def test_a_deleted_bill_is_none_and_its_lines_are_accounted_for(ask: Ask) -> None:
    """March: hosting 70 + 67.484; sales 250 + 5; receivables of the invoice of 80."""
    assert [tuple(map(float, row)) for row in ask(MONTH.format("2026-03-01"))] == [
        (0.0, 137.484, 255.0, 80.0, 490.0, 0.0)
    ]
    # 999 of the deleted bill, 7,777 of one that has not been delivered.
    assert ask(
        "select amount from governance.layer_accounting where flow = 'debits' "
        "and reason = 'of a document that is deleted or missing'"
    ) == [(8776.0,)]


def test_a_voided_invoice_books_nothing(ask: Ask) -> None:
    assert ask(
        "select distinct cast(amount as double) from intermediate.int_ledger__postings "
        "where journal_entry_id = 'invoice/void'"
    ) == [(0.0,)]


def test_half_a_document_is_listed_and_a_bill_that_a_journal_repeats_counts_once(ask: Ask) -> None:
    assert unmatched(ask, "quickbooks.bill") == {
        "b2": "a journal of its day books the same amounts: it counts once",
        "b5": "its lines are not known: deliver quickbooks/bill_line",
    }
    assert unmatched(ask, "quickbooks.invoice") == {
        "i2": "a line names no account, nor an item that has one: deliver quickbooks/item"
    }


def test_spend_that_is_not_told_is_set_aside(ask: Ask) -> None:
    assert "unknown cost" not in spend(ask)
    assert ask("select count(*) from raw_ads.campaign_spend__rejected") == [(1,)]


def test_a_platform_corrects_its_spend_afterwards(ask: Ask) -> None:
    assert spend(ask)["brand"] == 90


def test_a_renamed_campaign_counts_under_its_new_name(ask: Ask) -> None:
    assert spend(ask)["new name"] == 60
    assert "old name" not in spend(ask)


def test_spend_that_is_taken_back_does_not_count(ask: Ask) -> None:
    assert spend(ask).keys() == {"brand", "new name", "try", "second file"}


def test_a_network_that_nobody_knows_is_listed(ask: Ask) -> None:
    assert unmatched(ask, "ads.channel").keys() == {"test_network"}


def test_a_day_that_comes_in_two_files_is_the_sum_of_both(ask: Ask) -> None:
    assert sum(spend(ask).values()) == 90 + 60 + 5 + 20


def test_an_event_without_account_is_nobodys(ask: Ask) -> None:
    assert ask(
        "select sum(event_count) from intermediate.int_product__user_days where account_id is null"
    ) == [(None,)]


def test_a_late_event_counts_on_its_own_day(ask: Ask) -> None:
    assert ask(
        "select occurred_on, event_count from intermediate.int_product__user_days "
        "where account_id = 'a1' order by 1"
    ) == [(march(day).date(), 1) for day in (9, 10, 31)]


def test_an_event_that_is_sent_again_within_a_week_is_one(ask: Ask) -> None:
    assert ask(
        "select count(*) from intermediate.int_product__user_days "
        "where account_id = 'a1' and occurred_on = date '2026-03-12'"
    ) == [(0,)]


def test_what_an_account_did_before_it_was_deleted_remains(ask: Ask) -> None:
    assert active_users(ask)["a3"] == 1


def test_a_test_account_uses_nothing(ask: Ask) -> None:
    assert active_users(ask).keys() == {"a1", "a3"}


def test_events_of_an_account_that_is_missing_wait_for_it(ask: Ask) -> None:
    assert "absent" not in active_users(ask)
    assert ask(
        "select event_count from intermediate.int_product__user_days where account_id = 'absent'"
    ) == [(1,)]


def test_a_deployment_without_known_commits_has_no_lead_time(ask: Ask) -> None:
    assert deployments(ask)["y7"] == (True, march(9, 9), None, 0)
    assert waits(ask, "change_review")["q4"] == ("api", False, 711.0)


def test_a_review_or_an_end_that_arrives_late_counts_when_it_was(ask: Ask) -> None:
    # Neither the author's review nor one that was not sent.
    assert waits(ask, "change_review")["q1"] == ("api", True, 24.0)
    assert deployments(ask)["y6"] == (True, march(8, 9), None, 0)


def test_a_squashed_pull_request_brings_its_own_commits(ask: Ask) -> None:
    assert deployments(ask)["y2"] == (True, march(4, 9), march(2, 9), 2)


def test_deleted_code_records_do_not_count_but_a_gone_repository_keeps_its_past(ask: Ask) -> None:
    assert ask("select issue_id, service from intermediate.int_code__defects order by 1") == [
        ("g1", "api"),
        ("g2", "web"),
    ]
    assert "q2" not in waits(ask, "change_review")
    assert "y4" not in deployments(ask)


def test_only_production_is_a_deployment(ask: Ask) -> None:
    assert deployments(ask).keys() == {"y1", "y2", "y6", "y7", "w1"}
    assert unmatched(ask, "cicd.environment").keys() == {"somewhere"}


def test_a_pull_request_without_its_issue_has_no_times(ask: Ask) -> None:
    assert waits(ask, "change_review").keys() == {"q1", "q4"}


def test_an_incident_without_log_ends_when_it_says(ask: Ask) -> None:
    assert waits(ask, "time_to_restore")["z6"] == ("api", True, 2.0)


def test_a_log_that_arrives_late_or_twice_says_it_once(ask: Ask) -> None:
    assert waits(ask, "time_to_restore")["z1"] == ("api", True, 0.5)
    assert waits(ask, "time_to_acknowledge")["z1"] == ("api", True, pytest.approx(5 / 60))


def test_a_merged_incident_is_told_by_the_one_it_went_into(ask: Ask) -> None:
    assert "z2" not in waits(ask, "time_to_restore")
    assert ask(
        "select reason, amount from governance.layer_accounting "
        "where flow = 'incidents' and fate = 'left_out'"
    ) == [("merged into another one", 1.0)]


def test_a_deleted_service_keeps_its_past_and_is_watched_no_longer(ask: Ask) -> None:
    assert "z3" not in waits(ask, "time_to_restore")
    assert waits(ask, "time_to_restore")["z4"] == ("old", True, 2.0)
    # January, February and nineteen days of March.
    assert ask(
        "select sum(watched_minutes) / 1440, cast(sum(outage_minutes) as double) "
        "from operating_resilience.fct_service_days where service = 'old'"
    ) == [(78, 120.0)]


def test_an_incident_of_low_urgency_is_no_outage(ask: Ask) -> None:
    assert ask(
        "select sum(incident_count), cast(sum(outage_minutes) as double) "
        "from operating_resilience.fct_service_days where service = 'api'"
    ) == [(2, 30.0)]


def test_an_incident_of_a_missing_service_is_unknowns(ask: Ask) -> None:
    assert waits(ask, "time_to_restore")["z5"] == ("unknown", True, 2.0)
    # A log of an incident that is not there makes none.
    assert waits(ask, "time_to_restore").keys() == {"z1", "z4", "z5", "z6"}
