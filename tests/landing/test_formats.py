"""Each format and compression gives the same raw rows."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

if TYPE_CHECKING:
    from tests.landing.conftest import Shop

CSV = (
    "id,amount,price,share,is_paid,paid_on,created,properties\n"
    'p1,10,1.5,0.25,TRUE,2024-01-31,2024-01-01T00:00:00+02:00,"{""seats"":3}"\n'
    "p2,,,,,,,\n"
)
OBJECTS = [
    {
        "id": "p1",
        "amount": 10,
        "price": 1.5,
        "share": 0.25,
        "is_paid": True,
        "paid_on": "2024-01-31",
        "created": "2024-01-01T00:00:00+02:00",
        "properties": {"seats": 3},
    },
    {"id": "p2", "amount": None, "created": None},
]
EXPECTED = [
    (
        "p1",
        10,
        Decimal("1.500000"),
        0.25,
        True,
        dt.date(2024, 1, 31),
        dt.datetime(2023, 12, 31, 22),
        '{"seats":3}',
        None,
        1,
    ),
    ("p2", None, None, None, None, None, None, None, None, 2),
]
WITHOUT_LOAD = "* exclude (_file, _load_id, _loaded_at)"
JSONL = "\n".join(json.dumps(row, separators=(",", ":")) for row in OBJECTS)


def zstd(text: str, path: Path) -> bytes:
    """The lines of a text, compressed by DuckDB."""
    plain = path.parent / "plain.txt"
    plain.write_text(text)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * from read_csv('{plain}', header=false, delim='\x01', quote='', "
            f"columns={{'line': 'varchar'}})) to '{path}' "
            "(format csv, header false, quote '', delim '\x01', compression zstd)"
        )
    return path.read_bytes()


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst"])
def test_text_files_load_alike_in_every_compression(
    shop: Shop, tmp_path: Path, ending: str
) -> None:
    text = CSV if ending.startswith("csv") else JSONL
    content: str | bytes = text
    if ending.endswith("gz"):
        content = gzip.compress(text.encode())
    elif ending.endswith("zst"):
        content = zstd(text, tmp_path / "packed.zst")
    result = shop.load_one(f"payments.{ending}", content)
    assert (result.status, result.rows_in, result.rows_loaded) == ("loaded", 2, 2)
    assert shop.rows(WITHOUT_LOAD) == EXPECTED
    assert shop.rows("_file, _load_id, _loaded_at")[0] == (
        f"shop/payment/payments.{ending}",
        result.load_id,
        dt.datetime(2024, 3, 1, 6),
    )


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(OBJECTS),
        json.dumps(OBJECTS, indent=2),
        JSONL,
        "\n".join(json.dumps(row, indent=2) for row in OBJECTS),
    ],
    ids=["array", "indented array", "lines", "objects"],
)
def test_a_json_file_may_be_an_array_lines_or_objects(shop: Shop, text: str) -> None:
    assert shop.load_one("payments.json", text).status == "loaded"
    assert shop.rows(WITHOUT_LOAD) == EXPECTED


def write_parquet(shop: Shop, query: str) -> None:
    """Write shop/payment/payments.parquet from a query."""
    path = shop.put("payments.parquet", b"")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'Asia/Tokyo'")
        connection.execute(f"copy ({query}) to '{path}' (format parquet)")


def test_parquet_of_the_declared_types_loads(shop: Shop) -> None:
    write_parquet(
        shop,
        """
        select 'p1' as id, 10::bigint as amount, 1.5::decimal(18,6) as price,
            0.25::double as share, true as is_paid, date '2024-01-31' as paid_on,
            timestamp '2023-12-31 22:00:00' as created, '{"seats":3}' as properties
        union all by name select 'p2' as id
        """,
    )
    assert shop.load().new_rows == 2
    assert shop.rows(WITHOUT_LOAD) == EXPECTED


def test_parquet_of_other_types_keeps_its_meaning(shop: Shop) -> None:
    write_parquet(
        shop,
        """
        select 'p1' as ID, 10.0::double as amount, 1.5::double as price,
            0.25::float as share, 1::tinyint as is_paid, timestamp '2024-01-31' as paid_on,
            timestamptz '2024-01-01 00:00:00+02:00' as created, {'seats': 3} as properties
        union all by name select 'p2' as ID
        """,
    )
    assert shop.load().new_rows == 2
    assert shop.rows(WITHOUT_LOAD) == EXPECTED


@pytest.mark.parametrize(
    "moment",
    ["1704060000::bigint", "1704060000::integer", "1704060000000::bigint", "'1704060000'"],
)
def test_epochs_in_parquet_are_times(shop: Shop, moment: str) -> None:
    write_parquet(shop, f"select 'p1' as id, {moment} as created")
    shop.load()
    assert shop.rows("created") == [(dt.datetime(2023, 12, 31, 22),)]


def test_epochs_in_json_are_times(shop: Shop) -> None:
    shop.load_one("a.jsonl", '{"id": "p1", "created": 1704060000}\n')
    assert shop.rows("created") == [(dt.datetime(2023, 12, 31, 22),)]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ('{"a": 1.5}', '{"a":1.5}'),
        ('"{\\"a\\": 1}"', '{"a": 1}'),
        ('"hello"', '"hello"'),
        ('["x"]', '["x"]'),
        ("null", None),
    ],
)
def test_json_in_json_is_kept_and_json_sent_as_text_is_opened(
    shop: Shop, sent: str, stored: str | None
) -> None:
    shop.load_one("a.jsonl", f'{{"id": "p1", "properties": {sent}}}\n')
    assert shop.rows("properties") == [(stored,)]


def test_offsets_are_kept_when_they_begin_in_a_later_row(shop: Shop) -> None:
    shop.load_one(
        "a.csv",
        "id,created\np1,2024-01-01 00:00:00\np2,2024-01-01T00:00:00+02:00\np3,1704060000\n",
    )
    assert shop.rows("created") == [
        (dt.datetime(2024, 1, 1),),
        (dt.datetime(2023, 12, 31, 22),),
        (dt.datetime(2023, 12, 31, 22),),
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_seen_in_the_header(shop: Shop, delimiter: str) -> None:
    text = "id,amount\np1,10\n".replace(",", delimiter)
    shop.load_one("a.csv", text)
    assert shop.rows("id, amount") == [("p1", 10)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_no_part_of_the_first_name(shop: Shop, encoding: str) -> None:
    shop.load_one("a.csv", "id,amount\nä1,10\n".encode(encoding))
    assert shop.rows("id, amount") == [("ä1", 10)]


def test_quoted_line_breaks_blank_lines_and_crlf_are_one_row_each(shop: Shop) -> None:
    shop.load_one("a.csv", 'id,amount\r\n"p\r\n1",1\r\n\r\np2,2\r\n')
    assert shop.rows("id, amount, _file_row") == [("p\r\n1", 1, 1), ("p2", 2, 2)]


def test_a_file_name_with_wildcards_reads_only_itself(shop: Shop) -> None:
    shop.put("a 1.csv", "id\nother\n")
    shop.put("a [1].csv", "id\nitself\n")
    shop.load()
    assert sorted(shop.rows("_file, id")) == [
        ("shop/payment/a 1.csv", "other"),
        ("shop/payment/a [1].csv", "itself"),
    ]


def test_a_folder_that_looks_like_a_partition_adds_no_column(shop: Shop, tmp_path: Path) -> None:
    shop.landing = tmp_path / "day=5"
    shop.put("a.csv", "id\np1\n")
    write_parquet(shop, "select 'p2' as id")
    shop.load()
    assert shop.rows("id, _extra") == [("p1", None), ("p2", None)]


@pytest.mark.parametrize("staged", [True, False])
def test_rows_are_numbered_in_file_order_however_large_the_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, staged: bool
) -> None:
    monkeypatch.setattr("orchestration.landing.read_csv._has_idle_core", lambda: staged)
    shop.connection.execute("set threads = 4; set preserve_insertion_order = false")
    path = shop.put("a.csv", "")
    shop.connection.execute(
        f"copy (select range + 1 as amount, repeat('x', 60) || range as id "
        f"from range(1000000)) to '{path}'"
    )
    shop.load()
    assert shop.connection.execute(
        "select count(*), count(*) filter (amount <> _file_row) from raw_shop.payment"
    ).fetchone() == (1000000, 0)
    assert shop.connection.execute(
        "select current_setting('preserve_insertion_order')"
    ).fetchone() == (False,)


@pytest.mark.parametrize(
    "text", ["id,amount\r\np1,1\r\np2,2\n", 'id,amount\np1,1\r\n"p\r\n2",2\n', "id\r\np1\np2\r\n"]
)
@pytest.mark.parametrize("packed", [True, False])
def test_mixed_line_endings_lose_no_row(shop: Shop, text: str, packed: bool) -> None:
    content = gzip.compress(text.encode()) if packed else text.encode()
    result = shop.load_one("a.csv.gz" if packed else "a.csv", content)
    assert (result.status, result.rows_in, result.rows_loaded) == ("loaded", 2, 2)
    assert [(str(key).replace("\r", ""), row) for key, row in shop.rows("id, _file_row")] in (
        [("p1", 1), ("p2", 2)],
        [("p1", 1), ("p\n2", 2)],
    )
