"""The refreshed company, and copies of it."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from tests.orchestration.homes import Home, Refreshed, refresh_company


@pytest.fixture(scope="session")
def refreshed() -> Refreshed:
    """The company after its first refresh."""
    return refresh_company()


@pytest.fixture
def home(refreshed: Refreshed, tmp_path: Path) -> Home:
    """A copy of the refreshed company, to be written to; nothing is built in it."""
    return refreshed.home.copy_to(tmp_path / "home", is_built_again=False)


@pytest.fixture(scope="session")
def definitions(refreshed: Refreshed) -> dg.Definitions:
    """What Dagster loads, from the manifest of the refreshed company."""
    from orchestration.definitions import defs

    with refreshed.home.found_by_this_process():
        return defs()
