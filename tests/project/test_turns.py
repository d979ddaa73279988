"""Processes that take modules in turn leave none out, and run none that another runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from orchestration.settings import PROJECT_DIR
from tests.turns import Turns

MODULES = ("tests/oracles/test_a.py", "tests/oracles/test_b.py", "tests/project/test_a.py")


def test_each_module_is_of_the_one_who_came_first(tmp_path: Path) -> None:
    first, second = Turns(tmp_path, ["tests"]), Turns(tmp_path, ["tests"])
    assert first.takes(MODULES[0])
    # Of the same name in another folder.
    assert second.takes(MODULES[2])
    assert [second.takes(module) for module in MODULES] == [False, True, True]
    assert [first.takes(module) for module in MODULES] == [True, False, False]


def test_a_module_stands_where_it_or_its_folder_is_named_first(tmp_path: Path) -> None:
    turns = Turns(tmp_path, ["b/test_long.py", "a", "b"])
    modules = ("a/test_a.py", "ab/test_a.py", "b/test_long.py", "b/test_short.py")
    assert [turns.place(module) for module in modules] == [2, 0, 1, 3]


def test_what_another_has_taken_is_left_out_and_all_else_is_run(tmp_path: Path) -> None:
    """Between the modules of one process what it shares with neither neighbour is torn down."""
    (tmp_path / "turns").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for folder in "abc":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"test_{folder}.py").write_text(
            "import pytest\n"
            "@pytest.fixture(scope='module')\ndef word():\n    yield 'word'\n"
            "def test_one(word): assert word\ndef test_two(word): assert word\n"
        )
    Turns(tmp_path / "turns", []).takes("a/test_a.py")
    either = ("--either", "a", "--either", "b/test_b.py")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.turns", "--turns", "turns", *either, "-v"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(PROJECT_DIR), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    run = re.findall(r"^(\w)/test_\w\.py::\w+ PASSED", ended.stdout, re.MULTILINE)
    assert run == ["c", "c", "b", "b"]


def test_what_either_half_may_run_is_there_and_shares_no_home_with_the_rest() -> None:
    """Whoever took it would build the home once more; remedy: take it out of `EITHER`."""
    makefile = (PROJECT_DIR / "Makefile").read_text().replace("\\\n", " ")
    [said] = re.findall(r"^EITHER := (.+)$", makefile, re.MULTILINE)
    paths = [PROJECT_DIR / name for name in said.split()]
    modules = {
        module
        for path in paths
        for module in (path.rglob("test_*.py") if path.is_dir() else [path])
    }
    assert len(modules) > 60
    shared = re.compile(r"\b(demo_home|story_home|refresh_company|refreshed)\b")
    assert {
        str(module)
        for module in modules
        if "test_turns" not in str(module) and shared.search(module.read_text())
    } == set()
