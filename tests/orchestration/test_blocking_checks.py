"""A law: what blocks must sit where `publish` looks."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg

from expectations.declared import declared_checks
from orchestration.defs.dbt import build_dbt_assets, build_dbt_resource
from orchestration.defs.ingest import read_contracts
from orchestration.defs.publish import PUBLISH_KEY
from orchestration.defs.resources import WarehouseLock
from tests.orchestration.homes import Refreshed


def blocking_checks_that_block_nothing(definitions: dg.Definitions) -> set[str]:
    """Checks on assets that neither `publish` nor the whole of dbt directly depends on.

    Gate 1 sits on raw assets. The one op that builds all dbt assets waits for those that any
    of its models reads, so they stop dbt, and `publish` with it.
    """
    graph = definitions.resolve_asset_graph()
    watched = set(graph.get(PUBLISH_KEY).parent_keys)
    build = definitions.resolve_assets_def(["core", "dim_customers"])
    watched |= set(build.keys_by_input_name.values()) - build.keys
    return {
        f"{key.name} on {key.asset_key.to_user_string()}"
        for key in graph.asset_check_keys
        if graph.get(key).blocking and key.asset_key not in watched
    }


def test_every_blocking_check_stops_publish(definitions: dg.Definitions) -> None:
    assert not blocking_checks_that_block_nothing(definitions), (
        "these checks would fail and the house would publish all the same: put each on an "
        "asset that `publish` depends on directly"
    )


def test_every_declared_check_is_in_the_graph(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    known = {
        (key.name, tuple(key.asset_key.path)): graph.get(key).blocking
        for key in graph.asset_check_keys
    }
    declared = [
        check
        for gate in ("gate_1", "gate_2", "gate_3")
        for check in declared_checks(gate, read_contracts())
    ]
    assert {(check.name, check.asset): check.is_blocking for check in declared}.items() <= (
        known.items()
    )


def test_every_error_test_of_dbt_is_a_check_that_publish_waits_for(
    definitions: dg.Definitions, refreshed: Refreshed
) -> None:
    manifest = json.loads((refreshed.home.settings.target_dir / "manifest.json").read_text())
    tests = {
        node["name"]: node["config"]["severity"].lower()
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
    }
    graph = definitions.resolve_asset_graph()
    watched = graph.get(PUBLISH_KEY).parent_keys
    checks = {key.name: key.asset_key for key in graph.asset_check_keys}
    errors = {name for name, severity in tests.items() if severity == "error"}
    assert errors
    assert errors <= set(checks)
    assert {checks[name] for name in errors} <= watched


def test_the_law_finds_a_check_that_sits_elsewhere(refreshed: Refreshed) -> None:
    manifest: Path = refreshed.home.settings.target_dir / "manifest.json"
    warehouse = build_dbt_assets(manifest)

    @dg.asset(key=PUBLISH_KEY, deps=[["audiences", "executive_scorecard"]])
    def publish() -> None: ...

    @dg.asset_check(asset=["core", "dim_customers"], blocking=True)
    def gate_2() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    wrong = dg.Definitions(
        assets=[warehouse, publish],
        asset_checks=[gate_2],
        resources={"lock": WarehouseLock(), "dbt": build_dbt_resource()},
    )
    found = blocking_checks_that_block_nothing(wrong)
    assert "gate_2 on core/dim_customers" in found
