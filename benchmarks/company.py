"""A company to measure: the demo company's customers with a number of events, and its refreshes."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from drivewheel_demo.demo import write_demo, write_next_day
from orchestration.landing.contract import load_contracts
from orchestration.landing.loader import load_landing
from orchestration.landing.sql import path_literal
from orchestration.project.manifest import MANIFEST, read_manifest
from orchestration.semantic.materialize import metric_queries
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse import skip
from orchestration.warehouse.connect import engine_config
from orchestration.warehouse.dbt_project import dbt_environment
from tests.warehouse import build_home

LAST_DAY = dt.date(2026, 6, 30)
SMALLEST_DAY = dt.date(2026, 3, 31)
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
    """What a refresh took, in seconds but for `peak_gib` and `nodes`.

    `loaded` is when all was loaded, `gate_1` how long the gate then took, `graph` dbt's graph.
    """

    wall: float
    cpu: float
    peak_gib: float
    first_line: float
    first_step: float
    loaded: float
    gate_1: float
    graph: float
    nodes: int


class Company:
    """A home with the demo's customers and a number of events."""

    def __init__(
        self, folder: Path, events: int, sizes: Sizes, project: Path = PROJECT_DIR
    ) -> None:
        """Nothing is landed yet; the project is what refreshes it."""
        self.settings = Settings(home=folder, landing=folder / "landing", _env_file=None)
        self.events, self.sizes, self.day = events, sizes, sizes.last_day
        self.project = project
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
        return refresh_home(self.settings, self.day, self.project)

    def build_day(self) -> float:
        """Seconds of dbt's graph for the day, without Dagster and gates."""
        build_home(self.settings.home_dir, as_of=self.day)
        return float(run_results(self.settings)["elapsed_time"])

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
        """What dbt ran, in order: the statements under target/run, and the metrics' queries."""
        target = self.settings.target_dir
        models = read_manifest(target / MANIFEST).models
        with duckdb.connect(str(self.settings.warehouse_path), read_only=True) as built:
            asked = list(metric_queries(built, target))
        found = []
        for result in run_results(self.settings)["results"]:
            model = models.get(result["unique_id"])
            if model is None or model.kind != "model":
                continue
            path = target / "run" / "drivewheel" / model.path
            if path.suffix == ".sql" and path.exists():
                found.append(re.sub(r"^\s*/\*.*?\*/", "", path.read_text(), flags=re.DOTALL))
            elif model.name.startswith("metrics_") and asked:
                found += [f"create or replace temp table m as {query}" for query in asked]
                asked = []
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


def build_config(settings: Settings) -> dict[str, Any]:
    """What DuckDB is told while dbt builds: the settings', and what the profile says itself."""
    profile = yaml.safe_load((PROJECT_DIR / "profiles.yml").read_text())
    told = profile["drivewheel"]["outputs"]["warehouse"]["config_options"]
    return {**told, **engine_config(settings)}


def refresh_home(settings: Settings, day: dt.date, project: Path = PROJECT_DIR) -> Refreshed:
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
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = []
    for line in process.stdout or ():
        lines.append((time.perf_counter() - started, line))
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{''.join(line for _, line in lines)}")
    results = run_results(settings)
    loaded = _told_at(lines, " loaded ")
    return Refreshed(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        peak_gib=used.ru_maxrss / 1024**2,
        first_line=lines[0][0],
        first_step=next((at for at, line in lines if line.startswith(" ")), wall),
        loaded=loaded,
        gate_1=_told_at(lines, " gate 1: ") - loaded,
        graph=float(results["elapsed_time"]),
        nodes=len(results["results"]),
    )


def _told_at(lines: Sequence[tuple[float, str]], said: str) -> float:
    """When a line was told that says this; 0 where nothing was done."""
    return next((at for at, line in lines if said in line), 0.0)


def run_results(settings: Settings) -> dict[str, Any]:
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
