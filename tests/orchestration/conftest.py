"""The refreshed company, and copies of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg  # noqa: TID251
import pytest

from tests.orchestration.homes import Home, Refreshed, refresh_company


@pytest.fixture(scope="session")
def refreshed() -> Refreshed:
    """The company after its first refresh."""
    return refresh_company()


@pytest.fixture
def home(refreshed: Refreshed, tmp_path: Path) -> Home:
    """A copy of the refreshed company, to be written to."""
    return refreshed.home.copy_to(tmp_path / "home")


@pytest.fixture(scope="module")
def definitions(refreshed: Refreshed) -> Iterator[dg.Definitions]:
    """What Dagster loads, from the manifest of the refreshed company."""
    from orchestration.definitions import defs

    with pytest.MonkeyPatch.context() as patch:
        for name, value in refreshed.home.environment.items():
            patch.setenv(name, value)
        before = dict(os.environ)
        yield defs()
        os.environ.clear()
        os.environ.update(before)
