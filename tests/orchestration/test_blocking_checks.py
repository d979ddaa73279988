"""A law: what blocks must sit where `publish` looks."""

from __future__ import annotations

import dagster as dg

from expectations.declared import declared_checks
from orchestration.defs.dbt import BUILT_KEY, build_dbt_assets, build_dbt_resource
from orchestration.defs.ingest import read_contracts
from orchestration.defs.publish import PUBLISH_KEY
from orchestration.defs.resources import WarehouseLock
from orchestration.project.manifest import read_manifest
from tests.orchestration.homes import Refreshed


def blocking_checks_that_block_nothing(definitions: dg.Definitions) -> set[str]:
    """Checks that stop neither `publish` nor the whole of dbt.

    A check stops what directly depends on its asset. Gate 1 sits on raw assets: the one op that
    builds all dbt assets waits for those that any of its models reads. A test of dbt that fails
    ends that op. Of gates 2 and 3 a verdict stops what waits for `built`: it must come from the
    op that asks the others.
    """
    graph = definitions.resolve_asset_graph()
    watched = set(graph.get(PUBLISH_KEY).parent_keys)
    build = definitions.resolve_assets_def(["core", "dim_customers"])
    stopping = set(build.check_keys)
    for checks in {graph.assets_def_for_key(key) for key in graph.asset_check_keys}:
        if any(graph.get(key).blocking and key.asset_key in watched for key in checks.check_keys):
            stopping |= set(checks.check_keys)
    watched |= set(build.keys_by_input_name.values()) - build.keys
    return {
        f"{key.name} on {key.asset_key.to_user_string()}"
        for key in graph.asset_check_keys
        if graph.get(key).blocking and key.asset_key not in watched and key not in stopping
    }


def test_every_blocking_check_stops_publish(definitions: dg.Definitions) -> None:
    assert not blocking_checks_that_block_nothing(definitions), (
        "these checks would fail and the house would publish all the same: put each on an "
        "asset that `publish` depends on directly, or into a gate whose verdict is on one"
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
    manifest = read_manifest(refreshed.home.settings.target_dir / "manifest.json")
    graph = definitions.resolve_asset_graph()
    build = definitions.resolve_assets_def(["core", "dim_customers"])
    errors = {test.name for test in manifest.tests.values() if test.is_error}
    assert errors
    assert errors <= {key.name for key in build.check_keys if graph.get(key).blocking}
    # It ends without that output where a test fails, so that `publish` is not reached.
    assert graph.get(PUBLISH_KEY).parent_keys == {BUILT_KEY}
    assert BUILT_KEY in build.keys


def test_the_law_finds_a_check_that_sits_elsewhere(refreshed: Refreshed) -> None:
    manifest = read_manifest(refreshed.home.settings.target_dir / "manifest.json")
    warehouse = build_dbt_assets(manifest)

    @dg.asset(key=PUBLISH_KEY, deps=[BUILT_KEY])
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
