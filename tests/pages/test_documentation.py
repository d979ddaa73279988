"""Beside the pages, at the same address: what the checks found, and how the models are made."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from orchestration.pages.app import build_app
from orchestration.settings import Settings
from tests.pages.browser import Browser
from tests.pages.conftest import TOKEN

DBT_SECONDS = 20


@pytest.fixture
def refused(tmp_path: Path) -> TestClient:
    """A home of which nothing is published: its first refresh was refused, with a page."""
    settings = Settings(home=tmp_path, _env_file=None)
    page = settings.docs_dir / "stripe/charge/delivery_is_usable.html"
    page.parent.mkdir(parents=True)
    page.write_text("delivery_is_usable on stripe/charge")
    (settings.docs_dir / "index.html").write_text("refused: stripe/charge")
    (tmp_path / "warehouse.duckdb").write_text("rows")
    return TestClient(build_app(settings), base_url="http://127.0.0.1")


def test_what_the_checks_found_is_served_with_its_own_looks(refused: TestClient) -> None:
    assert refused.get("/checks/").text == "refused: stripe/charge"
    page = refused.get("/checks/stripe/charge/delivery_is_usable.html")
    assert page.text == "delivery_is_usable on stripe/charge"
    policy = page.headers["content-security-policy"]
    assert "style-src 'unsafe-inline'" in policy and "script" not in policy


def test_before_the_first_version_the_pages_lead_to_the_checks(refused: TestClient) -> None:
    page = refused.get("/")
    assert page.status_code == 503 and 'href="/checks/"' in page.text


def test_nothing_beside_them_is_served(refused: TestClient) -> None:
    for path in (
        "/checks/../warehouse.duckdb",
        "/checks/%2e%2e/warehouse.duckdb",
        "/checks/no-such.html",
        "/models/partial_parse.msgpack",
    ):
        assert refused.get(path).status_code in (404, 503), path
        assert refused.get(path).text != "rows", path


def test_from_another_machine_they_need_the_token(demo_settings: Settings) -> None:
    app = build_app(demo_settings, token=TOKEN, hosts=("metrics.example",))
    far = TestClient(app, base_url="http://metrics.example", follow_redirects=False)
    for path in ("/checks/", "/models/manifest.json"):
        answer = far.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


def test_how_a_model_is_made_is_shown(browser: Browser, served: tuple[str, Path]) -> None:
    url, _ = served
    browser.problems.clear()
    browser.open(f"{url}/models/#!/model/model.drivewheel.fct_mrr_movements")
    until = time.monotonic() + DBT_SECONDS
    while "Meaning:" not in browser.text and time.monotonic() < until:
        time.sleep(0.2)
    assert "fct_mrr_movements" in browser.text and "Meaning:" in browser.text
    assert browser.problems == []
