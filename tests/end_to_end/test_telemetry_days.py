"""Telemetry by day costs the days of new files, and gives what building anew would give."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb

from tests.oracles.cases import write
from tests.warehouse import build_home

AS_OF = dt.date(2026, 3, 10)
DAYS = (
    "select * exclude (slow_minutes, bad_minutes), list_sort(bad_minutes) as bad_minutes "
    "from intermediate.int_telemetry__account_days order by all"
)


def rollup(minute: str, account: str, **counts: int) -> dict[str, Any]:
    buckets = {f"le_{bound}": 10 for bound in (25, 50, 100, 250, 500, 1000, 2500, 5000)}
    key = {
        "service": "api",
        "endpoint": "list",
        "account_id": account,
        "minute": f"2026-03-{minute}",
    }
    return {**key, "count": 10, "errors": 0, **buckets, **counts}


FIRST = [rollup("09 10:00:00", "a1"), rollup("09 11:00:00", "a2", errors=10)]
# Delivered again and differing; late, into a day that was computed; and a new day.
SECOND = [
    rollup("09 10:00:00", "a1", count=99),
    rollup("09 11:00:00", "a1"),
    rollup("10 09:00:00", "a1"),
]


def days(home: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(DAYS).fetchall()


def test_a_late_and_repeated_delivery_ends_as_if_built_anew(tmp_path: Path) -> None:
    added, anew = tmp_path / "added", tmp_path / "anew"
    write(added / "landing", telemetry__request_rollup=FIRST)
    build_home(added, select="+int_telemetry__account_days", as_of=AS_OF, is_tested=False)
    second = write(tmp_path / "second", telemetry__request_rollup=SECOND)
    folder = added / "landing/telemetry/request_rollup"
    (second / "telemetry/request_rollup/1.csv").rename(folder / "2.csv")
    build_home(added, select="+int_telemetry__account_days", as_of=AS_OF, is_tested=False)
    (anew / "landing/telemetry").mkdir(parents=True)
    folder.rename(anew / "landing/telemetry/request_rollup")
    build_home(anew, select="+int_telemetry__account_days", as_of=AS_OF, is_tested=False)
    assert days(added) == days(anew)
    # In the minute 11:00 half of a1's and a2's requests together failed, once a1's had come.
    bad = dt.datetime(2026, 3, 9, 11)
    assert [(row[1], row[2].day, row[3], row[-1]) for row in days(added)] == [
        ("a1", 9, 20, [bad]),
        ("a1", 10, 10, []),
        ("a2", 9, 10, [bad]),
    ]
