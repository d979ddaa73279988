"""The layout of a large company, counted from events that were made by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import yaml

from benchmarks.layout import DEDUPE_DAYS, DRAWN_DAYS, Line, draw, lines
from orchestration.settings import PROJECT_DIR

DAY = dt.datetime(2026, 6, 1, 12)


def drawn(accounts: dict[str, int]) -> pa.Table:
    """Events of one day, each account's by two users; one in four arrives a day later."""
    rows = [
        {
            "id": f"{account}-{n}",
            "event": "login",
            "user_id": f"{account}-{n % 2}",
            "group_id": account,
            "timestamp": DAY,
            "received_at": DAY + dt.timedelta(days=int(n % 4 == 0)),
            "properties": None,
        }
        for account, count in accounts.items()
        for n in range(count)
    ]
    return pa.Table.from_pylist(rows)


def figures(table: pa.Table, events: int, days: int, folder: Path) -> dict[str, Line]:
    return {line.what: line for line in lines(table, events, days, folder)}


def test_counts_are_taken_times_what_the_company_is_larger(tmp_path: Path) -> None:
    # 400 events stand for DRAWN_DAYS days; a company of as many in each of 10 days is that larger.
    table = drawn({"a": 300, "b": 100})
    found = figures(table, events=4000, days=10, folder=tmp_path)
    assert found["events a day"].figure == f"400; the busiest {400 * DRAWN_DAYS:,}"
    assert found["the largest account"].figure == (
        f"{300 * DRAWN_DAYS:,} events on 2026-06-01, 75.0% of that day"
    )
    assert found["days that a day's arrivals touch"].figure == "1 in the middle, 1 at most"


def test_one_account_is_one_task_and_its_users_are_more(tmp_path: Path) -> None:
    found = figures(drawn({"a": 400}), events=4000, days=10, folder=tmp_path)
    by_account = found["the heaviest of 2 tasks, dealt by account"].figure
    assert by_account == "2.0 times the average"


def test_days_in_which_a_delivery_may_come_again_are_the_project_s() -> None:
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())
    assert project["vars"]["dedupe_window_days"] == DEDUPE_DAYS


def test_the_demo_company_can_be_drawn(tmp_path: Path) -> None:
    table = draw(customers=20, a_day=20)
    found = figures(table, events=10_000_000_000, days=1095, folder=tmp_path)
    assert found["events a day"].figure.startswith("9,132,420;")
    assert len(found) == 10
