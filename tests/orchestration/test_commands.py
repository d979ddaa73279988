"""The tools of the trade, started as their users start them, on a home that `drivewheel` has built.

`sqlfluff lint` is a part of `make test`; `dagster dev` is what `drivewheel ui` starts.
"""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from dagster._cli import create_dagster_cli
from dagster_dg_cli.cli import cli as dg_cli

from tests.orchestration.homes import PERIODS, Home, Refreshed
from tests.orchestration.jobs import invoke
from tests.ready import run_dbt_in_fork


def test_dbt_builds_and_tests_a_model(refreshed: Refreshed) -> None:
    home = refreshed.at_work()
    home.spoil("update core.dim_customers set is_active = false")
    # From what was parsed for the home; by itself dbt parses the project into target/ first.
    for command, made in (("build", "OK created sql table model core.dim_customers"), ("test", "")):
        code, said = run_dbt_in_fork(home.settings, command, "--select", "dim_customers")
        assert code == 0, said
        assert made in said
        assert "PASS unique_dim_customers_customer_id" in said
        assert "ERROR=0" in said
    assert home.ask("select count(*) from core.dim_customers where is_active") == [(2,)]


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (
            create_dagster_cli(),
            ["asset", "materialize", "-m", "orchestration.definitions", "--select"],
        ),
        (dg_cli, ["launch", "--assets"]),
    ],
    ids=["dagster asset materialize", "dg launch"],
)
def test_an_asset_is_materialized_from_the_command_line(
    program: click.Command, words: list[str], home: Home
) -> None:
    home.land("late.csv", "s4,c4,2026-02-10,,70,1,month,usd,active")
    ended = invoke(home, program, *words, PERIODS)
    assert ended.exit_code == 0, ended.output
    assert home.ask("select status from raw_meta.files where path like '%late.csv'")
    assert Path(home.settings.dagster_dir, "history").is_dir()


def test_dg_finds_the_project_and_lists_what_it_defines(refreshed: Refreshed) -> None:
    ended = invoke(refreshed.home, dg_cli, "list", "defs", "--json")
    assert ended.exit_code == 0, ended.output
    listed = json.loads(ended.stdout)
    assert {PERIODS, "core/dim_customers", "publish"} <= {
        row["asset_key"] for row in listed["assets"]
    }
    assert [row["name"] for row in listed["jobs"]] == ["refresh"]
