"""What readers see while a version is replaced, and what a version holds."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.report.names import company_names
from orchestration.settings import Settings
from orchestration.warehouse.publish import PUBLIC_SCHEMAS, publish
from tests.orchestration.homes import Refreshed

READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    print(connection.execute("select label from core.versions").fetchone()[0], flush=True)
"""


SAVED_QUERY = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    query = "select label from drivewheel.core.versions"
    print(duckdb.__version__, connection.execute(query).fetchone()[0])
"""
DRIVERS = Path(sys.prefix) / "drivers"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path, keep_versions=2, _env_file=None)
    tell(found)
    return found


def tell(settings: Settings, **node: object) -> None:
    """Write the manifest that says something of one table, or of none."""
    nodes = (
        {"model.m": {"resource_type": "model", "name": "m", "schema": "core", **node}}
        if node
        else {}
    )
    settings.target_dir.mkdir(exist_ok=True)
    (settings.target_dir / "manifest.json").write_text(json.dumps({"nodes": nodes}))


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
        assert not (settings.serving_dir / "1").exists()
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
    assert kept == ["3", "4", "drivewheel.duckdb"]
    assert settings.serving_path.readlink() == Path("4/drivewheel.duckdb")
    # Published again it stays the one version that it is.
    publish(warehouse, settings, "4")
    assert sorted(path.name for path in settings.serving_dir.iterdir()) == kept


def test_versions_that_bear_their_id_in_their_name_are_forgotten_as_any(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """A home of an earlier release keeps no file for ever."""
    settings.serving_dir.mkdir()
    for age, name in enumerate(("drivewheel-b.duckdb", "drivewheel-a.duckdb")):
        (settings.serving_dir / name).touch()
        os.utime(settings.serving_dir / name, (1000 - age, 1000 - age))
    publish(warehouse, settings, "1")
    kept = sorted(path.name for path in settings.serving_dir.iterdir())
    assert kept == ["1", "drivewheel-b.duckdb", "drivewheel.duckdb"]


def test_a_publication_that_fails_leaves_the_old_version_and_no_rest(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    publish(warehouse, settings, "1")
    warehouse.execute("create table core.wide as select 170141183460469231731687303715884105727")
    with pytest.raises(duckdb.ConversionException):
        publish(warehouse, settings, "2")
    assert settings.serving_path.readlink() == Path("1/drivewheel.duckdb")
    warehouse.execute("drop table core.wide")
    publish(warehouse, settings, "3")
    assert not list(settings.serving_dir.glob("*.partial*"))


def test_what_dbt_says_and_types_that_tools_know_reach_readers(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("create table core.sums as select sum(1) as total, 'it''s' as note")
    columns = {"total": {"description": "of\n ones"}, "note": {"description": "it's one"}}
    tell(settings, alias="sums", description="what it's about", columns=columns)
    publish(warehouse, settings, "1")
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        assert connection.execute(
            "select comment from duckdb_tables() where table_name = 'sums'"
        ).fetchall() == [("what it's about",)]
        assert connection.execute(
            "select column_name, data_type, comment from duckdb_columns() "
            "where table_name = 'sums' order by column_index"
        ).fetchall() == [("total", "BIGINT", "of ones"), ("note", "VARCHAR", "it's one")]


def test_a_published_version_is_nobody_s_to_write(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    publish(warehouse, settings, "1")
    assert stat.S_IMODE(settings.serving_path.stat().st_mode) == 0o444


def test_names_lie_in_a_second_file_for_few_that_goes_with_its_version(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """What tells who is behind an id is not for everybody who reads the numbers."""
    warehouse.execute("create schema persons")
    warehouse.execute(
        "create view persons.companies as "
        "select 'customer' as kind, 'cus_1' as company_id, 'Quartermain Ltd' as name"
    )
    tell(settings, schema="persons", alias="companies", description="names", columns={})
    publish(warehouse, settings, "1")
    persons = settings.serving_dir / "1/persons.duckdb"
    assert settings.persons_path == persons.resolve()
    assert stat.S_IMODE(persons.stat().st_mode) == 0o640
    with duckdb.connect(str(persons), read_only=True) as connection:
        assert connection.execute("select name from persons.companies").fetchall() == [
            ("Quartermain Ltd",)
        ]
        assert connection.execute("select comment from duckdb_tables()").fetchall() == [("names",)]
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == [
            ("versions",)
        ]
    # Published again it is replaced, and forgotten with its version.
    warehouse.execute(
        "create or replace view persons.companies as "
        "select 'customer' as kind, 'cus_1' as company_id, 'Renamed Ltd' as name"
    )
    publish(warehouse, settings, "1")
    assert company_names(settings) == {}
    shown = settings.model_copy(update={"show_names": True})
    assert company_names(shown) == {("customer", "cus_1"): "Renamed Ltd"}
    publish(warehouse, settings, "2")
    publish(warehouse, settings, "3")
    assert not persons.exists()


@pytest.mark.parametrize("driver", ["1.4.4", "1.5.0", duckdb.__version__])
def test_a_saved_query_with_a_full_name_holds_over_two_publishes(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection, driver: str
) -> None:
    """Drivers name the catalogue after the file, some of them after the one behind the link."""
    path = DRIVERS / driver
    if driver != duckdb.__version__ and not path.exists():
        pytest.skip(f"{path}: no driver there; `make .venv/ready-dev` installs it")
    environment = os.environ | ({"PYTHONPATH": str(path)} if path.exists() else {})
    for version, label in (("1", "old"), ("2", "new")):
        warehouse.execute("update core.versions set label = $1", [label])
        publish(warehouse, settings, version)
        said = subprocess.run(
            [sys.executable, "-c", SAVED_QUERY, str(settings.serving_path)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert said.split() == [driver, label]


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
    assert published.execute(
        "select count(*) from duckdb_views() where not internal"
    ).fetchone() == (0,)


def test_no_column_has_a_type_that_bi_tools_do_not_know(
    published: duckdb.DuckDBPyConnection,
) -> None:
    assert (
        published.execute(
            "select table_name, column_name from duckdb_columns() where data_type like '%HUGEINT%'"
        ).fetchall()
        == []
    )


def test_every_table_and_column_says_what_it_is(published: duckdb.DuckDBPyConnection) -> None:
    """Remedy: a description in the YAML file beside the model."""
    silent = published.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where comment is null "
        "union all select schema_name || '.' || table_name || '.' || column_name "
        "from duckdb_columns() where not internal and comment is null"
    ).fetchall()
    assert silent == []
    assert published.execute(
        "select comment from duckdb_columns() where table_name = 'fct_customer_months' "
        "and column_name = 'opening_mrr'"
    ).fetchone() == ("Closing MRR of the month before.",)
