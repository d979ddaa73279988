"""What is on the pages, asked of the application in this process."""

from __future__ import annotations

import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from orchestration.pages import addresses, routes
from orchestration.pages.accounts import read_customers
from orchestration.pages.ahead import Ahead
from orchestration.pages.export import ExportError, export_pages
from orchestration.pages.routes import all_pages, render_page
from orchestration.pages.site import Site, shorten_slices
from orchestration.report.published import ask_published
from orchestration.settings import Settings

CORE = "select metric_id, label, value, state, unit from audiences.executive_scorecard order by 1"
LINK = re.compile(r'(?:href|src)="([^"]*)"')
# One of each kind, and of what there are hundreds of, some.
SOME = 5
LARGEST_PAGE = 300_000


@pytest.fixture(scope="module")
def site(demo_settings: Settings) -> Site:
    return Site(demo_settings)


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, str]:
    """Pages as HTML by address: every single one, and some of each kind."""
    chosen: dict[str, list[str]] = {}
    for page in all_pages(site):
        chosen.setdefault(page.split("/")[0], []).append(page)
    some = [page for kind in chosen.values() for page in [*kind[:SOME], kind[-1]]]
    more = {"who": "", "form_token": "", "problem": ""}
    return {page: render_page(site, page, **more) for page in dict.fromkeys(some)}


def figures(html: str) -> dict[str, str]:
    """The big number of each card by the metric's id."""
    cards = re.findall(
        r'<h2><a href="metrics/(\w+)\.html">.*?<p class="big">(.*?)</p>', html, re.DOTALL
    )
    return {metric: unescape(re.sub(r"<[^>]*>", "", told)).strip() for metric, told in cards}


def test_the_executive_page_shows_the_published_numbers(
    pages: dict[str, str], demo_settings: Settings
) -> None:
    shown = figures(pages[addresses.HOME])
    published = ask_published(demo_settings, CORE)
    assert set(shown) == {row["metric_id"] for row in published}
    for row in published:
        told = re.match(r"-?[\d,.]+", shown[row["metric_id"]])
        assert (told is not None) == (row["state"] == "ok"), row
        if told:
            number = float(told[0].replace(",", "")) / (100 if row["unit"] == "rate" else 1)
            # As near as the last digit shown tells.
            digits = len(told[0].partition(".")[2])
            nearest = 0.5 * 10**-digits / (100 if row["unit"] == "rate" else 1)
            assert abs(number - row["value"]) <= nearest * 1.0001, row


def test_every_link_leads_to_a_page(pages: dict[str, str], site: Site) -> None:
    there = {*all_pages(site), "static/pages.css", "static/pages.js", "static/icon.svg"}
    for page, html in pages.items():
        for href in LINK.findall(html):
            target = urljoin(f"/{page}", unescape(href)).removeprefix("/").partition("#")[0]
            is_there = target in there or (
                target.startswith("traces/") and routes.find_page(site, target)
            )
            assert is_there, f"{page} links to {href}"


def test_a_page_asks_nothing_of_elsewhere_and_holds_no_script(pages: dict[str, str]) -> None:
    for page, html in pages.items():
        assert not re.search(r'(href|src|action)="(https?:)?//', html), page
        assert not re.search(r"<script(?! src=)|<style| style=| on[a-z]+=", html), page


def test_a_page_is_small(pages: dict[str, str]) -> None:
    assert max(len(html.encode()) for html in pages.values()) <= LARGEST_PAGE


def test_every_picture_says_in_words_what_it_shows(pages: dict[str, str]) -> None:
    for page, html in pages.items():
        for tag in re.findall(r"<svg[^>]*>", html):
            assert 'aria-hidden="true"' in tag or re.search(r'aria-label="[^"]{5,}"', tag), page


def test_a_page_that_is_not_there_says_so(client: TestClient) -> None:
    for page in ("metrics/no_such.html", "customers/x.html", "boards/month-2026-13.html", "x"):
        answer = client.get(f"/{page}")
        assert answer.status_code == 404
        assert "Not here" in answer.text


def test_names_are_shown_only_where_the_company_permits_it(
    demo_settings: Settings, pages: dict[str, str]
) -> None:
    open_to_names = Site(demo_settings.model_copy(update={"show_names": True}))
    page = next(iter(open_to_names.customers))
    customer = open_to_names.customers[page]
    name = open_to_names.customer_name(customer)
    assert name != customer
    assert f"<h1>{name}" in render_page(open_to_names, page, who="", form_token="", problem="")
    assert all(name not in html for html in pages.values())
    owned = [row for row in read_customers(open_to_names)["customers"] if row["account_owner"]]
    page = addresses.customer(owned[0]["customer_id"])
    shown = render_page(open_to_names, page, who="", form_token="", problem="")
    owner = re.search(r"<dt>account owner</dt><dd>(Rep4\d Holder4\d)</dd>", shown)
    assert owner
    assert all(owner[1] not in html for html in pages.values())


def test_text_from_files_is_shown_as_text(
    demo_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(demo_settings)
    page = next(iter(site.customers))
    hostile = "<script>alert(1)</script>"
    monkeypatch.setattr(Site, "customer_name", lambda *_: hostile)
    html = render_page(site, page, who="", form_token="", problem="")
    assert hostile not in html
    assert "&lt;script&gt;" in html


def test_another_version_is_shown_once_it_is_published(
    demo_settings: Settings, tmp_path: Path
) -> None:
    """A server outlives versions; DuckDB would go on reading the one under the link's old name."""
    import duckdb

    serving = tmp_path / "serving"
    for name, label in (("one", "First label"), ("two", "Second label")):
        version = serving / name / "drivewheel.duckdb"
        version.parent.mkdir(parents=True)
        shutil.copy(demo_settings.serving_path.resolve(), version)
        version.chmod(0o644)
        with duckdb.connect(str(version)) as connection:
            connection.execute(
                "update audiences.executive_scorecard set label = ? where metric_id = 'grr'",
                [label],
            )
    link = serving / "drivewheel.duckdb"
    link.symlink_to("one/drivewheel.duckdb")
    site = Site(demo_settings.model_copy(update={"home": tmp_path}))
    more = {"who": "", "form_token": "", "problem": ""}
    assert "First label" in render_page(site, addresses.HOME, **more)
    link.with_suffix(".new").symlink_to("two/drivewheel.duckdb")
    link.with_suffix(".new").replace(link)
    assert "Second label" in render_page(site, addresses.HOME, **more)


def test_many_who_ask_at_once_wait_for_one_rendering(demo_settings: Settings) -> None:
    site, reads = Site(demo_settings), []

    def read() -> dict[str, str]:
        reads.append(1)
        time.sleep(0.05)
        return {"title": "t", "here": "", "problem": "p", "who": "", "form_token": ""}

    with ThreadPoolExecutor(8) as readers:
        asked = [
            readers.submit(site.render, "missing.html", "missing.html", read) for _ in "12345678"
        ]
        assert len({each.result() for each in asked}) == 1
    assert reads == [1]


def modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}


def test_an_export_replaces_only_a_site(
    demo_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [addresses.HOME, addresses.METRICS, addresses.metric("grr")]
    monkeypatch.setattr("orchestration.pages.export.all_pages", lambda _: few)
    target = tmp_path / "site"
    assert export_pages(demo_settings, target) == len(few)
    assert 'href="../static/pages.css"' in (target / addresses.metric("grr")).read_text()
    (target / "old.html").write_text("of a version before")
    export_pages(demo_settings, target)
    assert sorted(str(path.relative_to(target)) for path in target.rglob("*.html")) == sorted(few)
    assert modes(target) == {0o755, 0o444}, "a web server reads them, as it does what is published"
    export_pages(demo_settings.model_copy(update={"show_names": True}), target)
    assert modes(target) == {0o750, 0o640}, "who may read names of companies is the group's to say"
    own = tmp_path / "own"
    own.mkdir()
    (own / "letter.txt").write_text("mine")
    with pytest.raises(ExportError, match="holds other files"):
        export_pages(demo_settings, own)
    assert (own / "letter.txt").read_text() == "mine"


def test_a_card_names_two_slices_and_counts_the_others() -> None:
    told = (
        "Customers: c1 -2.2 points; beyond their share: industry retail (48 % of it, 9 % of the "
        "whole), plan Scale (more than all of it, 80 % of the whole), region amer (78 % of it, "
        "52 % of the whole), with others making up for a part; parts: LTV -1,153 (-0.10 of it)."
    )
    assert shorten_slices(told) == (
        "Customers: c1 -2.2 points; beyond their share: industry retail (48 % of it, 9 % of the "
        "whole), plan Scale (more than all of it, 80 % of the whole) and 1 more."
    )
    short = "Beyond their share: segment smb (45 % of it, 14 % of the whole)."
    assert shorten_slices(short) == short
    assert shorten_slices("Drivers: Hosting +0.1 points.") == "Drivers: Hosting +0.1 points."


def test_pages_are_rendered_before_somebody_asks(demo_settings: Settings) -> None:
    site = Site(demo_settings)
    ahead = Ahead(site)
    ahead.start()
    try:
        until = time.monotonic() + 20
        while len(site._rendered) < 3 and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        ahead.stop()
    # Kept as whoever has not signed in asks for it: nothing is rendered anew.
    first = next(iter(all_pages(site)))
    (kept,) = (html for (_, page, _), html in list(site._rendered.items()) if page == first)
    assert render_page(site, first, who="", form_token="", problem="") is kept
