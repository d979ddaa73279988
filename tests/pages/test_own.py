"""A customer's own page: its own numbers, nobody's risk, and a link that opens nothing else."""

from __future__ import annotations

import base64
import datetime as dt
import html
import json
import re
from pathlib import Path

import duckdb
import pytest
from starlette.testclient import TestClient

from orchestration.pages.app import build_app
from orchestration.pages.own import render_own
from orchestration.pages.portal import customer_of, sign_link
from orchestration.pages.site import Site
from orchestration.report.published import ask_published
from orchestration.report.words import format_value
from orchestration.settings import Settings
from tests.pages.browser import Browser
from tests.pages.conftest import TOKEN

# Those of whom most is known: what they may see, the most first.
CUSTOMERS = """
select customer_id from audiences.customer_scorecard
group by 1 order by count(*) filter (section != 'health') desc, 1
"""
ROWS = """
select label, unit, value, baseline_value, segment_median from audiences.customer_scorecard
where customer_id = $customer and section in ('onboarding', 'nurturing', 'outcome')
"""
# What says how we see a customer.
OF_OURS = re.compile(r"risk|churn|health|probabil|leaves|outlook|\bmrr\b|\barr\b", re.IGNORECASE)
TODAY = dt.date(2026, 7, 1)


@pytest.fixture(scope="module")
def customers(demo_settings: Settings) -> list[str]:
    return [row["customer_id"] for row in ask_published(demo_settings, CUSTOMERS)]


@pytest.fixture(scope="module")
def page(demo_settings: Settings, customers: list[str]) -> str:
    found = render_own(Site(demo_settings), customers[0])
    assert found
    return html.unescape(found)


def test_its_own_numbers_are_on_it(
    page: str, demo_settings: Settings, customers: list[str]
) -> None:
    rows = ask_published(demo_settings, ROWS, {"customer": customers[0]})
    assert len(rows) >= 10
    for row in rows:
        [told] = [line for line in page.splitlines() if f'scope="row">{row["label"]}<' in line]
        figures = re.findall(r'class="figure[^"]*">([^<]*)<', told)
        numbers = (row["value"], row["baseline_value"], row["segment_median"])
        assert figures == [format_value(number, row["unit"]) for number in numbers]


def test_no_id_of_ours_no_other_page_and_nothing_of_risk(
    page: str, demo_settings: Settings, customers: list[str]
) -> None:
    assert not [customer for customer in customers if customer in page]
    assert "<script" not in page and "<a " not in page
    words = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert not OF_OURS.findall(words)


def test_it_names_company_and_vendor_where_the_company_permits(
    demo_settings: Settings, customers: list[str], tmp_path: Path
) -> None:
    (tmp_path / "company.yml").write_text("show_names: true\ncompany_name: Wheel & Sons\n")
    with duckdb.connect(str(demo_settings.persons_path), read_only=True) as connection:
        [(name,)] = connection.execute(
            "select name from persons.companies where kind = 'customer' and company_id = $1",
            [customers[0]],
        ).fetchall()
    named = demo_settings.model_copy(update={"company": tmp_path})
    page = render_own(Site(named), customers[0])
    assert page and f"<h1>{html.escape(name)}</h1>" in page and "Wheel &amp; Sons" in page
    plain = render_own(Site(demo_settings), customers[0])
    assert plain and name not in plain and "<h1>Your scorecard</h1>" in plain


def test_a_link_opens_one_page_until_its_day_is_over() -> None:
    link = sign_link(TOKEN, "b", TODAY).removeprefix("shared/")
    everybody = ["a", "b", "c"]
    assert customer_of(TOKEN, link, everybody, today=TODAY) == "b"
    assert customer_of(TOKEN, link, everybody, today=TODAY + dt.timedelta(days=1)) is None
    # Another day, another customer's, another token's, and half of one.
    longer = link.replace("2026-07-01", "2026-08-01")
    assert customer_of(TOKEN, longer, everybody, today=TODAY) is None
    assert customer_of(TOKEN, link, ["a", "c"], today=TODAY) is None
    assert customer_of(f"{TOKEN}x", link, everybody, today=TODAY) is None
    assert customer_of(TOKEN, link[:-1], everybody, today=TODAY) is None


def test_whoever_has_the_link_sees_that_page_and_no_other(
    demo_settings: Settings, customers: list[str]
) -> None:
    far = TestClient(
        build_app(demo_settings, token=TOKEN, hosts=("metrics.example.com",)),
        base_url="http://metrics.example.com",
        follow_redirects=False,
    )
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    link = sign_link(TOKEN, customers[0], tomorrow)
    answer = far.get(f"/{link}")
    assert answer.status_code == 200 and "Your scorecard" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert far.get(f"/{link[:-1]}").status_code == 404
    assert far.get("/customers.html").is_redirect
    # Who reads the log cannot open the page.
    log = (demo_settings.home_dir / "pages/access.jsonl").read_text()
    paths = [json.loads(line)["path"] for line in log.splitlines()]
    assert f"/shared/{tomorrow}-…" in paths and link not in log


def test_without_a_token_no_link_opens_anything(client: TestClient, customers: list[str]) -> None:
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    assert client.get(f"/{sign_link(TOKEN, customers[0], tomorrow)}").status_code == 404


def test_it_prints_on_two_pages(
    browser: Browser, demo_settings: Settings, customers: list[str], tmp_path: Path
) -> None:
    page = render_own(Site(demo_settings, is_alone=True), customers[0])
    assert page
    (tmp_path / "own.html").write_text(page)
    browser.open((tmp_path / "own.html").as_uri())
    printed = browser.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
    pages = len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"])))
    assert 1 <= pages <= 2
