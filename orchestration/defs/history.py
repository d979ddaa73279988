"""Dagster's history of runs, which otherwise grows by some ten megabytes a refresh for ever."""

import shutil
from pathlib import Path

import dagster as dg

FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
# What an older home has too many of is removed little by little.
MOST_AT_ONCE = 20


def prune_old_runs(instance: dg.DagsterInstance, folder: Path, *, keep: int) -> int:
    """Remove all but the newest finished runs, with their events and logs; gives how many.

    Args:
        instance: Whose runs they are.
        folder: Dagster's folder of the home; deleting a run leaves its files there.
        keep: How many runs stay, the current one not counted.
    """
    finished = dg.RunsFilter(statuses=FINISHED)
    runs = instance.get_runs(finished, limit=keep + MOST_AT_ONCE)
    for run in runs[keep:]:
        instance.delete_run(run.run_id)
        for path in (folder / "history" / "runs").glob(f"{run.run_id}.db*"):
            path.unlink()
        for name in ("storage", "compute_logs"):
            shutil.rmtree(folder / name / run.run_id, ignore_errors=True)
    return len(runs[keep:])
