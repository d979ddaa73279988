"""The dbt graph as assets: one dbt invocation per run, its tests as asset checks."""

import datetime as dt
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.defs.dagster_dbt_internals import (
    UNIQUE_ID,
    DagsterDbtTranslator,
    LeanDbtCliResource,
    build_specs,
    follow_process,
)
from orchestration.defs.dbt_events import events_of
from orchestration.defs.ingest import read_contracts
from orchestration.defs.raw import OWNERS
from orchestration.defs.resources import WarehouseLock
from orchestration.landing.contract import billing_sources
from orchestration.landing.evidence import classify_new_loads
from orchestration.project.manifest import Manifest
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse.builds import begin_build, finish_build, newest_build
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.dbt_ahead import take
from orchestration.warehouse.dbt_project import (
    build_state,
    built_nodes,
    incremental_fingerprint,
    incremental_lineage,
    keep_parsed,
    whole_graph,
)

BUILT_KEY = dg.AssetKey("built")


class Translator(DagsterDbtTranslator):
    """Groups, owners and descriptions: folder = group = owner = family."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The dbt group, else the layer."""
        group = dbt_resource_props.get("config", {}).get("group")
        if group:
            return str(group)
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return str(dbt_resource_props["fqn"][1])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """The group's owner, else the platform's."""
        owners = super().get_owners(dbt_resource_props)
        return list(owners) if owners else OWNERS

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """What the YAML says, without the SQL that dagster-dbt puts beneath it."""
        return str(dbt_resource_props["description"])


def build_dbt_assets(manifest: Manifest) -> dg.AssetsDefinition:
    """Everything from staging to audiences, and `built`, which says that dbt has ended.

    Whatever waits for dbt waits for `built` alone: Dagster skips in silence what waits for an
    output that is not there.
    """
    specs, checks = build_specs(manifest, Translator())

    @dg.multi_asset(
        name="build_warehouse",
        specs=[*specs, _built_spec(specs)],
        check_specs=checks,
        can_subset=True,
    )
    def build_warehouse(
        context: dg.AssetExecutionContext, dbt: LeanDbtCliResource, lock: WarehouseLock
    ) -> Iterator[Any]:
        settings = lock.settings
        models = context.selected_asset_keys - {BUILT_KEY}
        if models:
            yield from _build(context, dbt, settings, manifest)
        elif context.selected_asset_check_keys:
            yield from _run_dbt(context, dbt, settings, manifest)
        if BUILT_KEY in context.selected_asset_keys:
            yield _built(settings)

    return build_warehouse


def _built_spec(specs: Sequence[dg.AssetSpec]) -> dg.AssetSpec:
    """The asset behind all that nothing of dbt is built on."""
    read = {dep.asset_key for spec in specs for dep in spec.deps}
    return dg.AssetSpec(
        BUILT_KEY,
        deps=[spec.key for spec in specs if spec.key not in read],
        group_name="publish",
        owners=OWNERS,
        kinds={"dbt", "duckdb"},
        description=(
            "The warehouse as the newest build left it: which build, through which day, and "
            "whether all of the graph was in it. Gates 2 and 3 and publishing wait for it."
        ),
    )


def _built(settings: Settings) -> dg.MaterializeResult[None]:
    """What the newest build is; a build that did not finish is a failure."""
    with open_warehouse(settings) as connection:
        newest = newest_build(connection)
    if newest is None or newest.status == "building":
        told = f"build {newest.build_id} did not finish" if newest else "nothing has been built"
        raise dg.Failure(description=f"{told}; run the job `refresh`", allow_retries=False)
    return dg.MaterializeResult(
        asset_key=BUILT_KEY,
        metadata={
            "build": newest.build_id,
            "as_of": newest.as_of.isoformat(),
            "is_whole": newest.status != "partial",
        },
    )


def _build(
    context: dg.AssetExecutionContext,
    dbt: LeanDbtCliResource,
    settings: Settings,
    manifest: Manifest,
) -> Iterator[Any]:
    """Build what is selected, as a build of its own, with the tests that are selected."""
    fingerprint = incremental_fingerprint(manifest)
    contracts = read_contracts()
    with open_warehouse(settings) as connection:
        classify_new_loads(connection, contracts)
        build = begin_build(
            connection,
            build_id=context.run.run_id,
            as_of=settings.as_of,
            billing_sources=billing_sources(contracts),
            code_fingerprint=fingerprint,
            landing=settings.landing_dir,
            company=settings.company_dir,
            state=build_state(settings),
            hash_key=settings.hash_key,
            is_full=settings.full,
            now=dt.datetime.now(dt.UTC),
        )
    context.log.info(f"building as of {build.as_of}")
    arguments = []
    if build.full_refresh_reason:
        context.log.info(f"rebuilding everything: {build.full_refresh_reason}")
        arguments.append("--full-refresh")
    yield from _run_dbt(context, dbt, settings, manifest, arguments)
    made = built_nodes(settings.target_dir)
    with open_warehouse(settings) as connection:
        finish_build(
            connection,
            build,
            code_fingerprint=fingerprint,
            is_complete=incremental_lineage(manifest) <= made,
            is_whole=whole_graph(manifest) <= made,
            now=dt.datetime.now(dt.UTC),
        )
    keep_parsed(settings)


def _run_dbt(
    context: dg.AssetExecutionContext,
    dbt: LeanDbtCliResource,
    settings: Settings,
    manifest: Manifest,
    options: Sequence[str] = (),
) -> Iterator[Any]:
    """Dbt's events about what is selected."""
    # Unit tests prove the code, not the data: `make test` runs them.
    arguments = ["build", "--exclude-resource-type", "unit_test", *options]
    arguments += _selection(context, manifest) if context.is_subset else []
    # What dagster-dbt says of its own doings helps nobody who waits.
    dg.get_dagster_logger().setLevel(logging.WARNING)
    # The home's own target folder: what was parsed and compiled is kept there.
    ahead = None if context.is_subset else take(arguments)
    invocation = (
        follow_process(ahead, context, settings, manifest, Translator())
        if ahead
        else dbt.cli(
            arguments,
            manifest=manifest.document,
            dagster_dbt_translator=Translator(),
            target_path=settings.target_dir,
        )
    )
    told_of = {BUILT_KEY}
    for event in events_of(invocation, context, settings, manifest):
        if isinstance(event, dg.Output):
            told_of.add(context.asset_key_for_output(event.output_name))
        elif isinstance(event, dg.AssetObservation):
            # It is there, and was not built again.
            told_of.add(event.asset_key)
        yield event
    keys = context.assets_def.keys_by_output_name.values()
    missing = sorted(key.to_user_string() for key in keys if key not in told_of)
    if missing:
        # What waits for them would be skipped, and the run end as if all were well.
        told = f"dbt ended without an error and did not build {', '.join(missing)}"
        raise dg.Failure(description=told, allow_retries=False)


def _selection(context: dg.AssetExecutionContext, manifest: Manifest) -> list[str]:
    """The selected models and tests by their names, and nothing that dbt would add to them.

    Tests of other tables that read a selected one would ask what this run has not built.
    """
    about = [
        *(
            context.assets_def.get_asset_spec(key).metadata
            for key in context.selected_asset_keys - {BUILT_KEY}
        ),
        *(
            context.assets_def.get_spec_for_check_key(key).metadata
            for key in context.selected_asset_check_keys
        ),
    ]
    ids = [metadata[UNIQUE_ID] for metadata in about]
    names = sorted(".".join(manifest.nodes[node].fqn) for node in ids)
    return ["--indirect-selection", "empty", "--select", " ".join(names)]


def build_dbt_resource() -> LeanDbtCliResource:
    """The environment's own dbt, whether or not it is on the path, started from what was parsed."""
    return LeanDbtCliResource(
        project_dir=str(PROJECT_DIR),
        profiles_dir=str(PROJECT_DIR),
        dbt_executable=str(Path(sys.executable).with_name("drivewheel-dbt")),
    )
