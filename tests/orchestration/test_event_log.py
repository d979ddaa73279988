"""The event log in groups: what is told of assets is seen at once here, in a moment elsewhere."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from orchestration.defs.dagster_internals import COMMIT_SECONDS
from orchestration.instance import prepare_instance_dir
from orchestration.settings import Settings
from tests.orchestration.homes import Refreshed

KEY = dg.AssetKey("core")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    folder = prepare_instance_dir(Settings(home=tmp_path, landing=tmp_path, _env_file=None))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        # The tables are there.
        assert not instance.fetch_materializations(KEY, limit=9).records
        yield instance


def seen_elsewhere(home: Path) -> int:
    """How many materialisations a reader of the files sees."""
    path = home / "dagster" / "history" / "runs" / "index.db"
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute(
            "select count(*) from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'"
        ).fetchone()
    return int(count)


def test_it_is_seen_at_once_here_and_in_a_moment_elsewhere(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    for _ in range(3):
        instance.report_runless_asset_event(dg.AssetMaterialization(KEY))
    deadline = time.monotonic() + 50 * COMMIT_SECONDS
    while seen_elsewhere(tmp_path) < 3 and time.monotonic() < deadline:
        time.sleep(COMMIT_SECONDS / 10)
    assert seen_elsewhere(tmp_path) == 3
    instance.report_runless_asset_event(dg.AssetMaterialization(KEY))
    assert len(instance.fetch_materializations(KEY, limit=9).records) == 4


def test_who_leaves_commits(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(KEY))
    instance.dispose()
    assert seen_elsewhere(tmp_path) == 1


def test_what_fails_takes_nothing_with_it(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(KEY))
    storage = instance.event_log_storage
    with monkeypatch.context() as broken:
        broken.setattr(storage, "_store_asset_event", None)
        with pytest.raises(TypeError):
            instance.report_runless_asset_event(dg.AssetMaterialization(KEY))
    instance.report_runless_asset_event(dg.AssetMaterialization(KEY))
    assert len(instance.fetch_materializations(KEY, limit=9).records) >= 2
    assert seen_elsewhere(tmp_path) >= 2


def test_lineage_of_columns_is_told_once(refreshed: Refreshed) -> None:
    """Of a table of the refresh by its materialisation, and not by the step's output too."""
    [run] = {*(refreshed.home.path / "dagster/history/runs").glob("*-*-*.db")}
    with closing(sqlite3.connect(run)) as connection:
        told = dict(
            connection.execute(
                "select dagster_event_type, count(*) from event_logs "
                "where event like '%TableColumnLineage%' group by 1"
            ).fetchall()
        )
    assert told.keys() == {"ASSET_MATERIALIZATION"}
    assert told["ASSET_MATERIALIZATION"] > 200
