"""No row disappears: what a file holds is loaded or set aside, counted by who wrote the file."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from tests.fuzz.held import try_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.landing.conftest import Shop

MB = 1024**2
PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda content: gzip.compress(content, compresslevel=1),
    ".zst": lambda content: bytes(pa.compress(content, codec="zstd", asbytes=True)),
}
# Rows as somebody writes them, each with the number of records that it is.
WHOLE = (
    b'{n},1,12.5,,,,,"{{""a"": ""' + b"x" * 200 + b'""}}"\n',
    b'{n},,,,true,2026-03-01,2026-03-01 10:00:00,"{{' + b"\n" * 3 + b" " * 150 + b'}}"\n',
)
BROKEN = (b"{n},many\n", b'{n}"x,1\xff\n', b"{n},1,2,,,,,,,\n")
HEADER = b"id,amount,price,share,is_paid,paid_on,created,properties\n"


def records(count: int, *, broken_every: int) -> Iterator[bytes]:
    """So many rows, some of which are none."""
    for number in range(count):
        forms = BROKEN if broken_every and number % broken_every == broken_every // 2 else WHOLE
        form = forms[number % len(forms)]
        yield form.replace(b"{n}", b"r%d" % number).replace(b"{{", b"{").replace(b"}}", b"}")


@pytest.mark.parametrize("packed", PACK)
@pytest.mark.parametrize("broken_every", [0, 20_000])
def test_a_hundred_megabytes_are_loaded_or_set_aside(
    shop: Shop, tmp_path: Path, packed: str, broken_every: int
) -> None:
    count = 100_000 if packed else 200_000 if broken_every else 500_000
    text = HEADER + b"".join(records(count, broken_every=broken_every))
    assert packed or broken_every or len(text) > 100 * MB
    result = shop.load_one(f"a.csv{packed}", PACK[packed](text))
    assert (result.status, result.rows_in) == ("loaded", count)
    bad = count // broken_every if broken_every else 0
    assert (result.rows_loaded, result.rows_rejected) == (count - bad, bad)
    last = shop.connection.execute("select max(_file_row) from raw_shop.payment").fetchone()
    assert last == (count,)


@pytest.mark.parametrize("packed", PACK)
def test_lines_of_json_are_loaded_or_set_aside(shop: Shop, packed: str) -> None:
    # 100 MB where nothing is packed.
    count, filler = (20_000, b"") if packed else (100_000, b"x" * 1000)
    lines = [b'{"id": "r%d", "amount": %d, "z": "%s"}\n' % (n, n, filler) for n in range(count)]
    lines[7], lines[11], lines[13] = b'{"id": \n', b'{"id": "\xff"}\n', b"\n"
    result = shop.load_one(f"a.jsonl{packed}", PACK[packed](b"".join(lines)))
    # A blank line is no row.
    assert (result.rows_in, result.rows_loaded, result.rows_rejected) == (count - 1, count - 3, 2)


@pytest.mark.parametrize("packed", PACK)
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_line_of_32_mb_is_set_aside(shop: Shop, ending: str, packed: str) -> None:
    long = b"a" * (32 * MB)
    texts = {
        "csv": b"id,amount\n" + long + b",1\nb,2\n",
        "jsonl": b'{"id": "' + long + b'"}\n{"id": "b", "amount": 2}\n',
    }
    result = shop.load_one(f"a.{ending}{packed}", PACK[packed](texts[ending]))
    assert (result.status, result.rows_in, result.rows_loaded) == ("loaded", 2, 1)
    assert shop.rows("id") == [("b",)]
    [(row, reason)] = shop.rejected()
    assert (row, "longer than 16 MB" in str(reason)) == (1, True)


def test_a_quote_that_nobody_closes_is_named_with_its_row(shop: Shop) -> None:
    rows = [b"r%d,%d,%s\n" % (n, n % 1000, b"x" * 30) for n in range(800_000)]
    rows[100] = b'r100,100,"oops\n'
    result = shop.load_one("a.csv", b"id,amount,note\n" + b"".join(rows))
    assert result.status == "failed"
    assert "row 101 opens a quote that it does not close" in (result.reason or "")
    assert shop.rows("id") == []


def test_a_cell_that_looks_like_rows_is_a_quote_that_nobody_closed(shop: Shop) -> None:
    rows = [f"r{n},{n}\n" for n in range(60)]
    rows[10], rows[50] = 'r10,"10\n', 'r50,50"\n'
    result = shop.load_one("a.csv", "id,amount\n" + "".join(rows))
    assert result.status == "failed"
    assert "row 11 opens a quote" in (result.reason or "")


def test_lines_within_a_cell_are_no_rows(shop: Shop) -> None:
    shop.load_one("a.csv", 'id,amount\n"p\n\n1",1\n\n"p,2\n",2\n')
    assert shop.rows("id, _file_row") == [("p\n\n1", 1), ("p,2\n", 2)]


@pytest.mark.parametrize(
    "content",
    [
        b"\xfe\xff" + "id,amount\np1,1\np2,2\n".encode("utf-16-be"),
        b"\xff\xfe" + "id,amount\np1,1\np2,2\n".encode("utf-16-le"),
        "id,amount\np1,1\np2,2\n".encode("utf-16-le"),
        b"\xff\xfe\0\0" + "id,amount\np1,1\np2,2\n".encode("utf-32-le"),
        b"\xff\xfe" + "id,amount\r\np1,1\r\np2,2".encode("utf-16-le"),
        b"id,amount\rp1,1\rp2,2\r",
        b"sep=;\r\nid;amount\r\np1;1\r\np2;2\r\n",
        b'"sep=,"\nid,amount\np1,1\np2,2\n',
    ],
)
def test_a_text_is_read_whatever_its_encoding_and_its_line_ends(shop: Shop, content: bytes) -> None:
    assert shop.load_one("a.csv", content).status == "loaded"
    assert shop.rows("id, amount, _file_row") == [("p1", 1, 1), ("p2", 2, 2)]


def test_characters_beyond_two_bytes_are_read_in_utf_16(shop: Shop) -> None:
    shop.load_one("a.csv", b"\xff\xfe" + "id,amount\n😀,1\n".encode("utf-16-le"))
    shop.load_one("b.jsonl", b"\xff\xfe" + '{"id": "😀2"}\n'.encode("utf-16-le"))
    assert shop.rows("id") == [("😀",), ("😀2",)]


@pytest.mark.parametrize(
    ("name", "content", "noted"),
    [
        ("a.csv", "", "empty, without even a header"),
        ("a.csv", "\n\n", "empty, without even a header"),
        ("a.jsonl", "", "empty, without even a header"),
        ("a.csv", "id,amount\n", "columns and no rows"),
        ("a.json", "[]", "empty, without even a header"),
        ("a.csv", "id,amount\n,\n \n , \n", "3 rows without a single cell skipped"),
    ],
)
def test_a_file_that_gives_no_row_is_not_loaded(
    shop: Shop, name: str, content: str, noted: str
) -> None:
    result = shop.load_one(name, content)
    assert (result.status, result.rows_in) == ("empty", 0)
    assert noted in (result.reason or "")
    assert shop.manifest("status") == [("pending",)]


def test_blank_rows_of_a_spreadsheet_are_passed_over_and_told(shop: Shop) -> None:
    result = shop.load_one("a.csv", "id,amount\np1,1\n,\n,\np2,2\n" + ",\n" * 18)
    assert (result.rows_in, result.rows_rejected) == (2, 0)
    assert "20 rows without a single cell skipped" in result.summary
    assert shop.rows("id, _file_row") == [("p1", 1), ("p2", 4)]


def test_files_made_by_chance_keep_every_rule() -> None:
    """A few of what `make fuzz` tries by thousands."""
    tried = try_files(range(1, 151))
    assert tried.broken == []
    assert set(tried.fates) == {"loaded", "empty", "failed"}
