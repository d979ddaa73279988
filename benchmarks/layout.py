"""How ten billion events would lie in a lake, and what a day of them would be, counted.

    python -m benchmarks.layout [--events 10000000000] [--days 1095]

Nothing of that size is written. A quarter of the demo company's events is drawn and counted by
day, account and day of arrival; every count is then taken times the same factor, and the quarter
stands for each of the others. So accounts stay as unequal as they are, and grow as the events do:
the largest is as heavy as it could be. Bytes are those of the drawn events, which carry no
properties, written as Parquet, one folder a day, sorted by account. What tasks get is counted by
dealing accounts, and accounts with users, to tasks by a hash, as a shuffle does.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from drivewheel_demo.demo import DemoSize, simulate
from orchestration.landing.sql import path_literal

END = dt.date(2026, 6, 30)
SEED, CUSTOMERS, MONTHS, DRAWN_A_DAY, DRAWN_DAYS = 7, 1200, 16, 20_000, 91
FILE = 256 * 1024**2
# Rows of a task: a few million are sorted in a few hundred megabytes.
TASK_ROWS = 4_000_000
# Deliveries of one event are told apart for so many days: `dedupe_window_days` in
# `dbt_project.yml`, which a test holds it to.
DEDUPE_DAYS = 7
GIB, TIB = 1024**3, 1024**4
WHEN_READ = ("id", "timestamp")
DAYS = """
select cast("timestamp" as date) as day, count(*) as n from drawn
where "timestamp" is not null group by all order by day
"""
# Days of events that one day of arrival brings something of.
TOUCHED = """
select cast(received_at as date) as arrived, count(distinct cast("timestamp" as date)) as days
from drawn where "timestamp" is not null group by all order by arrived
"""
LARGEST = """
with counts as (
    select cast("timestamp" as date) as day, group_id, count(*) as n from drawn group by all
)

select max(n), max_by(day, n), max_by(n / total, n)
from (select counts.*, sum(n) over (partition by day) as total from counts)
"""
DEALT = """
with tasks as (
    select hash({key}) % {tasks} as task, count(*) as n from drawn
    where cast("timestamp" as date) = ? group by all
)

select max(n) / (sum(n) / {tasks}) from tasks
"""
WRITTEN = """
copy (
    select *, cast("timestamp" as date) as day from drawn where "timestamp" is not null
    order by day, group_id, user_id
) to {folder} (format parquet, partition_by (day), compression zstd)
"""
COLUMN_BYTES = """
select path_in_schema, sum(total_compressed_size) from parquet_metadata({files}) group by all
"""


@dataclass(frozen=True)
class Line:
    """A figure, and how it comes about."""

    what: str
    figure: str
    arithmetic: str

    def __str__(self) -> str:
        """A line of the table."""
        return f"| {self.what} | {self.figure} | {self.arithmetic} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layout")
    parser.add_argument("--events", type=int, default=10_000_000_000)
    parser.add_argument("--days", type=int, default=1095)
    arguments = parser.parse_args()
    print("| what | figure | from |\n|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="drivewheel-layout-") as folder:
        for line in lines(draw(), arguments.events, arguments.days, Path(folder)):
            print(line, flush=True)


def draw(*, customers: int = CUSTOMERS, a_day: int = DRAWN_A_DAY) -> pa.Table:
    """The demo company's events of its last quarter, as they are delivered."""
    size = DemoSize(SEED, customers, MONTHS, a_day, END)
    _, _, events = simulate(size)
    first = END - dt.timedelta(days=DRAWN_DAYS - 1)
    return pa.concat_tables(
        table for _, table in events.months(received_from=first, received_to=END)
    )


def lines(drawn: pa.Table, events: int, days: int, folder: Path) -> Iterator[Line]:
    """The figures of a company of so many events in so many days.

    Args:
        drawn: Events of a quarter, in the columns of segment/tracks.
        events: Of all days together.
        days: Of the history.
        folder: An empty one, for the drawn events.
    """
    with duckdb.connect() as connection:
        connection.register("drawn", drawn)
        connection.execute(WRITTEN.format(folder=path_literal(folder / "days")))
        sizes = _bytes(connection, folder / "days")
        counts = dict(connection.execute(DAYS).fetchall())
        touched = sorted(days for _, days in connection.execute(TOUCHED).fetchall())
        ((heaviest, day, share),) = connection.execute(LARGEST).fetchall()
        factor = events / days / (drawn.num_rows / DRAWN_DAYS)
        yield Line(
            "events a day",
            f"{events / days:,.0f}; the busiest {max(counts.values()) * factor:,.0f}",
            f"{events:,} ÷ {days:,} days; {drawn.num_rows:,} drawn in {DRAWN_DAYS} days, each "
            f"{factor:,.0f} times",
        )
        each = sum(sizes.values()) / drawn.num_rows
        yield Line(
            "bytes",
            f"{each * events / TIB:.2f} TiB",
            f"{each:.1f} an event, as written, × {events:,}",
        )
        a_day = each * events / days
        files = math.ceil(a_day / FILE)
        yield Line(
            "files",
            f"{files * days:,}; {files:,} a day",
            f"{a_day / GIB:.2f} GiB a day in files of {FILE // 1024**2} MiB",
        )
        yield Line(
            "files, if each hour's load keeps its own",
            f"{24 * days:,} of {a_day / 24 / 1024**2:,.0f} MiB",
            "24 loads a day, as the lake keeps them",
        )
        middle, most = touched[len(touched) // 2], touched[-1]
        yield Line(
            "days that a day's arrivals touch",
            f"{middle} in the middle, {most} at most",
            "by `received_at` and `timestamp` of what was drawn",
        )
        yield Line(
            "rewritten, if a touched day is",
            f"{middle * a_day / GIB:.1f} GiB, {most * a_day / GIB:.1f} at most",
            f"days × {a_day / GIB:.2f} GiB",
        )
        ids = sum(sizes[name] for name in WHEN_READ) / drawn.num_rows
        read = a_day + ids * DEDUPE_DAYS * events / days
        yield Line(
            "read for one more day",
            f"{read / GIB:.1f} GiB of {each * events / GIB:,.0f}",
            f"the day, and {ids:.1f} bytes an event ({', '.join(WHEN_READ)}) of the {DEDUPE_DAYS} "
            "days in which a delivery may come again; unpartitioned, all",
        )
        yield from _skew(connection, day, factor, counts[day], heaviest, share)


def _skew(
    connection: duckdb.DuckDBPyConnection,
    day: dt.date,
    factor: float,
    drawn: int,
    heaviest: int,
    share: float,
) -> Iterator[Line]:
    """How unequal tasks are on the day of the largest account."""
    rows = drawn * factor
    tasks = max(2, math.ceil(rows / TASK_ROWS))
    yield Line(
        "the largest account",
        f"{heaviest * factor:,.0f} events on {day}, {share:.1%} of that day",
        f"{heaviest:,} drawn × {factor:,.0f}",
    )
    for key, by in (("group_id", "account"), ("group_id, user_id", "account and user")):
        ((skew,),) = connection.execute(DEALT.format(key=key, tasks=tasks), [day]).fetchall()
        yield Line(
            f"the heaviest of {tasks} tasks, dealt by {by}",
            f"{skew:.1f} times the average",
            f"{rows:,.0f} rows of that day, {TASK_ROWS:,} a task",
        )


def _bytes(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Compressed bytes of each column."""
    files = path_literal(folder) + " || '/*/*.parquet'"
    found: list[tuple[Any, ...]] = connection.execute(COLUMN_BYTES.format(files=files)).fetchall()
    return dict(found)


if __name__ == "__main__":
    main()
