"""What provenance costs: the loader against bare DuckDB, on the same files.

    python -m benchmarks.load [--rows 1000000] [--pairs 5]

Events in the shape of segment/tracks are written by DuckDB to one CSV and one Parquet file.
Bare: `create table as select` of the same columns, row numbers, file name and load
included, into a warehouse file; no checks, no hash, no manifest. Each pair runs both, in
turns first; the ratio is the median over the pairs (goal: at most 1.05). The ratio of CPU
time stands beside it, which says more on a machine that has other work to do.

Parquet is compared with two baselines, `row_number() over ()`, and DuckDB's own
`file_row_number`, which is quicker.

The demo company's small files, in all the forms of its sources, are compared with a table of each
file, which DuckDB reads by itself and types as it pleases (goal: at most 1.3).
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb

from drivewheel_demo.demo import write_demo
from orchestration.landing.contract import Column, ObjectContract, load_contracts
from orchestration.landing.loader import load_landing
from orchestration.landing.sql import path_literal
from orchestration.settings import PROJECT_DIR

COLUMNS = {
    "id": "varchar",
    "event": "varchar",
    "user_id": "varchar",
    "group_id": "varchar",
    "timestamp": "timestamp",
    "received_at": "timestamp",
    "properties": "json",
}
CONTRACT = ObjectContract(
    source="segment",
    name="tracks",
    columns=tuple(Column(n, t, n == "id", None) for n, t in COLUMNS.items()),
    primary_key=("id",),
    load="append",
    version_by=None,
    event_time="timestamp",
    feeds="product_events",
)
# What reads a small file, by a part of its name.
READERS = {".csv": "read_csv", ".json": "read_json", ".parquet": "read_parquet"}
Seconds = tuple[float, float]
Run = Callable[[duckdb.DuckDBPyConnection], object]
EVENTS = """
select
    md5(cast(range as varchar)) as id,
    ['page_view', 'report_created', 'login', 'invite_sent'][1 + range % 4] as event,
    'user_' || cast(hash(range) % 50000 as varchar) as user_id,
    'acct_' || cast(hash(range) % 2000 as varchar) as group_id,
    timestamp '2024-01-01' + to_milliseconds(range * 31) as "timestamp",
    timestamp '2024-01-01' + to_milliseconds(range * 31 + 900) as received_at,
    '{"plan":"pro","seats":' || cast(range % 100 as varchar)
        || ',"path":"/a/b/' || cast(range % 1000 as varchar) || '"}' as properties,
from range($rows)
"""
PROVENANCE = (
    "cast(null as json) as _extra, 'segment/tracks/events' as _file, {row} as _file_row, "
    "cast(1 as bigint) as _load_id, timestamp '2024-01-01' as _loaded_at"
)


def main(argv: list[str] | None = None) -> None:
    """Write the files, run the pairs and print one line per comparison."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--customers", type=int, default=400, help="whose small files are loaded")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args(argv)
    work = Path(tempfile.mkdtemp(prefix="drivewheel-load-"))
    try:
        csv, parquet = write_events(work, arguments.rows)
        for name, file, query in (
            ("csv", csv, bare_csv(csv)),
            ("parquet", parquet, bare_parquet(parquet, "row_number() over ()")),
            ("parquet, file_row_number", parquet, bare_parquet(parquet, "file_row_number + 1")),
        ):
            told = compare(
                work / "warehouse.duckdb",
                partial(duckdb.DuckDBPyConnection.execute, query=query),
                partial(_load, landing=file.parents[2]),
                pairs=arguments.pairs,
                threads=arguments.threads,
            )
            size = file.stat().st_size / 1e6
            print(
                f"{name}: {arguments.rows:,} rows, {size:,.0f} MB; {told} (goal 1.05)", flush=True
            )
        told = compare_small_files(
            work / "small", arguments.customers, pairs=arguments.pairs, threads=arguments.threads
        )
        print(f"{told} (goal 1.3)")
    finally:
        shutil.rmtree(work)


def write_events(work: Path, rows: int) -> tuple[Path, Path]:
    """The event files, CSV and Parquet, each in a landing folder of its own."""
    files = []
    for ending in ("csv", "parquet"):
        file = work / ending / "segment" / "tracks" / f"events.{ending}"
        file.parent.mkdir(parents=True)
        with duckdb.connect() as connection:
            query = EVENTS.replace("$rows", str(rows))
            connection.execute(f"copy ({query}) to '{file}'")
        files.append(file)
    return files[0], files[1]


def bare_csv(file: Path) -> str:
    """The fastest plain statement that gives the raw table's columns from CSV."""
    types = ", ".join(f"'{name}': '{data_type}'" for name, data_type in COLUMNS.items())
    return (
        f"create table tracks as select *, {PROVENANCE.format(row='row_number() over ()')} "
        f"from read_csv('{file}', header=true, auto_detect=false, delim=',', quote='\"', "
        f"escape='\"', columns={{{types}}})"
    )


def bare_parquet(file: Path, row: str) -> str:
    """The same from Parquet."""
    return (
        "create table tracks as select * exclude (file_row_number, properties), "
        f"cast(properties as json) as properties, {PROVENANCE.format(row=row)} "
        f"from read_parquet('{file}', file_row_number=true)"
    )


def compare(warehouse: Path, bare: Run, ours: Run, *, pairs: int, threads: int) -> str:
    """What the bare statements and the loader took, in turns first, and their ratio."""
    taken: dict[Run, list[Seconds]] = {bare: [], ours: []}
    for pair in range(pairs + 1):
        for run in (bare, ours) if pair % 2 else (ours, bare):
            seconds = _timed(warehouse, run, threads=threads)
            if pair:  # the first pair only warms the page cache
                taken[run].append(seconds)
    wall, cpu = (
        statistics.median(o[i] / b[i] for o, b in zip(taken[ours], taken[bare], strict=True))
        for i in (0, 1)
    )
    return (
        f"bare {statistics.median(b[0] for b in taken[bare]):.2f} s, with provenance "
        f"{statistics.median(o[0] for o in taken[ours]):.2f} s; ratio {wall:.2f} (CPU {cpu:.2f})"
    )


def compare_small_files(work: Path, customers: int, *, pairs: int, threads: int) -> str:
    """What the demo company's small files take, each with its manifest row, against bare DuckDB."""
    landing = work / "landing"
    write_demo(landing, customers=customers, events_per_day=1)
    contracts = load_contracts(PROJECT_DIR / "dbt_project/models/staging")
    folders = [landing / source / name for source, name in contracts]
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir())]

    def run_bare(connection: duckdb.DuckDBPyConnection) -> None:
        for number, file in enumerate(files):
            read = next(READERS[form] for form in READERS if form in file.name)
            connection.execute(
                f"create table file_{number} as select *, "
                f"{PROVENANCE.format(row='row_number() over ()')} from {read}({path_literal(file)})"
            )

    def run_loader(connection: duckdb.DuckDBPyConnection) -> None:
        load_landing(connection, landing, contracts, now=datetime(2024, 1, 1))

    told = compare(work / "warehouse.duckdb", run_bare, run_loader, pairs=pairs, threads=threads)
    return f"{len(files)} small files of the demo company: {told}"


def load_small_files(work: Path, count: int) -> float:
    """Seconds that so many small daily exports take, each with its manifest row."""
    folder = work / "landing" / "segment" / "tracks"
    folder.mkdir(parents=True)
    row = 'x,u,g,2024-01-01 00:00:00,2024-01-01 00:00:05,"{""a"":1}"\n'
    for day in range(count):
        rows = "".join(f"{day}-{i},{row}" for i in range(30))
        (folder / f"{day:06}.csv").write_text(",".join(COLUMNS) + "\n" + rows)
    landing = work / "landing"
    return _timed(work / "warehouse.duckdb", lambda c: _load(c, landing), threads=2)[0]


def _load(connection: duckdb.DuckDBPyConnection, landing: Path) -> None:
    contracts = {("segment", "tracks"): CONTRACT}
    [result] = load_landing(connection, landing, contracts, now=datetime(2024, 1, 1))
    if {file.status for file in result.files} != {"loaded"} or result.rejected_rows:
        raise SystemExit(f"the benchmark's files did not load: {result.files[:3]}")


def _timed(path: Path, run: Run, *, threads: int) -> Seconds:
    """Wall and CPU seconds of a run into a new warehouse file."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"set threads = {threads}")
        started, busy = time.perf_counter(), time.process_time()
        run(connection)
        return time.perf_counter() - started, time.process_time() - busy


if __name__ == "__main__":
    main()
