"""How cost grows: with customers, with files, and with metrics.

    python -m benchmarks.growth [--customers 400 4000 40000] [--files 100 1000 10000] [--metrics]

Beside each figure stands how much larger what is refreshed is than the one before, and how much
longer it takes: more is worse than linear. Customers have one million events between them, so
that nothing else grows; files are small daily exports of events; with `--metrics` each metric of a
copy of the project is there twice. A first refresh, which is not timed, has parsed the project
and compiled its metrics.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from benchmarks.company import Company, Sizes
from benchmarks.load import load_small_files
from orchestration.files import read_yaml
from orchestration.settings import PROJECT_DIR
from tests.checkout import copy_checkout

EVENTS = 1_000_000
TWIN = "_twin"


def main(argv: list[str] | None = None) -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--customers", type=int, nargs="*", default=[400, 4_000, 40_000])
    parser.add_argument("--files", type=int, nargs="*", default=[100, 1_000, 10_000])
    parser.add_argument("--metrics", action="store_true", help="each of them once and twice")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="drivewheel-growth-") as folder:
        work = Path(folder)
        _tell("files", arguments.files, lambda count: _load_files(work / "files", count))
        _tell("customers", arguments.customers, lambda count: _refresh(work / "company", count))
        if arguments.metrics:
            twice = copy_with_metrics_twice(work / "project")
            projects = {1: PROJECT_DIR, 2: twice}
            _tell(
                "times as many metrics",
                projects,
                lambda times: _refresh(work / "company", 400, projects[times]),
            )


def _tell(what: str, sizes: Iterable[int], measure: Callable[[int], float]) -> None:
    before: tuple[int, float] | None = None
    for size in sizes:
        seconds = measure(size)
        line = f"{size:,} {what}: {seconds:.2f} s"
        if before:
            larger, longer = size / before[0], seconds / before[1]
            line += f"; {larger:.3g} times as many, {longer:.2f} times as long"
        print(line, flush=True)
        before = size, seconds


def _load_files(folder: Path, count: int) -> float:
    """Seconds that so many small files take to be loaded."""
    seconds = load_small_files(folder, count)
    shutil.rmtree(folder)
    return seconds


def _refresh(folder: Path, customers: int, project: Path = PROJECT_DIR) -> float:
    """Seconds of a refresh of everything, by a project that was parsed before."""
    company = Company(folder, EVENTS, Sizes(events=(EVENTS,), customers=customers), project)
    company.land()
    company.refresh()
    company.empty()
    seconds = company.refresh().wall
    shutil.rmtree(folder)
    return seconds


def copy_with_metrics_twice(folder: Path) -> Path:
    """A copy of the project in which each metric has a twin of another name; gives its folder."""
    copy_checkout(folder)
    for path in sorted((folder / "dbt_project/models").rglob("*__metrics.yml")):
        said = read_yaml(path)
        said.pop("anchors", None)
        said["metrics"] += [_twin(metric) for metric in said["metrics"]]
        path.write_text(yaml.safe_dump(said, sort_keys=False, allow_unicode=True))
    return folder


def _twin(metric: dict[str, Any]) -> dict[str, Any]:
    """The same by another name, which is none of the core and has no target."""
    twin = deepcopy(metric)
    twin["name"] = f"{metric['name']}{TWIN}"
    if "label" in metric:
        twin["label"] = f"{metric['label']}, again"
    for name in ("tier", "target_holds_by"):
        twin["config"]["meta"].pop(name, None)
    return twin


if __name__ == "__main__":
    main()
