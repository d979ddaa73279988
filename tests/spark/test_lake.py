"""Raw tables as Parquet, load by load. No Java is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.spark import lake as lake_module
from orchestration.spark.lake import Lake, LakeError

TABLE = "raw_app.user"
ROWS = 'select * from raw_app."user" order by all'


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """A raw table with two loads of a few rows, and one of more."""
    with duckdb.connect() as connection:
        connection.execute("create schema raw_app; create schema raw_meta")
        connection.execute("create table raw_meta.files (load_id bigint, sha256 varchar)")
        connection.execute(
            'create table raw_app."user" (id varchar, extra json, _file varchar, '
            "_file_row bigint, _load_id bigint)"
        )
        for load, rows in ((1, 2), (2, 1), (3, 5000)):
            land(connection, load, rows)
        yield connection


def land(connection: duckdb.DuckDBPyConnection, load: int, rows: int, content: str = "a") -> None:
    connection.execute("insert into raw_meta.files values (?, ?)", [load, content * 64])
    connection.execute(
        "insert into raw_app.\"user\" select ? || n, json_object('n', n), 'file', n, ? "
        "from range(1, ? + 1) as numbers (n)",
        [content, load, rows],
    )


def brought(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[tuple[Any, ...]]:
    """What is read from the lake once it has been brought up to date."""
    found, _ = Lake(folder).bring(connection, TABLE)
    files = found / "*.parquet"
    return connection.execute(f"select * from read_parquet('{files}') order by all").fetchall()


def files(folder: Path) -> dict[str, int]:
    """The files of the lake: name → inode, which is another once a file is written anew."""
    return {path.name: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("large", [1_000_000, 3])
def test_the_lake_holds_what_the_raw_table_holds(
    warehouse: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    large: int,
) -> None:
    monkeypatch.setattr(lake_module, "LARGE_LOAD", large)
    assert brought(warehouse, tmp_path) == warehouse.execute(ROWS).fetchall()
    loads = {name.partition("-")[0] for name in files(tmp_path)}
    assert loads == {"00000001", "00000002", "00000003"}


def test_a_new_load_costs_its_own_rows(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    brought(warehouse, tmp_path)
    before = files(tmp_path)
    land(warehouse, 4, 3)
    assert brought(warehouse, tmp_path) == warehouse.execute(ROWS).fetchall()
    after = files(tmp_path)
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 1


def test_a_withdrawn_load_is_gone_and_one_that_was_replaced_is_another(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    brought(warehouse, tmp_path)
    for load in (1, 3):
        warehouse.execute('delete from raw_app."user" where _load_id = ?', [load])
        warehouse.execute("delete from raw_meta.files where load_id = ?", [load])
    # The ledger gives the number of a refused file again.
    land(warehouse, 3, 5000, "b")
    rows = brought(warehouse, tmp_path)
    assert rows == warehouse.execute(ROWS).fetchall()
    assert {row[0][0] for row in rows if row[4] == 3} == {"b"}


def test_what_a_killed_run_left_is_written_anew(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found, _ = Lake(tmp_path).bring(warehouse, TABLE)
    [first, second, third] = sorted(Path(found).iterdir())
    (first.parent / "aside-1").mkdir()
    first.rename(first.parent / "aside-1" / "data_0.parquet")
    second.rename(first.parent / second.name.replace("1-of-1", "1-of-2"))
    third.with_suffix(".part").write_text("half a file")
    assert brought(warehouse, tmp_path) == warehouse.execute(ROWS).fetchall()
    assert len(files(tmp_path)) == 3


def test_a_column_that_was_added_is_in_every_load(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    brought(warehouse, tmp_path)
    warehouse.execute('alter table raw_app."user" add column plan varchar')
    warehouse.execute("update raw_app.\"user\" set plan = 'pro' where _load_id = 2")
    assert brought(warehouse, tmp_path) == warehouse.execute(ROWS).fetchall()
    assert len(files(tmp_path)) == 3


def test_only_what_the_loader_fills_is_in_the_lake(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.holds("raw_app.user")
    others = ("raw_meta.files", "raw_app.user__rejected", "staging.stg_app__users")
    assert not any(lake.holds(table) for table in others)


@pytest.mark.parametrize("scheme", ["file", "memory"])
def test_the_lake_lies_where_a_url_says(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, scheme: str
) -> None:
    """In a folder, and in a store of objects, as fsspec has it of any vendor's."""
    lake = Lake(f"{scheme}://{tmp_path}/lake")

    def held() -> set[str]:
        """The files, once they hold what the raw table holds."""
        found, _ = lake.bring(warehouse, TABLE)
        assert str(found).startswith(f"{scheme}://")
        names = {path.name for path in found.iterdir()}
        for name in names:
            found.fs.get_file((found / name).path, str(tmp_path / name))
        read = [str(tmp_path / name) for name in names]
        rows = warehouse.execute("select * from read_parquet(?) order by all", [read]).fetchall()
        assert rows == warehouse.execute(ROWS).fetchall()
        return names

    before = held()
    land(warehouse, 4, 3)
    warehouse.execute('delete from raw_app."user" where _load_id = 1')
    after = held()
    assert {name[:8] for name in before - after} == {"00000001"}
    assert {name[:8] for name in after - before} == {"00000004"}


@pytest.mark.parametrize("location", ["gs://bucket/lake", "nowhere://lake"])
def test_a_store_that_nothing_here_reaches_is_refused_with_a_remedy(location: str) -> None:
    with pytest.raises(LakeError, match=rf"DRIVEWHEEL_LAKE.*{location}.*install.*or name a folder"):
        Lake(location)
