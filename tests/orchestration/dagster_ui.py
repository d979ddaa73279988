"""What the Dagster UI does, without a browser: its GraphQL, asked in this process.

Runs are executed where they are launched, one after the other; everything else is as
`drivewheel ui` has it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest
from dagster._core.instance import InstanceRef
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster_graphql.schema import create_schema

from orchestration.instance import prepare_instance_dir
from orchestration.settings import PROJECT_DIR
from tests.orchestration.homes import Home

AT_ONCE = {
    "run_launcher": {
        "module": "dagster._core.launcher.sync_in_memory_run_launcher",
        "class": "SyncInMemoryRunLauncher",
    },
    "run_coordinator": {
        "module": "dagster._core.run_coordinator.default_run_coordinator",
        "class": "DefaultRunCoordinator",
    },
}
LAUNCH = """
mutation ($assets: [AssetKeyInput!], $checks: [AssetCheckHandleInput!]) {
    launchRun(executionParams: {selector: {
        repositoryLocationName: "drivewheel", repositoryName: "__repository__",
        jobName: "__ASSET_JOB", assetSelection: $assets, assetCheckSelection: $checks
    }}) {
        __typename
        ... on LaunchRunSuccess { run { runId } }
        ... on PythonError { message }
        ... on InvalidSubsetError { message }
    }
}
"""
CHECKS = """
query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetChecksOrError { ... on AssetChecks { checks { name canExecuteIndividually } } }
} } }
"""

TICK = """
mutation { %sDryRun(selectorData: {
    repositoryLocationName: "drivewheel", repositoryName: "__repository__", %sName: "%s"
}, %s) { ... on DryRunInstigationTick {
    evaluationResult { skipReason runRequests { runKey } error { message } }
} ... on PythonError { message } } }
"""


@dataclass(frozen=True)
class Ran:
    """A run that has ended: what it made, what its checks said, and why steps failed."""

    success: bool
    made: list[str]
    checks: dict[str, bool]
    started: list[str]
    failures: str


@dataclass(frozen=True)
class UserInterface:
    """The UI's server."""

    context: WorkspaceProcessContext
    instance: dg.DagsterInstance
    schema: Any

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The data that a query gives."""
        answer = asyncio.run(
            self.schema.execute_async(
                query, context_value=self.context.create_request_context(), variables=variables
            )
        )
        assert not answer.errors, answer.errors
        return dict(answer.data)

    def checks_of(self, *assets: str) -> list[tuple[str, str]]:
        """The checks that a click on Materialize selects with the assets: all that sit on them."""
        return [
            (check["name"], asset)
            for asset in assets
            for check in self.ask(CHECKS, key=_key(asset))["assetNodeOrError"][
                "assetChecksOrError"
            ].get("checks", [])
        ]

    def materialize(self, *assets: str) -> Ran:
        """Click on Materialize with assets selected."""
        return self.launch(assets, self.checks_of(*assets))

    def launch(self, assets: Sequence[str], checks: Sequence[tuple[str, str]]) -> Ran:
        """Launch a run of assets and checks, and wait for its end."""
        launched = self.ask(
            LAUNCH,
            assets=[_key(asset) for asset in assets],
            checks=[{"name": name, "assetKey": _key(asset)} for name, asset in checks],
        )["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return self._ended(launched["run"]["runId"])

    def tick(self, which: tuple[str, str]) -> dict[str, Any]:
        """What a tick of a schedule or a sensor gives, as its page tests it."""
        kind, name = which
        moment = "timestamp: 1790000000" if kind == "schedule" else "cursor: null"
        tick = self.ask(TICK % (kind, kind, name, moment))[f"{kind}DryRun"]
        return dict(tick["evaluationResult"])

    def _ended(self, run_id: str) -> Ran:
        run = self.instance.get_run_by_id(run_id)
        assert run
        events = [entry.dagster_event for entry in self.instance.all_logs(run_id)]
        told = [event for event in events if event]
        return Ran(
            success=run.is_success,
            made=[
                event.asset_key.to_user_string()
                for event in told
                if event.event_type_value == "ASSET_MATERIALIZATION" and event.asset_key
            ],
            checks={
                event.asset_check_evaluation_data.check_name: (
                    event.asset_check_evaluation_data.passed
                )
                for event in told
                if event.event_type_value == "ASSET_CHECK_EVALUATION"
            },
            started=[str(event.step_key) for event in told if event.is_step_start],
            failures="\n".join(
                str(event.step_failure_data.user_failure_data or event.step_failure_data.error)
                for event in told
                if event.is_step_failure
            ),
        )


@contextmanager
def user_interface(home: Home) -> Iterator[UserInterface]:
    """The server of the UI on a home."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in home.environment.items():
            patch.setenv(name, value)
        folder = prepare_instance_dir(home.settings)
        before = dict(os.environ)
        location = InProcessCodeLocationOrigin(
            loadable_target_origin=LoadableTargetOrigin(
                executable_path=sys.executable,
                module_name="orchestration.definitions",
                working_directory=str(PROJECT_DIR),
            ),
            location_name="drivewheel",
        )
        ref = InstanceRef.from_dir(str(folder), overrides=AT_ONCE)
        try:
            with (
                dg.DagsterInstance.from_ref(ref) as instance,
                WorkspaceProcessContext(
                    instance, InProcessWorkspaceLoadTarget([location])
                ) as context,
            ):
                yield UserInterface(context, instance, create_schema())
        finally:
            os.environ.clear()
            os.environ.update(before)


def _key(asset: str) -> dict[str, list[str]]:
    return {"path": asset.split("/")}
