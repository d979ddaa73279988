"""A build that does not fit into memory spills to disk, and holds what it would hold without."""

from __future__ import annotations

import datetime as dt
import threading
import time
from pathlib import Path

import duckdb

from orchestration.warehouse.compare import compare_files
from tests.warehouse import build_home

AS_OF = dt.date(2026, 6, 30)
EVENTS = """
copy (
    select
        'e' || range as id, 'report_created' as event, 'u' || range % 997 as user_id,
        'a' || range % 101 as group_id,
        timestamp '2026-01-01' + to_seconds(range * 15552000 // {rows}) as "timestamp",
        timestamp '2026-01-01' + to_seconds(range * 15552000 // {rows}) as received_at
    from range({rows})
) to '{path}' (format parquet)
"""
ROWS = 500_000
# After the first spill there are other models yet: one of them failed, and all after it.
SELECTED = "+int_product__user_snapshots +int_product__feature_snapshots"


class Watched:
    """Whether DuckDB has written to its temporary folder while this was open."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self._over = folder, False, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._over.is_set():
            self.seen = self.seen or (self.folder.is_dir() and any(self.folder.iterdir()))
            time.sleep(0.005)

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def company(home: Path) -> Path:
    """A home with contracts of one customer and a million events."""
    tracks = home / "landing/segment/tracks"
    contracts = home / "landing/contracts/subscription_periods"
    tracks.mkdir(parents=True)
    contracts.mkdir(parents=True)
    (contracts / "1.csv").write_text(
        "subscription_id,customer_id,started_on,amount\ns1,c1,2026-01-01,100\n"
    )
    with duckdb.connect() as connection:
        connection.execute(EVENTS.format(rows=ROWS, path=tracks / "1.parquet"))
    return home


def test_a_build_that_spills_holds_what_one_in_memory_holds(tmp_path: Path) -> None:
    roomy, tight = company(tmp_path / "roomy"), company(tmp_path / "tight")
    build_home(roomy, select=SELECTED, as_of=AS_OF, is_tested=False)
    with Watched(tight / "tmp") as watched:
        build_home(
            tight,
            select=SELECTED,
            as_of=AS_OF,
            is_tested=False,
            memory_limit="80MB",
            same_as=roomy,
        )
    assert watched.seen, "nothing was spilled: the limit is too high to show anything"
    found = compare_files(roomy / "warehouse.duckdb", tight / "warehouse.duckdb")
    assert not found.tables
    assert not (found.only_a or found.only_b or found.columns)
    assert found.table_count > 40
