"""Dagster's history: what was made from what, and that it does not grow for ever."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from dagster._serdes import serialize_value

from orchestration.defs.dagster_internals import serialized
from orchestration.defs.history import prune_old_runs
from orchestration.instance import prepare_instance_dir
from orchestration.settings import Settings
from tests.orchestration.homes import Refreshed

POINTER = "dagster/input_event_pointer/"


@dg.asset
def thing() -> None:
    """Nothing to make."""


def test_only_the_newest_runs_are_kept_with_their_files(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, _env_file=None)
    folder = prepare_instance_dir(settings)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        ran = [dg.materialize([thing], instance=instance).run_id for _ in range(4)]
        assert prune_old_runs(instance, settings.dagster_dir, keep=2) == 2
        assert {run.run_id for run in instance.get_runs()} == set(ran[2:])
        left = {path.name for path in settings.dagster_dir.rglob("*")}
        assert {run for run in ran if any(run in name for name in left)} == set(ran[2:])
        # What the last run made is still known, and the next one is as any.
        assert instance.get_latest_materialization_event(dg.AssetKey("thing"))
        assert dg.materialize([thing], instance=instance).success
        assert prune_old_runs(instance, settings.dagster_dir, keep=9) == 0


def test_an_event_is_written_as_dagster_writes_it() -> None:
    """Each is asked for by itself and as the newest of its asset, before and after others."""
    instance = dg.DagsterInstance.ephemeral()
    events = instance.all_logs(dg.materialize([thing], instance=instance).run_id)
    records = [dg.EventLogRecord(storage_id=7, event_log_entry=event) for event in events]
    for value in (*events, *records, *events, dg.AssetKey("thing")):
        assert serialized(value) == serialize_value(value)
        assert serialized(value) == serialize_value(value)
    assert {event.dagster_event_type for event in events} > {
        dg.DagsterEventType.ASSET_MATERIALIZATION
    }


def test_what_was_made_points_to_the_materialisations_that_it_was_made_from(
    refreshed: Refreshed,
) -> None:
    """A step knows its own without asking the log; the log must hold the same."""
    folder = prepare_instance_dir(refreshed.home.settings)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        made = {
            record.asset_entry.asset_key: record.asset_entry.last_materialization_record
            for record in instance.get_asset_records()
        }
    ids = {key: str(record.storage_id) for key, record in made.items() if record}
    told = [
        (dg.AssetKey(tag.removeprefix(POINTER).split("/")), pointer)
        for record in made.values()
        if record and record.asset_materialization
        for tag, pointer in (record.asset_materialization.tags or {}).items()
        if tag.startswith(POINTER)
    ]
    assert dg.AssetKey(["core", "dim_customers"]) in dict(told)
    assert [(key, pointer) for key, pointer in told if ids.get(key, "NULL") != pointer] == []
