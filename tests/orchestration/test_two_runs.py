"""Runs that meet: one is killed amid dbt, the next comes from the UI, another waits for it."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import math
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import pytest

from tests.orchestration.homes import AS_OF, Ended, Home, Refreshed

EARLIER = AS_OF - dt.timedelta(days=31)
DEADLINE_SECONDS = 240
LAUNCH = """
mutation { launchRun(executionParams: {
    selector: {
        repositoryLocationName: "drivewheel", repositoryName: "__repository__", jobName: "refresh"
    }
}) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
STATUS = 'query { runOrError(runId: "%s") { ... on Run { status } } }'
CHECKS = """
query { logsForRun(runId: "%s", afterCursor: %s) { ... on EventConnection {
    cursor hasMore
    events { ... on AssetCheckEvaluationEvent { evaluation { metadataEntries {
        label ... on UrlMetadataEntry { url }
    } } } }
} } }
"""


@dataclass(frozen=True)
class Met:
    """What happened."""

    killed_lock: str
    killed_published: str | None
    ui_run: str
    ui_status: str
    links_of_checks: list[str]
    linked_page: str
    ui_rows: dict[str, list[tuple[Any, ...]]]
    waiting: Ended
    home: Home
    ui_terminal: str


class UserInterface:
    """A running Dagster UI."""

    def __init__(self, port: int) -> None:
        self.port, self.terminal = port, ""

    def ask(self, query: str) -> dict[str, Any]:
        """The data that a GraphQL query gives."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/graphql", json.dumps({"query": query}), headers)
        return json.load(connection.getresponse())["data"]

    def launch(self) -> str:
        """Launch the job; its run id."""
        launched = self.ask(LAUNCH)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def links_of_checks(self, run: str) -> list[str]:
        """Where the results of a run's checks lead."""
        links, cursor, has_more = [], "null", True
        while has_more:
            page = self.ask(CHECKS % (run, cursor))["logsForRun"]
            cursor, has_more = json.dumps(page["cursor"]), page["hasMore"]
            links += [
                entry["url"]
                for event in page["events"]
                for entry in event.get("evaluation", {}).get("metadataEntries", [])
                if "url" in entry
            ]
        return sorted(links)

    def wait_for(self, run: str) -> str:
        """The status that a run ends with."""
        for _ in seconds():
            status = str(self.ask(STATUS % run)["runOrError"]["status"])
            if status in ("SUCCESS", "FAILURE", "CANCELED"):
                return status
        return "still running"


def seconds() -> Iterator[None]:
    """Until the deadline, twice a second."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(0.5)


@contextmanager
def user_interface(home: Home) -> Iterator[UserInterface]:
    """`drivewheel ui` on free ports of the loopback address."""
    with socket.socket() as first, socket.socket() as second:
        for free in (first, second):
            free.bind(("127.0.0.1", 0))
        port, pages_port = first.getsockname()[1], second.getsockname()[1]
    pages_url = f"http://127.0.0.1:{pages_port}"
    process = home.start("orchestration", "ui", "--port", str(port), DRIVEWHEEL_PAGES_URL=pages_url)
    interface = UserInterface(port)
    try:
        for _ in seconds():
            try:
                if interface.ask("{ locationStatusesOrError { __typename } }"):
                    break
            except OSError:
                assert process.poll() is None, process.communicate()[0]
        yield interface
    finally:
        # All of its processes at once: asked to end, they take half a minute in which none works.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        interface.terminal = process.communicate()[0]


@pytest.fixture(scope="module")
def met(refreshed: Refreshed) -> Met:
    """A home of which a run as of an earlier day is killed; two more, of which one is the UI's.

    The killed one has built 240 models and tests of that day over those of the last one.
    """
    home = refreshed.at_work()
    # Readers have nothing, so that a version would be the killed run's.
    shutil.rmtree(home.path / "serving")
    killed = home.start("orchestration", "run", "--as-of", str(EARLIER))
    assert killed.stdout
    for line in killed.stdout:
        if "dbt: 240 models" in line:
            break
    killed.kill()
    killed.wait()
    left, published = home.settings.lock_path.read_text(), home.published
    with ThreadPoolExecutor(1) as thread, user_interface(home) as interface:
        run = interface.launch()
        for _ in seconds():
            if run in home.settings.lock_path.read_text():
                break
        waiting = thread.submit(home.drivewheel, "run", "--as-of", str(EARLIER))
        status = interface.wait_for(run)
        links = interface.links_of_checks(run)
        with urlopen(links[0]) as answer:  # noqa: S310 - a page of our own server
            page = answer.read().decode()
        rows = home.published_rows()
    return Met(
        left,
        published,
        run,
        status,
        links,
        page,
        rows,
        waiting.result(),
        home,
        interface.terminal,
    )


def test_a_killed_run_has_published_nothing(met: Met) -> None:
    assert met.killed_lock.startswith("run ")
    assert met.killed_published is None


def test_checks_link_to_pages_that_are_served_beside_the_ui(met: Met) -> None:
    """A browser follows no link from a served page to a file."""
    pages = {link.partition("/checks/")[2] for link in met.links_of_checks}
    assert "contracts/subscription_periods/delivery_is_usable.html" in pages
    assert "governance/metric_values/values_are_valid.html" in pages
    assert all((met.home.settings.docs_dir / page).exists() for page in pages)
    assert "executive_scorecard" in met.links_of_checks[0]
    assert "core_metrics_are_stated on audiences/executive_scorecard" in met.linked_page


def test_the_ui_starts_without_a_warning_and_says_what_to_switch_on(met: Met) -> None:
    start, _, _ = met.ui_terminal.partition("Serving dagster-webserver")
    assert start != met.ui_terminal
    assert "warning" not in start.lower()
    assert "switch on the schedule daily_refresh" in start
    assert "/automation" in start


def test_the_run_after_it_ends_as_if_nothing_had_happened(met: Met, refreshed: Refreshed) -> None:
    assert met.ui_status == "SUCCESS"
    undisturbed = refreshed.home.published_rows()
    assert met.ui_rows.keys() == undisturbed.keys()
    for table, rows in undisturbed.items():
        assert len(met.ui_rows[table]) == len(rows), table
        for row, expected in zip(met.ui_rows[table], rows, strict=True):
            assert all(map(is_same, row, expected)), f"{table}: {row} is not {expected}"


def is_same(value: object, expected: object) -> bool:
    """Equal, but for the order in which two threads add up decimals, and when a file was loaded.

    A sum of doubles ends on 200.2 in one build and on 200.20000000000002 in the next. The
    company's own data has days only: a moment is the load's.
    """
    if isinstance(value, dt.datetime) and isinstance(expected, dt.datetime):
        return True
    if isinstance(value, float) and isinstance(expected, float):
        return math.isclose(value, expected, rel_tol=1e-12)
    return value == expected


def test_the_command_line_waits_for_the_run_of_the_ui_and_says_so(met: Met) -> None:
    assert f"waiting for run {met.ui_run} (process " in met.waiting.terminal
    assert met.waiting.code == 0, met.waiting.terminal


def test_two_runs_never_interleave_between_gate_and_build(met: Met) -> None:
    intervals = met.home.ask("""
        with moments as (
            select build_id, started_at as moment from raw_meta.runs where status = 'published'
            union all
            select build_id, finished_at from raw_meta.runs where status = 'published'
            union all
            select build_id, checked_at from raw_meta.gate_results
            where build_id in (select build_id from raw_meta.runs where status = 'published')
        )

        select min(moment), max(moment), build_id from moments group by build_id order by all
    """)
    # The first is what the home was copied with.
    assert len(intervals) == 3
    _, (_, first_end, first_id), (second_start, _, _) = intervals
    assert first_id == met.ui_run
    assert first_end < second_start


def test_a_day_before_the_last_one_rebuilds_everything(met: Met) -> None:
    assert f"rebuilding everything: as of {EARLIER}, before the last run's {AS_OF}" in (
        met.waiting.terminal
    )
    movements = met.home.ask(
        "select customer_id, occurred_on, movement_type, movement_reason, cancellation_reason, "
        "mrr_change from revenue_velocity.fct_mrr_movements where movement_type != 'fx' "
        "order by all"
    )
    later = [row[:6] for row in met.ui_rows["revenue_velocity.fct_mrr_movements"]]
    assert movements == sorted(row for row in later if row[1] <= EARLIER and row[2] != "fx")
    assert met.home.ask("select max(period_start) <= ? from governance.metric_values", EARLIER) == [
        (True,)
    ]


def test_a_look_back_is_no_report_and_restates_nothing(met: Met) -> None:
    assert met.home.ask("select as_of from raw_meta.publications") == [(AS_OF,)] * 2
    assert met.home.ask("select count(*) from governance.metric_restatements") == [(0,)]
