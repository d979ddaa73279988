"""Runs of the command line as the UI knows runs: of a job of the code location."""

import sys
from typing import Any

import dagster as dg
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from orchestration.settings import PROJECT_DIR

# As in workspace.yaml; the repository is Dagster's name for definitions of a module.
LOCATION, MODULE, REPOSITORY = "drivewheel", "orchestration.definitions", "__repository__"


def create_runs_as_the_ui(instance: dg.DagsterInstance) -> None:
    """Give the runs that this process creates their place.

    The UI leaves runs that belong to no code location out of its timeline and out of the pages
    of jobs; a run that is executed in its own process belongs to none.
    """
    create = instance.create_run_for_job
    repository = RemoteRepositoryOrigin(
        ManagedGrpcPythonEnvCodeLocationOrigin(
            LoadableTargetOrigin(
                executable_path=sys.executable,
                module_name=MODULE,
                working_directory=str(PROJECT_DIR),
            ),
            LOCATION,
        ),
        REPOSITORY,
    )

    def create_run_for_job(job_def: dg.JobDefinition, **others: Any) -> dg.DagsterRun:  # noqa: ANN401
        others["remote_job_origin"] = repository.get_job_origin(job_def.name)
        return create(job_def, **others)

    instance.create_run_for_job = create_run_for_job  # type: ignore[method-assign, assignment]
