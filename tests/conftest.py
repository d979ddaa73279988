"""Warehouses that tests share, each built once per session; read them, never write."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from orchestration.demo.demo import write_demo
from tests.warehouse import build_home

DEMO_END = dt.date(2026, 6, 30)


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo company: loaded, built by dbt and published, as of `DEMO_END`."""
    home = tmp_path_factory.mktemp("demo")
    write_demo(home / "landing", customers=120, months=26, events_per_day=200, end_on=DEMO_END)
    build_home(home, as_of=DEMO_END, is_published=True)
    return home


# Fixtures that build a warehouse, and how tests are divided so that each is built once.
SHARED = {"demo_home": "demo", "refreshed": "refreshed", "good": "refreshed"}


@pytest.hookimpl(tryfirst=True)  # before the marks are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a shared warehouse, else of a file, in one process; the longest first."""
    groups = {
        item: next(
            (SHARED[name] for name in getattr(item, "fixturenames", ()) if name in SHARED),
            item.path.name,
        )
        for item in items
    }
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: groups[item] not in SHARED.values())
