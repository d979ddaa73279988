"""Data Docs: who is to blame is found by following links, without a network."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

from expectations.declared import USABLE, page_path
from expectations.pages import write_index
from orchestration.defs.ingest import Contracts
from orchestration.settings import PROJECT_DIR
from tests.expectations.conftest import ask_gate_1
from tests.expectations.spoiled_rows import CONTRACTS, PENDING
from tests.orchestration.homes import Home

NOON = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
# What a browser would fetch by itself.
FETCHED = re.compile(r'<(?:link|script|img)[^>]*(?:href|src)="https?:')


def text_of(page: Path) -> str:
    """The page's words, without what draws them."""
    body = page.read_text().split("<body>")[1]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def ask(home: Home, contracts: Contracts, site: Path, hour: int) -> None:
    """Ask gate 1 and write the pages, as the op does."""
    outcomes = ask_gate_1(home.settings, contracts, site=site)
    write_index(site, outcomes, NOON.replace(hour=hour))


def test_a_page_names_what_failed_and_the_rows_to_blame(
    spoiled: Home, contracts: Contracts, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    spoiled.spoil(
        PENDING,
        "update raw_contracts.subscription_periods set status = 'a $status <b>' "
        "where subscription_id = 's2'",
    )
    ask(spoiled, contracts, site, 12)
    page = site / page_path(USABLE, CONTRACTS)
    told = text_of(page)
    assert "delivery_is_usable on contracts/subscription_periods" in told
    assert "Failed. Blocks: nothing is published while it fails." in told
    assert "contracts/subscription_periods/periods.csv" in told
    assert "a $status &lt;b&gt;&#x27;: status is one of active, trialing, past_due, paused" in told
    assert "every file can be read" in told

    index = site / "index.html"
    first = text_of(index).split("Asked", 1)[1]
    assert first.strip().startswith(
        "refused delivery_is_usable contracts/subscription_periods at most 5%"
    )
    links = re.findall(r'href="([^"]*delivery_is_usable[^"]*)"', index.read_text())
    assert links[0] == "contracts/subscription_periods/delivery_is_usable.html"
    assert all((site / link).exists() for link in links)
    for written in (page, index):
        assert not FETCHED.search(written.read_text()), written

    # The operator accepts the file: what was found stays to be read, and alarms nobody.
    spoiled.spoil("update raw_meta.files set status = 'accepted'")
    ask(spoiled, contracts, site, 13)
    assert text_of(page) == told
    decided = text_of(index)
    assert "refused" not in decided
    assert "decided on since: at most 5%" in decided
    assert "2026-03-31 12:00:00 UTC" in decided
    assert "13:00" not in decided


def test_nothing_waits_for_great_expectations_but_a_gate() -> None:
    """Its import takes seconds, and every tick of a sensor loads the code location."""
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, orchestration.cli, orchestration.run, orchestration.definitions, "
            "orchestration.defs.checks, orchestration.semantic.materialize, "
            "expectations.gate_1, expectations.pages\n"
            "print('great_expectations' in sys.modules)",
        ],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "False"
