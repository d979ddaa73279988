"""Rows in the vendors' own shape, that nobody on this project wrote, load to the last."""

from __future__ import annotations

import csv
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.landing.contract import load_contracts
from orchestration.landing.loader import ObjectResult, load_landing

PROJECT = Path(__file__).resolve().parents[2]
VENDOR_ROWS = PROJECT.parent / "shared" / "data" / "vendor_rows"

pytestmark = pytest.mark.skipif(not VENDOR_ROWS.is_dir(), reason=f"no vendor rows in {VENDOR_ROWS}")


def source_file(source: str, name: str) -> Path | None:
    """The vendor's file of an object, which some vendors prefix with their name."""
    for stem in (f"{name}_data", f"{source}_{name}_data"):
        path = VENDOR_ROWS / source / f"{stem}.csv"
        if path.is_file():
            return path
    return None


def data_rows(path: Path) -> int:
    """Rows of a CSV file, counted by another reader."""
    with path.open(newline="", encoding="utf-8-sig") as handle:
        return sum(1 for row in csv.reader(handle) if row) - 1


@pytest.fixture
def loaded(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> dict[tuple[str, str], ObjectResult]:
    """Results for every declared object that the vendor rows have."""
    contracts = load_contracts(PROJECT / "dbt_project" / "models")
    for source, name in contracts:
        path = source_file(source, name)
        if path is not None:
            (tmp_path / source / name).mkdir(parents=True)
            shutil.copy(path, tmp_path / source / name / f"{name}.csv")
    results = load_landing(connection, tmp_path, contracts, now=datetime(2024, 3, 1))
    return {(r.source, r.object): r for r in results if r.files}


def test_every_vendor_row_is_loaded_or_set_aside(
    loaded: dict[tuple[str, str], ObjectResult],
) -> None:
    known = {("stripe", "invoice"), ("stripe", "charge"), ("hubspot", "company")}
    known |= {("hubspot", "deal"), ("hubspot", "deal_stage"), ("hubspot", "contact")}
    known |= {("hubspot", "engagement_task"), ("hubspot", "deal_pipeline_stage")}
    assert known | {("github", "issue"), ("github", "pull_request")} <= set(loaded)
    for (source, name), result in loaded.items():
        [file] = result.files
        path = source_file(source, name)
        assert path is not None
        assert (file.status, file.reason) == ("loaded", None), file.path
        assert file.rows_in == file.rows_loaded + file.rows_rejected == data_rows(path), file.path
        if source in ("stripe", "hubspot", "github"):
            assert file.rows_rejected == 0, file.path


@pytest.mark.usefixtures("loaded")
def test_vendor_values_arrive_as_they_were_sent(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.execute(
        "select id, amount_due, paid, period_end, metadata ->> 'external_id', "
        "_extra ->> 'source_relation', _extra ->> 'auto_advance', _file_row "
        "from raw_stripe.invoice where id = 'si8jo54'"
    ).fetchone() == (
        "si8jo54",
        1000,
        True,
        datetime(2021, 2, 19, 14, 16, 37),
        "1111111-2222-3333-4444-55555555",
        None,
        None,
        2,
    )
    assert connection.execute(
        "select start, \"end\" from raw_stripe.subscription_discount where id = 'di_test1'"
    ).fetchone() == (datetime(2022, 9, 19, 5, 50, 7), datetime(2023, 9, 19, 5, 50, 7))
    assert connection.execute(
        "select _fivetran_synced, property_country, "
        "_extra ->> 'property_hs_all-funky-a9384-syntax' "
        "from raw_hubspot.company where id = '2182162682'"
    ).fetchone() == (datetime(2020, 12, 30, 3, 15, 52), "United States", "23")
    assert connection.execute(
        "select deal_id, date_entered, _extra ->> '_fivetran_end' "
        "from raw_hubspot.deal_stage where deal_id = '3954699413'"
    ).fetchone() == ("3954699413", datetime(2021, 1, 7, 6, 49, 18), "2050-01-01 00:00:00")
    assert connection.execute(
        "select property_hs_timestamp, property_hubspot_team_id, property_hs_task_status "
        "from raw_hubspot.engagement_task where engagement_id = '32034933897'"
    ).fetchone() == (datetime(2023, 3, 8, 2, 30), "9747038", None)
