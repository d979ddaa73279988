"""What the house costs beyond DuckDB: refreshing one company with few and with many events.

The customers are those of the demo company; only the events differ. Measured in one run:

- full: `dbt run --full-refresh` against bare DuckDB running the same statements in order;
- day: one more day of the same size on a short and on a long history;
- Dagster: a refresh (load, gates, dbt, publish) against `dbt build` alone, of the whole and
  of one more day, and per node.

Start-up (interpreter, imports, parsing: what dbt takes beside the graph) is shown and left
out of the first two. Metrics are compiled once per change of their YAML, so a first build, which
is not timed, has compiled them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.defs.dbt import incremental_fingerprint
from orchestration.demo.demo import write_demo
from orchestration.landing.contract import load_contracts
from orchestration.landing.loader import load_landing
from orchestration.landing.manifest import accept_loads, pending_loads
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse.builds import begin_build, finish_build
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.dbt_project import dbt_environment, prepare_manifest

MONTHS = 24
LAST_DAY = dt.date(2026, 6, 30)
DAY_EVENTS = 10_000
DAYS = 3
# Spread over the days before LAST_DAY, over the users of the demo and its value events.
EVENTS = """
copy (
    with people as (
        select list(id order by id) as users, list(account_id order by id) as accounts
        from read_parquet('{users}')
    ), names as (
        select list(event) as events from read_csv('{seed}')
    )
    select
        md5('{salt}' || range) as id,
        names.events[1 + cast(hash(range + 7) % len(names.events) as bigint)] as event,
        people.users[1 + cast(hash(range) % len(people.users) as bigint)] as user_id,
        people.accounts[1 + cast(hash(range) % len(people.users) as bigint)] as group_id,
        timestamp '{start}' + to_microseconds(cast(range * {step} as bigint)) as "timestamp",
        cast(null as timestamp) as received_at, cast(null as json) as properties
    from range({rows}), people, names
) to '{path}' (format parquet)
"""


@dataclass(frozen=True)
class Timed:
    """Seconds of a dbt run, and those in which its graph ran (the rest is start-up)."""

    wall: float
    graph: float


class Company:
    """A home with the demo's customers and a number of events."""

    def __init__(self, folder: Path, events: int) -> None:
        """Write the landing files; nothing is loaded yet."""
        self.settings = Settings(home=folder)
        self.events = events
        write_demo(self.settings.landing_dir, months=MONTHS, events_per_day=1)
        shutil.rmtree(self.settings.landing_dir / "segment")
        self.write_events("history", events, LAST_DAY - dt.timedelta(days=30 * MONTHS), LAST_DAY)

    def write_events(self, name: str, rows: int, first: dt.date, last: dt.date) -> None:
        """Events spread evenly from the first day to the end of the last."""
        target = self.settings.landing_dir / "segment" / "tracks" / f"{name}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        seconds = ((last - first).days + 1) * 86_400
        with duckdb.connect() as connection:
            connection.execute("set enable_progress_bar = false")
            users = self.settings.home_dir / "users.parquet"
            if not users.exists():
                self._collect_users(connection, users)
            connection.execute(
                EVENTS.format(
                    users=users,
                    seed=PROJECT_DIR / "seeds/value_events.csv",
                    salt=f"{self.events}-{name}-",
                    start=first,
                    step=(seconds - 1) / rows * 1_000_000,
                    rows=rows,
                    path=target,
                )
            )

    def _collect_users(self, connection: duckdb.DuckDBPyConnection, target: Path) -> None:
        with open_warehouse(self.settings) as warehouse:
            self._load(warehouse)
            warehouse.execute(
                f"copy (select distinct id, account_id from raw_app.user) to '{target}'"
            )

    def _load(self, warehouse: duckdb.DuckDBPyConnection) -> None:
        contracts = load_contracts(PROJECT_DIR / "dbt_project/models/staging")
        now = dt.datetime.now(dt.UTC)
        load_landing(warehouse, self.settings.landing_dir, contracts, now=now)
        ids = [load.load_id for load in pending_loads(warehouse)]
        accept_loads(warehouse, ids, accepted_by="benchmark", now=now)

    def build(self, *, as_of: dt.date, full: bool, command: str = "run") -> Timed:
        """Load what is new and run dbt; only dbt is timed."""
        now = dt.datetime.now(dt.UTC)
        manifest = json.loads(prepare_manifest(self.settings).read_text())
        fingerprint = incremental_fingerprint(manifest)
        with open_warehouse(self.settings) as warehouse:
            self._load(warehouse)
            build = begin_build(
                warehouse,
                build_id=now.isoformat(),
                as_of=as_of,
                billing_sources=("stripe", "contracts"),
                code_fingerprint=fingerprint,
                landing=self.settings.landing_dir,
                now=now,
            )
        self.dbt("seed")
        arguments = ["--full-refresh"] if full else []
        if command == "build":
            arguments += ["--exclude-resource-type", "unit_test"]
        wall = self.dbt(command, *arguments)
        with open_warehouse(self.settings) as warehouse:
            finish_build(warehouse, build, code_fingerprint=fingerprint, now=now)
        results = json.loads((self.settings.target_dir / "run_results.json").read_text())
        return Timed(wall, results["elapsed_time"])

    def require_rebuild(self) -> None:
        """Have the next run rebuild everything."""
        with open_warehouse(self.settings) as warehouse:
            warehouse.execute("insert into raw_meta.rebuild_required values ('benchmark', now())")

    def dbt(self, *arguments: str) -> float:
        """Seconds that a dbt command takes."""
        return _seconds(
            [str(Path(sys.executable).with_name("dbt")), "--quiet", *arguments],
            dbt_environment(self.settings),
        )

    def statements(self) -> list[str]:
        """What dbt ran, in order: the statements under target/run, and compiled metrics."""
        target = self.settings.target_dir
        results = json.loads((target / "run_results.json").read_text())["results"]
        manifest = json.loads((target / "manifest.json").read_text())["nodes"]
        kept = json.loads((target / "compiled_metrics.json").read_text())
        compiled = {key: query["sql"] for key, query in kept.items()}
        found = []
        for result in results:
            node = manifest[result["unique_id"]]
            path = target / "run" / "drivewheel" / node["original_file_path"]
            if node["resource_type"] != "model" or not path.exists():
                continue
            if path.suffix == ".sql":
                found.append(re.sub(r"^\s*/\*.*?\*/", "", path.read_text(), flags=re.DOTALL))
            elif node["name"].startswith("metrics_") and compiled:
                found += [f"create or replace temp table m as {q}" for q in compiled.values()]
                compiled = {}
        return found


def main(*, small: int, large: int) -> None:
    """Print every ratio, the absolute figures beside them."""
    with tempfile.TemporaryDirectory() as folder:
        companies = {n: Company(Path(folder) / str(n), n) for n in (small, large)}
        full = {}
        for events, company in companies.items():
            company.build(as_of=LAST_DAY, full=True)
            full[events] = company.build(as_of=LAST_DAY, full=True)
            bare = _bare(company)
            _print(f"full refresh ÷ bare DuckDB, {events:,} events", full[events].graph, bare, 1.3)
            print(f"    start-up, not in it: {full[events].wall - full[events].graph:.1f} s")
        day = _days(companies, small=small, large=large)
        _dagster(companies[large], day + dt.timedelta(days=1))
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_CHILDREN,)) / 1024**2
    print(f"peak memory of the largest process: {peak:.1f} GB")


def _days(companies: dict[int, Company], *, small: int, large: int) -> dt.date:
    """Some more days of one size, in turns; prints the ratio and gives the last of them."""
    seconds: dict[int, list[Timed]] = {events: [] for events in companies}
    day = LAST_DAY
    for _ in range(DAYS):
        day += dt.timedelta(days=1)
        for events, company in companies.items():
            company.write_events(f"day-{day}", DAY_EVENTS, day, day)
            seconds[events].append(company.build(as_of=day, full=False))
    median = {n: statistics.median(timed.graph for timed in runs) for n, runs in seconds.items()}
    what = f"one more day, {large:,} ÷ {small:,} events, median of {DAYS}"
    _print(what, median[large], median[small], 1.1)
    startup = statistics.median(timed.wall - timed.graph for timed in seconds[large])
    print(f"    start-up, not in it: {startup:.1f} s")
    return day


def _bare(company: Company) -> float:
    """Seconds that DuckDB takes for the same statements in a copy of the warehouse."""
    statements = company.statements()
    copy = company.settings.home_dir / "bare" / "warehouse.duckdb"
    copy.parent.mkdir()
    shutil.copy(company.settings.warehouse_path, copy)
    connection = duckdb.connect(
        str(copy),
        config={
            "memory_limit": company.settings.memory_limit,
            "threads": company.settings.threads,
            "preserve_insertion_order": False,
        },
    )
    connection.execute("set enable_progress_bar = false")
    started = time.perf_counter()
    for statement in statements:
        connection.execute(_overwriting(statement))
    seconds = time.perf_counter() - started
    connection.close()
    shutil.rmtree(copy.parent)
    return seconds


def _overwriting(statement: str) -> str:
    """The statement as one that may be run again: dbt builds aside and renames."""
    aside = re.sub(r'"(\w+)__dbt_tmp"', r'"bare__\1"', statement)
    return re.sub(r"create\s+(table|view)\b", r"create or replace \1", aside, flags=re.IGNORECASE)


def _dagster(company: Company, day: dt.date) -> None:
    """The whole and one more day, by plain dbt and by Dagster."""
    plain = company.build(as_of=day, full=True, command="build")
    company.require_rebuild()
    _compare("Dagster refresh ÷ dbt build, all of it", company, day, plain)
    company.write_events("plain", DAY_EVENTS, day, day)
    plain = company.build(as_of=day, full=False, command="build")
    after = day + dt.timedelta(days=1)
    company.write_events("dagster", DAY_EVENTS, after, after)
    _compare("Dagster refresh ÷ dbt build, one more day", company, after, plain)


def _compare(what: str, company: Company, day: dt.date, plain: Timed) -> None:
    home = str(company.settings.home_dir)
    command = [sys.executable, "-m", "orchestration", "run", "--home", home, "--as-of", str(day)]
    wall = _seconds(command, {})
    run_results = json.loads((company.settings.target_dir / "run_results.json").read_text())
    nodes = len(run_results["results"])
    _print(f"{what}, {company.events:,} events", wall, plain.wall, 1.5)
    print(
        f"    Dagster's cost per dbt node: {(wall - plain.wall) / nodes * 1000:.0f} ms of {nodes}"
    )
    print(f"    dbt's cost per node: {plain.graph / nodes * 1000:.0f} ms")


def _seconds(command: list[str], variables: dict[str, str]) -> float:
    started = time.perf_counter()
    result = subprocess.run(
        command, cwd=PROJECT_DIR, env=os.environ | variables, capture_output=True, text=True
    )
    seconds = time.perf_counter() - started
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}")
    return seconds


def _print(what: str, ours: float, theirs: float, goal: float) -> None:
    print(f"{what}: {ours:.2f} s ÷ {theirs:.2f} s = {ours / theirs:.2f} (goal {goal})", flush=True)
