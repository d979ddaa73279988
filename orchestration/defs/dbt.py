"""The dbt graph as assets: one dbt invocation per run, its tests as asset checks."""

import datetime as dt
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DbtCliEventMessage,
    DbtCliInvocation,
    DbtCliResource,
    dbt_assets,
)
from dagster_dbt.errors import DagsterDbtError
from packaging.version import Version

from orchestration.defs.ingest import OWNERS, read_contracts
from orchestration.defs.lineage import kept_lineages, new_lineages
from orchestration.defs.resources import WarehouseLock
from orchestration.landing.evidence import weigh_new_loads
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse.builds import begin_build, finish_build
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.dbt_ahead import take
from orchestration.warehouse.dbt_project import (
    billing_sources,
    built_nodes,
    incremental_fingerprint,
    incremental_lineage,
    keep_parsed,
)

_HEADER = re.compile(r"\A(?:\{\{.*?\}\}\s*)?((?:--[^\n]*\n)+)", re.DOTALL)
_ROWS = re.compile(r"(\d+) rows")
PROGRESS_EVERY = 40


class LeanDbtCliResource(DbtCliResource):
    """dagster-dbt's resource without its two detours.

    For every call it runs `dbt --version` (3.5 s) and builds an adapter (2.9 s) that only
    fetching of column metadata needs; together they cost as much as dbt's own start.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(installed_version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Any) -> Any:  # noqa: ANN401 - as in the base
        return None


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
        """What the YAML says, else the comment at the head of the model."""
        if dbt_resource_props.get("description"):
            return str(dbt_resource_props["description"])
        header = _HEADER.match(dbt_resource_props.get("raw_code") or "")
        lines = header.group(1).splitlines() if header else []
        text = " ".join(line.lstrip("- ").strip() for line in lines if "depends_on" not in line)
        return text or f"{dbt_resource_props['resource_type']} {dbt_resource_props['name']}"


def build_dbt_assets(manifest_path: Path) -> dg.AssetsDefinition:
    """Everything from staging to audiences."""
    manifest = json.loads(manifest_path.read_text())

    @dbt_assets(
        manifest=manifest_path,
        name="build_warehouse",
        dagster_dbt_translator=Translator(),
    )
    def build_warehouse(
        context: dg.AssetExecutionContext, dbt: LeanDbtCliResource, lock: WarehouseLock
    ) -> Iterator[Any]:
        settings = lock.settings
        fingerprint = incremental_fingerprint(manifest)
        with open_warehouse(settings) as connection:
            weigh_new_loads(connection, read_contracts())
            build = begin_build(
                connection,
                build_id=context.run.run_id,
                as_of=settings.as_of,
                billing_sources=billing_sources(manifest),
                code_fingerprint=fingerprint,
                landing=settings.landing_dir,
                hash_key=settings.hash_key,
                is_full=settings.full,
                now=dt.datetime.now(dt.UTC),
            )
        context.log.info(f"building as of {build.as_of}")
        # Unit tests prove the code, not the data: `make test` runs them.
        arguments = ["build", "--exclude-resource-type", "unit_test"]
        if build.full_refresh_reason:
            context.log.info(f"rebuilding everything: {build.full_refresh_reason}")
            arguments.append("--full-refresh")
        # What dagster-dbt says of its own doings helps nobody who waits.
        dg.get_dagster_logger().setLevel(logging.WARNING)
        # The home's own target folder: what was parsed and compiled is kept there.
        ahead = None if context.is_subset else take(arguments)
        invocation = (
            _of_process(ahead, context, settings, manifest)
            if ahead
            else dbt.cli(arguments, context=context, target_path=settings.target_dir)
        )
        yield from _with_metadata(context, invocation, settings, manifest)
        with open_warehouse(settings) as connection:
            finish_build(
                connection,
                build,
                code_fingerprint=fingerprint,
                is_complete=incremental_lineage(manifest) <= built_nodes(settings.target_dir),
                now=dt.datetime.now(dt.UTC),
            )
        keep_parsed(settings)

    return build_warehouse


def _of_process(
    process: subprocess.Popen[bytes],
    context: dg.AssetExecutionContext,
    settings: Settings,
    manifest: Mapping[str, Any],
) -> DbtCliInvocation:
    """What dagster-dbt would make of a dbt that it had started itself."""
    return DbtCliInvocation(
        process=process,
        manifest=manifest,
        dagster_dbt_translator=Translator(),
        project_dir=PROJECT_DIR,
        target_path=settings.target_dir,
        raise_on_error=True,
        context=context,
        cli_version=Version(installed_version("dbt-core")),
    )


def build_dbt_resource() -> LeanDbtCliResource:
    """The environment's own dbt, whether or not it is on the path, started from what was parsed."""
    return LeanDbtCliResource(
        project_dir=str(PROJECT_DIR),
        profiles_dir=str(PROJECT_DIR),
        dbt_executable=str(Path(sys.executable).with_name("drivewheel-dbt")),
    )


def _with_metadata(
    context: dg.AssetExecutionContext,
    invocation: DbtCliInvocation,
    settings: Settings,
    manifest: Mapping[str, Any],
) -> Iterator[Any]:
    """Dbt's events, with row counts of tables and the lineage of their columns.

    Lineage is worked out once for each state of the models: in a run that has changed one,
    what has columns is reported at the end. A failure is raised after what was built has been
    reported.
    """
    held: list[tuple[Any, int | None]] = []
    failure: Exception | None = None
    lineages = kept_lineages(manifest, settings.target_dir)
    number = 0
    try:
        for raw in invocation.stream_raw_events():
            count = _rows_affected(raw)
            for event in raw.to_default_asset_events(
                manifest=invocation.manifest,
                dagster_dbt_translator=invocation.dagster_dbt_translator,
                context=context,
                target_path=invocation.target_path,
                project=invocation.project,
            ):
                number += 1
                if number % PROGRESS_EVERY == 0:
                    context.log.info(f"dbt: {number} models and tests done")
                if lineages is None and isinstance(event, dg.Output):
                    held.append((event, count))
                else:
                    yield _described(event, lineages or {}, count)
    except DagsterDbtError as error:
        failure = error
    if lineages is None and failure is None:
        with open_warehouse(settings) as connection:
            lineages = new_lineages(manifest, settings.target_dir, connection)
    for event, count in held:
        yield _described(event, lineages or {}, count)
    context.log.info(f"dbt: {number} models and tests done, all of them")
    if failure:
        raise failure


def _rows_affected(event: DbtCliEventMessage) -> int | None:
    """How many rows the table of an event has, where it is the end of one."""
    told = _ROWS.fullmatch(str(event.raw_event["data"].get("status")))
    return int(told.group(1)) if told else None


def _described(
    event: Any,  # noqa: ANN401 - one of dagster-dbt's several events
    lineages: Mapping[str, dg.TableColumnLineage],
    count: int | None,
) -> Any:  # noqa: ANN401
    """An event of a table with what is known of it."""
    if not isinstance(event, dg.Output):
        return event
    node = _unique_id(event)
    known: dict[str, Any] = {}
    if node in lineages:
        known["dagster/column_lineage"] = lineages[node]
    if count is not None:
        known["dagster/row_count"] = count
    return event.with_metadata({**event.metadata, **known}) if known else event


def _unique_id(event: Any) -> str:  # noqa: ANN401 - one of dagster-dbt's several events
    """Dbt's id of the node that an event is about."""
    metadata = event.metadata.get("unique_id") if isinstance(event, dg.Output) else None
    return str(metadata.value) if metadata else ""
