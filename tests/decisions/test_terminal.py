"""What stands on a terminal: every digit, whatever its width, in words that need no dictionary."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import IO

import pytest
from rich.text import Text

from orchestration.report.board import SECTIONS, print_board, read_board
from orchestration.report.scorecard import print_scorecard, read_scorecard
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.trace import Question, read_trace, trace_document
from orchestration.report.trace_terminal import print_trace
from orchestration.report.tree import print_tree, read_tree
from orchestration.report.words import STATES, format_state, format_value, plain_text
from orchestration.settings import Settings

WIDTHS = ["60", "80", "100", None]


def said(
    monkeypatch: pytest.MonkeyPatch, width: str | None, tell: Callable[[IO[str]], object]
) -> str:
    """What is printed at a width, or into a pipe; as words with single blanks between them."""
    monkeypatch.delenv("COLUMNS", raising=False)
    if width:
        monkeypatch.setenv("COLUMNS", width)
    terminal = io.StringIO()
    tell(terminal)
    text = terminal.getvalue()
    if width:
        longest = max(len(line) for line in text.splitlines() if ":" not in line)
        assert longest <= int(width)
    return " ".join(text.split())


def figures(settings: Settings) -> Iterator[str]:
    for row in read_scorecard(settings):
        yield from (
            format_state(row["value"], row["unit"], row["state"]),
            format_value(row["previous_value"], row["unit"]),
            format_value(row["target"], row["unit"]),
        )


@pytest.mark.parametrize("width", WIDTHS)
def test_the_scorecard_loses_no_digit(
    monkeypatch: pytest.MonkeyPatch, story_settings: Settings, width: str | None
) -> None:
    told = said(monkeypatch, width, lambda to: print_scorecard(story_settings, to))
    assert "…" not in told
    for figure in figures(story_settings):
        assert Text.from_markup(figure).plain in told


@pytest.mark.parametrize("width", WIDTHS)
def test_the_board_loses_no_digit_and_its_bridge_adds_up(
    monkeypatch: pytest.MonkeyPatch, story_settings: Settings, width: str | None
) -> None:
    told = said(
        monkeypatch, width, lambda to: print_board(story_settings, grain="month", terminal=to)
    )
    assert "…" not in told
    lines = read_board(story_settings, grain="month")
    for row in lines:
        if row["section"] in SECTIONS and row["state"] == "ok":
            assert format_value(abs(row["value"]), row["unit"]) in told
    bridge = {row["metric_id"]: row["value"] for row in lines if row["section"] == "bridge"}
    for lost in ("contraction_mrr", "churned_mrr"):
        if bridge[lost]:
            assert format_value(-bridge[lost], "currency") in told


@pytest.mark.parametrize("width", WIDTHS)
def test_the_tree_and_a_trace_lose_nothing(
    monkeypatch: pytest.MonkeyPatch, story_settings: Settings, width: str | None
) -> None:
    tree = said(monkeypatch, width, lambda to: print_tree(story_settings, "nrr", to))
    question = Question("cac")
    trace = said(
        monkeypatch, None, lambda to: print_trace(story_settings, question, limit=3, terminal=to)
    )
    assert "…" not in tree + trace
    for row in read_tree(story_settings, "nrr"):
        assert row["label"] in tree
        for driver in row["leads"]:
            assert driver["sentence"].split()[-1] in tree
    assert "leads it" in tree


def test_every_report_is_a_document_too(story_settings: Settings) -> None:
    documents = (
        read_scorecard(story_settings),
        read_board(story_settings, grain="quarter"),
        read_tree(story_settings, "customer_health"),
        trace_document(read_trace(story_settings, Question("grr"), limit=2)),
    )
    card, board, tree, trace = (json.loads(json.dumps(found, default=str)) for found in documents)
    assert {"metric_id", "value", "unit", "currency", "state"} <= set(card[0])
    assert {row["section"] for row in board} <= set(SECTIONS)
    assert {row["node_id"] for row in tree} >= {"customer_health", "grr", "nrr"}
    assert trace["adds_up"] is True
    assert [part["name"] for part in trace["parts"]] == [
        "retained_mrr_12m_capped",
        "opening_mrr_12m",
    ]


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.0377, "count", "0.04"),
        (0.0377, "currency", "0.04"),
        (0.000377, "currency", "0.00038"),
        (1.5, "count", "1.50"),
        (3, "count", "3"),
        (1234.4, "currency", "1,234"),
        (0.0377, "rate", "3.8%"),
        (0.0002, "rate", "0.02%"),
        (0, "rate", "0.0%"),
        (0.01, "hours", "0.01 h"),
        (0.0, "ratio", "0.00"),
        (-0.001, "ratio", "-0.001"),
        (None, "rate", "–"),
    ],
)
def test_what_is_small_is_not_nothing(value: float | None, unit: str, expected: str) -> None:
    assert format_value(value, unit) == expected


def test_a_state_is_told_in_words() -> None:
    assert all("_" not in words for words in STATES.values())
    assert Text.from_markup(format_state(None, "rate", "some_new_state")).plain == "some new state"


def test_a_row_that_does_not_fit_is_told_figure_by_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = (Column("what"), Column("now", is_figure=True), Column("who", is_dispensable=True))
    rows = (Row(("a long name of a thing", "123,456,789", "somebody")),)
    wide = said(monkeypatch, "60", lambda to: print_table(open_console(to), columns, rows))
    assert "what now who" in wide
    without = said(monkeypatch, "40", lambda to: print_table(open_console(to), columns, rows))
    assert ("what now" in without, "somebody" in without) == (True, False)
    narrow = said(monkeypatch, "30", lambda to: print_table(open_console(to), columns, rows))
    assert narrow == "a long name of a thing now 123,456,789"


def test_what_files_bring_neither_colours_nor_steers_a_terminal() -> None:
    hostile = "a[red]b[/red]\x1b[2J\r\n\u202ec"
    shown = Text.from_markup(plain_text(hostile)).plain
    assert shown == "a[red]b[/red]\\x1b[2J\\r\\n\\u202ec"
