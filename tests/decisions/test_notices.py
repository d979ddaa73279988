"""Everybody is told of a breach once, of a week once, and of nothing that is not published."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.act.acts import list_open
from orchestration.company.folder import SHIPPED_DIR
from orchestration.notices.compose import compose_breaches, last_full_week
from orchestration.notices.tell import Told, tell
from orchestration.settings import Settings
from orchestration.warehouse.connect import open_warehouse

NOW = dt.datetime(2026, 7, 1, 5, tzinfo=dt.UTC)


@dataclass
class Mailbox:
    """A server that takes notices, or refuses them."""

    port: int
    status: int = 200
    letters: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"json://person:secret@localhost:{self.port}"

    def titles(self) -> list[str]:
        return [letter["title"] for letter in self.letters]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if box.status == 200:
                box.letters.append(body)
            self.send_response(box.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    box = Mailbox(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield box
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, story_settings: Settings) -> Path:
    """A home of its own with what the story company published."""
    (tmp_path / "serving").mkdir()
    shutil.copy(story_settings.serving_path.resolve(), tmp_path / "serving" / "drivewheel.duckdb")
    return tmp_path


def run(home: Path, *addresses: str) -> Told:
    settings = Settings(home=home, notify=addresses, _env_file=None)
    with open_warehouse(settings) as connection:
        return tell(connection, settings, now=NOW)


def change(home: Path, *statements: str) -> None:
    with duckdb.connect(str(home / "serving" / "drivewheel.duckdb")) as connection:
        for statement in statements:
            connection.execute(statement)


def files(home: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (home / "notices").glob("*")}


def test_without_an_address_notices_are_files_and_a_second_run_writes_none(home: Path) -> None:
    told = run(home)
    assert not told.failures
    assert len(told.sent) == 2
    written = files(home)
    [breaches] = [text for name, text in written.items() if name.startswith("breaches-")]
    digest = written["digest-2026-W26.txt"]
    assert "critical: GRR at 78.2% in 2026-06, guardrail 85.0%" in breaches
    assert "next: Evidence, vendor manager, by " in breaches
    assert "Metrics of the week 2026-W26, as of 2026-06-30" in digest
    assert "Interventions that are overdue: " in digest
    assert "Do operating expenses grow faster than revenue? since 2026-01-31" in digest
    assert run(home).sent == ()
    assert files(home) == written


def test_notices_call_companies_by_name_where_the_company_permits(
    home: Path, story_settings: Settings
) -> None:
    shutil.copy(story_settings.persons_path, home / "serving" / "persons.duckdb")
    settings = Settings(home=home, _env_file=None)
    shown = settings.model_copy(update={"show_names": True})
    for told, vendor in ((settings, "ven_001"), (shown, "Northcloud")):
        notice = compose_breaches(told, ())
        assert notice
        assert f"Vendor risk score of vendor {vendor} at " in notice.body


def test_notices_name_whoever_stands_behind_a_role(home: Path, tmp_path: Path) -> None:
    """As the company's `owners.csv` says; who is not named there stays a role."""
    owners = (SHIPPED_DIR / "owners.csv").read_text()
    company = tmp_path / "company"
    company.mkdir()
    (company / "owners.csv").write_text(
        owners.replace("vendor_manager,,", "vendor_manager,Ada Ross,ada@acme.example")
    )
    notice = compose_breaches(Settings(home=home, company=company, _env_file=None), ())
    assert notice
    assert "next: Evidence, vendor manager, Ada Ross, by " in notice.body
    assert "(chief customer officer)" in notice.body


def test_the_history_of_a_new_home_is_one_notice_of_what_is_open(
    home: Path, mailbox: Mailbox
) -> None:
    run(home, mailbox.address)
    with duckdb.connect(str(home / "serving" / "drivewheel.duckdb")) as connection:
        [(open_count, all_count, oldest)] = connection.execute(
            "select count(*) filter (where is_open), count(*), "
            "min(opened_on) filter (where is_open) from governance.guardrail_breaches"
        ).fetchall()
    assert all_count > 3 * open_count
    assert mailbox.titles() == [
        f"{open_count} guardrails are breached, the oldest since {oldest}",
        "Metrics of the week 2026-W26, as of 2026-06-30",
    ]
    assert len(mailbox.letters[0]["message"].splitlines()) == open_count


GRR = "metric_id = 'grr' and dimension = 'total'"
NRR = "metric_id = 'nrr' and dimension = 'total'"
HIDDEN = "update governance.guardrail_breaches set is_open = {} where "
NEXT_DAY = "update audiences.executive_scorecard set snapshot_on = '2026-07-01'"


def test_a_rerun_tells_of_what_opened_since_and_of_nothing_else(
    home: Path, mailbox: Mailbox
) -> None:
    change(home, HIDDEN.format("false") + GRR)
    run(home, mailbox.address)
    assert run(home, mailbox.address).sent == ()
    mailbox.letters.clear()
    change(
        home,
        NEXT_DAY,
        HIDDEN.format("true, opened_on = '2026-07-01'") + GRR,
    )
    assert run(home, mailbox.address).sent == ("1 guardrail is newly breached",)
    assert mailbox.letters[0]["message"].startswith("- critical: GRR")
    assert run(home, mailbox.address).sent == ()


PUBLISHED = """
insert into raw_meta.published_values
    (publication_number, metric_id, grain, period_start, dimension, dimension_value)
values ({}, 'grr', 'month', '{}', 'total', 'total')
"""
PUBLICATION = (
    "insert into raw_meta.publications (publication_number, as_of, published_at) "
    "values ({}, '{}', '{}')"
)


@pytest.mark.parametrize(
    ("published", "title"),
    [
        # An upgrade brought the metric: all of its past is published at once.
        ({"2026-05-01": 2, "2026-06-01": 2}, "known only now"),
        # It was known, and so was its value: only the guardrail is new.
        ({"2026-05-01": 1, "2026-06-01": 1}, "known only now"),
        # June's files came late.
        ({"2026-05-01": 1, "2026-06-01": 2}, "newly breached"),
        # Nothing is recorded of it.
        ({}, "known only now"),
    ],
)
def test_a_breach_is_new_by_its_day_or_by_what_came_late(
    home: Path, mailbox: Mailbox, published: dict[str, int], title: str
) -> None:
    """June's GRR opened one on 30 June; everybody was told on 30 June, and it is told in July."""
    change(home, HIDDEN.format("false") + GRR)
    run(home, mailbox.address)
    mailbox.letters.clear()
    with open_warehouse(Settings(home=home, _env_file=None)) as warehouse:
        warehouse.execute(PUBLICATION.format(1, "2026-06-30", "2026-07-01 04:00"))
        warehouse.execute(PUBLICATION.format(2, "2026-07-05", "2026-07-05 04:00"))
        for start, number in published.items():
            warehouse.execute(PUBLISHED.format(number, start))
    change(
        home,
        NEXT_DAY,
        HIDDEN.format("true, opened_on = '2026-06-30', opened_period_start = '2026-06-01'") + GRR,
    )
    (told,) = run(home, mailbox.address).sent
    assert title in told
    assert run(home, mailbox.address).sent == ()


def test_what_is_new_and_what_is_known_only_now_are_told_apart(
    home: Path, mailbox: Mailbox
) -> None:
    change(home, f"{HIDDEN.format('false')} metric_id in ('grr', 'nrr')")
    run(home, mailbox.address)
    mailbox.letters.clear()
    change(
        home,
        NEXT_DAY,
        HIDDEN.format("true, opened_on = '2026-07-01'") + GRR,
        HIDDEN.format("true, opened_on = '2026-05-31'") + NRR,
    )
    assert run(home, mailbox.address).sent == (
        "1 guardrail is newly breached; "
        "1 older breach is known only now, the oldest since 2026-05-31",
    )
    new, empty, heading, old = mailbox.letters[0]["message"].splitlines()
    assert "GRR" in new and "NRR" in old and not empty
    assert heading == "Opened by 2026-06-30, and known only now: 1"


def test_a_digest_tells_what_opened_in_its_week_and_counts_the_rest(home: Path) -> None:
    """The week that has ended by 30 June began on 22 June."""
    change(
        home,
        "update governance.guardrail_breaches set opened_on = '2026-05-31' where is_open",
        f"update governance.guardrail_breaches set opened_on = '2026-06-22' where {GRR}",
    )
    with duckdb.connect(str(home / "serving" / "drivewheel.duckdb")) as connection:
        rows = connection.execute(
            "select metric_id, dimension, severity from governance.guardrail_breaches where is_open"
        ).fetchall()
    grr = [row for row in rows if row[:2] == ("grr", "total")]
    critical = sum(severity == "critical" for _, _, severity in rows) - (grr[0][2] == "critical")
    run(home)
    digest = files(home)["digest-2026-W26.txt"].splitlines()
    at = digest.index(f"Breaches that opened since 2026-06-22: 1, of {len(rows)} that are open")
    assert digest[at + 1].startswith("- critical: GRR at ")
    assert digest[at + 2] == (
        f"- open since before: {len(rows) - 1}, {critical} of them critical, "
        "the oldest since 2026-05-31"
    )


def test_a_digest_has_the_ten_steps_that_matter_by_money(home: Path) -> None:
    """Those that `drivewheel act list` puts first, but for what nobody can put in money."""
    run(home)
    digest = files(home)["digest-2026-W26.txt"].splitlines()
    at = digest.index("Open steps that are expected to return most") + 1
    listed = list_open(Settings(home=home, _env_file=None))
    worth = [row for row in listed if row["expected_return"] is not None]
    courtesies = ("promoter", "passive")
    first = [row for row in worth if row["trigger"] not in courtesies][:10]
    assert [line.split()[1] for line in digest[at : at + len(first)]] == [
        row["intervention_id"][:8] for row in first
    ]
    assert 5 <= len(first) <= 10
    assert digest[at + len(first)] == ""
    assert digest[-1] == "Pages: http://127.0.0.1:3002"


def test_what_was_refused_is_said_and_sent_by_the_next_run(home: Path, mailbox: Mailbox) -> None:
    mailbox.status = 500
    told = run(home, mailbox.address)
    assert told.sent == ()
    assert len(told.failures) == 2
    assert all("localhost" in failure for failure in told.failures)
    assert not any("secret" in failure for failure in told.failures)
    mailbox.status = 200
    assert len(run(home, mailbox.address).sent) == 2
    assert len(mailbox.letters) == 2


def test_a_dead_address_does_not_have_the_others_told_twice(home: Path, mailbox: Mailbox) -> None:
    for _ in range(2):
        told = run(home, "json://localhost:9", "nothing://x", mailbox.address)
        assert len(told.failures) == 4
        assert (
            "an address of DRIVEWHEEL_NOTIFY (nothing) is none that apprise knows"
            in (told.failures[2])
        )
    assert len(mailbox.letters) == 2


def test_the_digest_goes_out_once_a_week(home: Path, mailbox: Mailbox) -> None:
    """30 June is a Tuesday; the next week has ended on Sunday, 5 July."""
    run(home, mailbox.address)
    mailbox.letters.clear()
    for day in ("2026-07-01", "2026-07-04", "2026-07-05", "2026-07-06"):
        change(home, f"update audiences.executive_scorecard set snapshot_on = '{day}'")
        run(home, mailbox.address)
    assert mailbox.titles() == ["Metrics of the week 2026-W27, as of 2026-07-05"]


def test_a_run_of_an_earlier_day_has_no_news(home: Path, mailbox: Mailbox) -> None:
    run(home, mailbox.address)
    change(
        home,
        "update audiences.executive_scorecard set snapshot_on = '2026-05-31'",
        "update governance.guardrail_breaches set breach_id = breach_id || 'x'",
    )
    assert run(home, mailbox.address).sent == ()


@pytest.mark.parametrize(
    ("as_of", "week"),
    [
        (dt.date(2026, 6, 27), "2026-W25"),
        (dt.date(2026, 6, 28), "2026-W26"),
        (dt.date(2026, 6, 29), "2026-W26"),
        (dt.date(2026, 1, 4), "2026-W01"),
        (dt.date(2027, 1, 3), "2026-W53"),
    ],
)
def test_a_week_is_full_from_its_sunday_on(as_of: dt.date, week: str) -> None:
    assert last_full_week(as_of) == week


def test_addresses_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIVEWHEEL_NOTIFY", "json://a,b  mailto://c")
    settings = Settings(_env_file=None)
    assert settings.notify == ("json://a,b", "mailto://c")
    assert "mailto" not in repr(settings)
