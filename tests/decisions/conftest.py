"""Asking the published version of the company with all stories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.report.published import ask_published
from orchestration.settings import Settings

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def story_settings(story_home: Path) -> Settings:
    """The settings of the company with all stories."""
    return Settings(home=story_home, _env_file=None)


@pytest.fixture(scope="session")
def ask(story_settings: Settings) -> Ask:
    """Rows of a query over what it published."""

    def ask_story(query: str, **parameters: object) -> list[dict[str, Any]]:
        return ask_published(story_settings, query, parameters)

    return ask_story
