"""Processes that take modules in turn leave none out, and run none that another runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from orchestration.settings import PROJECT_DIR
from tests.conftest import FAST
from tests.turns import Turns

MODULES = ("tests/oracles/test_a.py", "tests/oracles/test_b.py", "tests/project/test_a.py")


def test_each_module_is_of_the_one_who_came_first(tmp_path: Path) -> None:
    first, second = Turns(tmp_path), Turns(tmp_path)
    assert first.takes(MODULES[0])
    # Of the same name in another folder.
    assert second.takes(MODULES[2])
    assert [second.takes(module) for module in MODULES] == [False, True, True]
    assert [first.takes(module) for module in MODULES] == [True, False, False]


def test_what_another_has_taken_is_left_out_and_all_else_is_run(tmp_path: Path) -> None:
    """Between the modules of one process what it shares with neither neighbour is torn down."""
    (tmp_path / "turns").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = fast\n")
    for folder in "abc":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"test_{folder}.py").write_text(
            "import pytest\n"
            f"pytestmark = [pytest.mark.fast] if {folder != 'c'} else []\n"
            "@pytest.fixture(scope='module')\ndef word():\n    yield 'word'\n"
            "def test_one(word): assert word\ndef test_two(word): assert word\n"
        )
    Turns(tmp_path / "turns").takes("a/test_a.py")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.turns", "--turns", "turns", "-v"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(PROJECT_DIR), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    run = re.findall(r"^(\w/test_\w\.py::\w+) PASSED", ended.stdout, re.MULTILINE)
    assert run == [
        f"{name}::test_{n}" for name in ("c/test_c.py", "b/test_b.py") for n in ("one", "two")
    ]


def test_both_halves_collect_what_is_taken_in_turn() -> None:
    makefile = (PROJECT_DIR / "Makefile").read_text()
    [folders] = re.findall(r"^FAST := (.+)$", makefile, re.MULTILINE)
    assert {*folders.split()} == {f"tests/{name}" for name in FAST}
