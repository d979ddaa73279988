"""What a new load says about the past, told from rows worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from orchestration.landing.evidence import classify_new_loads
from orchestration.landing.manifest import (
    accept_loads,
    ensure_meta,
    pending_loads,
    withdraw_file,
)
from tests.landing.conftest import KIM, NOW, Shop, build_contract

CONTRACT_TYPES = {
    "id": "varchar",
    "started_on": "date",
    "amount": "bigint",
    "synced_at": "timestamp",
    "is_deleted": "boolean",
}
HEADER = "id,started_on,amount,synced_at,is_deleted"


@pytest.fixture
def contracts(shop: Shop) -> Shop:
    """Two contracts of which the last publication knew; their key says since when they hold."""
    contract = build_contract(
        CONTRACT_TYPES, primary_key=("id", "started_on"), load="latest", event_time=None
    )
    shop.contract = replace(contract, version_by="synced_at")
    land(shop, "known.csv", "a,2024-01-01,100,2024-01-01,", "b,2024-01-01,50,2024-01-01,")
    publish(shop)
    return shop


def land(shop: Shop, name: str, *rows: str, header: str = HEADER) -> None:
    shop.put(name, "\n".join([header, *rows, ""]))
    shop.load()
    loads = [load.load_id for load in pending_loads(shop.connection)]
    accept_loads(shop.connection, loads, accepted_by="test", now=NOW)


def publish(shop: Shop) -> None:
    ensure_meta(shop.connection)
    shop.connection.execute(
        "insert into raw_meta.publications select "
        "coalesce((select max(publication_number) from raw_meta.publications), 0) + 1, "
        "'build', date '2024-02-29', ?, ?, list(load_id) "
        "from raw_meta.files where status = 'accepted'",
        [NOW, NOW],
    )


def evidence(shop: Shop) -> list[tuple[object, ...]]:
    """What is written down, and no less when it is asked again."""
    key = (shop.contract.source, shop.contract.name)
    count = classify_new_loads(shop.connection, {key: shop.contract})
    assert classify_new_loads(shop.connection, {key: shop.contract}) == count
    return shop.connection.execute(
        "select path, kind, row_count, earliest_on from raw_meta.load_evidence order by all"
    ).fetchall()


def test_without_a_publication_there_is_no_past(shop: Shop) -> None:
    land(shop, "first.csv", "a,1", header="id,amount")
    assert evidence(shop) == []


def test_the_same_rows_delivered_again_say_nothing(contracts: Shop) -> None:
    """Also where only the version is newer: a full export says most of it again."""
    land(contracts, "again.csv", "a,2024-01-01,100,2024-02-01,", "b,2024-01-01,50,2024-01-01,")
    assert evidence(contracts) == []


def test_a_known_contract_is_back_dated_and_an_unknown_one_is_added(contracts: Shop) -> None:
    land(
        contracts,
        "new.csv",
        "a,2024-01-20,130,2024-02-20,",
        "a,2024-02-10,140,2024-02-20,",
        "c,2024-01-05,40,2024-02-20,",
    )
    path = "shop/payment/new.csv"
    assert evidence(contracts) == [
        (path, "added", 1, date(2024, 1, 5)),
        (path, "back_dated", 2, date(2024, 1, 20)),
    ]


def test_a_deletion_and_a_withdrawn_file_are_told(contracts: Shop) -> None:
    land(contracts, "gone.csv", "b,2024-01-01,50,2024-02-20,true")
    withdraw_file(contracts.connection, "known.csv", operator=KIM, now=NOW)
    assert evidence(contracts) == [
        ("shop/payment/gone.csv", "removed", 1, date(2024, 1, 1)),
        ("shop/payment/known.csv", "withdrawn", 2, None),
    ]


def test_without_a_day_in_the_key_a_known_object_is_revised(shop: Shop) -> None:
    shop.contract = build_contract(
        {"id": "varchar", "amount": "bigint", "created": "timestamp"}, load="latest"
    )
    header = "id,amount,created"
    land(shop, "known.csv", "a,1,2024-01-01", header=header)
    publish(shop)
    land(shop, "new.csv", "a,2,2024-01-01", "b,1,2024-02-03", header=header)
    path = "shop/payment/new.csv"
    assert evidence(shop) == [
        (path, "added", 1, date(2024, 2, 3)),
        (path, "revised", 1, date(2024, 1, 1)),
    ]


def test_events_are_added_from_their_earliest_day_on(shop: Shop) -> None:
    shop.contract = build_contract({"id": "varchar", "created": "timestamp"})
    land(shop, "known.csv", "a,2024-02-01", header="id,created")
    publish(shop)
    land(shop, "late.csv", "b,2024-03-01", "c,2024-01-15", header="id,created")
    assert evidence(shop) == [("shop/payment/late.csv", "added", 2, date(2024, 1, 15))]
    # Once published it is known.
    publish(shop)
    shop.connection.execute("delete from raw_meta.load_evidence")
    assert evidence(shop) == []


def test_what_a_newer_snapshot_leaves_out_is_removed(shop: Shop) -> None:
    shop.contract = build_contract(
        {"id": "varchar", "amount": "bigint"}, load="snapshot", event_time=None
    )
    land(shop, "first.csv", "a,1", "b,2", header="id,amount")
    publish(shop)
    shop.put("second.csv", "id,amount\na,1\n")
    shop.load(datetime(2024, 3, 2))
    loads = [load.load_id for load in pending_loads(shop.connection)]
    accept_loads(shop.connection, loads, accepted_by="test", now=NOW)
    assert evidence(shop) == [("shop/payment/second.csv", "removed", 1, None)]
