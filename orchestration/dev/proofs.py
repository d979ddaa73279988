"""The tests that matter for a change: of what was changed, of what reads it, and that name it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.dev.rebuild import LINEAGE
from orchestration.project.manifest import read_manifest
from orchestration.settings import PROJECT_DIR
from orchestration.warehouse.dbt_project import prepare_environment, prepare_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orchestration.settings import Settings

LAWS = Path("tests/project")
# What asks everything, whatever was changed; `make test` does.
_OF_ALL = {"test_dbt_unit_tests.py"}


class NoCheckoutError(Exception):
    """Nobody can tell what was changed; the message says what to do."""


@dataclass(frozen=True)
class Proofs:
    """What to ask: `nodes` of dbt with their tests, and files of pytest."""

    changed: tuple[str, ...]
    nodes: tuple[str, ...]
    files: tuple[str, ...]


def changed_files() -> list[str]:
    """Files of the checkout that differ from its last commit, new ones included.

    Raises:
        NoCheckoutError: this is no checkout of git.
    """
    asked = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all", "-z"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise NoCheckoutError(
            f"{PROJECT_DIR}: what was changed since the last commit is not known "
            f"({asked.stderr.strip()}); name the models: `drivewheel dev test NAME...`"
        )
    return [line[3:] for line in asked.stdout.split("\0") if line[2:3] == " "]


def find_proofs(settings: Settings, names: Iterable[str]) -> Proofs:
    """The tests of what is named: models, tables, metrics or files of the checkout.

    Raises:
        DbtParseError, CompanyError: the project or the company's folder cannot be used.
    """
    manifest = read_manifest(prepare_manifest(settings))
    asked = sorted({*names})
    named = {Path(name).stem for name in asked}
    nodes = sorted(
        model.name
        for model in manifest.models.values()
        if model.name in named or model.path in asked
    )
    metrics = [
        metric.name
        for metric in manifest.metrics.values()
        if metric.name in named or metric.path in asked
    ]
    modules = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in asked
        if name.endswith(".py")
    ]
    words = [*nodes, *metrics, *modules]
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b") if words else None
    files = {
        str(path.relative_to(PROJECT_DIR))
        for path in (PROJECT_DIR / "tests").rglob("test_*.py")
        if path.name not in _OF_ALL
        and (
            str(path.relative_to(PROJECT_DIR)) in asked
            or (pattern is not None and pattern.search(path.read_text()))
        )
    }
    laws = {
        str(path.relative_to(PROJECT_DIR))
        for path in (PROJECT_DIR / LAWS).glob("test_*.py")
        if path.name not in _OF_ALL
    }
    return Proofs(tuple(asked), tuple(nodes), tuple(sorted(laws | files)))


def ask_dbt(copy: Settings, nodes: Iterable[str]) -> bool:
    """Whether the tests of the nodes, and the data tests of what reads them, pass on a copy."""
    prepare_environment(copy)
    selected = " ".join(f"{node}+" for node in nodes)
    return _run(
        "orchestration.warehouse.dbt_process",
        "--quiet",
        "test",
        "--indirect-selection",
        "cautious",
        "--select",
        selected,
        "--exclude",
        " ".join(LINEAGE),
    )


def ask_pytest(files: Iterable[str]) -> bool:
    """Whether the files of tests pass."""
    return _run("pytest", *files)


def _run(module: str, *arguments: str) -> bool:
    ended = subprocess.run([sys.executable, "-m", module, *arguments], cwd=PROJECT_DIR, check=False)
    return ended.returncode == 0
