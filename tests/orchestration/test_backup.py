"""What a home knows outlives its file, and a release."""

from __future__ import annotations

import datetime as dt
import gzip
import stat
from pathlib import Path

import duckdb
import pytest

from orchestration.landing.errors import LandingError
from orchestration.landing.manifest import SCHEMA_VERSION, ensure_meta
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse.backup import BackupError, back_up, restore
from orchestration.warehouse.connect import open_warehouse
from tests.orchestration.homes import GOOD_ROWS, Home
from tests.warehouse import load_home

FIXTURE = PROJECT_DIR / "tests/fixtures/home_before_versions.duckdb.gz"
KEY = "bba8f1d8bcda50ce8d5bc48f51b916a8176bb7a044b70675870756a54816b1eb"
NOW = dt.datetime(2026, 11, 27, 8, 30, tzinfo=dt.UTC)
KNOWN = "select * from raw_meta.settings union all select path from raw_meta.files order by all"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home that knows its key and one file."""
    found = Settings(home=tmp_path / "home", lock_timeout_seconds=0, _env_file=None)
    with open_warehouse(found) as connection:
        ensure_meta(connection)
        connection.execute("insert into raw_meta.settings values ('key')")
        connection.execute("insert into raw_meta.files (load_id, path) values (1, 'a.csv')")
    return found


def known(settings: Settings) -> list[str]:
    with open_warehouse(settings) as connection:
        return [text for (text,) in connection.execute(KNOWN).fetchall()]


def test_what_is_restored_is_what_was_backed_up(settings: Settings) -> None:
    path = back_up(settings, None, now=NOW, on_wait=print)
    assert path == settings.home_dir / "backups" / "warehouse-20261127T083000.duckdb"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with open_warehouse(settings) as connection:
        connection.execute("delete from raw_meta.files")
    assert known(settings) == ["key"]
    loads, replaced = restore(settings, path, on_wait=print)
    assert (loads, known(settings)) == (1, ["a.csv", "key"])
    assert stat.S_IMODE(settings.warehouse_path.stat().st_mode) == 0o600
    # What it replaced is kept once.
    assert replaced
    with duckdb.connect(str(replaced), read_only=True) as connection:
        assert connection.execute("select count(*) from raw_meta.files").fetchone() == (0,)


def test_a_warehouse_that_is_broken_or_gone_is_restored(settings: Settings) -> None:
    path = back_up(settings, None, now=NOW, on_wait=print)
    settings.warehouse_path.write_text("no database")
    restore(settings, path, on_wait=print)
    assert known(settings) == ["a.csv", "key"]
    settings.warehouse_path.unlink()
    assert restore(settings, path, on_wait=print) == (1, None)
    assert known(settings) == ["a.csv", "key"]


def test_what_is_no_backup_replaces_nothing(settings: Settings, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no backup")
    other = tmp_path / "other.duckdb"
    duckdb.connect(str(other)).close()
    for path in (text, other, tmp_path / "absent.duckdb", tmp_path):
        with pytest.raises(BackupError, match="is no backup of a warehouse"):
            restore(settings, path, on_wait=print)
    assert known(settings) == ["a.csv", "key"]
    back_up(settings, None, now=NOW, on_wait=print)
    with pytest.raises(BackupError, match="is there already"):
        back_up(settings, None, now=NOW, on_wait=print)


def test_a_newer_release_s_home_and_backup_are_left_alone(settings: Settings) -> None:
    path = back_up(settings, None, now=NOW, on_wait=print)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update raw_meta.schema_version set version = version + 1")
    with pytest.raises(BackupError, match="newer release"):
        restore(settings, path, on_wait=print)
    with open_warehouse(settings) as connection:
        connection.execute("update raw_meta.schema_version set version = version + 1")
        with pytest.raises(LandingError, match=f"this release knows {SCHEMA_VERSION}"):
            ensure_meta(connection)


def test_a_home_of_an_older_release_keeps_all_that_it_knows(tmp_path: Path) -> None:
    """Made before `raw_meta` had a version: one file built, one withdrawn, 4,157 values told."""
    home = Home(tmp_path)
    with gzip.open(FIXTURE) as packed:
        home.settings.warehouse_path.write_bytes(packed.read())
    home.land("periods.csv", *GOOD_ROWS)
    home.land("more.csv", "s9,c9,2026-01-01,,99,month,1,1,usd,Pro,active")
    before = what_is_kept(home.settings)
    assert (before["hash_key"], before["values"]) == (KEY, 4157)
    load_home(home.settings, now=NOW)
    with open_warehouse(home.settings) as connection:
        ensure_meta(connection)
        assert connection.execute("from raw_meta.schema_version").fetchall() == [(SCHEMA_VERSION,)]
        files = connection.execute(
            "select parse_filename(path), status from raw_meta.files order by load_id"
        ).fetchall()
    # The built one is not loaded again, the withdrawn one not taken back, the new one waits.
    assert files == [
        ("periods.csv", "accepted"),
        ("wrong.csv", "withdrawn"),
        ("more.csv", "pending"),
    ]
    assert what_is_kept(home.settings) == before


def what_is_kept(settings: Settings) -> dict[str, object]:
    with open_warehouse(settings) as connection:
        row = connection.execute(
            "select (select hash_key from raw_meta.settings), "
            "(select count(*) from raw_meta.published_values), "
            "(select count(*) from raw_meta.runs where status = 'published'), "
            "(select list(accepted_by order by load_id) from raw_meta.files where load_id <= 2)"
        ).fetchone()
    assert row
    return dict(zip(("hash_key", "values", "published", "accepted_by"), row, strict=True))
