"""A home that has lived equals a fresh one of the same files and day, whatever it went through.

Asked of the models that remember: the incremental ones. Everything after them is built from
them and from raw tables, or skipped where both are as they were (`test_skipping.py`).
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.landing.manifest import ensure_meta
from orchestration.project.manifest import MANIFEST, read_manifest
from orchestration.settings import Settings
from orchestration.warehouse.builds import begin_build
from orchestration.warehouse.connect import open_warehouse
from tests.oracles.cases import write
from tests.warehouse import build_home

LAST = dt.date(2026, 7, 14)
REMEMBERED = (
    "int_lineage__event_counts",
    "int_product__usage_days",
    "int_product__user_days",
    "int_product__feature_days",
    "int_product__user_snapshots",
    "int_product__feature_snapshots",
    "int_telemetry__account_days",
)
EVERYTHING = " ".join(f"+{name}" for name in REMEMBERED)


def event(key: str, day: dt.date, account: str = "a1", name: str = "report_created") -> Any:
    moment = f"{day} 12:00:00"
    return {
        "id": key,
        "event": name,
        "user_id": f"u-{account}",
        "group_id": account,
        "timestamp": moment,
        "received_at": moment,
    }


def rollup(day: dt.date) -> Any:
    buckets = {f"le_{bound}": 10 for bound in (25, 50, 100, 250, 500, 1000, 2500, 5000)}
    key = {"service": "api", "endpoint": "list", "account_id": "a1", "minute": f"{day} 10:00:00"}
    return {**key, "count": 10, "errors": 0, **buckets}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing folder with one file of events a week, of telemetry and of contracts.

    Ids repeat: two days later under another account, within a week over the border of two
    files, and after more than a week, where the same id is another event.
    """
    folder = tmp_path_factory.mktemp("files")
    first = dt.date(2026, 5, 4)
    for week in range(10):
        monday = first + dt.timedelta(days=7 * week)
        days = [monday + dt.timedelta(days=n) for n in range(7)]
        events = [event(f"e{day}", day) for day in days]
        events += [event(f"e{monday - dt.timedelta(days=2)}", monday, "a2")]
        events += [event(f"e{monday - dt.timedelta(days=10)}", monday, "a3")]
        part = write(
            folder / f"week{week}",
            segment__tracks=events,
            telemetry__request_rollup=[rollup(day) for day in days],
        )
        for source in ("segment/tracks", "telemetry/request_rollup"):
            target = folder / "all" / source
            target.mkdir(parents=True, exist_ok=True)
            (part / source / "1.csv").rename(target / f"{monday}.csv")
    contracts = folder / "all/contracts/subscription_periods"
    contracts.mkdir(parents=True)
    (contracts / "2026.csv").write_text(
        "subscription_id,customer_id,started_on,amount\ns1,c1,2026-05-01,100\n"
    )
    return folder / "all"


class Life:
    """A home and what happens to it."""

    def __init__(self, home: Path, files: Path) -> None:
        self.home, self.files = home, files

    def deliver(self, *patterns: str) -> None:
        """Put the files that match into the landing folder."""
        for pattern in patterns:
            for file in sorted(self.files.glob(pattern)):
                target = self.home / "landing" / file.relative_to(self.files)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, target)

    def build(self, as_of: dt.date, select: str = EVERYTHING) -> None:
        """A build of what remembers, to its end."""
        build_home(self.home, select=select, as_of=as_of, is_tested=False)

    def begin(self, as_of: dt.date) -> None:
        """A build that is killed before dbt has done anything."""
        with open_warehouse(Settings(home=self.home, _env_file=None)) as connection:
            ensure_meta(connection)
            begin_build(
                connection,
                build_id="killed",
                as_of=as_of,
                billing_sources=["contracts"],
                code_fingerprint="test",
                landing=self.home,
                company=None,
                state="",
                now=dt.datetime.now(dt.UTC),
            )

    def turn_clock(self, hours: int) -> None:
        """What was recorded so far was recorded by a clock that went wrong."""
        with duckdb.connect(str(self.home / "warehouse.duckdb")) as connection:
            connection.execute(
                f"update raw_meta.runs set started_at = started_at + interval {hours} hour"
            )

    def tables(self) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
        """What the models that remember hold; loads are numbered in the order they came in."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            for name in REMEMBERED:
                rows = connection.execute(
                    "select columns(lambda name: name != '_load_id') "
                    f"from intermediate.{name} order by all"
                ).fetchall()
                yield name, rows


@pytest.fixture(scope="module")
def fresh(files: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh home of all files holds as of the last day."""
    life = Life(tmp_path_factory.mktemp("fresh"), files)
    life.deliver("*/*/*")
    life.build(LAST)
    return dict(life.tables())


@pytest.fixture(scope="module")
def life(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A home to which everything has happened that may, before it is built as of the last day.

    Newer files came first, and product events before billing's; the day jumps over Sundays;
    a run built a part only, one was killed on an earlier day; the clock went back.
    """
    life = Life(tmp_path_factory.mktemp("lived"), files)
    life.deliver("*/*/2026-06-*", "*/*/2026-07-*", "*/*/2026.csv")
    life.build(dt.date(2026, 6, 21))
    life.deliver("*/*/*")
    part = "int_product__affected_days int_product__usage_days int_lineage__event_counts"
    life.build(LAST, f"int_calendar__run {part}")
    life.begin(dt.date(2026, 6, 10))
    life.turn_clock(hours=2)
    life.build(LAST)
    return life


def differences(life: Life, fresh: dict[str, Any]) -> dict[str, Any]:
    """By table, some rows that only the fresh home has, and some that only the other has."""
    lived = dict(life.tables())
    return {
        name: [
            sorted(some - others, key=str)[:3]
            for some, others in ((set(rows), set(lived[name])), (set(lived[name]), set(rows)))
        ]
        for name, rows in fresh.items()
        if rows != lived[name]
    }


def test_the_home_was_not_built_anew(life: Life) -> None:
    """Of a build that leaves one of them out the loads stay new, and the next begins afresh."""
    made = read_manifest(life.home / "target" / MANIFEST)
    incremental = {node.name for node in made.models.values() if node.materialized == "incremental"}
    assert incremental == {*REMEMBERED}


def test_a_home_equals_a_fresh_one(life: Life, fresh: dict[str, Any]) -> None:
    assert not differences(life, fresh)


def test_a_look_back_leaves_nothing_behind(life: Life, fresh: dict[str, Any]) -> None:
    life.build(dt.date(2026, 6, 24))
    assert differences(life, fresh)
    life.build(LAST)
    assert not differences(life, fresh)


def test_an_id_is_another_event_after_a_week_and_a_repeat_before(fresh: dict[str, Any]) -> None:
    """Of a1 an event a day; of a2 ids of two days ago, of a3 ids of ten days ago.

    The first Monday's are of days before the first file, so that a2 has one event of its own.
    """
    accounts = [row[0] for row in fresh["int_product__usage_days"]]
    assert (accounts.count("a1"), accounts.count("a2"), accounts.count("a3")) == (70, 1, 10)
