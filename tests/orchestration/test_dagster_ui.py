"""The Dagster UI as a person uses it.

Materialize on a part of the graph does that part, asks what sits on it, and publishes nothing.

One home goes through what a person does one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest

from orchestration.defs.ingest import read_contracts
from orchestration.landing.contract import PROVENANCE
from tests.orchestration.dagster_ui import Ran, UserInterface, user_interface
from tests.orchestration.homes import PERIODS, Home, Refreshed

MART = "core/dim_customers"
ON_THE_MART = "customers_start_before_they_stop"
TESTS_OF_THE_MART = {"not_null_dim_customers_customer_id", "unique_dim_customers_customer_id"}
SPOILED = "update core.dim_customers set churned_on = first_paid_on - 1, is_active = false"
LATE = "s4,c4,2026-02-10,,70,1,month,usd,active"
STATUS = "select status from raw_meta.files where path like '%late.csv'"


RUNS = """
{ runsOrError { ... on Runs { results {
    jobName status repositoryOrigin { repositoryName repositoryLocationName }
} } } }
"""
DAILY, LANDING = ("schedule", "daily_refresh"), ("sensor", "landing_files")


@dataclass(frozen=True)
class Clicks:
    """What came of each click, in order; statuses are of the file that landed late."""

    home: Home
    before: str | None
    runs: list[dict[str, Any]]
    ticks: list[dict[str, Any]]
    asked_alone: Ran
    publish_spoiled: Ran
    mart_and_publish: Ran
    dbt_did: set[str]
    publish_part: Ran
    raw: Ran
    raw_status: str
    gate_1: Ran
    gate_1_status: str
    built: Ran
    mart_with_new_load: list[tuple[object, ...]]


@pytest.fixture(scope="module")
def ui(refreshed: Refreshed) -> Iterator[UserInterface]:
    with user_interface(refreshed.at_work()) as interface:
        yield interface


@pytest.fixture(scope="module")
def clicks(ui: UserInterface, refreshed: Refreshed) -> Clicks:
    home = Home(refreshed.workplace)
    before = home.published
    runs = ui.ask(RUNS)["runsOrError"]["results"]
    ticks = [ui.tick(DAILY), ui.tick(LANDING)]
    home.spoil(SPOILED)
    asked_alone = ui.launch([], [(ON_THE_MART, MART)])
    publish_spoiled = ui.materialize("publish")
    home.land("late.csv", LATE)
    ticks += [ui.tick(DAILY), ui.tick(LANDING)]
    mart_and_publish = ui.materialize(MART, "publish")
    rows = home.ask("select customer_id from core.dim_customers order by all")
    results = json.loads((home.settings.target_dir / "run_results.json").read_text())["results"]
    publish_part = ui.materialize("publish")
    raw = ui.launch([PERIODS], [])
    raw_status = str(home.ask(STATUS)[0][0])
    gate_1 = ui.launch([], ui.checks_of(PERIODS))
    gate_1_status = str(home.ask(STATUS)[0][0])
    return Clicks(
        home=home,
        before=before,
        asked_alone=asked_alone,
        publish_spoiled=publish_spoiled,
        runs=runs,
        ticks=ticks,
        mart_and_publish=mart_and_publish,
        dbt_did={result["unique_id"].split(".")[2] for result in results},
        publish_part=publish_part,
        raw=raw,
        raw_status=raw_status,
        gate_1=gate_1,
        gate_1_status=gate_1_status,
        built=ui.materialize("built"),
        mart_with_new_load=rows,
    )


def test_a_check_alone_fails_honestly(clicks: Clicks) -> None:
    assert clicks.asked_alone.checks == {ON_THE_MART: False}
    assert clicks.asked_alone.started == ["gate_2"]


def test_one_check_that_fails_keeps_everything_from_being_published(clicks: Clicks) -> None:
    """Asked alone it leaves what the others said, and what it said counts."""
    assert not clicks.publish_spoiled.success
    assert f"gate_2: {ON_THE_MART} on {MART}" in clicks.publish_spoiled.failures
    assert "has not been asked" not in clicks.publish_spoiled.failures


def test_a_mart_is_built_alone_and_its_checks_are_asked(clicks: Clicks) -> None:
    assert clicks.mart_and_publish.made == [MART]
    assert clicks.mart_and_publish.checks == dict.fromkeys({*TESTS_OF_THE_MART, ON_THE_MART}, True)
    # Nor tests of other tables that read it, which would ask what was not built.
    assert clicks.dbt_did == {"dim_customers", *TESTS_OF_THE_MART}
    # Neither loading nor gate 1, though a file has landed.
    assert sorted(clicks.mart_and_publish.started) == ["build_warehouse", "gate_2", "publish"]
    assert "dbt" not in clicks.mart_and_publish.failures
    assert clicks.mart_with_new_load == [("c1",), ("c2",), ("c3",)]


def test_a_part_is_not_published_and_the_run_says_so(clicks: Clicks) -> None:
    assert not clicks.publish_part.success
    assert "made a part of the graph" in clicks.publish_part.failures
    assert not clicks.mart_and_publish.success
    assert "this run builds a part of the graph" in clicks.mart_and_publish.failures
    assert clicks.home.published == clicks.before


def test_a_raw_asset_is_loaded_alone_and_waits_for_its_gate(clicks: Clicks) -> None:
    assert clicks.raw.made == [PERIODS]
    assert clicks.raw_status == "pending"
    assert clicks.gate_1.checks == {"delivery_is_usable": True, "delivery_looks_as_before": True}
    assert clicks.gate_1_status == "accepted"


def test_built_says_what_the_newest_build_is_and_both_gates_of_all_of_it(clicks: Clicks) -> None:
    assert clicks.built.made == ["built"]
    assert clicks.built.checks == {
        "marts_are_valid": True,
        "layers_reconcile": True,
    }
    assert clicks.built.started == ["build_warehouse", "gate_2", "gate_3"]


def test_runs_of_the_command_line_are_in_the_timeline(clicks: Clicks) -> None:
    """Which leaves out whatever belongs to no code location."""
    assert clicks.runs == [
        {
            "jobName": "refresh",
            "status": "SUCCESS",
            "repositoryOrigin": {
                "repositoryName": "__repository__",
                "repositoryLocationName": "drivewheel",
            },
        }
    ]


def test_schedule_and_sensor_ask_for_a_run_where_something_is_new(clicks: Clicks) -> None:
    *idle, daily, landing = clicks.ticks
    for tick in idle:
        assert tick["error"] is None
        assert not tick["runRequests"]
        assert "nothing new: 1 landing file, all seen" in tick["skipReason"]
    for tick in (daily, landing):
        assert tick["error"] is None
        assert len(tick["runRequests"]) == 1


def test_every_group_can_be_materialized(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    job = definitions.resolve_implicit_global_asset_job_def()
    groups: dict[str, set[dg.AssetKey]] = {}
    for node in graph.asset_nodes:
        if node.is_executable:
            groups.setdefault(str(node.group_name), set()).add(node.key)
    for keys in groups.values():
        checks = {key for key in graph.asset_check_keys if key.asset_key in keys}
        part = job.get_subset(asset_selection=keys, asset_check_selection=checks)
        assert part.asset_layer.executable_asset_keys == keys


GRAPH = """
{ assetNodes { assetKey { path } groupName description jobNames
    metadataEntries { label ... on TableSchemaMetadataEntry { schema { columns {
        name type description constraints { nullable other }
    } } } }
} }
"""


@pytest.fixture(scope="module")
def nodes(ui: UserInterface) -> dict[str, dict[str, Any]]:
    return {"/".join(n["assetKey"]["path"]): n for n in ui.ask(GRAPH)["assetNodes"]}


def test_every_asset_has_a_group_and_a_description(nodes: dict[str, dict[str, Any]]) -> None:
    bare = [
        key
        for key, node in nodes.items()
        if node["groupName"] in (None, "default") or not str(node["description"] or "").strip()
    ]
    assert bare == []
    assert len(nodes) > 400


def test_a_raw_asset_shows_its_columns(nodes: dict[str, dict[str, Any]]) -> None:
    """As the contract says them, with what the loader adds."""
    (schema,) = [
        entry["schema"]
        for entry in nodes[PERIODS]["metadataEntries"]
        if entry["label"] == "dagster/column_schema"
    ]
    columns = {column["name"]: column for column in schema["columns"]}
    contract = read_contracts()["contracts", "subscription_periods"]
    assert list(columns) == [*(column.name for column in contract.columns), *PROVENANCE]
    assert columns["subscription_id"]["constraints"] == {
        "nullable": False,
        "other": ["primary key"],
    }
    assert columns["_file_row"]["description"] == "Its row in that file."
    assert all(
        any(
            entry["label"] == "dagster/column_schema"
            for entry in nodes["/".join(key)]["metadataEntries"]
        )
        for key in read_contracts()
    )
