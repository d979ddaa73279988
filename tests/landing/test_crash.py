"""Killed at any point, a rerun neither loses nor doubles a row."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from orchestration.landing.insert import Loaded, insert_rows
from orchestration.landing.ledger import Ledger
from orchestration.landing.loader import load_landing

if TYPE_CHECKING:
    from tests.landing.conftest import Shop

NOW = datetime(2024, 3, 1)
PROJECT = Path(__file__).resolve().parents[2]
ROWS = 300_000
LOAD = """
import sys
from datetime import datetime
from pathlib import Path
import duckdb
from orchestration.landing.contract import Column, ObjectContract
from orchestration.landing.loader import load_landing
contract = ObjectContract(
    "shop", "payment", (Column("id", "varchar", True, None),), ("id",), "append", None, None, "x"
)
connection = duckdb.connect(sys.argv[1])
print("loading", flush=True)
load_landing(
    connection, Path(sys.argv[2]), {("shop", "payment"): contract}, now=datetime(2024, 3, 1)
)
"""


@pytest.mark.parametrize("seconds", [0.05, 0.15, 0.3, 0.5])
def test_a_killed_load_leaves_whole_files_only(shop: Shop, tmp_path: Path, seconds: float) -> None:
    for name in ("a", "b", "c"):
        path = shop.put(f"{name}.csv", "")
        shop.connection.execute(
            f"copy (select '{name}' || range as id, repeat('x', 60) as other "
            f"from range({ROWS})) to '{path}'"
        )
    warehouse = tmp_path / "warehouse.duckdb"
    process = subprocess.Popen(
        [sys.executable, "-c", LOAD, str(warehouse), str(shop.landing)],
        stdout=subprocess.PIPE,
        cwd=PROJECT,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    counts = (
        "select _file, count(*), count(distinct id), max(_file_row) from raw_shop.payment "
        "group by _file order by _file"
    )
    with duckdb.connect(str(warehouse)) as connection:
        shop.connection = connection
        shop.contract = shop.contract.__class__(
            "shop", "payment", shop.contract.columns[:1], ("id",), "append", None, None, "x"
        )
        tables = connection.execute(
            "select count(*) from duckdb_tables() where table_name in ('files', 'payment')"
        ).fetchone()
        if tables == (2,):
            recorded = connection.execute(
                "select path from raw_meta.files order by path"
            ).fetchall()
            assert [row[:1] for row in connection.execute(counts).fetchall()] == recorded
        shop.load()
        assert connection.execute(counts).fetchall() == [
            (f"shop/payment/{name}.csv", ROWS, ROWS, ROWS) for name in ("a", "b", "c")
        ]
        assert {file.status for file in shop.load().files} == {"skipped"}


@pytest.mark.parametrize("content", ["id\np1\n", "id,amount\np1,1\np2,x\n"])
def test_rows_without_their_manifest_row_do_not_stay(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    shop.put("a.csv", content)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_write", fail)
        with pytest.raises(KeyboardInterrupt):
            shop.load()
    assert (shop.rows("id"), shop.rejected(), shop.manifest("path")) == ([], [], [])
    assert shop.load().files[0].status == "loaded"
    assert shop.rows("id") == [("p1",)]


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.put("a.csv", "id\np1\n")

    def grow(*args: Any) -> list[Loaded]:
        path.write_text("id\np1\np2\n")
        return insert_rows(*args)

    with monkeypatch.context() as patch:
        patch.setattr("orchestration.landing.loader.insert_rows", grow)
        [file] = shop.load().files
    assert file.status == "failed"
    assert "still being written" in (file.reason or "")
    assert shop.rows("id") == []
    assert shop.load().new_rows == 2


def test_a_load_in_a_warehouse_file_is_there_after_reopening(tmp_path: Path, shop: Shop) -> None:
    shop.put("a.csv", "id\np1\n")
    contracts = {("shop", "payment"): shop.contract}
    for expected in ("loaded", "skipped"):
        with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
            [result] = load_landing(connection, shop.landing, contracts, now=NOW)
            assert (result.files[0].status, result.row_count_total) == (expected, 1)
