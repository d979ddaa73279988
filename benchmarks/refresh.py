"""What the house costs beyond DuckDB and dbt: refreshing one company with few and many events.

The customers are those of the demo company, whose sources deliver every day that is added; only
the length of the history of events differs, so that a day is the same day in each. Everything is
run through the command line, as its users do. Measured, each beside its goal:

- full: the graph of dbt in a refresh of an empty home, on its threads, against bare DuckDB
  running the statements of its models in order, and the peak memory of the refresh;
- nothing new: the refresh after it, against the full one, and its CPU seconds;
- day: the models of one more day of the same size on a short and on a long history;
- Dagster: a refresh (load, gates, dbt, publish) against `dbt build` alone, of the whole and of
  one more day, and per node;
- the smallest company, three contracts in a spreadsheet; how soon the terminal says something.

dbt parses the project and metrics are compiled once per change of their YAML: a first refresh,
which is not timed, has done both.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from drivewheel_demo.demo import write_demo, write_next_day
from orchestration.landing.contract import load_contracts
from orchestration.landing.loader import load_landing
from orchestration.landing.sql import path_literal
from orchestration.project.manifest import MANIFEST, read_manifest
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse import skip
from orchestration.warehouse.dbt_project import dbt_environment
from tests.orchestration.homes import GOOD_ROWS, Home
from tests.warehouse import build_home

LAST_DAY = dt.date(2026, 6, 30)
SMALLEST_DAY = dt.date(2026, 3, 31)
# Of a full refresh against bare DuckDB: over many events what a node costs is the less of it.
MANY, GOAL_OF_MANY, GOAL_OF_FEW = 100_000_000, 1.1, 1.3
# Of the largest process, with DuckDB's memory limited as in any run.
PEAK_GIB = 4.0
# Weeks against which gate 1 holds a day, and one: in these every company has the same days.
RECENT_DAYS = 63
# Of the events of the smallest company a day has so many.
DAYS_IN_EVENTS = 100
# Spread over the days given, over the users of the demo and its value events.
EVENTS = """
copy (
    with people as (
        select list(id order by id) as users, list(account_id order by id) as accounts
        from read_parquet({users})
    ), names as (
        select list(event) as events from read_csv({seed})
    )
    select
        md5('{salt}' || range) as id,
        names.events[1 + cast(hash(range + 7) % len(names.events) as bigint)] as event,
        people.users[1 + cast(hash(range) % len(people.users) as bigint)] as user_id,
        people.accounts[1 + cast(hash(range) % len(people.users) as bigint)] as group_id,
        timestamp '{start}' + to_microseconds(cast(range * {step} as bigint)) as "timestamp",
        cast(null as timestamp) as received_at, cast(null as json) as properties
    from range({rows}), people, names
) to {path} (format parquet)
"""


@dataclass(frozen=True)
class Sizes:
    """How large the companies are, and how often a day is added."""

    events: tuple[int, ...]
    customers: int = 400
    months: int = 30
    days: int = 3
    # The smallest company, refreshed: each step once, on this home, to which come the demo's
    # users and their events. Shows that everything runs, measures nothing.
    quick_home: Path | None = None

    @property
    def day_events(self) -> int:
        """Events of a day, the same in every company."""
        return max(1, min(self.events) // DAYS_IN_EVENTS)

    @property
    def last_day(self) -> dt.date:
        """The last day of what is landed first."""
        return SMALLEST_DAY if self.quick_home else LAST_DAY


@dataclass(frozen=True)
class Refreshed:
    """What a refresh took; `models` are the seconds of dbt's models, `graph` those of its graph."""

    wall: float
    cpu: float
    peak_gib: float
    first_line: float
    first_step: float
    graph: float
    models: float
    nodes: int


@dataclass(frozen=True)
class Measured:
    """A row of the table."""

    what: str
    company: str
    figures: str
    result: float
    unit: str
    goal: float | None


Tell = Callable[..., None]


class Company:
    """A home with the demo's customers and a number of events."""

    def __init__(self, folder: Path, events: int, sizes: Sizes) -> None:
        """Nothing is landed yet."""
        self.settings = Settings(home=folder, landing=folder / "landing", _env_file=None)
        self.events, self.sizes, self.day = events, sizes, sizes.last_day
        self.users = folder / "users.parquet"
        self.demo_dir = folder / "demo" if sizes.quick_home else self.settings.landing_dir

    @property
    def name(self) -> str:
        """As the table calls it."""
        return f"{self.events:,} events"

    def land(self) -> None:
        """Write the landing files; nothing is loaded yet."""
        write_demo(
            self.demo_dir,
            customers=self.sizes.customers,
            months=self.sizes.months,
            events_per_day=1,
            end_on=self.day,
        )
        self._collect_users()
        self._take_demo()
        since = self.day - dt.timedelta(days=RECENT_DAYS - 1)
        recent = self.sizes.day_events * RECENT_DAYS
        self._write_events("recent", recent, since, self.day)
        first = self.day - dt.timedelta(days=30 * self.sizes.months)
        if self.events > recent and first < since:
            history = self.events - recent
            self._write_events("history", history, first, since - dt.timedelta(days=1))

    def add_day(self) -> None:
        """One more day of every source."""
        write_next_day(self.demo_dir)
        self._take_demo()
        self.day += dt.timedelta(days=1)
        self._write_events(f"day-{self.day}", self.sizes.day_events, self.day, self.day)

    def refresh(self) -> Refreshed:
        """Refresh through the command line, as of the last day written."""
        return refresh_home(self.settings, self.day)

    def build_day(self) -> float:
        """Seconds of dbt's graph for the day, without Dagster and gates."""
        build_home(self.settings.home_dir, as_of=self.day)
        return float(_run_results(self.settings)["elapsed_time"])

    def build_all(self) -> float:
        """Seconds that `dbt build` takes for everything that is loaded, parsed before."""
        command = [str(Path(sys.executable).with_name("dbt")), "--quiet"]
        arguments = ["build", "--full-refresh", "--exclude-resource-type", "unit_test"]
        variables = os.environ | dbt_environment(self.settings)
        _check([*command, "parse"], variables)
        started = time.perf_counter()
        _check([*command, *arguments], variables)
        return time.perf_counter() - started

    def empty(self) -> None:
        """Leave only the files, and what dbt has parsed and compiled."""
        for entry in self.settings.home_dir.iterdir():
            if entry in (self.settings.landing_dir, self.settings.target_dir):
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry != self.users:
                entry.unlink()
        # Of tests that passed on equal tables none would be asked again.
        (self.settings.target_dir / skip.FILE).unlink(missing_ok=True)

    def statements(self) -> list[str]:
        """What dbt ran, in order: the statements under target/run, and compiled metrics."""
        target = self.settings.target_dir
        models = read_manifest(target / MANIFEST).models
        kept = json.loads((target / "compiled_queries.json").read_text())
        compiled = [sql for group in kept.values() for sql, _ in group["queries"]]
        found = []
        for result in _run_results(self.settings)["results"]:
            model = models.get(result["unique_id"])
            if model is None or model.kind != "model":
                continue
            path = target / "run" / "drivewheel" / model.path
            if path.suffix == ".sql" and path.exists():
                found.append(re.sub(r"^\s*/\*.*?\*/", "", path.read_text(), flags=re.DOTALL))
            elif model.name.startswith("metrics_") and compiled:
                found += [f"create or replace temp table m as {query}" for query in compiled]
                compiled = []
        return found

    def _collect_users(self) -> None:
        """The demo's users, by which events are made."""
        contracts = load_contracts(PROJECT_DIR / "dbt_project/models/staging")
        users = {key: contract for key, contract in contracts.items() if key == ("app", "user")}
        with duckdb.connect() as connection:
            now = dt.datetime.now(dt.UTC)
            load_landing(connection, self.demo_dir, users, now=now)
            connection.execute(
                f"copy (select distinct id, account_id from raw_app.user) "
                f"to {path_literal(self.users)}"
            )

    def _take_demo(self) -> None:
        """Leave the demo's events out: a benchmark writes its own; a quick one takes its users."""
        if self.sizes.quick_home:
            users = Path("app", "user")
            landing = self.settings.landing_dir
            shutil.copytree(self.demo_dir / users, landing / users, dirs_exist_ok=True)
            return
        for path in (self.demo_dir / "segment" / "tracks").glob("*"):
            if not path.name.startswith("bench-"):
                path.unlink()

    def _write_events(self, name: str, rows: int, first: dt.date, last: dt.date) -> None:
        """Events spread evenly from the first day to the end of the last."""
        target = self.settings.landing_dir / "segment" / "tracks" / f"bench-{name}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        seconds = ((last - first).days + 1) * 86_400
        with duckdb.connect() as connection:
            connection.execute("set enable_progress_bar = false")
            connection.execute(
                EVENTS.format(
                    users=path_literal(self.users),
                    seed=path_literal(PROJECT_DIR / "seeds/value_events.csv"),
                    salt=f"{self.events}-{name}-",
                    start=first,
                    step=(seconds - 1) / rows * 1_000_000,
                    rows=rows,
                    path=path_literal(target),
                )
            )


def main(sizes: Sizes) -> None:
    """Print every figure as it is known, then the table."""
    table: list[Measured] = []

    def tell(*measured: Measured) -> None:
        for row in measured:
            print(f"{row.what}, {row.company}: {row.figures} {_result(row)}", flush=True)
        table.extend(measured)

    with tempfile.TemporaryDirectory(prefix="drivewheel-refresh-") as folder:
        if sizes.quick_home:
            _measure_quick(Company(sizes.quick_home, sizes.events[0], sizes), tell)
        else:
            companies = [Company(Path(folder, str(n)), n, sizes) for n in sizes.events]
            full = {}
            for company in companies:
                company.land()
                full[company.events] = _measure_full(company, tell)
            _measure_days(companies, tell)
            _measure_dagster(companies[-1], full[companies[-1].events], tell)
            _measure_smallest(Path(folder, "smallest"), tell)
    print_table(table)


def _measure_quick(company: Company, tell: Tell) -> None:
    """Of a home that was refreshed already, only the day is."""
    _measure_full(company, tell)
    company.land()
    _measure_days([company], tell)


def _measure_full(company: Company, tell: Tell) -> Refreshed:
    """Everything, then nothing."""
    full = company.refresh()
    if not company.sizes.quick_home:
        company.empty()
        full = company.refresh()
    bare = _bare(company)
    goal = GOAL_OF_MANY if company.events >= MANY else GOAL_OF_FEW
    tell(_ratio("full refresh ÷ bare DuckDB", company.name, full.graph, bare, goal))
    tell(
        Measured("peak memory of a full refresh", company.name, "", full.peak_gib, "GiB", PEAK_GIB)
    )
    # A quick one's first refresh finds nothing new already.
    nothing = full if company.sizes.quick_home else company.refresh()
    tell(
        _ratio("nothing new ÷ full refresh", company.name, nothing.wall, full.wall, 0.10),
        Measured("CPU with nothing new", company.name, "", nothing.cpu, "s", 5),
        Measured("first line on the terminal", company.name, "", nothing.first_line, "s", 2),
        Measured("first step told", company.name, "", nothing.first_step, "s", 2),
    )
    return full


def _measure_days(companies: Sequence[Company], tell: Tell) -> None:
    """Some more days of one size, in turns; the models of the largest against the smallest."""
    seconds: dict[int, list[float]] = {company.events: [] for company in companies}
    for _ in range(companies[0].sizes.days):
        for company in companies:
            company.add_day()
            seconds[company.events].append(company.refresh().models)
    least, most = (
        statistics.median(seconds[company.events]) for company in (companies[0], companies[-1])
    )
    what = f"one more day on {companies[-1].name} ÷ on {companies[0].name}"
    tell(_ratio(what, f"{companies[0].sizes.day_events:,} events a day", most, least, 1.1))


def _measure_dagster(company: Company, full: Refreshed, tell: Tell) -> None:
    """The whole and one more day, by Dagster and by plain dbt."""
    plain = company.build_all()
    startup = plain - float(_run_results(company.settings)["elapsed_time"])
    tell(_ratio("Dagster refresh ÷ dbt build, all of it", company.name, full.wall, plain, 1.5))
    per_node = (full.wall - plain) / full.nodes * 1000
    tell(Measured("Dagster's cost per dbt node", company.name, "", per_node, "ms", None))
    company.add_day()
    plain_day = startup + company.build_day()
    # Parses the project again for this path, which the day shall not wait for.
    company.refresh()
    company.add_day()
    wall = company.refresh().wall
    tell(_ratio("Dagster refresh ÷ dbt build, one day", company.name, wall, plain_day, 1.5))


def _measure_smallest(folder: Path, tell: Tell) -> None:
    """Three contracts in a spreadsheet: what a refresh takes that has nothing to do."""
    Home(folder).land("periods.csv", *GOOD_ROWS)
    settings = Settings(home=folder, landing=folder / "landing", _env_file=None)
    first = refresh_home(settings, SMALLEST_DAY)
    for entry in (settings.warehouse_path, settings.serving_dir, settings.dagster_dir):
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    again = refresh_home(settings, SMALLEST_DAY)
    tell(
        Measured("refresh", "the smallest company", "", again.wall, "s", 25),
        Measured(
            "first refresh, project parsed", "the smallest company", "", first.wall, "s", None
        ),
    )


def refresh_home(settings: Settings, day: dt.date) -> Refreshed:
    """Run `drivewheel run` on a home, and measure the process with those that it starts."""
    command = [
        sys.executable,
        "-m",
        "orchestration",
        "run",
        "--home",
        str(settings.home_dir),
        "--landing",
        str(settings.landing_dir),
        "--as-of",
        str(day),
    ]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = []
    for line in process.stdout or ():
        lines.append((time.perf_counter() - started, line))
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{''.join(line for _, line in lines)}")
    results = _run_results(settings)
    models = [r for r in results["results"] if r["unique_id"].startswith("model.")]
    return Refreshed(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        peak_gib=used.ru_maxrss / 1024**2,
        first_line=lines[0][0],
        first_step=next((at for at, line in lines if line.startswith(" ")), wall),
        graph=float(results["elapsed_time"]),
        models=sum(result["execution_time"] for result in models),
        nodes=len(results["results"]),
    )


def print_table(table: Sequence[Measured]) -> None:
    """Every figure beside its goal."""
    print("\n| what | company | figures | result | goal |\n|---|---|---|---|---|")
    for row in table:
        goal = "" if row.goal is None else f"{row.goal:g} {row.unit}".strip()
        cells = (row.what, row.company, row.figures, _number(row), goal)
        print(f"| {' | '.join(cells)} |", flush=True)


def _ratio(what: str, company: str, ours: float, theirs: float, goal: float) -> Measured:
    return Measured(what, company, f"{ours:.2f} s ÷ {theirs:.2f} s", ours / theirs, "", goal)


def _number(row: Measured) -> str:
    return f"{row.result:.2f} {row.unit}".strip()


def _result(row: Measured) -> str:
    goal = "" if row.goal is None else f" (goal {row.goal:g})"
    return f"= {_number(row)}{goal}" if row.figures else f"{_number(row)}{goal}"


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


def _run_results(settings: Settings) -> dict[str, Any]:
    """What dbt says of its last run."""
    results: dict[str, Any] = json.loads((settings.target_dir / "run_results.json").read_text())
    return results


def _check(command: Sequence[str], variables: dict[str, str]) -> None:
    """Run a command that must not fail."""
    result = subprocess.run(
        command, cwd=PROJECT_DIR, env=variables, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}")
