"""A run that finds nothing new says so at once; whatever is new makes it run."""

from __future__ import annotations

import datetime as dt

import pytest

from orchestration.defs.ingest import read_contracts
from orchestration.settings import Settings
from orchestration.warehouse import unchanged
from orchestration.warehouse.unchanged import Look, look
from tests.orchestration.homes import AS_OF, GOOD_ROWS, Home, Refreshed

NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def seen(home: Home, **changed: object) -> Look:
    """What a look at a home tells, with some settings changed."""
    settings = Settings(**{**home.settings.model_dump(), **changed}, _env_file=None)
    return look(settings, read_contracts(), now=NOW)


def test_a_run_without_anything_new_publishes_nothing_and_says_so(refreshed: Refreshed) -> None:
    home = refreshed.at_work()
    before, builds = home.published, home.ask("select count(*) from raw_meta.runs")
    ended = home.drivewheel("run")
    assert ended.code == 0, ended.terminal
    assert f"nothing new: no new file, the same code, as of {AS_OF}" in ended.terminal
    assert "1 landing file, all seen" in ended.terminal
    assert home.published == before
    assert home.ask("select count(*) from raw_meta.runs") == builds


def test_a_home_as_it_was_left_is_unchanged(home: Home) -> None:
    # The folder is a copy; the ledger knows the landing folder of the original.
    home.spoil(f"update raw_meta.runs set landing = '{home.settings.landing_dir}'")
    assert seen(home) == Look(file_count=1, new_count=0, unchanged_since=AS_OF)


@pytest.mark.parametrize(
    "statement",
    [
        "update raw_meta.files set status = 'pending'",
        "update raw_meta.files set built_at = null",
        "insert into raw_meta.rebuild_required values ('withdrawn: a file', now())",
        "update raw_meta.runs set status = 'built'",
        "update raw_meta.runs set code_state = 'older'",
        "update raw_meta.runs set landing = '/elsewhere'",
    ],
)
def test_what_is_unfinished_or_of_other_code_is_something_to_do(home: Home, statement: str) -> None:
    home.spoil(f"update raw_meta.runs set landing = '{home.settings.landing_dir}'", statement)
    assert seen(home).unchanged_since is None


def test_another_day_and_another_key_are_something_to_do(home: Home) -> None:
    home.spoil(f"update raw_meta.runs set landing = '{home.settings.landing_dir}'")
    assert seen(home, as_of=AS_OF - dt.timedelta(days=1)).unchanged_since is None
    assert seen(home, hash_key="another key of thirty-two letters").unchanged_since is None


def test_a_new_file_and_a_changed_one_are_new(home: Home) -> None:
    home.spoil(f"update raw_meta.runs set landing = '{home.settings.landing_dir}'")
    home.land("later.csv", GOOD_ROWS[0].replace("s1", "s4"))
    assert seen(home) == Look(file_count=2, new_count=1, unchanged_since=None)
    home.land("periods.csv", *GOOD_ROWS[:2])
    assert seen(home) == Look(file_count=2, new_count=2, unchanged_since=None)


def test_other_code_or_another_company_has_another_state(
    monkeypatch: pytest.MonkeyPatch, home: Home
) -> None:
    home.spoil(f"update raw_meta.runs set landing = '{home.settings.landing_dir}'")
    monkeypatch.setattr(unchanged, "build_state", lambda _: "newer")
    assert seen(home).unchanged_since is None
