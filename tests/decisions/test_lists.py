"""Lists of the terminal, and the forms in which a command says what it found."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from orchestration.report.tables import NO_BREAK
from tests.pages.browser import find_browser

Ask = Callable[..., Result]


@pytest.fixture(scope="module")
def ask(demo_home: Path) -> Ask:
    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(
            main, [*arguments, "--home", str(demo_home)], catch_exceptions=False
        )

    return invoke


@pytest.mark.parametrize(
    ("command", "table", "condition"),
    [
        (["scorecard"], "audiences.executive_scorecard", "true"),
        (
            ["leadership", "finance"],
            "audiences.leadership_scorecard",
            "dimension = 'total' and function = 'finance'",
        ),
        (["technical"], "audiences.technical_scorecard", "true"),
        (["breaches"], "governance.guardrail_breaches", "is_open"),
        (["breaches", "--all"], "governance.guardrail_breaches", "true"),
        (["experiments"], "governance.experiment_readouts", "true"),
        (["metrics"], "governance.dim_metrics", "true"),
    ],
)
def test_a_list_has_the_rows_of_its_table_in_each_form(
    ask: Ask, demo_home: Path, command: list[str], table: str, condition: str
) -> None:
    with duckdb.connect(str(demo_home / "serving/drivewheel.duckdb"), read_only=True) as opened:
        [(count,)] = opened.execute(f"select count(*) from {table} where {condition}").fetchall()
    assert count
    of_program = json.loads(ask(*command, "--json").stdout)
    of_sheet = list(csv.DictReader(io.StringIO(ask(*command, "--csv").stdout)))
    assert len(of_program) == len(of_sheet) == count
    assert list(of_sheet[0]) == list(of_program[0])
    shown = ask(*command).output.replace(NO_BREAK, " ")
    name = of_program[0].get("label") or of_program[0]["metric_id"]
    assert shown.count("\n") >= count and name in shown


def test_an_earlier_month_is_that_month(ask: Ask, demo_home: Path) -> None:
    rows = json.loads(ask("leadership", "finance", "--period", "2026-04", "--json").stdout)
    with duckdb.connect(str(demo_home / "serving/drivewheel.duckdb"), read_only=True) as opened:
        values = dict(
            opened.execute(
                "select metric_id, judged_value from governance.metric_values where grain = 'month'"
                " and period_start = '2026-04-01' and dimension = 'total'"
            ).fetchall()
        )
    assert len(rows) > 10
    assert all(row["value"] == values[row["metric_id"]] for row in rows)


def test_what_is_not_there_is_answered_with_what_is(ask: Ask) -> None:
    said = ask("leadership", "astrology")
    assert said.exit_code == 2
    assert "functions are " in said.output and "finance" in said.output
    assert ask("technical", "--period", "1999-01").exit_code == 2
    assert "no metric is called so" in ask("metrics", "no such thing").output


@pytest.mark.parametrize(
    ("command", "title"),
    [
        (["scorecard"], "Executive scorecard"),
        (["board"], "Board lens"),
        (["leadership", "finance"], "Finance"),
        (["why", "grr"], "GRR"),
    ],
)
def test_a_page_alone_carries_its_looks_along(ask: Ask, command: list[str], title: str) -> None:
    page = ask(*command, "--html").stdout
    assert f"<title>{title}" in page and "--ground:" in page
    assert "<script" not in page and "stylesheet" not in page and "static/" not in page
    leads = [unescape(href) for href in re.findall(r'href="([^"]*)"', page)]
    assert len(leads) > 10
    assert all(href.startswith(("http://127.0.0.1:3002/", "#")) for href in leads)


def test_the_scorecard_is_printed_where_a_browser_is(ask: Ask, tmp_path: Path) -> None:
    if find_browser() is None:
        pytest.skip("no chromium on this machine; Debian's package `chromium` brings it")
    target = tmp_path / "scorecard.pdf"
    assert f"printed {target}" in ask("scorecard", "--pdf", str(target)).output
    assert target.read_bytes().startswith(b"%PDF")


def test_without_a_browser_nothing_is_printed_and_the_remedy_said(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = ask("scorecard", "--pdf", str(tmp_path / "scorecard.pdf"))
    assert said.exit_code == 2
    assert "--html writes a page that any browser prints" in " ".join(said.output.split())
