"""Files over time: seen, changed, failed, withdrawn, accepted; contracts that grow."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration.landing.contract import ObjectContract
from orchestration.landing.errors import LandingError
from orchestration.landing.loader import load_landing, unknown_folders
from orchestration.landing.manifest import (
    accept_file,
    accept_loads,
    pending_loads,
    refuse_loads,
    withdraw_file,
)
from orchestration.landing.tables import ensure_tables
from tests.landing.conftest import KIM

if TYPE_CHECKING:
    from tests.landing.conftest import Shop

NOW = dt.datetime(2024, 3, 1, 6)
PATH = "shop/payment/a.csv"


def test_every_object_gets_its_tables_without_files(shop: Shop) -> None:
    result = shop.load()
    assert (result.files, result.row_count_total) == ((), 0)
    assert shop.rows() == []
    assert shop.rejected() == []
    columns = shop.connection.execute("describe raw_shop.payment").fetchall()
    assert [column[0] for column in columns][-6:] == [
        "properties",
        "_extra",
        "_file",
        "_file_row",
        "_load_id",
        "_loaded_at",
    ]


def test_a_file_seen_before_is_skipped(shop: Shop) -> None:
    first = shop.load_one("a.csv", "id,amount\np1,1\np2,x\n")
    again = shop.load()
    [file] = again.files
    assert (file.status, file.load_id, file.rows_rejected) == ("skipped", first.load_id, 1)
    assert (again.new_rows, again.rejected_rows, again.row_count_total) == (0, 0, 1)


def test_a_touched_file_is_skipped(shop: Shop) -> None:
    shop.load_one("a.csv", "id\np1\n")
    os.utime(shop.landing / PATH, (1, 1))
    assert shop.load().files[0].status == "skipped"
    assert shop.manifest("mtime_ns") == [(1_000_000_000,)]


@pytest.mark.parametrize("content", ["id\np2\n", "id\np1\np2\n"])
def test_a_file_that_changed_under_its_name_is_an_error_that_says_so(
    shop: Shop, content: str
) -> None:
    shop.load_one("a.csv", "id\np1\n")
    before = shop.manifest("*")
    shop.put("a.csv", content)
    os.utime(shop.landing / PATH, (1, 1))
    [file] = shop.load().files
    assert file.status == "changed"
    assert "drivewheel withdraw shop/payment/a.csv" in (file.reason or "")
    assert shop.rows("id") == [("p1",)]
    assert shop.manifest("*") == before


def test_a_failed_file_is_tried_again(shop: Shop) -> None:
    assert shop.load_one("a.csv", "amount\n1\n").status == "failed"
    assert shop.load().files[0].status == "failed"
    assert shop.load_one("a.csv", "id\np1\n").status == "loaded"
    assert shop.manifest("path, status") == [(PATH, "pending")]


def test_a_new_file_adds_its_rows_whatever_the_object_is(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    for load in ("append", "latest", "snapshot"):
        shop.contract = new_contract(load=load, name=load)
        for name in ("a.csv", "b.csv"):
            path = shop.landing / "shop" / load / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text("id,amount\np1,1\n")
        assert shop.load().row_count_total == 2


def test_the_manifest_tells_what_was_loaded(shop: Shop) -> None:
    shop.load_one("a.csv", "id,created,colour\np1,2024-01-02,red\np2,2024-01-01,\n,2024-02-01,\n")
    assert shop.manifest(
        "load_id, source, object, path, size_bytes, length(sha256), rows_in, rows_loaded, "
        "rows_rejected, status, unknown_columns, min_event_at, max_event_at, loaded_at"
    ) == [
        (
            1,
            "shop",
            "payment",
            PATH,
            64,
            64,
            3,
            2,
            1,
            "pending",
            ["colour"],
            dt.datetime(2024, 1, 1),
            dt.datetime(2024, 1, 2),
            NOW,
        )
    ]


def test_accepted_loads_are_pending_no_more(shop: Shop) -> None:
    shop.put("a.csv", "id\np1\n")
    shop.put("b.csv", "id\np2\n")
    shop.load()
    first, second = pending_loads(shop.connection)
    assert (first.path, second.path) == (PATH, "shop/payment/b.csv")
    assert accept_loads(shop.connection, [first.load_id], accepted_by="gate 1", now=NOW) == 1
    assert [load.path for load in pending_loads(shop.connection)] == ["shop/payment/b.csv"]
    accept_file(shop.connection, "b.csv", operator=KIM, now=NOW)
    assert shop.manifest("status, accepted_by, accepted_at") == [
        ("accepted", "gate 1", NOW),
        ("accepted", "operator", NOW),
    ]


def test_a_file_is_named_by_any_of_its_paths(shop: Shop) -> None:
    shop.load_one("a.csv", "id\np1\n")
    for path in (PATH, "a.csv", "payment/a.csv", shop.landing / PATH, f"./{PATH}"):
        assert accept_file(shop.connection, path, operator=KIM, now=NOW) == PATH


def test_a_name_that_two_files_have_is_asked_back(shop: Shop) -> None:
    shop.load_one("a.csv", "id\np1\n")
    shop.connection.execute(
        "insert into raw_meta.files (load_id, path, status) values (9, 'crm/deal/a.csv', 'pending')"
    )
    with pytest.raises(LandingError, match=r"crm/deal/a\.csv, shop/payment/a\.csv"):
        accept_file(shop.connection, "a.csv", operator=KIM, now=NOW)


def test_an_unknown_file_is_answered_with_near_matches(shop: Shop) -> None:
    shop.load_one("payments_2024.csv", "id\np1\n")
    with pytest.raises(LandingError, match=r"Near matches: shop/payment/payments_2024\.csv"):
        withdraw_file(shop.connection, "payments_2025.csv", operator=KIM, now=NOW)


def test_withdrawing_removes_the_rows_and_allows_a_replacement(shop: Shop) -> None:
    shop.load_one("a.csv", "id,amount\np1,1\np2,x\n")
    shop.load_one("b.csv", "id\np9\n")
    withdraw_file(shop.connection, PATH, operator=KIM, now=NOW)
    assert shop.rows("id") == [("p9",)]
    assert shop.rejected() == []
    assert shop.connection.execute("from raw_meta.rebuild_required").fetchall() == [
        (f"withdrawn: {PATH}", NOW)
    ]
    assert shop.load().files[0].status == "skipped", "the file as it lies there came back"
    replaced = shop.load_one("a.csv", "id,amount\np1,1\np2,2\n")
    assert (replaced.status, replaced.load_id) == ("loaded", 3)
    assert shop.rows("id") == [("p1",), ("p2",), ("p9",)]
    assert shop.manifest("status") == [("withdrawn",), ("pending",), ("pending",)]


def test_the_same_bytes_put_back_after_a_withdrawal_are_loaded(shop: Shop) -> None:
    shop.load_one("a.csv", "id\np1\n")
    withdraw_file(shop.connection, PATH, operator=KIM, now=NOW)
    (shop.landing / PATH).unlink()
    assert shop.load_one("a.csv", "id\np1\n").status == "loaded"
    assert shop.rows("id") == [("p1",)]


def test_a_file_of_equal_size_and_time_is_looked_at_again(shop: Shop) -> None:
    path = shop.put("a.csv", "id\np1\n")
    shop.load()
    before = path.stat()
    path.write_text("id\np2\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert shop.load().files[0].status == "changed"


def test_a_failed_file_that_is_gone_is_told_of_once(shop: Shop) -> None:
    path = shop.put("a.csv", "amount\n1\n")
    shop.put("b.csv", "id\np1\n")
    shop.load()
    path.unlink()
    assert [(file.path, file.status) for file in shop.load().files] == [
        (PATH, "gone"),
        ("shop/payment/b.csv", "skipped"),
    ]
    assert shop.manifest("path") == [("shop/payment/b.csv",)]
    assert [file.status for file in shop.load().files] == ["skipped"]


@pytest.mark.parametrize("is_corrected", [True, False])
def test_a_refused_file_gives_way_to_what_is_put_in_its_place(
    shop: Shop, is_corrected: bool
) -> None:
    refused = shop.load_one("a.csv", "id,amount\np1,1\np2,x\n")
    shop.put("b.csv", "id\np9\n")
    refuse_loads(shop.connection, [refused.load_id or 0], now=NOW)
    path = shop.landing / PATH
    if is_corrected:
        path.write_text("id,amount\np1,1\np2,2\n")
    else:
        path.unlink()
    fates = {Path(file.path).name: file.status for file in shop.load().files}
    assert fates == {"a.csv": "loaded" if is_corrected else "gone", "b.csv": "loaded"}
    assert shop.rows("id") == [*([("p1",), ("p2",)] if is_corrected else []), ("p9",)]
    assert shop.rejected() == []
    # Nothing of it was ever built.
    assert shop.connection.execute("from raw_meta.rebuild_required").fetchall() == []


def test_a_withdrawn_or_failed_file_cannot_be_accepted(shop: Shop) -> None:
    shop.load_one("a.csv", "id\np1\n")
    shop.load_one("b.csv", "amount\n1\n")
    withdraw_file(shop.connection, "a.csv", operator=KIM, now=NOW)
    with pytest.raises(LandingError, match="withdrawn"):
        accept_file(shop.connection, "a.csv", operator=KIM, now=NOW)
    with pytest.raises(LandingError, match="nothing to accept"):
        accept_file(shop.connection, "b.csv", operator=KIM, now=NOW)


def test_coverage_is_of_accepted_loads_by_event_time_or_load_day(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    shop.load_one("a.csv", "id,created\np1,2024-01-05 10:00:00\np2,2024-02-10\n")
    coverage = "select source, covered_from, covered_through, newest_load_on from raw_meta.coverage"
    assert shop.connection.execute(coverage).fetchall() == []
    accept_file(shop.connection, "a.csv", operator=KIM, now=NOW)
    shop.contract = new_contract(source="sheet", event_time=None)
    sheet = shop.landing / "sheet" / "payment" / "s.csv"
    sheet.parent.mkdir(parents=True)
    sheet.write_text("id\np1\n")
    shop.load()
    accept_file(shop.connection, "s.csv", operator=KIM, now=NOW)
    assert sorted(shop.connection.execute(coverage).fetchall(), key=str) == [
        ("sheet", None, dt.date(2024, 2, 29), dt.date(2024, 3, 1)),
        ("shop", dt.date(2024, 1, 5), dt.date(2024, 2, 10), dt.date(2024, 3, 1)),
    ]


def test_a_contract_that_grew_adds_its_column(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    shop.contract = new_contract({"id": "varchar"}, event_time=None)
    shop.load_one("a.csv", "id,colour\np1,red\n")
    shop.contract = new_contract({"id": "varchar", "colour": "varchar"}, event_time=None)
    shop.load_one("b.csv", "id,colour\np2,blue\n")
    assert shop.rows("id, colour, _extra") == [
        ("p1", None, '{"colour":"red"}'),
        ("p2", "blue", None),
    ]


RETYPED = {"id": "varchar", "amount": "varchar"}


def retyped_shop(shop: Shop, new_contract: Callable[..., ObjectContract]) -> ObjectContract:
    """Two files whose amounts were numbers, one of them accepted and one withdrawn besides."""
    shop.contract = new_contract({"id": "varchar", "amount": "bigint"}, event_time=None)
    shop.load_one("a.csv", "id,amount\np1,007\np2,8\n")
    shop.load_one("b.csv", "id,amount\np3,9\np4,x\n")
    shop.load_one("c.csv", "id,amount\np5,10\n")
    accept_file(shop.connection, "payment/a.csv", operator=KIM, now=NOW)
    withdraw_file(shop.connection, "payment/c.csv", operator=KIM, now=NOW)
    return new_contract(RETYPED, event_time=None)


def held(shop: Shop) -> list[tuple[object, ...]]:
    return shop.connection.execute(
        "select id, amount, parse_filename(_file), _file_row, _load_id "
        "from raw_shop.payment order by id"
    ).fetchall()


def test_a_retyped_column_is_read_again_from_the_files_under_the_same_loads(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    """007 was a 7 as a number, which no cast brings back; x was set aside, and is text."""
    shop.contract = retyped_shop(shop, new_contract)
    decided = "select load_id, status, accepted_by from raw_meta.files order by all"
    before = shop.connection.execute(decided).fetchall()
    shop.load()
    assert held(shop) == [
        ("p1", "007", "a.csv", 1, 1),
        ("p2", "8", "a.csv", 2, 1),
        ("p3", "9", "b.csv", 1, 2),
        ("p4", "x", "b.csv", 2, 2),
    ]
    assert shop.connection.execute(decided).fetchall() == before
    assert shop.connection.execute(
        "select rows_in, rows_loaded, rows_rejected from raw_meta.files order by load_id"
    ).fetchall()[:2] == [(2, 2, 0), (2, 2, 0)]
    assert shop.connection.execute(
        "select count(*) from raw_meta.rebuild_required where reason like '%another type%'"
    ).fetchone() == (1,)
    tables = "select table_name from duckdb_tables() where table_name like '%aside'"
    assert shop.connection.execute(tables).fetchall() == []
    # Once.
    shop.load()
    assert len(held(shop)) == 4


def test_rows_whose_file_is_gone_are_cast_and_what_is_none_is_set_aside(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    shop.contract = new_contract({"id": "varchar", "amount": "varchar"}, event_time=None)
    path = shop.landing / "shop/payment/a.csv"
    shop.load_one("a.csv", "id,amount\np1,1.50\np2,1.505\np3,dear\np4,\n")
    path.unlink()
    shop.contract = new_contract({"id": "varchar", "amount": "decimal(18,2)"}, event_time=None)
    shop.load()
    assert [row[:2] for row in held(shop)] == [("p1", Decimal("1.50")), ("p4", None)]
    assert shop.connection.execute(
        "select _file_row, reason, original->>'id' from raw_shop.payment__rejected order by 1"
    ).fetchall() == [
        (2, "amount: was varchar, and is no decimal(18,2): 1.505", "p2"),
        (3, "amount: was varchar, and is no decimal(18,2): dear", "p3"),
    ]


def test_a_run_that_was_killed_between_two_loads_goes_on(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    """The table stepped aside, one load is in the new one, and the next run has the rest to do."""
    shop.contract = retyped_shop(shop, new_contract)
    ensure_tables(shop.connection, [shop.contract])
    shop.connection.execute(
        "insert into raw_shop.payment (id, amount, _load_id) values ('half', '1', 1)"
    )
    shop.load()
    assert [row[:2] for row in held(shop)] == [
        ("p1", "007"),
        ("p2", "8"),
        ("p3", "9"),
        ("p4", "x"),
    ]
    # Retyped once more before it was over, nothing is lost either.
    shop.contract = new_contract({"id": "varchar", "amount": "bigint"}, event_time=None)
    ensure_tables(shop.connection, [shop.contract])
    shop.contract = new_contract(RETYPED, event_time=None)
    shop.load()
    assert len(held(shop)) == 4


def test_a_source_is_covered_as_far_as_what_is_not_set_aside(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    """A refused file of one object, while another of its source goes on."""
    refund = new_contract(name="refund")
    contracts = {("shop", c.name): c for c in (shop.contract, refund)}
    for name, day in (("a", "2024-02-01"), ("b", "2024-02-10")):
        for folder in ("payment", "refund"):
            path = shop.landing / "shop" / folder / f"{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"id,created\n{name},{day}\n")
    load_landing(shop.connection, shop.landing, contracts, now=NOW)
    for path in ("payment/a.csv", "payment/b.csv", "refund/a.csv"):
        accept_file(shop.connection, path, operator=KIM, now=NOW)
    coverage = "select covered_through, delivered_through from raw_meta.coverage"
    assert shop.connection.execute(coverage).fetchall() == [
        (dt.date(2024, 2, 1), dt.date(2024, 2, 10))
    ]
    accept_file(shop.connection, "refund/b.csv", operator=KIM, now=NOW)
    assert shop.connection.execute(coverage).fetchall() == [
        (dt.date(2024, 2, 10), dt.date(2024, 2, 10))
    ]


def test_folders_that_no_contract_reads_are_named(shop: Shop) -> None:
    for path in ("shops/payment/a.csv", "shop/payments/a.csv", "shop/payment/2024/a.csv"):
        (shop.landing / path).parent.mkdir(parents=True)
        (shop.landing / path).write_text("id\n")
    shop.put(".DS_Store", "")
    contracts = {("shop", "payment"): shop.contract}
    assert [w.split(":")[0] for w in unknown_folders(shop.landing, contracts)] == [
        "shop/payment/2024/",
        "shop/payments/",
        "shops/",
    ]
    assert load_landing(shop.connection, shop.landing, contracts, now=NOW)[0].files == ()


def test_a_missing_landing_folder_is_an_error_with_a_remedy(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="DRIVEWHEEL_LANDING"):
        load_landing(shop.connection, tmp_path / "nowhere", {}, now=NOW)


def test_a_time_with_a_zone_is_stored_as_utc(shop: Shop) -> None:
    shop.put("a.csv", "id\np1\n")
    shop.load(dt.datetime(2024, 3, 1, 6, tzinfo=dt.timezone(dt.timedelta(hours=2))))
    assert shop.rows("_loaded_at") == [(dt.datetime(2024, 3, 1, 4),)]
