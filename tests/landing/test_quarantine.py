"""Rows and columns that do not fit: kept, counted and explained."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
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
    shop.connection.execute(f"copy (select 'p1' as id, 1 as amount, [1, 2] as sizes) to '{path}'")
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


def test_a_key_that_stands_twice_says_nothing(shop: Shop) -> None:
    shop.load_one("a.jsonl", '{"id": "p1", "amount": 1, "amount": 2}\n{"id": "p2"}\n')
    assert shop.rows("id, _file_row") == [("p2", 2)]
    assert shop.rejected() == [
        (1, "two values for one key, of which nobody knows which is meant: amount")
    ]


def test_one_bad_byte_sets_its_line_of_json_aside(shop: Shop) -> None:
    shop.load_one("a.jsonl", b'{"id": "p1"}\n\n{"id": "p\xff"}\n{"id": "p3"}\n')
    assert shop.rows("id, _file_row") == [("p1", 1), ("p3", 3)]
    [(row, reason)] = shop.rejected()
    assert row == 2
    assert "byte FF is no UTF-8 (as Windows-1252 it reads" in str(reason)


def test_text_of_parquet_without_its_mark_is_text(shop: Shop) -> None:
    path = shop.put("a.parquet", b"")
    cells = [b"O'Brien", "é".encode(), b"\xe9\xff"]
    pq.write_table(pa.table({"id": pa.array(cells, pa.binary())}), path, store_schema=False)
    shop.load()
    assert shop.rows("id, _file_row") == [("O'Brien", 1), ("é", 2)]
    [(row, reason)] = shop.rejected()
    assert (row, "id: its bytes are no UTF-8 (hexadecimal E9FF)" in str(reason)) == (3, True)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("id;price\np1;1.200\np2;2.500\n", "price, row 1: '1.200' is 1200 or 1.200"),
        ("id;amount;price\np1;1;\np2;2.000;7\n", "amount, row 2: '2.000' is 2000 or 2.000"),
        ("id\tshare\np1\t1.234.567\n", "share, row 1: '1.234.567' is 1234567 or 1234.567"),
    ],
)
def test_a_point_that_may_group_thousands_is_asked_about(
    shop: Shop, text: str, question: str
) -> None:
    result = shop.load_one("a.csv", text)
    assert result.status == "failed"
    assert question in (result.reason or "")


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("id,price\np1,1.200\n", Decimal("1.2")),
        ("id;price;share\np1;1.200;0.5\n", Decimal("1.2")),
        ("id;price\np1;1.200\np2;99.90\n", Decimal("1.2")),
        ("id;price\np1;0.125\n", Decimal("0.125")),
        ("id;price\np1;1200.125\n", Decimal("1200.125")),
    ],
)
def test_a_point_that_can_only_divide_is_read(shop: Shop, text: str, price: Decimal) -> None:
    assert shop.load_one("a.csv", text).status == "loaded"
    assert shop.rows("price")[0] == (price,)


def test_a_word_for_nothing_is_nothing(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    contract = new_contract({"id": "varchar", "paid_on": "date"}, event_time=None)
    days = tuple(
        replace(column, empty=("0000-00-00",) if column.name == "paid_on" else ())
        for column in contract.columns
    )
    shop.contract = replace(contract, columns=days)
    shop.load_one("a.csv", "id,paid_on\np1,0000-00-00\np2,2026-03-01\n")
    shop.load_one("b.csv", "id,paid_on\np3,0000-00-00\np4,soon\n")
    shop.load_one("c.jsonl", '{"id": "p5", "paid_on": "0000-00-00"}\n')
    assert shop.rows("id, paid_on") == [
        ("p1", None),
        ("p2", dt.date(2026, 3, 1)),
        ("p3", None),
        ("p5", None),
    ]


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("03/04/2025", "Day or month first? Write the year first"),
        ("31.12.2025", "Day or month first?"),
        ("46023", "Excel counts days so (this one is 2026-01-01)"),
        ("0000-00-00", "Leave the cell empty where there is no date"),
        ("10000-01-01", "out of range. Write the year with four digits"),
        ("0003-01-01", "between the years 1900 and 9999"),
        ("Jan 20, 2025", "Write the year first"),
    ],
)
def test_a_date_that_is_none_comes_with_what_to_do(shop: Shop, cell: str, advice: str) -> None:
    shop.load_one("a.csv", f'id,paid_on\np1,"{cell}"\n')
    [(_, reason)] = shop.rejected()
    assert f"paid_on: '{cell}' is no date" in str(reason)
    assert advice in str(reason)


@pytest.mark.parametrize("cell", ["12,345.60", "(1,200.00)", "$500.00", "1.234,50", "5 %"])
def test_a_number_in_another_spelling_comes_with_what_to_do(shop: Shop, cell: str) -> None:
    shop.load_one("a.csv", f'id,price\np1,"{cell}"\n')
    [(_, reason)] = shop.rejected()
    assert f"price: '{cell}' is no decimal(18,6). Write numbers as 1234.50" in str(reason)


def test_names_are_matched_without_case_blanks_and_signs(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    shop.contract = new_contract(
        {"subscription_id": "varchar", "started_on": "date"},
        primary_key=("subscription_id",),
        event_time=None,
    )
    result = shop.load_one("a.csv", "Subscription ID,Started-On,Plan (new)\ns1,2026-01-01,x\n")
    assert shop.rows("subscription_id, _extra") == [("s1", '{"Plan (new)":"x"}')]
    assert "2 of 2 declared columns found; not read: Plan (new)" in result.summary


def test_a_file_of_which_only_the_key_is_known_fails(shop: Shop) -> None:
    result = shop.load_one("a.csv", "id,Customer ID,Created (UTC)\np1,c1,2026-01-01\n")
    assert result.status == "failed"
    assert "1 of 8 declared columns found; not read: Customer ID, Created (UTC)" in (
        result.reason or ""
    )


def test_all_that_is_wrong_with_a_file_is_said_at_once(
    shop: Shop, new_contract: Callable[..., ObjectContract]
) -> None:
    shop.contract = new_contract(required=("amount",))
    result = shop.load_one("a.csv", "id,Betrag,paid_on\np1,1,1.2.2026\np2,2,3.2.2026\n")
    assert result.status == "failed"
    for told in (
        "no column amount (required)",
        "row 1: paid_on: '1.2.2026' is no date",
        "and 1 more like it",
    ):
        assert told in (result.reason or "")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "Campaign report\nMarch\nid,amount\np1,1\nTotal,1\n", "line 3 looks like it"),
        (
            "a.json",
            '{"payments": [{"id": "p1"}], "next_page": null}',
            'objects are under "payments"',
        ),
        ("a.xlsx", "PK", "In Excel, Save As"),
        (
            "b.csv",
            "Report\nAmount,Paid on\n1,2026-03-01\n",
            "line 2 looks like it: Amount, Paid on. Delete the lines before it (report titles), "
            "and totals at the end, or export without them. Then the file has no column id",
        ),
        ("a.zip", "PK", "Unpack it"),
    ],
)
def test_what_to_do_is_said_in_the_tool_that_made_the_file(
    shop: Shop, name: str, content: str, told: str
) -> None:
    result = shop.load_one(name, content)
    assert result.status == "failed"
    assert told in (result.reason or "")


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
def test_tabs_are_a_format_too(shop: Shop, name: str) -> None:
    text = b"id\tamount\np1\t1\n"
    assert shop.load_one(name, gzip.compress(text) if "gz" in name else text).status == "loaded"
    assert shop.load_one("b.ndjson", '{"id": "p2"}\n').status == "loaded"
