"""Parts of the graph, and programs of Dagster's, run in this process."""

from __future__ import annotations

from contextlib import chdir

import click
import dagster as dg
from click.testing import CliRunner, Result

from expectations.declared import GATE_2, GATE_3, VERDICTS
from orchestration.settings import PROJECT_DIR
from tests.orchestration.homes import Home

PUBLISH = dg.AssetSelection.assets("publish")


def later_gates(definitions: dg.Definitions) -> dg.AssetSelection:
    """The checks of gates 2 and 3."""
    graph = definitions.resolve_asset_graph()
    names = {check.name for check in (*GATE_2, *GATE_3)} | set(VERDICTS.values())
    return dg.AssetSelection.checks(*(key for key in graph.asset_check_keys if key.name in names))


def execute(
    definitions: dg.Definitions, home: Home, selection: dg.AssetSelection
) -> dg.ExecuteInProcessResult:
    """Run what is selected on a home."""
    part = dg.define_asset_job("part", selection=selection, executor_def=dg.in_process_executor)
    merged = dg.Definitions.merge(definitions, dg.Definitions(jobs=[part]))
    with home.found_by_this_process(), dg.DagsterInstance.ephemeral() as instance:
        return merged.resolve_job_def("part").execute_in_process(
            instance=instance, raise_on_error=False
        )


def invoke(home: Home, program: click.Command, *words: str) -> Result:
    """Run a program of Dagster's in the checkout, on a home."""
    with home.found_by_this_process(), chdir(PROJECT_DIR):
        return CliRunner().invoke(program, words)


def is_published(result: dg.ExecuteInProcessResult) -> bool:
    """Whether `publish` has materialised."""
    return any(
        event.asset_key == dg.AssetKey("publish")
        for event in result.get_asset_materialization_events()
    )
