"""The pages in headless Chromium: a story from a red number to its rows, and what axe finds."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from orchestration.report.published import ask_published
from orchestration.settings import Settings
from tests.pages.browser import Browser
from tests.pages.conftest import TOKEN
from tests.pages.test_acting import acts

# A customer who moved a core metric in its newest month, and a step that is open and not its own.
MOVED = """
select card.metric_id, card.label, moved.dimension_value as customer_id
from audiences.executive_scorecard as card
inner join governance.metric_contributions as moved
    on card.metric_id = moved.metric_id and card.period_start = moved.period_start
where moved.dimension = 'customer' and moved.dimension_value != 'rest'
    and moved.compared_with = 'period_before' and moved.grain = 'month'
order by card.metric_id = 'grr' desc, abs(moved.contribution) desc, customer_id limit 1
"""
TOP_STEP = """
select step from governance.open_interventions where trigger_type != 'logged'
order by coalesce(trigger in ('promoter', 'passive'), false), value_at_stake desc nulls last,
    due_on, intervention_id limit 1
"""
PAGES = (
    "index.html",
    "metrics/grr.html",
    "board.html",
    "weeks/2026-W26.html",
    "tree.html",
    "customers.html",
    "steps.html",
    "at-risk.html",
    "leadership.html",
    "technical.html",
    "metrics.html",
    "sign-in",
)
# Of what differs on a phone.
NARROW = PAGES[:2]
SERIOUS = ("serious", "critical")


def test_from_a_red_number_to_its_rows_and_back_with_an_act(
    browser: Browser, served: tuple[str, Path], demo_settings: Settings
) -> None:
    url, landing = served
    moved = ask_published(demo_settings, MOVED)[0]
    browser.problems.clear()
    browser.open(f"{url}/")
    assert "Executive scorecard" in browser.text
    browser.click(moved["label"])
    assert browser.address.endswith(f"/metrics/{moved['metric_id']}.html")
    browser.click(moved["customer_id"])
    assert f"/customers/{moved['customer_id']}" in browser.address
    assert "Monthly recurring revenue" in browser.text
    browser.open(f"{url}/")
    browser.click(ask_published(demo_settings, TOP_STEP)[0]["step"])
    browser.click("Sign in to act")
    browser.fill("name", "Ada")
    browser.fill("token", TOKEN, within=".sign-in")
    browser.click("Sign in")
    assert "/steps/" in browser.address
    browser.fill("why", "I have called them")
    browser.click("Acknowledge")
    assert "acknowledged" in browser.text
    (row,) = acts(landing)
    assert (row["acted_by"], row["reason"]) == ("Ada", "I have called them")
    browser.open(f"{url}/metrics/{moved['metric_id']}.html")
    browser.click("The rows behind it")
    assert "adds up" in browser.text
    assert ".csv" in browser.text or ".parquet" in browser.text
    assert browser.problems == []


def test_the_list_shows_what_is_looked_for(browser: Browser, served: tuple[str, Path]) -> None:
    url, _ = served
    browser.open(f"{url}/metrics.html")
    browser.run(
        "(() => { const box = document.querySelector('input[data-filters]');"
        "box.value = 'gross margin'; box.dispatchEvent(new Event('input')); })()"
    )
    shown = browser.run(
        "[...document.querySelectorAll('tbody tr')].filter(row => !row.hidden).length"
    )
    assert 1 <= shown < 20
    assert f"{shown} found" in browser.text


@pytest.mark.parametrize(("width", "pages"), [(1440, PAGES), (390, NARROW)])
def test_axe_finds_nothing_serious(
    browser: Browser, served: tuple[str, Path], width: int, pages: tuple[str, ...]
) -> None:
    url, _ = served
    axe = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    browser.problems.clear()
    found = {}
    for page in pages:
        browser.open(f"{url}/{page}", width=width)
        browser.run(axe + "; undefined")
        report = json.loads(
            browser.run(
                "axe.run({resultTypes: ['violations']}).then(found => JSON.stringify("
                "found.violations.map(one => [one.impact, one.id, one.nodes[0].html])))"
            )
        )
        serious = [one for one in report if one[0] in SERIOUS]
        if serious:
            found[page] = serious
        assert browser.run("document.documentElement.scrollWidth <= innerWidth + 1"), page
    assert found == {}
    assert browser.problems == []
