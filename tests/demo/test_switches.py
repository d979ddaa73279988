"""A company without a story differs in what the story touches, and in nothing else."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from drivewheel_demo import DemoError, story, write_demo, write_next_day
from drivewheel_demo.command import demo
from drivewheel_demo.demo import MARKER, DemoSize, simulate
from drivewheel_demo.sales import CALL
from drivewheel_demo.support import FIRST_OF_RISE

END = date(2026, 6, 30)
SWITCHES = [told for told in story.STORIES if told.touches]
# What takes more customers, or a longer history, than the smallest company has.
WITHOUT_EFFECT = {"mid_market_churn", "review_slip"}


@lru_cache(maxsize=3)  # the whole company, and those that are compared
def company(*without: str) -> dict[str, Any]:
    """All that a small company could deliver, by object; rows with the moment of each."""
    size = DemoSize(7, 60, 14, 20, END, frozenset(without))
    horizon, out, events = simulate(size)
    months = events.months(received_from=horizon.start, received_to=END)
    return {**out.rows, **out.bulk, "segment.tracks": [table for _, table in months]}


def changed(*without: str) -> set[str]:
    """Objects that differ between the company and the one without a story."""
    whole, rest = company(), company(*without)
    return {name for name in whole.keys() | rest.keys() if whole.get(name) != rest.get(name)}


@pytest.mark.parametrize("told", SWITCHES, ids=[told.name for told in SWITCHES])
def test_without_a_story_only_what_it_touches_is_another(told: story.Story) -> None:
    found = changed(told.name)
    assert {name for name in found if not {name, name.split(".")[0]} & set(told.touches)} == set()
    assert found or told.name in WITHOUT_EFFECT


def test_files_of_what_a_story_does_not_touch_are_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for without in ((), (story.FALLING_USE.name,)):
        landing = tmp_path / "-".join(("landing", *without))
        write_demo(landing, customers=60, months=8, events_per_day=20, without=without)
        digests.append(
            {
                path.relative_to(landing): sha256(path.read_bytes()).hexdigest()
                for path in landing.rglob("*.*")
                if path.is_file() and path.name != MARKER
            }
        )
    files = {
        path for path in digests[0] | digests[1] if digests[0].get(path) != digests[1].get(path)
    }
    assert {".".join(path.parts[:2]) for path in files} == {"segment.tracks"}


def test_where_use_falls_events_are_left_out_and_all_others_stay() -> None:
    for told in (story.FALLING_USE, story.SLUMP):
        whole, rest = company()["segment.tracks"], company(told.name)["segment.tracks"]
        for fewer, more in zip(whole, rest, strict=True):
            kept = {tuple(row.values()) for row in fewer.to_pylist()}
            assert kept <= {tuple(row.values()) for row in more.to_pylist()}
        assert sum(table.num_rows for table in whole) < sum(table.num_rows for table in rest)


def test_where_tickets_rise_tickets_are_added_and_all_others_stay() -> None:
    whole, rest = company(), company(story.RISING_TICKETS.name)
    for name in changed(story.RISING_TICKETS.name):
        key = "id" if name == "zendesk.ticket" else "ticket_id"
        others = [(at, row) for at, row in whole[name] if not _is_of_rise(int(row[key]) - 10_000)]
        assert others == rest[name], name


def _is_of_rise(number: int) -> bool:
    return FIRST_OF_RISE <= number < 700_000


def test_notice_moves_nobody_but_who_gives_it() -> None:
    whole = company()["stripe.subscription"]
    rest = company(story.NOTICE.name)["stripe.subscription"]
    gone = {row["id"] for _, row in whole if row["canceled_at"]}
    assert [(at, row) for at, row in whole if row["id"] not in gone] == [
        (at, row) for at, row in rest if row["id"] not in gone
    ]
    assert all(row["canceled_at"] in (None, row["ended_at"]) for _, row in rest)


def test_success_calls_are_tasks_and_move_nothing_else() -> None:
    whole, rest = company(), company(story.SUCCESS_CALLS.name)
    tasks = "hubspot.engagement_task"
    others = [(at, row) for at, row in whole[tasks] if row["property_hs_task_subject"] != CALL]
    assert others == rest[tasks]
    assert len(whole[tasks]) > len(others)


@pytest.mark.parametrize(
    "names",
    [
        ("bad_release", "release_tickets", "release_surveys"),
        ("growth_follows_use", "budget_freeze"),
    ],
)
def test_what_a_story_brings_goes_with_it(names: tuple[str, ...]) -> None:
    assert company(names[0]) == company(*names)


def test_a_story_that_nobody_tells_is_refused(tmp_path: Path) -> None:
    for name in ("nonsense", story.EUR_FALL.name):
        with pytest.raises(DemoError, match=f"{name} is no story that can be left out.*notice"):
            write_demo(tmp_path, customers=2, months=2, without=(name,))


def test_a_next_day_leaves_out_the_same_stories(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    arguments = ["--landing", str(landing), "--home", str(tmp_path), "--customers", "5"]
    arguments += ["--months", "2", "--without", "notice", "--without", "slump"]
    assert CliRunner().invoke(demo, arguments).exit_code == 0
    write_next_day(landing)
    kept = json.loads((landing / MARKER).read_text())
    assert kept["size"]["without"] == ["notice", "slump"]
    assert kept["written_through"] == "2026-07-01"


def test_a_marker_of_an_older_demo_leaves_out_nothing(tmp_path: Path) -> None:
    write_demo(tmp_path, customers=5, months=2)
    marker = json.loads((tmp_path / MARKER).read_text())
    del marker["size"]["without"]
    (tmp_path / MARKER).write_text(json.dumps(marker))
    write_next_day(tmp_path)
    assert json.loads((tmp_path / MARKER).read_text())["size"]["without"] == []
