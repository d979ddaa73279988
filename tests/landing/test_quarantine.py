"""Rows and columns that do not fit: kept, counted and explained."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.landing.contract import ObjectContract

if TYPE_CHECKING:
    from tests.landing.conftest import Shop


def test_a_cell_that_cannot_be_cast_sets_its_row_aside(shop: Shop) -> None:
    result = shop.load_one(
        "a.csv", "id,amount,created\np1,1,2024-01-01\np2,many,soon\np3,3,2024-01-03\n"
    )
    assert (result.rows_in, result.rows_loaded, result.rows_rejected) == (3, 2, 1)
    assert shop.rows("id, _file_row") == [("p1", 1), ("p3", 3)]
    [(row, reason, original)] = shop.rejected("_file_row, reason, original")
    assert row == 2
    assert reason == (
        "amount: 'many' is no bigint (a whole number); created: 'soon' is no timestamp "
        "(ISO 8601, or epoch seconds or milliseconds)"
    )
    assert json.loads(str(original)) == {"id": "p2", "amount": "many", "created": "soon"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,amount\n,1\np2,2\n"),
        ("a.jsonl", '{"amount": 1}\n{"id": "p2", "amount": 2}\n'),
        ("b.jsonl", '{"id": null, "amount": 1}\n{"id": "p2", "amount": 2}\n'),
        ("c.jsonl", '{"id": "", "amount": 1}\n{"id": "p2", "amount": 2}\n'),
    ],
)
def test_a_row_without_its_key_is_set_aside(shop: Shop, name: str, content: str) -> None:
    shop.load_one(name, content)
    assert shop.rejected() == [(1, "id: is missing (required)")]
    assert shop.rows("id, _file_row") == [("p2", 2)]


@pytest.mark.parametrize("key", ["null", "''"])
def test_a_row_without_its_key_is_set_aside_in_parquet(shop: Shop, key: str) -> None:
    path = shop.put("a.parquet", b"")
    shop.connection.execute(
        f"copy (select unnest([{key}, 'p2']) as id, unnest([1, 2]) as amount) to '{path}'"
    )
    shop.load()
    assert shop.rows("id, _file_row") == [("p2", 2)]
    assert shop.rejected() == [(1, "id: is missing (required)")]


def test_a_required_value_is_required(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    shop.contract = new_contract(required=("amount",))
    shop.load_one("a.csv", "id,amount\np1,\np2,2\n")
    assert shop.rejected() == [(1, "amount: is missing (required)")]


def test_bad_cells_of_parquet_are_set_aside(shop: Shop) -> None:
    path = shop.put("a.parquet", b"")
    shop.connection.execute(
        "copy (select unnest(['p1', 'p2']) as id, unnest([1.5, 2.0]::double[]) as amount, "
        f"unnest(['2024-01-01', 'soon']) as created) to '{path}'"
    )
    shop.load()
    assert shop.rows("id") == []
    assert [row for row, _ in shop.rejected()] == [1, 2]


def test_lines_that_are_no_csv_are_set_aside_with_their_row_and_text(shop: Shop) -> None:
    result = shop.load_one(
        "a.csv",
        b'id,amount\np1,1\np2\n"p\n3",3\np4,4,4\np5,5\np6,"6"6\np7,\xff\np8,8\np9,x\n',
    )
    assert (result.rows_in, result.rows_loaded, result.rows_rejected) == (9, 4, 5)
    assert shop.rows("id, _file_row") == [("p1", 1), ("p\n3", 3), ("p5", 5), ("p8", 8)]
    rejected = shop.rejected("_file_row, original ->> 'line'")
    assert rejected[:3] == [(2, "p2"), (4, "p4,4,4"), (6, 'p6,"6"6')]
    assert [row for row, _ in rejected] == [2, 4, 6, 7, 9]


def test_a_quote_that_swallows_rows_fails_the_file(shop: Shop) -> None:
    result = shop.load_one("a.csv", 'id,amount\np1,1\n"p2,2\np3,3\n')
    assert result.status == "failed"
    assert "row 2 opens a quote" in (result.reason or "")
    assert shop.rows("id") == []


def test_lines_that_are_no_json_object_are_set_aside(shop: Shop) -> None:
    shop.load_one("a.jsonl", '{"id": "p1"}\n\n{"id": \n[1]\n{"id": "p2"}\n')
    assert shop.rows("id, _file_row") == [("p1", 1), ("p2", 4)]
    assert shop.rejected("_file_row, original ->> 'line'") == [(2, '{"id": '), (3, "[1]")]


def test_unknown_columns_are_kept(shop: Shop) -> None:
    result = shop.load_one("a.csv", "id,colour,amount,size\np1,red,1,\np2,,2,\n")
    assert result.unknown_columns == ("colour", "size")
    assert shop.rows("id, amount, _extra") == [("p1", 1, '{"colour":"red"}'), ("p2", 2, None)]


def test_unknown_keys_are_kept_as_they_are(shop: Shop) -> None:
    result = shop.load_one(
        "a.jsonl",
        '{"id": "p1", "amount": 1}\n{"id": "p2", "tags": ["a", null], "n": {"x": null}}\n',
    )
    assert result.unknown_columns == ("tags", "n")
    assert shop.rows("_extra") == [(None,), ('{"tags":["a",null],"n":{"x":null}}',)]


def test_unknown_columns_of_parquet_are_kept_with_their_type(shop: Shop) -> None:
    path = shop.put("a.parquet", b"")
    shop.connection.execute(f"copy (select 'p1' as id, [1, 2] as sizes) to '{path}'")
    shop.load()
    assert shop.rows("_extra") == [('{"sizes":[1,2]}',)]


def test_unknown_columns_are_kept_beside_rejected_rows(shop: Shop) -> None:
    shop.load_one("a.csv", "id,amount,colour\np1,1,red\np2,x,blue\n")
    assert shop.rows("id, _extra") == [("p1", '{"colour":"red"}')]


def test_a_rounded_decimal_keeps_its_digits_in_extra(shop: Shop) -> None:
    shop.load_one("a.csv", "id,price\np1,33.33333333\np2,1.5\n")
    assert shop.rows("price, _extra") == [
        (Decimal("33.333333"), '{"price":"33.33333333"}'),
        (Decimal("1.500000"), None),
    ]


def test_case_does_not_count_and_a_second_spelling_is_unknown(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    shop.contract = new_contract({"id": "varchar", "end": "timestamp"}, event_time=None)
    shop.load_one("a.csv", "ID,END,End\np1,2024-01-01,2025-01-01\n")
    shop.load_one("b.csv", "ID,END,end\np1,2024-01-01,2025-01-01\n")
    assert shop.rows('year("end"), _extra') == [
        (2024, '{"End":"2025-01-01"}'),
        (2025, '{"END":"2024-01-01"}'),
    ]


def test_a_column_twice_is_kept_twice(shop: Shop) -> None:
    shop.load_one("a.csv", "id,amount,amount,\np1,1,2,x\n")
    assert shop.rows("amount, _extra") == [(1, '{"amount_2":"2","column_4":"x"}')]


def test_missing_columns_are_null_and_named(shop: Shop) -> None:
    result = shop.load_one("a.csv", "id,amount\np1,1\n")
    assert result.missing_columns == (
        "price",
        "share",
        "is_paid",
        "paid_on",
        "created",
        "properties",
    )
    assert shop.rows("price, created") == [(None, None)]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", "amount\n1\n"), ("a.jsonl", '{"amount": 1}\n'), ("a.json", '{"data": []}')],
)
def test_a_file_without_the_key_column_fails(shop: Shop, name: str, content: str) -> None:
    result = shop.load_one(name, content)
    assert result.status == "failed"
    assert "no column id" in (result.reason or "")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.parquet", b"no parquet"),
        ("a.parquet", b""),
        ("a.csv.gz", b"no gzip"),
        ("a.json", b'[{"id": "p1"}, {"id"'),
        ("a.xlsx", b"PK"),
    ],
)
def test_a_file_that_cannot_be_read_fails_and_the_others_go_on(
    shop: Shop, name: str, content: bytes
) -> None:
    shop.put("b.csv", "id\np1\n")
    result = shop.load_one(name, content)
    assert result.status == "failed"
    assert result.reason
    assert shop.rows("id") == [("p1",)]
    assert shop.manifest("status") == [("failed",), ("pending",)]


def test_a_zstd_file_that_was_cut_short_fails(shop: Shop) -> None:
    path = shop.put("a.csv.zst", b"")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select range as id, hash(range) as amount from range(100000)) "
            f"to '{path}' (format csv, compression zstd)"
        )
    path.write_bytes(path.read_bytes()[:-5000])
    [file] = shop.load().files
    assert file.status == "failed"
    assert "cut short" in (file.reason or "")
    assert shop.rows("id") == []


def test_a_gzip_file_that_was_cut_short_fails(shop: Shop) -> None:
    text = "id,amount\n" + "".join(f"{i},{i * 7919}\n" for i in range(100_000))
    result = shop.load_one("a.csv.gz", gzip.compress(text.encode())[:-5000])
    assert result.status == "failed"
    assert shop.rows("id") == []
