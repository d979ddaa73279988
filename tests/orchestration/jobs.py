"""Parts of the graph, run in this process."""

from __future__ import annotations

import dagster as dg
import pytest

from tests.orchestration.homes import Home

PUBLISH = dg.AssetSelection.assets("publish")


def later_gates(definitions: dg.Definitions) -> dg.AssetSelection:
    """The checks of gates 2 and 3."""
    graph = definitions.resolve_asset_graph()
    return dg.AssetSelection.checks(
        *(key for key in graph.asset_check_keys if key.name.startswith(("gate_2", "gate_3")))
    )


def execute(
    definitions: dg.Definitions, home: Home, selection: dg.AssetSelection
) -> dg.ExecuteInProcessResult:
    """Run what is selected on a home."""
    part = dg.define_asset_job("part", selection=selection, executor_def=dg.in_process_executor)
    merged = dg.Definitions.merge(definitions, dg.Definitions(jobs=[part]))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in home.environment.items():
            patch.setenv(name, value)
        with dg.DagsterInstance.ephemeral() as instance:
            return merged.resolve_job_def("part").execute_in_process(
                instance=instance, raise_on_error=False
            )


def is_published(result: dg.ExecuteInProcessResult) -> bool:
    """Whether `publish` has materialised."""
    return any(
        event.asset_key == dg.AssetKey("publish")
        for event in result.get_asset_materialization_events()
    )
