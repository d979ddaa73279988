"""What readers see while a version is replaced, and what a version holds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.warehouse.publish import PUBLIC_SCHEMAS, publish
from tests.orchestration.homes import Refreshed

READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    print(connection.execute("select label from core.versions").fetchone()[0], flush=True)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, keep_versions=2, _env_file=None)


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with one public table."""
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("create schema core")
        connection.execute("create table core.versions as select 'old' as label")
        yield connection


def test_a_reader_keeps_its_version_and_the_next_sees_the_new_one(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    publish(warehouse, settings, "1")
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(settings.serving_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdin
        assert reader.stdout
        print("read", file=reader.stdin, flush=True)
        assert reader.stdout.readline() == "old\n"
        warehouse.execute("update core.versions set label = 'new'")
        publish(warehouse, settings, "2")
        # Also after its file is gone: two are kept, so the third forgets the first.
        publish(warehouse, settings, "3")
        assert not (settings.serving_dir / "drivewheel-1.duckdb").exists()
        print("read", file=reader.stdin, flush=True)
        assert reader.stdout.readline() == "old\n"
        reader.stdin.close()
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        assert connection.execute("from core.versions").fetchall() == [("new",)]


def test_as_many_versions_are_kept_as_the_setting_says(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for run in "1234":
        publish(warehouse, settings, run)
    kept = sorted(path.name for path in settings.serving_dir.iterdir())
    assert kept == ["drivewheel-3.duckdb", "drivewheel-4.duckdb", "drivewheel.duckdb"]
    assert settings.serving_path.readlink() == Path("drivewheel-4.duckdb")


def test_a_publication_that_fails_leaves_the_old_version_and_no_rest(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    publish(warehouse, settings, "1")
    warehouse.execute("create table core.wide as select 170141183460469231731687303715884105727")
    with pytest.raises(duckdb.ConversionException):
        publish(warehouse, settings, "2")
    assert settings.serving_path.readlink() == Path("drivewheel-1.duckdb")
    warehouse.execute("drop table core.wide")
    publish(warehouse, settings, "3")
    assert not list(settings.serving_dir.glob("*.partial*"))


def test_comments_and_types_reach_readers(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("create table core.sums as select sum(1) as total, 'it''s' as note")
    warehouse.execute("comment on table core.sums is 'what it''s about'")
    warehouse.execute("comment on column core.sums.total is 'of ones'")
    publish(warehouse, settings, "1")
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        assert connection.execute(
            "select comment from duckdb_tables() where table_name = 'sums'"
        ).fetchall() == [("what it's about",)]
        assert connection.execute(
            "select column_name, data_type, comment from duckdb_columns() "
            "where table_name = 'sums' order by column_index"
        ).fetchall() == [("total", "BIGINT", "of ones"), ("note", "VARCHAR", None)]


# The refreshed company's ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(refreshed: Refreshed) -> Iterator[duckdb.DuckDBPyConnection]:
    """The version that the company's readers see."""
    path = refreshed.home.settings.serving_path
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def test_the_file_is_in_the_format_that_every_duckdb_1_reads(
    refreshed: Refreshed, published: duckdb.DuckDBPyConnection
) -> None:
    (tags,) = published.execute(
        "select tags from duckdb_databases() where database_name = current_database()"
    ).fetchone() or (None,)
    assert "v1.0.0" in str(tags)
    # Where the header says it: after the checksum and the magic bytes. 64 is what 1.0 wrote.
    header = refreshed.home.settings.serving_path.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == 64


def test_only_public_schemas_are_published(published: duckdb.DuckDBPyConnection) -> None:
    schemas = {
        schema
        for (schema,) in published.execute(
            "select distinct schema_name from duckdb_tables()"
        ).fetchall()
    }
    assert {"core", "revenue_velocity", "governance", "audiences"} <= schemas
    assert schemas <= set(PUBLIC_SCHEMAS)
    assert published.execute("select count(*) from duckdb_views() where not internal").fetchone() \
        == (0,)  # fmt: skip


def test_no_column_has_a_type_that_bi_tools_do_not_know(
    published: duckdb.DuckDBPyConnection,
) -> None:
    assert published.execute(
        "select table_name, column_name from duckdb_columns() where data_type like '%HUGEINT%'"
    ).fetchall() == []  # fmt: skip
