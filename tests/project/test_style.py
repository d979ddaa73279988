"""Laws over STYLE.md: each rule says what holds it, and that is there."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from sqlfluff.core import FluffConfig, Linter

from orchestration.settings import PROJECT_DIR

RULE = re.compile(r"^\| (.+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
LINTED = re.compile(r"(ruff|sqlfluff) `(\w+)`")
HOLDS = re.compile(rf"{TEST.pattern}|{LINTED.pattern}|ruff|mypy|\*by eye\*")


def rules(text: str) -> list[tuple[str, str]]:
    """Each rule with what it says that holds it."""
    return [(rule, held) for rule, held in RULE.findall(text) if rule != "rule"]


def unheld(text: str) -> list[str]:
    """Rules that name nothing, or something in another form."""
    return [
        rule for rule, held in rules(text) if not HOLDS.search(held) or "`" in HOLDS.sub("", held)
    ]


def absent(text: str) -> list[str]:
    """Tests and rules of linters that are named and not there."""
    return [
        f"{path}::{name}" for path, name in TEST.findall(text) if name not in defined_in(path)
    ] + [f"{tool} {name}" for tool, name in LINTED.findall(text) if name not in linted_by(tool)]


@cache
def defined_in(path: str) -> set[str]:
    file = PROJECT_DIR / path
    if not file.exists():
        return set()
    return set(re.findall(r"^(?:async )?def (test_\w+)\(", file.read_text(), re.MULTILINE))


@cache
def linted_by(tool: str) -> set[str]:
    """The rules that a linter asks here."""
    if tool == "ruff":
        return set(tomllib.loads((PROJECT_DIR / "ruff.toml").read_text())["lint"]["select"])
    config = FluffConfig.from_path(str(PROJECT_DIR / "dbt_project"))
    return {rule.code for rule in Linter(config=config).get_rulepack().rules}


@pytest.fixture
def style() -> str:
    return (PROJECT_DIR / "STYLE.md").read_text()


def test_every_rule_says_what_holds_it(style: str) -> None:
    """A rule that nothing holds is a wish."""
    assert len(rules(style)) > 40
    faults = unheld(style)
    assert faults == [], f"{faults}: name `file::test` or a linter that holds it, or say *by eye*"


def test_what_holds_a_rule_is_there(style: str) -> None:
    """A test that is gone holds nothing."""
    faults = absent(style)
    assert faults == [], f"{faults}: name what holds the rule now, or say *by eye*"


@pytest.mark.parametrize("tool", ["ruff", "mypy", "sqlfluff"])
def test_linters_run_with_the_tests(tool: str) -> None:
    """`make test` lints first."""
    makefile = (PROJECT_DIR / "Makefile").read_text()
    lint = makefile[makefile.index("\nlint:") :].split("\n\n")[0]
    assert f"$(BIN)/{tool}" in lint


def test_the_formatter_is_told_to_skip_tables_only() -> None:
    """What it lays out is laid out alike; a table of a story reads as a table.

    Remedy: take the comment out, and run `ruff format`.
    """
    skipped = {
        path: len(re.findall(r"# fmt: (?:skip|off)", path.read_text()))
        for folder in (
            "orchestration",
            "expectations",
            "demo",
            "tests",
            "dbt_project",
            "benchmarks",
        )
        for path in (PROJECT_DIR / folder).rglob("*.py")
        if path != Path(__file__)
    }
    assert sum(skipped.values()) <= 60, {
        str(path): count for path, count in skipped.items() if count
    }


def test_the_laws_see_what_they_forbid() -> None:
    here = "`tests/project/test_style.py::test_{}`"
    gone = here.format("nothing")
    wish = "| rule | held by |\n| A wish | somebody |\n| A rule | *by eye* |\n"
    assert unheld(wish) == ["A wish"]
    assert unheld("| A rule | `tests/test_style.py:test_one`, *by eye* |") == ["A rule"]
    assert absent(here.format("linters_run_with_the_tests")) == []
    assert absent(gone) == [gone.strip("`")]
    assert absent("ruff `TID`, ruff `PLR`, sqlfluff `LT05`") == ["ruff PLR", "sqlfluff LT05"]
