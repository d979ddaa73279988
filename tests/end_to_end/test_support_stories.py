"""The warehouse finds what is planted in support, surveys and services, and accounts for dirt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from drivewheel_demo import story

MONTHS = """
select period_start, value from governance.metric_values
where metric_id = ? and grain = 'month' and dimension = 'total' and value is not null
order by period_start
"""
# The number in a customer's id, by which the bad release chooses.
IS_TOUCHED = f"""
cast(right(customer_id, 6) as integer) % {int(story.BAD_RELEASE.size)} = 3
"""


@pytest.fixture(scope="module")
def published(demo_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demo_home / "serving/drivewheel.duckdb"), read_only=True) as connection:
        yield connection


def test_the_backlog_shows_in_waiting_and_in_promises(published: duckdb.DuckDBPyConnection) -> None:
    backlog = story.SUPPORT_BACKLOG.starts.replace(day=1)
    hours = dict(published.execute(MONTHS, ["resolution_business_hours"]).fetchall())
    kept = dict(published.execute(MONTHS, ["support_sla_attainment"]).fetchall())
    usual = sorted(hours.values())[len(hours) // 2]
    assert hours[backlog] > 2 * usual
    assert kept[backlog] < 0.8 < sorted(kept.values())[len(kept) // 2]


def test_the_bad_release_brings_tickets_of_those_it_touched(
    published: duckdb.DuckDBPyConnection,
) -> None:
    told = story.RELEASE_TICKETS
    rows = published.execute(
        f"select {IS_TOUCHED} as is_touched, count(*) from customer_health.fct_tickets "
        "where created_on between ? and ? and customer_id is not null group by all",
        [told.starts, told.ends],
    ).fetchall()
    tickets = dict(rows)
    # One customer in seven is touched, writes fifteen times as much: more than the other six.
    assert tickets[True] > tickets[False]
    urgent = published.execute(
        f"select avg(case when priority = 'urgent' then 1 else 0 end) "
        f"from customer_health.fct_tickets where created_on between ? and ? and {IS_TOUCHED}",
        [told.starts, told.ends],
    ).fetchone()
    assert urgent is not None
    assert urgent[0] > 0.3


def test_those_it_touched_say_so_in_surveys(published: duckdb.DuckDBPyConnection) -> None:
    told = story.RELEASE_SURVEYS
    detractors = dict(
        published.execute(
            f"select {IS_TOUCHED} as is_touched, avg(detractor_count) "
            "from customer_health.fct_survey_requests where sentiment is not null "
            "and customer_id is not null and answered_on between ? and ? group by all",
            [told.starts, told.ends],
        ).fetchall()
    )
    assert detractors[True] > 2 * detractors[False]


def test_bundles_lift_the_share_of_customers_with_a_package(
    published: duckdb.DuckDBPyConnection,
) -> None:
    shares = dict(published.execute(MONTHS, ["service_package_attach_rate"]).fetchall())
    assert shares[max(shares)] > 1.2 * shares[story.SERVICE_BUNDLES.starts]


def test_every_ticket_delivered_counts_or_says_why_not(demo_home: Path) -> None:
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as connection:
        excluded = dict(
            connection.execute(
                "select coalesce(excluded_as, 'none'), count(*) "
                "from intermediate.int_support__tickets group by all"
            ).fetchall()
        )
        (delivered,) = connection.execute(
            "select count(distinct id) from raw_zendesk.ticket"
        ).fetchone() or (0,)
        (counted,) = connection.execute(
            "select count(*) from customer_health.fct_tickets"
        ).fetchone() or (0,)
        (unmatched,) = connection.execute(
            "select count(*) from customer_health.fct_tickets where customer_id is null"
        ).fetchone() or (0,)
    dirt = story.DIRT
    assert {kind: count for kind, count in excluded.items() if kind != "none"} == {
        "deleted": dirt["deleted_tickets"],
        "merged": dirt["merged_tickets"],
        "test": dirt["test_tickets"],
    }
    assert sum(excluded.values()) == delivered
    assert excluded["none"] == counted
    assert unmatched == dirt["unmatched_tickets"]
