"""A customer's scorecard: its own numbers, a median of others, and nobody else's rows."""

from __future__ import annotations

import csv
import json
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.report.published import ask_published
from orchestration.report.share import COLUMNS, ShareError, _csv, file_name, share_scorecard
from orchestration.settings import Settings


@pytest.fixture(scope="module")
def settings(story_home: Path) -> Settings:
    return Settings(home=story_home, _env_file=None)


@pytest.fixture(scope="module")
def rows(settings: Settings) -> list[dict[str, Any]]:
    """Every scorecard, with its customer's segment."""
    return ask_published(
        settings,
        "select cards.*, customers.segment from audiences.customer_scorecard as cards "
        "inner join core.dim_customers as customers using (customer_id) order by all",
    )


@pytest.fixture(scope="module")
def customer(rows: list[dict[str, Any]]) -> str:
    """The one with the most measures."""
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row["customer_id"]] += 1
    return max(sorted(counts), key=lambda name: counts[name])


def test_a_scorecard_has_drivers_outcomes_health_and_goals(
    rows: list[dict[str, Any]], customer: str
) -> None:
    sections = {row["section"] for row in rows if row["customer_id"] == customer}
    assert sections == {"onboarding", "nurturing", "outcome", "health", "goal"}


def test_a_median_is_that_of_the_others_and_of_five_at_least(rows: list[dict[str, Any]]) -> None:
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        values[row["segment"], row["measure_id"]].append(row["value"])
    compared = 0
    for row in rows:
        if row["section"] == "goal":
            assert row["segment_median"] is None
            continue
        others = list(values[row["segment"], row["measure_id"]])
        others.remove(row["value"])
        if len(others) < 5:
            assert row["segment_median"] is None
        else:
            assert row["segment_median"] == pytest.approx(statistics.median(others))
            compared += 1
    assert compared > 1000


@pytest.mark.parametrize("suffix", [".html", ".csv", ".json"])
def test_a_shared_file_holds_nobody_else(
    settings: Settings, customer: str, tmp_path: Path, suffix: str
) -> None:
    path, count = share_scorecard(settings, customer, tmp_path / f"card{suffix}")
    text = path.read_text()
    others = ask_published(
        settings, "select customer_id, customer_name_hash from core.dim_customers"
    )
    # Rows of a file are found by their id; the page is for people.
    assert (customer in text) == (suffix != ".html")
    assert count > 10
    for other in others:
        if other["customer_id"] != customer:
            assert other["customer_id"] not in text
        assert other["customer_name_hash"] not in text


def test_the_numbers_in_the_file_are_the_customers_own(
    settings: Settings, rows: list[dict[str, Any]], customer: str, tmp_path: Path
) -> None:
    own = [row for row in rows if row["customer_id"] == customer]
    names = ("value", "baseline_value", "segment_median", "goal_value")
    wanted = sorted(str([row[name] for name in names]) for row in own)
    path, _ = share_scorecard(settings, customer, tmp_path / "card.json")
    shared = json.loads(path.read_text())["measures"]
    assert sorted(str([row[name] for name in names]) for row in shared) == wanted
    path, _ = share_scorecard(settings, customer, tmp_path / "card.csv")
    with path.open() as file:
        shared = [
            [float(row[name]) if row[name] else None for name in names]
            for row in csv.DictReader(file)
        ]
    assert sorted(str(row) for row in shared) == wanted


def test_who_is_unknown_or_has_left_is_refused(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "card.html"
    with pytest.raises(ShareError, match=r"no such customer; .* Near matches: cus_0"):
        share_scorecard(settings, "cus_0000001", target)
    gone = ask_published(
        settings,
        "select customer_id from core.dim_customers where churned_on is not null limit 1",
    )[0]["customer_id"]
    with pytest.raises(ShareError, match=f"{gone}: left on 20"):
        share_scorecard(settings, gone, target)
    assert not target.exists()


def test_the_command_says_what_it_wrote_or_why_not(
    settings: Settings, customer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The command hands its options on to children in the environment.
    monkeypatch.setenv("DRIVEWHEEL_HOME", str(settings.home_dir))
    home = ["--home", str(settings.home_dir)]
    target = tmp_path / "card.html"
    said = CliRunner().invoke(main, ["share", *home, customer, "--to", str(target)])
    assert said.exit_code == 0
    assert f"measures of {customer} to {target}" in said.output
    said = CliRunner().invoke(main, ["share", *home, customer, "--to", str(tmp_path / "a.xlsx")])
    assert said.exit_code == 2
    assert ".html, .csv or .json" in said.output


def test_a_link_needs_the_token_that_it_is_signed_with(
    settings: Settings, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIVEWHEEL_HOME", str(settings.home_dir))
    command = ["share", "--home", str(settings.home_dir), customer, "--link"]
    said = CliRunner().invoke(main, command)
    assert said.exit_code == 2
    assert "set DRIVEWHEEL_PAGES_TOKEN" in " ".join(said.output.split())
    monkeypatch.setenv("DRIVEWHEEL_PAGES_TOKEN", "x" * 32)
    said = CliRunner().invoke(main, command)
    assert said.exit_code == 0
    assert said.output.startswith("http://127.0.0.1:3002/shared/")


@pytest.mark.parametrize("customer", ["../../x", "/etc/x", "..", ".", "a\nb", "", "ü"])
def test_an_id_names_a_file_in_the_folder_where_one_is(customer: str) -> None:
    name = f"{file_name(customer)}.html"
    assert Path(name).name == name
    assert name.isprintable()
    # What looks alike afterwards is not the same file.
    assert file_name("a/b") != file_name("a_b")


def test_a_spreadsheet_computes_nothing_that_somebody_typed() -> None:
    row = dict.fromkeys(COLUMNS) | {"label": "=HYPERLINK(1)", "unit": "@x", "value": -2.5}
    said = _csv("-c", [row]).splitlines()[1].split(",")
    assert said[0] == "'-c"
    assert said[2:5] == ["'=HYPERLINK(1)", "'@x", "-2.5"]
