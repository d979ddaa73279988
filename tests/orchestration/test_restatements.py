"""A past value that changes is told: from what to what, why, and by which file."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from typing import Any

import pytest

from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.publications import record_publication
from tests.orchestration.homes import AS_OF, PERIODS, Home, Refreshed
from tests.warehouse import build_home

MRR_BY_MONTH = """
select period_start, value_before, value_after, reason, load_files
from governance.metric_restatements
where metric_id = 'mrr' and grain = 'month' and dimension = 'total'
order by restated_at, period_start
"""
# What is restated, with everything before it: every metric and every model that remembers.
RESTATED = "+metric_restatements +int_lineage__event_counts"
OCTOBER, NOVEMBER = dt.date(2025, 10, 1), dt.date(2025, 11, 1)
LATE, BACK_DATED = f"{PERIODS}/late.csv", f"{PERIODS}/back_dated.csv"


@dataclass(frozen=True)
class Restated:
    """What was restated after each run, and the home after the last."""

    first: list[tuple[Any, ...]]
    after_loading: list[tuple[Any, ...]]
    after_withdrawing: list[tuple[Any, ...]]
    home: Home


@pytest.fixture(scope="module")
def restated(refreshed: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Restated:
    """Two files about the past arrive after the first publication; one is withdrawn again."""
    home = refreshed.at_work()
    first = home.ask(MRR_BY_MONTH)
    # A customer nobody knew, and a known subscription whose price had risen in November.
    home.land("late.csv", "s4,c4,2025-10-20,,40,1,month,usd,active")
    home.land("back_dated.csv", "s1,c1,2025-11-20,,130,1,month,usd,active")
    build_home(home.path, select=RESTATED, as_of=AS_OF, is_published=True, is_tested=False)
    after_loading = home.ask(MRR_BY_MONTH)
    assert home.drivewheel("withdraw", BACK_DATED, "--why", "a copy").code == 0
    build_home(home.path, select=RESTATED, as_of=AS_OF, is_published=True, is_tested=False)
    kept = tmp_path_factory.mktemp("restated") / "home"
    return Restated(first, after_loading, home.ask(MRR_BY_MONTH), home.copy_to(kept))


def test_a_first_publication_restates_nothing(restated: Restated) -> None:
    assert restated.first == []


def test_a_late_file_and_a_back_dated_one_are_told_apart(restated: Restated) -> None:
    # October: s1 at 100, and s4 at 40. November: s1 at 130, s2 at 2 × 50, s4 at 40.
    assert restated.after_loading[:2] == [
        (OCTOBER, 100.0, 140.0, "late_data", [LATE]),
        (NOVEMBER, 200.0, 270.0, "back_dated_change", [BACK_DATED]),
    ]


def test_a_withdrawn_file_is_named_and_earlier_restatements_stay(restated: Restated) -> None:
    before = len(restated.after_loading)
    assert restated.after_withdrawing[:before] == restated.after_loading
    # November is back at s1's 100; October is not touched by it.
    assert restated.after_withdrawing[before] == (
        NOVEMBER,
        270.0,
        240.0,
        "deleted_or_withdrawn",
        [BACK_DATED],
    )


def test_every_restated_value_is_what_was_published_last(restated: Restated) -> None:
    """The log holds every value of a complete period as published, and nothing twice."""
    assert restated.home.ask("""
        select count(*) from governance.metric_values as current
        left join (
            select * from raw_meta.published_values
            qualify row_number() over (
                partition by metric_id, grain, period_start, dimension, dimension_value
                order by publication_number desc
            ) = 1
        ) as remembered using (metric_id, grain, period_start, dimension, dimension_value)
        inner join governance.dim_metrics using (metric_id)
        where current.is_complete and current.grain != 'day' and not_recomputed is null
        and (remembered.state is null or remembered.value is distinct from current.value)
    """) == [(0,)]
    assert restated.home.ask("""
        select max(times) from (
            select count(*) as times from raw_meta.published_values
            group by metric_id, grain, period_start, dimension, dimension_value,
                publication_number
        )
    """) == [(1,)]


def test_a_week_stays_as_it_was_first_published(restated: Restated) -> None:
    """All publications are of 31 March, a Tuesday: the week that had ended is told once."""
    assert restated.home.ask("""
        select week, publication_number, count(distinct metric_id) = count(*), count(*) > 5
        from raw_meta.published_weeks group by all
    """) == [("2026-W13", 1, True, True)]
    assert restated.home.ask("""
        select count(*) from audiences.executive_weeks as told
        anti join raw_meta.published_weeks as kept
            on told.week = kept.week and told.metric_id = kept.metric_id
            and told.value is not distinct from kept.value
    """) == [(0,)]


def test_remembering_again_appends_nothing(restated: Restated) -> None:
    """Of the same build, as when it was killed after it; and of one that changed nothing."""
    home = restated.home.copy_to(restated.home.path.with_name("again"))
    now = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    values = "select count(*) from raw_meta.published_values"
    (before,) = home.ask(values)
    with open_warehouse(home.settings) as connection:
        build = connection.execute(
            "select max_by(build_id, started_at) from raw_meta.runs"
        ).fetchone()
        assert build
        assert record_publication(connection, build[0], now=now) == 0
        connection.execute(
            "insert into raw_meta.runs by name select 'unchanged' as build_id, as_of, "
            "started_at + interval 1 hour as started_at, 'built' as status "
            "from raw_meta.runs where build_id = ?",
            build,
        )
        assert record_publication(connection, "unchanged", now=now) == 0
        # Killed before it could be remembered, a build is remembered by the next to publish.
        connection.execute("delete from raw_meta.published_values where publication_number = 3")
        connection.execute("delete from raw_meta.publications where publication_number = 3")
        assert record_publication(connection, build[0], now=now) > 0
    assert home.ask(values) == [before]
    shutil.rmtree(home.path)
