"""Beside the pages, at the same address: what the checks found, and how the models are made."""

from __future__ import annotations

import time
from pathlib import Path

from starlette.testclient import TestClient

from orchestration.pages.app import build_app
from orchestration.settings import Settings
from tests.pages.browser import Browser
from tests.pages.conftest import TOKEN

DBT_SECONDS = 20


def test_what_the_checks_found_is_served_with_its_own_looks(client: TestClient) -> None:
    found = client.get("/checks/")
    assert found.status_code == 200 and "All checks" not in found.text
    assert "values_are_valid" in found.text
    page = client.get("/checks/governance/metric_values/values_are_valid.html")
    assert "values_are_valid on governance/metric_values" in page.text
    policy = page.headers["content-security-policy"]
    assert "style-src 'unsafe-inline'" in policy and "script" not in policy


def test_nothing_beside_them_is_served(client: TestClient) -> None:
    for path in (
        "/checks/../warehouse.duckdb",
        "/checks/%2e%2e/warehouse.duckdb",
        "/checks/no-such.html",
        "/models/partial_parse.msgpack",
    ):
        assert client.get(path).status_code == 404, path


def test_from_another_machine_they_need_the_token(demo_settings: Settings) -> None:
    app = build_app(demo_settings, token=TOKEN, hosts=("metrics.example",))
    far = TestClient(app, base_url="http://metrics.example", follow_redirects=False)
    for path in ("/checks/", "/models/manifest.json"):
        answer = far.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


def test_before_the_first_version_the_checks_are_there(tmp_path: Path) -> None:
    """A first refresh that its gates refuse leads to a page that says why."""
    settings = Settings(home=tmp_path, _env_file=None)
    settings.docs_dir.mkdir()
    (settings.docs_dir / "index.html").write_text("refused: a file")
    client = TestClient(build_app(settings), base_url="http://127.0.0.1")
    page = client.get("/")
    assert page.status_code == 503 and 'href="/checks/"' in page.text
    assert client.get("/checks/").text == "refused: a file"


def test_how_a_model_is_made_is_shown(browser: Browser, served: tuple[str, Path]) -> None:
    url, _ = served
    browser.problems.clear()
    browser.open(f"{url}/models/#!/model/model.drivewheel.fct_mrr_movements")
    until = time.monotonic() + DBT_SECONDS
    while "Meaning:" not in browser.text and time.monotonic() < until:
        time.sleep(0.2)
    assert "fct_mrr_movements" in browser.text and "Meaning:" in browser.text
    assert browser.problems == []
