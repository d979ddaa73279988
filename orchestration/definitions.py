"""What Dagster loads: one graph from landing file to published scorecard."""

from __future__ import annotations

import dagster as dg

from orchestration.defs.automation import (
    build_job,
    build_landing_sensor,
    build_schedule,
    progress_logger,
)
from orchestration.defs.checks import build_gate_1, build_later_gate
from orchestration.defs.dagster_internals import (
    cache_materialisations,
    cache_output_keys,
    write_events_once,
)
from orchestration.defs.dbt import build_dbt_assets, build_dbt_resource
from orchestration.defs.ingest import build_ingest, read_contracts
from orchestration.defs.notices import build_notices
from orchestration.defs.pages import build_pages
from orchestration.defs.publish import build_publish
from orchestration.defs.raw import build_landing_specs, build_ledger_specs, read_sources
from orchestration.defs.resources import WarehouseLock
from orchestration.project.manifest import read_manifest
from orchestration.settings import keep_private, load_settings
from orchestration.warehouse.dbt_project import prepare_environment, prepare_manifest


@dg.definitions
def defs() -> dg.Definitions:
    """The whole code location; parses the dbt project when it has changed."""
    keep_private()
    settings = load_settings()
    prepare_environment(settings)
    cache_output_keys()
    cache_materialisations()
    write_events_once()
    contracts = read_contracts()
    manifest = read_manifest(prepare_manifest(settings))
    sources = read_sources(manifest)
    warehouse = build_dbt_assets(manifest)
    job = build_job()
    return dg.Definitions(
        assets=[
            *build_landing_specs(contracts),
            *build_ledger_specs(sources),
            build_ingest(contracts, sources),
            warehouse,
            build_publish(warehouse.keys),
            build_notices(),
            build_pages(),
        ],
        asset_checks=[
            build_gate_1(contracts),
            build_later_gate("gate_2", contracts),
            build_later_gate("gate_3", contracts),
        ],
        jobs=[job],
        schedules=[build_schedule(job, contracts)],
        sensors=[build_landing_sensor(job, contracts)],
        resources={"lock": WarehouseLock(), "dbt": build_dbt_resource()},
        loggers={"progress": progress_logger},
        executor=dg.in_process_executor,
    )
