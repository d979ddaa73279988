"""A company's folder from end to end: its targets, core, people, and a source of its own."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.company.folder import SHIPPED_DIR
from orchestration.instance import prepare_instance_dir
from orchestration.settings import PROJECT_DIR
from orchestration.warehouse.skip import UNCHANGED
from tests.orchestration.homes import Ended, Home, Refreshed

TARGETS = """# What we want.
metric_id,grain,dimension,dimension_value,mode,target,guardrail,valid_from,due_on,owner
mrr,month,total,total,drive,{target},10,2025-01-01,2026-12-31,chief_revenue_officer
"""
SOURCE = """
version: 2
sources:
  - name: loyalty
    schema: raw_loyalty
    config: {meta: {feeds: loyalty}}
    tables:
      - name: points
        config:
          meta: {load: append, primary_key: [customer_id, counted_on], event_time: counted_on}
        columns:
          - {name: customer_id, data_type: varchar}
          - {name: points, data_type: bigint}
          - {name: counted_on, data_type: date}
"""
STAGED = """-- Grain: one row per customer.
select
    points.customer_id,
    points.points,
    points._file,
    points._file_row,
    points._load_id,
from {{ accepted_rows(source('loyalty', 'points')) }} as points
"""
MART = """-- Grain: one row per customer.
select
    points.customer_id,
    points.points,
from {{ ref('stg_loyalty__points') }} as points
"""
MART_YAML = """
version: 2
models:
  - name: fct_loyalty_points
    description: "Grain: one row per customer. Meaning: its points."
    columns:
      - {name: customer_id, data_type: varchar, data_tests: [unique]}
      - {name: points, data_type: bigint}
"""


def describe(folder: Path, *, target: str) -> None:
    """Write the company's folder."""
    models = folder / "models"
    for name, text in {
        "staging/loyalty/_loyalty__sources.yml": SOURCE,
        "staging/loyalty/stg_loyalty__points.sql": STAGED,
        "marts/customer_health/fct_loyalty_points.sql": MART,
        "marts/customer_health/fct_loyalty_points.yml": MART_YAML,
    }.items():
        (models / name).parent.mkdir(parents=True, exist_ok=True)
        (models / name).write_text(text)
    (folder / "metric_targets.csv").write_text(TARGETS.format(target=target))
    (folder / "company.yml").write_text("business: services\nshow_names: true\n")
    with (SHIPPED_DIR / "owners.csv").open(newline="") as file:
        rows = [*csv.reader(file)]
    named = {"chief_revenue_officer": ["Rosa Lind", "rosa@acme.example"]}
    with (folder / "owners.csv").open("w", newline="") as file:
        csv.writer(file).writerows([role, *named.get(role, rest)] for role, *rest in rows)


@pytest.fixture(scope="module")
def changed(refreshed: Refreshed) -> tuple[Home, Ended]:
    """The company, once it has a folder and a source of its own, refreshed again."""
    home = refreshed.at_work()
    describe(home.settings.landing_dir / "company", target="150")
    home.land(
        "all.csv",
        "c1,7,2026-03-01",
        "c3,9,2026-03-02",
        folder="loyalty/points",
        header="customer_id,points,counted_on",
    )
    return home, home.drivewheel("run")


def published(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.settings.serving_path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_its_targets_judge(changed: tuple[Home, Ended]) -> None:
    home, ended = changed
    assert ended.code == 0, ended.terminal
    query = (
        "select distinct target, guardrail from governance.metric_values where metric_id = 'mrr' "
        "and grain = 'month' and dimension = 'total' and period_start = date '2026-03-01'"
    )
    assert published(home, query) == [(150.0, 10.0)]


def test_its_business_has_a_core_of_its_own(changed: tuple[Home, Ended]) -> None:
    home, _ = changed
    core = "select metric_id from {} order by all"
    with (SHIPPED_DIR / "core_metrics.csv").open(newline="") as file:
        services = [
            row["metric_id"] for row in csv.DictReader(file) if row["business"] == "services"
        ]
    wanted = [(name,) for name in sorted(services)]
    assert published(home, core.format("audiences.executive_scorecard")) == wanted
    tiers = published(
        home,
        "select metric_id from governance.dim_metrics where tier = 'core' "
        "or list_contains(audiences, 'executive') order by all",
    )
    assert tiers == wanted


def test_its_own_source_is_loaded_checked_modelled_and_published(
    changed: tuple[Home, Ended],
) -> None:
    home, _ = changed
    rows = published(home, "select * from customer_health.fct_loyalty_points order by all")
    assert rows == [("c1", 7), ("c3", 9)]
    checks = home.ask(
        "select distinct gate from raw_meta.gate_results where asset = ?", "loyalty/points"
    )
    assert ("gate_1",) in checks


def test_people_behind_roles_are_in_the_second_file_alone(changed: tuple[Home, Ended]) -> None:
    home, _ = changed
    with duckdb.connect(str(home.settings.persons_path), read_only=True) as connection:
        rows = connection.execute("select * from persons.role_owners").fetchall()
    assert rows == [("chief_revenue_officer", "Rosa Lind", "rosa@acme.example")]
    assert b"Rosa Lind" not in home.settings.serving_path.read_bytes()


def test_the_checkout_holds_nothing_of_it(changed: tuple[Home, Ended]) -> None:
    """An upgrade of the product is an update of the checkout, and nothing else."""
    assert changed[1].code == 0
    status = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "loyalty" not in status.stdout


@pytest.mark.slow
def test_dbt_by_hand_does_not_build_with_the_shipped_tables(changed: tuple[Home, Ended]) -> None:
    """It knows no company; `drivewheel-dbt` does."""
    home, _ = changed
    dbt, ours = (Path(sys.executable).with_name(name) for name in ("dbt", "drivewheel-dbt"))
    arguments = ["build", "--select", "metric_targets"]
    environment = home.environment | {
        "DBT_TARGET_PATH": str(home.path / "by_hand"),
        "DBT_LOG_PATH": str(home.path / "by_hand"),
    }
    refused, built = (
        subprocess.run(
            [program, *arguments],
            cwd=PROJECT_DIR,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for program in (dbt, ours)
    )
    assert refused.returncode != 0
    assert "start it as `drivewheel-dbt build`" in refused.stdout
    assert built.returncode == 0, built.stdout + built.stderr
    assert home.ask("select target from seeds.metric_targets") == [(150.0,)]


def test_dbt_by_hand_reads_the_project_as_it_is_now(changed: tuple[Home, Ended]) -> None:
    """A home that holds what another state was parsed to, here to nothing, does not say so."""
    home, _ = changed
    folder = home.path / "parsed_before"
    (folder / "target").mkdir(parents=True)
    (folder / "target/manifest.json").write_text("{}")
    (folder / "target/parsed.pickle").write_bytes(b"")
    (folder / "target/parsed_from").write_text("another state")
    listed = subprocess.run(
        [Path(sys.executable).with_name("drivewheel-dbt"), "ls", "--select", "metric_targets"],
        cwd=PROJECT_DIR,
        env=home.environment | {"DRIVEWHEEL_HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.returncode == 0, listed.stdout + listed.stderr
    assert "drivewheel.metric_targets" in listed.stdout


def test_what_did_not_change_is_observed_with_its_reason(changed: tuple[Home, Ended]) -> None:
    """Billing is as it was: its models are not built again, and what rests on targets is."""
    home, ended = changed
    assert "models are as they were" in ended.terminal
    folder = prepare_instance_dir(home.settings)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        key = dg.AssetKey(["intermediate", "int_mrr__customer_days"])
        (seen,) = instance.fetch_observations(key, limit=1).records
        run = instance.get_latest_materialization_event(dg.AssetKey("publish"))
        built = instance.get_latest_materialization_event(dg.AssetKey(["seeds", "metric_targets"]))
    assert run
    assert built
    observed = seen.event_log_entry
    assert observed.run_id == built.run_id == run.run_id
    assert "unchanged" in str(observed.asset_observation.description)


def test_a_bad_row_stops_a_run_before_it_begins(changed: tuple[Home, Ended]) -> None:
    """File, row and remedy; readers keep what they have; the corrected folder needs no more."""
    home, _ = changed
    version = home.published
    describe(home.settings.landing_dir / "company", target="150 k")
    ended = home.drivewheel("run")
    assert ended.code == 2, ended.terminal
    assert "metric_targets.csv, row 3: target is '150 k'; write a number" in ended.terminal
    assert "loading" not in ended.terminal
    assert home.published == version
    describe(home.settings.landing_dir / "company", target="150")
    again = home.drivewheel("run")
    assert again.code == 0
    assert "nothing new" in again.terminal


@pytest.mark.slow
def test_a_test_that_fails_publishes_nothing_though_most_is_skipped(
    changed: tuple[Home, Ended],
) -> None:
    """Whoever is skipped has passed before; that says nothing for the others."""
    home, _ = changed
    version = home.published
    home.land(
        "again.csv",
        "c1,8,2026-03-05",
        folder="loyalty/points",
        header="customer_id,points,counted_on",
    )
    ended = home.drivewheel("run")
    assert ended.code == 1, ended.terminal
    assert "unique_fct_loyalty_points_customer_id" in ended.terminal
    results = json.loads((home.settings.target_dir / "run_results.json").read_text())["results"]
    skipped = [each for each in results if str(each["message"]).endswith(UNCHANGED)]
    assert 2 * len(skipped) > sum(each["unique_id"].startswith("model.") for each in results)
    assert home.published == version
