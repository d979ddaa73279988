"""Who may act on the pages, and what comes of it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from orchestration.cli import main
from orchestration.pages import addresses
from orchestration.pages.app import build_app
from orchestration.report.published import ask_published
from orchestration.settings import Settings
from tests.pages.conftest import TOKEN

STEP = """
select intervention_id from governance.open_interventions
where trigger_type != 'logged' and state != 'acknowledged' order by 1 limit 1
"""
SIGN_IN = {"name": "Ada", "token": TOKEN, "next": "/"}


@pytest.fixture
def step(demo_settings: Settings) -> str:
    return str(ask_published(demo_settings, STEP)[0]["intervention_id"])


def form_token(client: TestClient, step: str) -> str:
    """What a form of a step's page carries."""
    found = re.search(
        r'name="form_token" value="(\w+)"', client.get(f"/{addresses.step(step)}").text
    )
    assert found
    return found[1]


def acts(landing: Path) -> list[dict[str, str]]:
    """What lies in the landing."""
    rows = []
    for path in sorted((landing / "governance/action_log").glob("act-*.csv")):
        with path.open(newline="") as file:
            rows += list(csv.DictReader(file))
    return rows


def test_an_act_on_a_page_is_one_of_the_terminal(
    acting: tuple[TestClient, Path], step: str
) -> None:
    client, landing = acting
    assert client.post("/sign-in", data=SIGN_IN).status_code == 303
    said = {"form_token": form_token(client, step), "step": step, "why": "Call on Monday"}
    answer = client.post("/act", data={**said, "what": "acknowledge"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{addresses.step(step)}")
    (row,) = acts(landing)
    assert (row["acted_by"], row["reason"]) == ("Ada", "Call on Monday")
    assert row["intervention_id"] == step
    page = client.get(f"/{addresses.step(step)}").text
    assert "Recorded" in page and "acknowledged" in page
    # Another act is laid over the one before; a step that is closed has no page any more.
    assert client.post("/act", data={**said, "what": "snooze", "until": "2026-08-15"}).is_redirect
    assert "2026-08-15" in client.get(f"/{addresses.step(step)}").text
    closed = client.post("/act", data={**said, "what": "close", "outcome": "worked"})
    assert closed.headers["location"] == f"/{addresses.STEPS}"
    assert client.get(f"/{addresses.step(step)}").status_code == 404
    assert acts(landing)[-1]["outcome"] == "worked"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"what": "acknowledge", "why": " "}, "say why"),
        ({"what": "assign", "role": "nobody", "why": "x"}, "no role nobody"),
        ({"what": "snooze", "until": "soon", "why": "x"}, "name the day"),
        ({"what": "close", "outcome": "splendid", "why": "x"}, "say what came of it"),
        ({"what": "delete", "why": "x"}, "say what you do"),
    ],
)
def test_what_cannot_be_recorded_is_said_on_the_page(
    acting: tuple[TestClient, Path], step: str, said: dict[str, str], problem: str
) -> None:
    client, landing = acting
    client.post("/sign-in", data=SIGN_IN)
    answer = client.post(
        "/act", data={"form_token": form_token(client, step), "step": step, **said}
    )
    assert answer.status_code == 422
    assert problem in answer.text
    assert not acts(landing)


def test_nobody_acts_without_the_token(acting: tuple[TestClient, Path], step: str) -> None:
    client, landing = acting
    said = {"step": step, "what": "acknowledge", "why": "x"}
    assert client.post("/act", data=said).status_code == 403
    assert client.post("/sign-in", data={**SIGN_IN, "token": "guessed"}).status_code == 403
    client.cookies.set("drivewheel", f"9999999999.{b'Ada'.hex()}.{'0' * 64}")
    assert client.post("/act", data={**said, "form_token": ""}).status_code == 403
    assert not acts(landing)


def test_a_form_of_another_site_does_nothing(acting: tuple[TestClient, Path], step: str) -> None:
    client, landing = acting
    answer = client.post("/sign-in", data=SIGN_IN)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    said = {"step": step, "what": "acknowledge", "why": "x"}
    assert client.post("/act", data=said).status_code == 403
    token = form_token(client, step)
    from_afar = {"origin": "http://elsewhere.example"}
    answer = client.post("/act", data={**said, "form_token": token}, headers=from_afar)
    assert answer.status_code == 403
    assert not acts(landing)


def test_without_a_token_the_pages_are_read_only(client: TestClient, step: str) -> None:
    assert client.post("/sign-in", data=SIGN_IN).status_code == 403
    assert client.post("/act", data={"step": step, "what": "acknowledge"}).status_code == 403
    assert "<form" not in client.get(f"/{addresses.step(step)}").text


def test_sign_in_leads_to_no_other_site(acting: tuple[TestClient, Path]) -> None:
    client, _ = acting
    for target in ("//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"):
        answer = client.post("/sign-in", data={**SIGN_IN, "next": target})
        assert answer.headers["location"] == "/"


def test_headers_keep_a_page_to_itself(client: TestClient) -> None:
    for path in ("/", "/static/pages.css", "/no-such-page"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_a_name_of_another_site_is_refused(client: TestClient) -> None:
    """Else a page elsewhere could point its own name at this machine, and read."""
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400


def test_other_machines_see_nothing_without_the_token(demo_settings: Settings) -> None:
    app = build_app(demo_settings, token=TOKEN, hosts=("metrics.example",))
    far = TestClient(app, base_url="http://metrics.example", follow_redirects=False)
    answer = far.get("/metrics/grr.html")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=/metrics/grr.html",
    )
    far.post("/sign-in", data=SIGN_IN)
    assert far.get("/metrics/grr.html").status_code == 200


def test_another_host_needs_a_token(demo_home: Path) -> None:
    answer = CliRunner().invoke(main, ["serve", "--home", str(demo_home), "--host", "0.0.0.0"])  # noqa: S104
    assert answer.exit_code == 2
    assert "DRIVEWHEEL_PAGES_TOKEN" in answer.output


def test_who_opened_what_is_written_down(
    acting: tuple[TestClient, Path], demo_settings: Settings
) -> None:
    client, _ = acting
    client.post("/sign-in", data=SIGN_IN)
    client.get("/tree.html")
    last = (demo_settings.home_dir / "pages/access.jsonl").read_text().splitlines()[-1]
    assert '"who": "Ada"' in last and '"path": "/tree.html"' in last
