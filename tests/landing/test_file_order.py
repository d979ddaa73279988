"""Files stand in the order of their names, whatever the order in which they arrived."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.landing.discover import sort_key
from orchestration.landing.manifest import accept_loads, ensure_meta
from tests.landing.conftest import NOW, Shop

ORDER = "select path, file_order from raw_meta.accepted_files order by file_order"


@pytest.mark.parametrize(
    "names",
    [
        ("contracts.csv", "contracts-fixed.csv", "contracts-v2.csv", "contracts-v10.csv"),
        ("2026-06.csv.gz", "2026-06-fixed.parquet", "2026-07.jsonl"),
        ("v9.csv", "v10.csv"),
        ("a.b.csv", "a.c.csv"),
    ],
)
def test_names_are_sorted_as_people_count(names: tuple[str, ...]) -> None:
    assert sorted(names[::-1], key=sort_key) == list(names)


@pytest.mark.parametrize("ending", ["csv", "CSV", "csv.gz", "jsonl.zst", "parquet"])
def test_endings_do_not_matter(ending: str) -> None:
    assert sort_key(f"shop/payment/may.{ending}") == sort_key("may")


def test_the_order_of_arrival_does_not_matter(shop: Shop) -> None:
    for name in ("v10.csv", "v9.csv"):
        shop.load_one(name, "id,created\na,2024-01-01\n")
    accept_loads(shop.connection, [1, 2], accepted_by="test", now=NOW)
    assert shop.connection.execute(ORDER).fetchall() == [
        ("shop/payment/v9.csv", 1),
        ("shop/payment/v10.csv", 2),
    ]


def test_what_is_not_accepted_has_no_place(shop: Shop) -> None:
    shop.load_one("v9.csv", "id,created\na,2024-01-01\n")
    shop.load_one("v10.csv", "id,created\na,2024-01-01\n")
    accept_loads(shop.connection, [2], accepted_by="test", now=NOW)
    assert shop.connection.execute(ORDER).fetchall() == [("shop/payment/v10.csv", 1)]


def test_a_home_made_before_files_had_a_place_gets_them(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    ensure_meta(connection)
    connection.execute("drop view raw_meta.accepted_files")
    connection.execute("alter table raw_meta.files drop column sort_key")
    connection.execute("delete from raw_meta.schema_version")
    connection.execute(
        "insert into raw_meta.files by name select unnest([1, 2]) as load_id, 'shop' as source, "
        "'payment' as object, unnest(['shop/payment/v10.csv', 'shop/payment/v9.csv']) as path, "
        "'accepted' as status"
    )
    ensure_meta(connection)
    assert connection.execute(ORDER).fetchall() == [
        ("shop/payment/v9.csv", 1),
        ("shop/payment/v10.csv", 2),
    ]
