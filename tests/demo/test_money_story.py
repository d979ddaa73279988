"""The warehouse finds what is planted in the ledger, in advertising and in renewal reviews."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from drivewheel_demo import dirt, story

VALUES = """
select period_start, value from governance.metric_values
where metric_id = ? and grain = ? and dimension = 'total' and value is not null
order by period_start
"""
YEAR_BEFORE = (date(2024, 7, 1), date(2025, 6, 30))


@pytest.fixture(scope="module")
def published(demo_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demo_home / "serving/drivewheel.duckdb"), read_only=True) as connection:
        yield connection


def values(published: duckdb.DuckDBPyConnection, metric: str, grain: str) -> dict[date, float]:
    return dict(published.execute(VALUES, [metric, grain]).fetchall())


def only(published: duckdb.DuckDBPyConnection, query: str, *given: object) -> Any:
    [row] = published.execute(query, list(given)).fetchall()
    return row[0]


def test_the_margin_of_services_rises_as_told(published: duckdb.DuckDBPyConnection) -> None:
    told, margin = story.SERVICES_MARGIN, values(published, "services_gross_margin", "month")
    before = [value for month, value in margin.items() if month < told.starts]
    assert before == pytest.approx([story.SERVICES_MARGIN_BEFORE] * len(before), abs=0.005)
    assert margin[told.ends.replace(day=1)] == pytest.approx(told.size, abs=0.005)


def test_customers_get_dearer_and_are_worth_no_more(published: duckdb.DuckDBPyConnection) -> None:
    told, worth = story.CAC_CLIMB, values(published, "ltv", "month")
    cost, ltv = [], []
    for first, last in (YEAR_BEFORE, (told.starts, told.ends)):
        cost.append(
            only(
                published,
                "select sum(direct_cost) / sum(new_customer_count) "
                "from revenue_velocity.fct_acquisition_months where month_start between ? and ?",
                first,
                last,
            )
        )
        months = [value for month, value in worth.items() if first <= month <= last]
        ltv.append(sum(months) / len(months))
    assert cost[1] > 1.4 * cost[0]
    assert ltv[1] < 1.1 * ltv[0]


def test_cac_climbs_with_it(published: duckdb.DuckDBPyConnection) -> None:
    """By customers won, not by months: a month with one customer would weigh as much as ten."""
    cost = [
        only(
            published,
            "select sum(acquisition_cost) / sum(new_customer_count) "
            "from revenue_velocity.fct_acquisition_months where month_start between ? and ?",
            first,
            last,
        )
        for first, last in (YEAR_BEFORE, (story.CAC_CLIMB.starts, story.CAC_CLIMB.ends))
    ]
    assert cost[1] > 1.2 * cost[0]


def test_a_loan_fills_the_bank_and_lowers_no_burn(published: duckdb.DuckDBPyConnection) -> None:
    day = story.LOAN.starts
    query = "select {} from operating_resilience.fct_cash_days where day_on = ?"
    change = float(
        only(published, query.format("cash_balance"), day)
        - only(published, query.format("cash_balance"), day.replace(day=day.day - 1))
    )
    burn = float(only(published, query.format("net_burn"), day))
    month = float(
        only(
            published,
            "select revenue from cost_efficiency.fct_financial_periods "
            "where grain = 'month' and dimension = 'total' and period_start = ?",
            day.replace(day=1),
        )
    )
    assert change > 0.5 * month
    assert change + burn == pytest.approx(story.LOAN.size * month, rel=0.25)
    assert abs(burn) < 0.5 * month


def test_renewal_reviews_slip_in_their_quarter_only(published: duckdb.DuckDBPyConnection) -> None:
    held = values(published, "renewal_review_adherence", "quarter")
    slipped = held.pop(story.REVIEW_SLIP.starts)
    assert slipped < (1 + story.REVIEW_SLIP.size) / 2
    assert slipped < min(held.values())


def test_deleted_journals_do_not_count(demo_home: Path) -> None:
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as connection:
        deleted = connection.execute(
            "select count(distinct id) from raw_quickbooks.journal_entry where _fivetran_deleted"
        ).fetchone()
        counted = connection.execute(
            "select count(*) from intermediate.int_ledger__postings where journal_entry_id in "
            "(select id from raw_quickbooks.journal_entry where _fivetran_deleted)"
        ).fetchone()
    assert deleted == (story.DIRT["deleted_journals"],)
    assert counted == (0,)


def test_an_account_that_nobody_mapped_is_named_with_its_money(
    published: duckdb.DuckDBPyConnection,
) -> None:
    rows = published.execute(
        "select record_id, amount > 0 from governance.unmatched_records "
        "where system = 'quickbooks.account'"
    ).fetchall()
    assert rows == [(dirt.UNMAPPED_ACCOUNT, True)]
    assert len(rows) == story.DIRT["unmapped_accounts"]


def test_a_corrected_spend_counts_once_as_it_was_corrected(demo_home: Path) -> None:
    """Each wrong amount was half as much again as the right one that came two days later."""
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as connection:
        corrected = connection.execute(
            "select count(*) from (select channel, campaign, day from raw_ads.campaign_spend "
            "group by all having count(*) = 2 and max_by(spend, updated_at) < max(spend))"
        ).fetchone()
        staged, delivered = connection.execute(
            "select (select sum(spend_local) from staging.stg_ads__campaign_spend), "
            "(select sum(spend) from raw_ads.campaign_spend as spend where not exists ("
            "select 1 from raw_ads.campaign_spend as later where later.channel = spend.channel "
            "and later.campaign = spend.campaign and later.day = spend.day "
            "and later.updated_at > spend.updated_at))"
        ).fetchall()[0]
    assert corrected == (story.DIRT["corrected_spend"],)
    assert staged == delivered


def test_a_deleted_deal_is_no_deal(demo_home: Path) -> None:
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as connection:
        delivered, deleted, counted = connection.execute(
            "select (select count(distinct deal_id) from raw_hubspot.deal), "
            "(select count(distinct deal_id) from raw_hubspot.deal where is_deleted), "
            "(select count(*) from revenue_velocity.fct_deals)"
        ).fetchall()[0]
        future = connection.execute(
            "select count(*) from staging.stg_hubspot__deals where created_at >= date '2026-07-01'"
        ).fetchone()
    # A small company may end before the last of them is deleted.
    assert 0 < deleted <= story.DIRT["deleted_deals"]
    assert (delivered - deleted - counted, future) == (0, (0,))
