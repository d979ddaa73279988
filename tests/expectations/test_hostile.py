"""Whatever files are called and hold is shown as text, and quoted where it is used."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from expectations.pages import write_index
from orchestration.defs.ingest import Contracts
from orchestration.landing.loader import load_landing
from orchestration.landing.manifest import accept_file, withdraw_file
from orchestration.pages.site import Site
from orchestration.report.share import COLUMNS
from orchestration.report.words import plain_text
from orchestration.settings import Settings
from orchestration.warehouse.connect import open_warehouse
from tests.expectations.conftest import ask_gate_1
from tests.landing.conftest import KIM
from tests.orchestration.homes import HEADER, PERIODS

NOON = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</td><script>alert(1)</script>",
    "'; drop table raw_meta.files; --",
    '"; drop table raw_meta.files; --',
    "[red]red[/red] {x} $y %(z)s \\x",
    "\x1b[2J\x07\u202e",
    "=HYPERLINK(1)",
)


def cell(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A landing folder in which names and cells of every column are hostile."""
    found = Settings(home=tmp_path_factory.mktemp("hostile"), _env_file=None)
    folder = found.landing_dir / PERIODS
    folder.mkdir(parents=True)
    for number, text in enumerate(HOSTILE):
        # A name that steers terminals is refused; that is told, and tested, elsewhere.
        name = text.replace("/", "∕") if text.isprintable() else "plain"
        rows = [
            # What can be kept, and what is refused: in a day, in a number, in a status.
            f"s{number},{cell(text)},2025-01-01,,100,1,month,usd,active",
            f"{cell(text)},c,{cell(text)},,100,1,month,usd,active",
            f"r{number},c,2025-01-01,,{cell(text)},1,month,usd,active",
            f"t{number},c,2025-01-01,,100,1,month,usd,{cell(text)}",
        ]
        (folder / f"{name}.csv").write_text("\n".join([HEADER, *rows, ""]))
    return found


def test_names_and_cells_are_kept_as_they_are_and_told_as_text(
    settings: Settings, contracts: Contracts, tmp_path: Path
) -> None:
    said: list[str] = []
    with open_warehouse(settings) as connection:
        load_landing(connection, settings.landing_dir, contracts, now=NOON, on_progress=said.append)
        kept = connection.execute(
            "select customer_id from raw_contracts.subscription_periods "
            "where subscription_id like 's%' order by subscription_id"
        ).fetchall()
        paths = [row[0] for row in connection.execute("select path from raw_meta.files").fetchall()]
    assert [text for (text,) in kept] == list(HOSTILE)
    assert len(paths) == len(HOSTILE)
    # To a terminal: one line each, nothing that steers it.
    assert len(said) == len(HOSTILE)
    assert all(line.isprintable() for line in said)

    outcomes = ask_gate_1(settings, contracts, site=tmp_path)
    write_index(tmp_path, outcomes, NOON)
    pages = {path: path.read_text() for path in tmp_path.rglob("*.html")}
    told = "".join(pages.values())
    assert "onerror" in told, "what was refused is shown"
    for markup in ("<img", "</td><script>", "<script>alert", "\x1b"):
        assert not [path for path, page in pages.items() if markup in page], markup

    with open_warehouse(settings) as connection:
        for path in paths:
            accept_file(connection, path, operator=KIM, now=NOON)
            withdraw_file(connection, path, operator=KIM, now=NOON)
        assert connection.execute(
            "select count(*) from raw_meta.files where status = 'withdrawn'"
        ).fetchone() == (len(HOSTILE),)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_shared_and_traced_is_text(text: str, tmp_path: Path) -> None:
    row = dict.fromkeys(COLUMNS) | {
        "section": "goal",
        "label": text,
        "unit": text,
        "standing": "worse",
        "description": text,
        "levers": [text],
        "picture": None,
        "snapshot_on": NOON.date(),
    }
    templates = Site(Settings(home=tmp_path, _env_file=None))._environment
    page = templates.get_template("own.html").render(
        is_alone=False,
        customer=text,
        vendor=text,
        as_of=NOON.date(),
        sections=[(text, [row])],
        goals=[row],
        waiting={"ticket_count": 1, "oldest_on": text, "escalated_count": 0},
        milestones={"late_count": 0, "oldest_on": None},
        renewal={"due_on": text},
    )
    assert "<img" not in page
    assert "<script>" not in page
    assert plain_text(text).isprintable()


def test_a_home_and_a_landing_folder_may_be_called_anything(
    tmp_path: Path, contracts: Contracts
) -> None:
    home = tmp_path / 'it\'s "a" <b> [home] $x %41 ; --'
    settings = Settings(home=home, _env_file=None)
    folder = settings.landing_dir / PERIODS
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text(f"{HEADER}\ns1,c1,2025-01-01,,100,1,month,usd,active\n")
    with open_warehouse(settings) as connection:
        load_landing(connection, settings.landing_dir, contracts, now=NOON)
    outcomes = ask_gate_1(settings, contracts, site=home / "docs")
    write_index(home / "docs", outcomes, NOON)
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        assert connection.execute(
            "select count(*) from raw_contracts.subscription_periods"
        ).fetchone() == (1,)
