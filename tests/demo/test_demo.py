"""The demo company: same bytes for the same seed, dirt as stated, columns of the contract."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from drivewheel_demo import DemoError, DemoSummary, story, write_demo, write_next_day

SOURCES = Path(__file__).resolve().parents[2] / "dbt_project/models/staging"
END = date(2026, 6, 30)


def _small(landing: Path, **changes: int) -> DemoSummary:
    size = {"customers": 60, "months": 16, "events_per_day": 60, **changes}
    return write_demo(landing, end_on=END, **size)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "landing"


@pytest.fixture(scope="module")
def summary(landing: Path) -> DemoSummary:
    return _small(landing)


def _digests(landing: Path) -> dict[str, str]:
    return {
        path.relative_to(landing).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(landing.rglob("*"))
        if path.is_file()
    }


@cache
def _rows(landing: Path, name: str) -> list[dict[str, object]]:
    """Every row of an object's files, values as text where the file is text; not to be changed."""
    found: list[dict[str, object]] = []
    with duckdb.connect() as connection:
        for path in sorted(landing.joinpath(*name.split(".")).iterdir()):
            reader = {
                "csv": "read_csv(?, all_varchar=true)",
                "jsonl": "read_json(?, sample_size=-1)",
                "parquet": "read_parquet(?)",
            }[path.name.split(".")[1]]
            cursor = connection.execute(f"select * from {reader}", [str(path)])
            columns = [column[0] for column in cursor.description]
            found += [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return found


@cache
def _declared(source: str) -> list[dict[str, Any]]:
    """The objects of a source's contract."""
    contract = yaml.safe_load((SOURCES / source / f"_{source}__sources.yml").read_text())
    tables: list[dict[str, Any]] = contract["sources"][0]["tables"]
    return tables


def test_the_same_seed_writes_the_same_bytes(
    landing: Path, summary: DemoSummary, tmp_path: Path
) -> None:
    _small(tmp_path)
    assert _digests(tmp_path) == _digests(landing)


def test_another_seed_writes_other_bytes(tmp_path: Path) -> None:
    for seed in (7, 8):
        _small(tmp_path / str(seed), seed=seed, customers=5, months=2)
    assert _digests(tmp_path / "7") != _digests(tmp_path / "8")


def test_the_summary_counts_the_rows_that_are_in_the_files(
    landing: Path, summary: DemoSummary
) -> None:
    assert {name: len(_rows(landing, name)) for name in summary.rows} == summary.rows


def test_every_column_but_the_planted_one_is_in_the_contract(
    landing: Path, summary: DemoSummary
) -> None:
    unknown = set()
    for name in summary.rows:
        source, table = name.split(".")
        declared = next(t for t in _declared(source) if t["name"] == table)
        columns = {column["name"] for column in declared["columns"]}
        unknown |= {(name, c) for row in _rows(landing, name) for c in row if c not in columns}
    assert unknown == {("stripe.invoice", story.UNKNOWN_COLUMN)}


def test_every_kind_of_dirt_is_there(summary: DemoSummary) -> None:
    assert set(summary.dirt) >= set(story.DIRT)
    assert all(count > 0 for count in summary.dirt.values()), summary.dirt


def test_event_dirt_is_in_the_files_as_counted(landing: Path, summary: DemoSummary) -> None:
    rows = _rows(landing, "segment.tracks")
    bad = [row for row in rows if str(row["id"]).endswith("_bad")]
    assert len(bad) == summary.dirt["unparsable_events"]
    deliveries = Counter(str(row["id"]) for row in rows)
    assert sum(n - 1 for n in deliveries.values()) == summary.dirt["duplicate_events"]
    late = [
        row
        for row in rows
        if row not in bad
        and deliveries[str(row["id"])] == 1
        and _moment(row["received_at"]) - _moment(row["timestamp"]) > timedelta(days=30)
    ]
    assert len(late) == summary.dirt["late_events"]


def _moment(value: object) -> date:
    return date.fromisoformat(str(value)[:10])


def test_other_dirt_is_in_the_files_as_counted(landing: Path, summary: DemoSummary) -> None:
    dirt = summary.dirt
    charges = _rows(landing, "stripe.charge")
    assert sum(not str(r["amount"]).isdigit() for r in charges) == dirt["unparsable_charges"]
    users = _rows(landing, "app.user")
    assert sum("+02:00" in str(r["created_at"]) for r in users) == dirt["offset_user_times"]
    accounts = _rows(landing, "app.account")
    tests = {str(r["id"]) for r in accounts if r["is_test"] == "true"}
    assert len(tests) == dirt["test_accounts"]
    assert sum(r["account_id"] in tests for r in users) == dirt["users_of_test_accounts"]
    companies = _rows(landing, "hubspot.company")
    merged = {str(r["property_hs_merged_object_ids"]) for r in companies} - {"None"}
    assert len(merged) == dirt["merged_companies"]
    assert {str(r["id"]) for r in companies if r["is_deleted"]} == merged
    assert {str(r["hubspot_company_id"]) for r in accounts} >= merged
    items = _rows(landing, "stripe.subscription_item")
    assert sum(bool(r["_fivetran_deleted"]) for r in items) == dirt["deleted_items"]
    invoices = _rows(landing, "stripe.invoice")
    assert sum(story.UNKNOWN_COLUMN in r for r in invoices) == dirt["unknown_column_rows"]


def test_ids_link_accounts_customers_and_companies(landing: Path, summary: DemoSummary) -> None:
    customers = {r["id"]: r for r in _rows(landing, "stripe.customer")}
    companies = {r["id"] for r in _rows(landing, "hubspot.company")}
    contracts = {r["domain"] for r in _rows(landing, "contracts.customer")}
    for account in _rows(landing, "app.account"):
        if account["is_test"] == "true":
            continue
        assert account["hubspot_company_id"] in companies
        if account["stripe_customer_id"]:
            metadata = customers[account["stripe_customer_id"]]["metadata"]
            assert str(account["id"]) in str(metadata)
        else:
            assert account["domain"] in contracts


def test_more_customers_and_events_make_more_rows(summary: DemoSummary, tmp_path: Path) -> None:
    larger = _small(tmp_path, customers=120, events_per_day=120)
    for name in ("stripe.invoice", "segment.tracks", "app.user"):
        assert 1.5 < larger.rows[name] / summary.rows[name] < 2.7, name


def test_a_next_day_adds_files_and_touches_none(
    landing: Path, summary: DemoSummary, tmp_path: Path
) -> None:
    shutil.copytree(landing, tmp_path, dirs_exist_ok=True)
    before = _digests(tmp_path)
    added = write_next_day(tmp_path)
    after = _digests(tmp_path)
    new = {path.relative_to(tmp_path).as_posix() for path in added.files}
    marker = {".drivewheel-demo.json"}
    assert set(after) - set(before) == new
    assert {name for name in before if before[name] != after[name]} == marker
    assert {path.name.split(".")[0] for path in added.files} == {"2026-07-01"}
    assert added.rows["segment.tracks"] > 0


def test_days_added_one_by_one_end_at_the_simulated_span(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivewheel_demo.demo.FORESIGHT_DAYS", 1)
    _small(tmp_path, customers=5, months=3)
    write_next_day(tmp_path)
    with pytest.raises(DemoError, match="later end_on"):
        write_next_day(tmp_path)


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "stripe").mkdir()
    (tmp_path / "stripe/mine.csv").write_text("id\n")
    with pytest.raises(DemoError, match="not a demo"):
        _small(tmp_path)
    with pytest.raises(DemoError, match="holds no demo"):
        write_next_day(tmp_path)
    assert (tmp_path / "stripe/mine.csv").read_text() == "id\n"


def test_a_strangers_file_in_a_demo_keeps_the_demo_from_being_replaced(tmp_path: Path) -> None:
    _small(tmp_path, customers=5, months=2)
    (tmp_path / "stripe/customer/mine.jsonl").write_text("{}\n")
    with pytest.raises(DemoError, match="move them away"):
        _small(tmp_path, customers=5, months=2)


def test_a_smaller_demo_replaces_a_larger_one_wholly(tmp_path: Path) -> None:
    _small(tmp_path, customers=20, months=6)
    smaller = _small(tmp_path, customers=5, months=2)
    files = {
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and path.parent != tmp_path / "company"
    }
    assert files == {*smaller.files, tmp_path / ".drivewheel-demo.json"}
