"""What is planted in software, vendors and governance, as the warehouse finds it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from drivewheel_demo import story
from drivewheel_demo.billing import simulate_billing
from drivewheel_demo.calendar import Horizon
from drivewheel_demo.company import draw_customers

FIRST_VENDOR = "ven_001"


@pytest.fixture(scope="module")
def warehouse(demo_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def ask(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return warehouse.execute(query).fetchall()


def test_the_bad_release_touches_the_named_customers(warehouse: duckdb.DuckDBPyConnection) -> None:
    touched = ask(
        warehouse,
        f"""
        select distinct accounts.account_id
        from intermediate.int_impact__touched as touched
        inner join intermediate.int_customers__accounts as accounts using (customer_id)
        where touched.grain = 'day' and touched.dimension = 'service'
            and touched.dimension_value = 'api'
            and touched.period_start = date '{story.BAD_RELEASE.starts}'
    """,
    )
    numbers = [int(str(account)[4:]) for (account,) in touched]
    assert len(numbers) >= 10
    assert all(map(story.is_touched_by_bad_release, numbers)), numbers
    [(compared,)] = ask(
        warehouse,
        f"""
        select max(touched_customer_count) from operating_resilience.business_impact
        where dimension = 'incident' and compared_from = date '{story.BAD_RELEASE.starts}' - 1
    """,
    )
    assert compared == len(numbers)


def test_those_whom_the_release_touched_write_more_tickets(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    [(more,)] = ask(
        warehouse,
        f"""
            select tickets_per_customer_difference from operating_resilience.business_impact
            where dimension = 'incident' and compared_from = date '{story.BAD_RELEASE.starts}' - 1
            order by touched_customer_count desc limit 1
        """,
    )
    assert float(str(more)) > 0.2


def test_the_bad_release_is_a_failed_change_and_fifteen_hours_of_outage(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    failed = ask(
        warehouse,
        f"""
            select failed_change_count, incident_count from operating_resilience.fct_deployments
            where service = 'api' and deployed_on = date '{story.BAD_RELEASE.starts}'
                and incident_count > 0
        """,
    )
    assert failed == [(1, 1)]
    [(minutes,)] = ask(
        warehouse,
        f"""
        select sum(outage_minutes) from operating_resilience.fct_service_days
        where service = 'api' and occurred_on between date '{story.BAD_RELEASE.starts}'
            and date '{story.BAD_RELEASE.ends}'
    """,
    )
    assert minutes == story.BAD_RELEASE_HOURS * 60


def test_errors_of_the_release_are_the_worst_of_the_year(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    worst = ask(
        warehouse,
        """
        select period_start from governance.metric_values
        where metric_id = 'api_error_rate' and grain = 'month' and dimension = 'total'
        order by value desc nulls last limit 1
    """,
    )
    assert worst == [(story.BAD_RELEASE.starts.replace(day=1),)]


def test_the_release_spends_more_than_a_year_of_what_may_be_down(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """15 of April's 720 hours, where a share of 0.0005 may be: 41.7 budgets of a month."""
    told = ask(
        warehouse,
        f"""
        select is_met, budget_left from governance.service_level_readouts
        where service = 'api' and objective = 'availability'
            and month_start = date '{story.BAD_RELEASE.starts.replace(day=1)}'
    """,
    )
    left = 1 - story.BAD_RELEASE_HOURS / (30 * 24) / 0.0005
    assert told == [(False, pytest.approx(left))]


def test_the_vendors_outage_counts_once_per_service_and_blames_no_change(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = ask(
        warehouse,
        """
        select period_start, dimension_value, value from governance.metric_values
        where metric_id = 'vendor_caused_outage_minutes' and grain = 'month' and value > 0
            and dimension = 'vendor'
    """,
    )
    month = story.VENDOR_OUTAGE.starts.replace(day=1)
    assert rows == [(month, FIRST_VENDOR, 2 * story.VENDOR_OUTAGE.size)]
    assert ask(
        warehouse,
        """
        select count(*) from intermediate.int_incidents__timelines
        where vendor_id is not null and deployment_id is not null
    """,
    ) == [(0,)]


def test_the_evidence_that_expires_makes_its_vendor_the_riskiest(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    risks = dict(
        ask(
            warehouse,
            f"""
        select occurred_on = date '{story.VENDOR_EVIDENCE.starts}', risk_score
        from operating_resilience.fct_vendor_days
        where vendor = '{FIRST_VENDOR}'
            and occurred_on between date '{story.VENDOR_EVIDENCE.starts}' - 1
            and date '{story.VENDOR_EVIDENCE.starts}'
    """,
        )
    )
    # 5/5 × (3 of 5 findings + all of the age): 80; on its last day it was a year old already.
    assert risks[True] == 80.0
    riskiest = ask(
        warehouse,
        """
        select vendor, has_valid_evidence from operating_resilience.fct_vendor_days
        where occurred_on = (select max(occurred_on) from operating_resilience.fct_vendor_days)
        order by risk_score desc limit 1
    """,
    )
    assert riskiest == [(FIRST_VENDOR, False)]


def test_smaller_changes_shorten_the_lead_time(warehouse: duckdb.DuckDBPyConnection) -> None:
    [(before, after)] = ask(
        warehouse,
        f"""
        with told as (
            select lead_time_hours, deployed_on >= date '{story.LEAD_TIME_FALL.starts}' as is_after
            from operating_resilience.fct_deployments
        )
        select
            median(lead_time_hours) filter (where not is_after),
            median(lead_time_hours) filter (where is_after)
        from told
        """,
    )
    assert float(str(after)) / float(str(before)) == pytest.approx(
        story.LEAD_TIME_FALL.size, abs=0.1
    )


def test_repeated_deliveries_of_software_change_nothing(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    [(rows, deployments, used)] = ask(
        warehouse,
        """
            select count(*), count(distinct id),
                (select count(*) from staging.stg_cicd__deployments)
            from raw_cicd.deployment
        """,
    )
    assert int(str(rows)) > int(str(deployments))
    assert used == deployments
    [(delivered, requests, counted)] = ask(
        warehouse,
        """
        select
            (select count(*) from raw_telemetry.request_rollup),
            (select sum("count") from (
                select distinct on (service, endpoint, account_id, minute) "count"
                from raw_telemetry.request_rollup
            )),
            (select sum(request_count) from operating_resilience.fct_service_days)
    """,
    )
    assert delivered
    assert requests == counted


def test_times_with_an_offset_are_utc_in_the_end(warehouse: duckdb.DuckDBPyConnection) -> None:
    # Working hours end at 16; two hours more would be the offset that was dropped.
    [(latest,)] = ask(
        warehouse,
        """
        select max(extract('hour' from finished_at)) from intermediate.int_delivery__deployments
        where is_successful
    """,
    )
    assert latest == 15


def test_a_service_that_nobody_knows_is_shown_as_such(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    [(incidents,)] = ask(
        warehouse,
        """
        select sum(incident_count) from operating_resilience.fct_service_days
        where service = 'unknown'
    """,
    )
    assert incidents == story.DIRT["unknown_services"]


def test_slowed_trials_are_converted_less(warehouse: duckdb.DuckDBPyConnection) -> None:
    horizon = Horizon.of(end_on=date(2026, 6, 30), months=30)
    customers = draw_customers(horizon, seed=7, customers=400)
    came: dict[bool, list[bool]] = {True: [], False: []}
    for sub in simulate_billing(customers, horizon, seed=7):
        told = story.SLOW_TRIALS.starts <= sub.start.date() <= story.SLOW_TRIALS.ends
        if sub.trial_end and told:
            slowed = story.is_slowed_in_trial(sub.customer_number, sub.start.date())
            came[slowed].append(any(state.status == "active" for state in sub.states))
    rates = {slowed: sum(found) / len(found) for slowed, found in came.items()}
    assert rates[True] < 0.7 * rates[False]
    # The small company has few trials; those that were slowed are found to be touched.
    [(touched,)] = ask(
        warehouse,
        """
        select sum(touched_trial_count) from operating_resilience.business_impact
        where grain = 'quarter' and dimension = 'service' and dimension_value = 'web'
        """,
    )
    assert touched
