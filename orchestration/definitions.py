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
from orchestration.defs.dbt import build_dbt_assets, build_dbt_resource
from orchestration.defs.ingest import build_ingest, build_landing_specs, read_contracts
from orchestration.defs.notices import build_notices
from orchestration.defs.publish import build_publish
from orchestration.defs.resources import WarehouseLock
from orchestration.defs.steps import remember_output_keys
from orchestration.settings import load_settings
from orchestration.warehouse.dbt_project import prepare_environment, prepare_manifest


@dg.definitions
def defs() -> dg.Definitions:
    """The whole code location; parses the dbt project when it has changed."""
    settings = load_settings()
    prepare_environment(settings)
    remember_output_keys()
    contracts = read_contracts()
    warehouse = build_dbt_assets(prepare_manifest(settings))
    job = build_job()
    return dg.Definitions(
        assets=[
            *build_landing_specs(contracts),
            build_ingest(contracts),
            warehouse,
            build_publish(warehouse),
            build_notices(),
        ],
        asset_checks=[
            build_gate_1(contracts),
            build_later_gate("gate_2", contracts),
            build_later_gate("gate_3", contracts),
        ],
        jobs=[job],
        schedules=[build_schedule(job, contracts)],
        sensors=[build_landing_sensor(job)],
        resources={"lock": WarehouseLock(), "dbt": build_dbt_resource()},
        loggers={"progress": progress_logger},
        executor=dg.in_process_executor,
    )
