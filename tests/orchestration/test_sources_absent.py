"""What is missing: sources, files, folders. Exit codes and words for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.defs.ingest import read_contracts
from tests.orchestration.homes import Home, Refreshed


def test_contracts_alone_are_published(refreshed: Refreshed) -> None:
    assert refreshed.ended.code == 0, refreshed.ended.terminal
    assert "where to look next" in refreshed.ended.terminal
    assert refreshed.home.published
    assert refreshed.home.ask("select customer_id from core.dim_customers order by all") == [
        ("c1",),
        ("c2",),
        ("c3",),
    ]


def test_every_declared_object_has_a_table_and_a_materialisation(refreshed: Refreshed) -> None:
    import dagster as dg

    known = set(
        refreshed.home.ask(
            "select schema_name, table_name from duckdb_tables() where schema_name like 'raw_%'"
        )
    )
    folder = refreshed.home.settings.dagster_dir
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        for source, name in read_contracts():
            assert (f"raw_{source}", name) in known
            key = dg.AssetKey([source, name])
            assert instance.get_latest_materialization_event(key), f"{source}/{name}"


def test_metrics_of_absent_sources_have_no_data(refreshed: Refreshed) -> None:
    assert refreshed.home.ask("""
        select distinct metric_values.state
        from governance.metric_values
        inner join governance.dim_metrics using (metric_id)
        where list_has_any(required_roles, ['app', 'product_events', 'crm'])
    """) == [("no_data",)]


def test_no_metric_of_an_absent_source_has_a_value(refreshed: Refreshed) -> None:
    assert refreshed.home.ask(
        "select count(*) from governance.metric_values where state != 'ok' and value is not null"
    ) == [(0,)]


def test_contracts_alone_give_revenue_metrics(refreshed: Refreshed) -> None:
    # Of three customers one has left; one pays 100 dollars a month, one 100 euros.
    rows = refreshed.home.ask("""
        select metric_id, state, value
        from governance.metric_values
        where grain = 'month' and dimension = 'total' and period_start = date '2026-03-01'
            and metric_id in ('mrr', 'paying_customers')
        order by all
    """)
    (euros,) = refreshed.home.ask("""
        select 100 * closing_rate from intermediate.int_currencies__monthly_rates
        where currency = 'eur' and month_start = date '2026-03-01'
    """)[0]
    assert [row[:2] for row in rows] == [("mrr", "ok"), ("paying_customers", "ok")]
    assert rows[0][2] == pytest.approx(100 + float(euros), abs=0.0001)
    assert rows[1][2] == 2


def new_home(path: Path) -> Home:
    """A home with an empty landing folder."""
    (path / "home/landing").mkdir(parents=True)
    return Home(path / "home", as_of=None)


def test_an_empty_landing_is_unusable_and_says_what_to_do(
    refreshed: Refreshed, tmp_path: Path
) -> None:
    home = new_home(tmp_path)
    # Parsed already.
    (home.path / "target").symlink_to(refreshed.home.path / "target")
    (home.path / "landing" / "salesfroce").mkdir()
    ended = home.drivewheel("run")
    assert ended.code == 2, ended.terminal
    assert "no landing file has been accepted" in ended.terminal
    assert "`drivewheel demo` writes some" in ended.terminal
    assert home.published is None
    assert "salesfroce/: no such source. Rename it to one of ads, app," in ended.terminal


def test_a_missing_landing_folder_is_unusable_and_says_what_to_do(tmp_path: Path) -> None:
    ended = Home(tmp_path).drivewheel("run", "--landing", str(tmp_path / "nowhere"))
    assert ended.code == 2
    assert "nowhere: no such folder; put your exports under" in ended.terminal


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "31.03.2026"])
def test_a_day_that_is_none_is_wrong_usage(tmp_path: Path, day: str) -> None:
    ended = new_home(tmp_path).drivewheel("run", "--as-of", day)
    assert ended.code == 2
    assert day in ended.terminal


def test_a_setting_that_is_no_day_is_wrong_usage(tmp_path: Path) -> None:
    ended = new_home(tmp_path).drivewheel("run", DRIVEWHEEL_AS_OF="soon")
    assert ended.code == 2
    assert "DRIVEWHEEL_AS_OF" in ended.terminal
