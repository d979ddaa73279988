"""Pages of the small demo company, and a browser that looks at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from orchestration.pages.app import build_app
from orchestration.settings import Settings
from tests.pages.browser import Browser, find_browser
from tests.pages.server import serve_app

# No secret: it guards what the tests have made.
TOKEN = "shown-by-whoever-may-act-on-this-site"  # noqa: S105


@pytest.fixture(scope="session")
def demo_settings(demo_home: Path) -> Settings:
    """What the small demo company has published."""
    return Settings(home=demo_home, _env_file=None)


@pytest.fixture(scope="session")
def client(demo_settings: Settings) -> TestClient:
    """Somebody who reads, on this machine."""
    return TestClient(build_app(demo_settings), base_url="http://127.0.0.1")


@pytest.fixture
def acting(demo_settings: Settings, tmp_path: Path) -> tuple[TestClient, Path]:
    """Somebody who may act, and the landing that acts are written to."""
    settings = demo_settings.model_copy(update={"landing": tmp_path})
    app = build_app(settings, token=TOKEN)
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=False), tmp_path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    program = find_browser()
    if program is None:
        pytest.skip("no chromium on this machine; Debian's package `chromium` brings it")
    with Browser.started(program) as started:
        yield started


@pytest.fixture(scope="session")
def served(
    demo_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """The pages at a real server with a token, and the landing that acts are written to."""
    landing = tmp_path_factory.mktemp("landing")
    settings = demo_settings.model_copy(update={"landing": landing})
    with serve_app(build_app(settings, token=TOKEN)) as url:
        yield url, landing
