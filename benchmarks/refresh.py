"""What the house costs beyond DuckDB and dbt: refreshing one company with few and many events.

The customers are those of the demo company, whose sources deliver every day that is added; only
the length of the history of events differs, so that a day is the same day in each. Everything is
run through the command line, as its users do. Measured, each beside its goal:

- full: the graph of dbt in a refresh of an empty home, on its threads, against bare DuckDB
  running the statements of its models in order; the peak memory of the refresh, and gate 1;
- nothing new: the refresh after it, against the full one, and its CPU seconds;
- day: one more day of all sources, gates and publishing included, against the full refresh, and
  on the longest history against the next shorter one;
- Dagster: a refresh but for its loading (gates, dbt, publish) against `dbt build` alone, of the
  whole and of one more day, and per node;
- the smallest company, three contracts in a spreadsheet; how soon the terminal says something.

dbt parses the project and metrics are compiled once per change of their YAML: a first refresh,
which is not timed, has done both.
"""

from __future__ import annotations

import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.company import (
    SMALLEST_DAY,
    Company,
    Refreshed,
    Sizes,
    build_config,
    refresh_home,
    run_results,
)
from orchestration.settings import Settings
from tests.orchestration.homes import GOOD_ROWS, Home

# Of a full refresh against bare DuckDB: over many events what a node costs is the less of it.
MANY, GOAL_OF_MANY, GOAL_OF_FEW = 100_000_000, 1.1, 1.3
GOAL_OF_DAY, GATE_SECONDS = 0.35, 4.0
# Of the largest process, with DuckDB's memory limited as in any run.
PEAK_GIB = 4.0


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
            _measure_days(companies, full, tell)
            _measure_dagster(companies[-1], full[companies[-1].events], tell)
            _measure_smallest(Path(folder, "smallest"), tell)
    print_table(table)


def _measure_quick(company: Company, tell: Tell) -> None:
    """Of a home that was refreshed already, only the day is."""
    full = _measure_full(company, tell)
    company.land()
    _measure_days([company], {company.events: full}, tell)


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
    if full.gate_1:
        goal_of_gate = GATE_SECONDS if company.events == company.sizes.events[0] else None
        tell(Measured("gate 1 of a first load", company.name, "", full.gate_1, "s", goal_of_gate))
    # A quick one's first refresh finds nothing new already.
    nothing = full if company.sizes.quick_home else company.refresh()
    tell(
        _ratio("nothing new ÷ full refresh", company.name, nothing.wall, full.wall, 0.10),
        Measured("CPU with nothing new", company.name, "", nothing.cpu, "s", 5),
        Measured("first line on the terminal", company.name, "", nothing.first_line, "s", 2),
        Measured("first step told", company.name, "", nothing.first_step, "s", 2),
    )
    return full


def _measure_days(companies: Sequence[Company], full: Mapping[int, Refreshed], tell: Tell) -> None:
    """Some more days of one size, in turns."""
    days: dict[int, list[Refreshed]] = {company.events: [] for company in companies}
    for _ in range(companies[0].sizes.days):
        for company in companies:
            company.add_day()
            days[company.events].append(company.refresh())
    day = {events: statistics.median(one.wall for one in ones) for events, ones in days.items()}
    for company in companies:
        gate = statistics.median(one.gate_1 for one in days[company.events])
        goal = GOAL_OF_DAY if company is companies[0] else None
        whole = full[company.events].wall
        tell(
            Measured("gate 1 of one more day", company.name, "", gate, "s", None),
            _ratio("one more day ÷ full refresh", company.name, day[company.events], whole, goal),
        )
    shorter, longest = companies[-2:][0], companies[-1]
    what = f"one more day on {longest.name} ÷ on {shorter.name}"
    of_each = f"{longest.sizes.day_events:,} events a day"
    tell(_ratio(what, of_each, day[longest.events], day[shorter.events], 1.1))


def _measure_dagster(company: Company, full: Refreshed, tell: Tell) -> None:
    """The whole and one more day, by Dagster and by plain dbt, which loads nothing."""
    plain = company.build_all()
    startup = plain - float(run_results(company.settings)["elapsed_time"])
    ours = full.wall - full.loaded
    tell(_ratio("Dagster refresh ÷ dbt build, all of it", company.name, ours, plain, GOAL_OF_FEW))
    per_node = (ours - plain) / full.nodes * 1000
    tell(Measured("Dagster's cost per dbt node", company.name, "", per_node, "ms", None))
    # What plain dbt has built says of nothing that it is unchanged.
    company.refresh()
    company.add_day()
    plain_day = startup + company.build_day()
    # Parses the project again for this path, which the day shall not wait for.
    company.refresh()
    company.add_day()
    day = company.refresh()
    ours = day.wall - day.loaded
    what = "Dagster refresh ÷ dbt build, one day"
    tell(_ratio(what, company.name, ours, plain_day, GOAL_OF_FEW))


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


def print_table(table: Sequence[Measured]) -> None:
    """Every figure beside its goal."""
    print("\n| what | company | figures | result | goal |\n|---|---|---|---|---|")
    for row in table:
        goal = "" if row.goal is None else f"{row.goal:g} {row.unit}".strip()
        cells = (row.what, row.company, row.figures, _number(row), goal)
        print(f"| {' | '.join(cells)} |", flush=True)


def _ratio(what: str, company: str, ours: float, theirs: float, goal: float | None) -> Measured:
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
    connection = duckdb.connect(str(copy), config=build_config(company.settings))
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
