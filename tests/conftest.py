"""Warehouses that tests share, each built once per session; read them, never write."""

from __future__ import annotations

import datetime as dt
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivewheel_demo.demo import write_demo
from orchestration.report.published import open_published
from tests.warehouse import build_home

DEMO_END = dt.date(2026, 6, 30)
# Folders whose tests ask code and files.
FAST = {"company", "dev", "lineage", "oracles", "project", "spark", "statistics"}


def pytest_configure() -> None:
    """Work on one thread, where no test says otherwise: halves of the tests run side by side.

    A build costs up to a fifth less on one: two of them side by side end sooner than on two each.
    """
    os.environ.setdefault("DRIVEWHEEL_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is run before each commit: `pytest -m fast`, of which nothing is slow."""
    for item in items:
        if item.path.parent.name in FAST and not item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.fast)


def pytest_collection_finish() -> None:
    """What is imported and collected stays to the end: the collector need not look through it."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.fixture(autouse=True)
def _settings_of_one_test() -> Iterator[None]:
    """A command that runs in this process leaves what it was told to its children."""
    before = dict(os.environ)
    yield
    for name in {name for name in os.environ if name.startswith("DRIVEWHEEL_")} - before.keys():
        del os.environ[name]
    os.environ.update(
        {name: value for name, value in before.items() if name.startswith("DRIVEWHEEL_")}
    )


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small demo company: loaded, built by dbt and published, as of `DEMO_END`."""
    home = tmp_path_factory.mktemp("demo")
    write_demo(home / "landing", customers=120, months=26, events_per_day=200, end_on=DEMO_END)
    # dbt's tests are asked of the larger company, `story_home`.
    settings = build_home(home, as_of=DEMO_END, is_published=True, is_tested=False)
    # What many tests ask: opening it takes ten times what most queries do.
    with open_published(settings):
        yield home


@pytest.fixture(scope="session")
def story_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo company at its full number of customers and months, with all of its stories.

    Events are thinned out, which no story needs; for recomputation `demo_home` is quicker.
    """
    home = tmp_path_factory.mktemp("story")
    write_demo(home / "landing", events_per_day=600, end_on=DEMO_END)
    settings = build_home(home, as_of=DEMO_END, is_published=True)
    with open_published(settings):
        yield home
