"""The inputs themselves: what each looks like, and what is right."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Callable
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.contract import load_contracts
from orchestration.landing.manifest import withdraw_file
from orchestration.landing.row_rules import quarantine_rows
from orchestration.settings import PROJECT_DIR
from tests.field.falls import NOW, Bench, Fall
from tests.landing.conftest import KIM

TEXT = "id,amount\np1,1\np2,2\n"
LONG_BYTES = 32 * 1024 * 1024
UNCLOSED_AT, UNCLOSED_ROWS = 100, 800_000
PAID = "id,paid_on\np1,2026-03-01 \n"


def _content(name: str, content: str | bytes) -> Callable[[Bench], str]:
    """One file with that content."""
    return partial(_put_one, name=name, content=content)


def _put_one(bench: Bench, *, name: str, content: str | bytes) -> str:
    return bench.fate_of(name, content)


def zstd(text: bytes) -> bytes:
    """The text as a .zst file holds it."""
    return bytes(pa.compress(text, codec="zstd", asbytes=True))


def flipped_bit(bench: Bench) -> str:
    """A damaged archive beside a good file."""
    rows = "".join(f"p{i * 7919 % 10007},{i * 31 % 997}\n" for i in range(3000))
    packed = _damaged(gzip.compress(f"id,amount\n{rows}".encode(), mtime=0))
    bench.put("bad.csv.gz", packed)
    bench.put("good.csv", TEXT)
    return bench.fates()


def _damaged(packed: bytes) -> bytes:
    """The archive with the first bit flipped that no reader gets past."""
    for place in range(len(packed) // 2, len(packed)):
        damaged = packed[:place] + bytes([packed[place] ^ 0x10]) + packed[place + 1 :]
        try:
            gzip.decompress(damaged)
        except zlib.error:
            return damaged
        except OSError:
            continue
    raise AssertionError("no flipped bit damages the stream")


def latin_name(bench: Bench) -> str:
    """A file whose name is no UTF-8, beside a good one."""
    bench.put("good.csv", TEXT)
    bench.put(os.fsdecode(b"caf\xe9.csv"), "id,amount\np3,3\n")
    return bench.fates()


def link_to_itself(bench: Bench) -> str:
    """A link that leads nowhere but to itself, beside a good file."""
    path = bench.put("good.csv", TEXT)
    path.with_name("loop.csv").symlink_to("loop.csv")
    return bench.fates()


def folder_in_itself(bench: Bench) -> str:
    """An object's folder that is a link to the folder above it."""
    (bench.landing / "shop").mkdir()
    (bench.landing / "shop" / "payment").symlink_to("..")
    return bench.fates()


def link_out(bench: Bench) -> str:
    """A link to a file outside of the landing folder, whose content is nobody's business."""
    secret = bench.landing.parent / "secret.txt"
    secret.write_text("root:x:0:0:root:/root:/bin/bash\nid,amount\n")
    path = bench.put("good.csv", TEXT)
    path.with_name("s.csv").symlink_to(secret)
    return bench.fates()


def no_files(bench: Bench) -> str:
    """A fifo and a link to a file that is gone."""
    path = bench.put("good.csv", TEXT)
    os.mkfifo(path.with_name("pipe.csv"))
    path.with_name("dangling.csv").symlink_to("gone.csv")
    return bench.fates()


def same_date_twice(bench: Bench) -> str:
    """A date with a blank after it, beside good dates and beside a bad one."""
    bench.put("beside_good.csv", f"{PAID}p2,2026-03-02\n")
    bench.put("beside_bad.csv", f"{PAID}p2,soon\n")
    bench.fates()
    loaded = bench.connection.execute(
        "select _file from raw_shop.payment where id = 'p1' order by 1"
    ).fetchall()
    return {0: "rejected in both", 2: "loaded in both"}.get(len(loaded), f"only in {loaded}")


def out_of_range(bench: Bench, *, column: str, cell: str) -> str:
    """A moment that no company has seen, in a file of good ones."""
    rows = "".join(f"p{i},2026-03-{i:02}\n" for i in range(1, 10))
    return bench.fate_of("a.csv", f"id,{column}\n{rows}x,{cell}\n")


def unmarked_text(bench: Bench, *, cells: list[bytes]) -> str:
    """Parquet text without the mark that says it is UTF-8."""
    path = bench.put("a.parquet", b"")
    pq.write_table(pa.table({"id": pa.array(cells, pa.binary())}), path, store_schema=False)
    fate = bench.fates()
    ids = [key for (key,) in bench.rows("id")]
    return f"{ids}" if ids else fate


def doubled_key(bench: Bench) -> str:
    """A JSON line that says the same thing twice, and differently."""
    fate = bench.fate_of("a.jsonl", '{"id": "p1", "amount": 1, "amount": 2}\n')
    return f"amount {bench.rows('amount')}; {fate}"


def leftovers(bench: Bench) -> str:
    """What browsers and editors leave while they write."""
    bench.put("good.csv", TEXT)
    for name in ("a.csv.part", "a.csv.crdownload", "a.csv~"):
        bench.put(name, "id,am")
    return bench.fates()


def gone_is_gone(bench: Bench) -> str:
    """A file that could not be read, removed as its reason advises."""
    path = bench.put("bad.csv", "name\nx\n")
    bench.fates()
    path.unlink()
    bench.fates()
    statuses = {status for (status,) in bench.manifest("status")}
    return "still failed" if "failed" in statuses else "gone"


def same_bytes_again(bench: Bench) -> str:
    """A file withdrawn, taken away, and delivered again as it was."""
    path = bench.put("a.csv", TEXT)
    bench.fates()
    withdraw_file(bench.connection, "shop/payment/a.csv", operator=KIM, now=NOW)
    path.unlink()
    bench.fates()
    bench.put("a.csv", TEXT)
    bench.fates()
    return f"{len(bench.rows())} rows"


def long_line(bench: Bench, *, ending: str) -> str:
    """A line of 32 MB before a good one."""
    text = b"id,amount\n" + b"a" * LONG_BYTES + b",1\nb,2\n"
    pack = {"csv": bytes, "csv.gz": partial(gzip.compress, compresslevel=1), "csv.zst": zstd}
    bench.only("id", "amount")
    return bench.fate_of(f"a.{ending}", pack[ending](text))


def unclosed_quote(bench: Bench) -> str:
    """A quote in row 101 that nobody closes, in a file of 37 MB."""
    filler = "x" * 30
    with bench.put("a.csv", "").open("w") as file:
        file.write("id,amount,note\n")
        for row in range(UNCLOSED_ROWS):
            note = '"oops' if row == UNCLOSED_AT else filler
            file.write(f"r{row},{row % 1000},{note}\n")
    fate = bench.fates()
    known = sum(
        int(bench.connection.execute(f"select count(*) from raw_shop.{table}").fetchone()[0])
        for table in ("payment", "payment__rejected")
    )
    return f"{known} of {UNCLOSED_ROWS} rows known; {fate}"


def cell_on_a_page(bench: Bench) -> str:
    """A cell that is a picture with a script, on the page that refuses it."""
    from expectations.gate_1 import ask

    key, script = ("stripe", "subscription"), "<img src=x onerror=alert(1)>"
    bench.contract = load_contracts(PROJECT_DIR / "dbt_project/models/staging")[key]
    path = bench.landing.joinpath(*key, "a.csv")
    path.parent.mkdir(parents=True)
    path.write_text(
        "id,_fivetran_synced,customer_id,status,created\n"
        f"s1,2026-03-02 02:00:00,c1,{script},2026-03-01 00:00:00\n"
    )
    bench.load(NOW)
    quarantine_rows(bench.connection, {key: bench.contract})
    bench.connection.close()
    site = bench.landing.parent / "docs"
    ask(bench.landing.parent / "warehouse.duckdb", {key: bench.contract}, site=site)
    pages = [page.read_text() for page in site.rglob("*.html")]
    if not any("onerror" in page for page in pages):
        return "not on the page"
    return "runs in the browser" if any(script in page for page in pages) else "shown as text"


LOADED_TWO = r"a\.csv\S* loaded 2 rows"
REJECTED_ONE = r"a\.\S+ loaded 1 rows, 1 rejected \(.+\)"
OUT_OF_RANGE = r"a\.csv loaded 9 rows, 1 rejected \(.*{cell}.*\)"
CRLF_IN_CELL = b'id,amount\r\n"p\n1",1\r\np2,2\r\n'
FALLS = (
    Fall(
        "UTF-16, big end first",
        _content("a.csv", b"\xfe\xff" + TEXT.encode("utf-16-be")),
        right=LOADED_TWO,
        wanted="2 rows",
    ),
    Fall(
        "UTF-16LE with an emoji",
        _content("a.csv", b"\xff\xfe" + TEXT.replace("p1", "p\U0001f600").encode("utf-16-le")),
        right=LOADED_TWO,
        wanted="2 rows",
    ),
    Fall(
        "a flipped bit in .gz",
        flipped_bit,
        refused=r"bad\.csv\.gz failed: .+; good\.csv loaded 2 rows",
        wanted="that file failed with a reason, the other loaded",
    ),
    Fall(
        "a file name in Latin-1",
        latin_name,
        right=r"(caf.+ loaded 1 rows; good\.csv loaded 2 rows)",
        refused=r"(.*caf.+ failed: .+good\.csv loaded 2 rows|good\.csv loaded 2 rows.*caf.+)",
        wanted="failed or loaded, the other loaded",
    ),
    Fall(
        "a link to itself",
        link_to_itself,
        right=r"good\.csv loaded 2 rows;.*loop.+|loop.+good\.csv loaded 2 rows.*",
        wanted="skipped with a warning, the other loaded",
    ),
    Fall(
        "a folder inside itself",
        folder_in_itself,
        right=r"(?!skipped).*(payment|shop).*",
        wanted="skipped with a warning",
    ),
    Fall(
        "a link out of the landing folder",
        link_out,
        refused=r"(?!.*root:).*s\.csv.*(outside|out of|leads).*",
        wanted="refused: leads out of the landing folder",
    ),
    Fall(
        "a fifo and a dangling link",
        no_files,
        right=r"(?=.*dangling\.csv)(?=.*pipe\.csv)(?=.*good\.csv loaded 2 rows).*",
        wanted="a warning names both",
    ),
    Fall(
        ".csv.zst, CRLF, line feed in a cell",
        _content("a.csv.zst", zstd(CRLF_IN_CELL)),
        right=LOADED_TWO,
        wanted="2 rows",
    ),
    Fall(
        ".csv.gz, CRLF, line feed in a cell",
        _content("a.csv.gz", gzip.compress(CRLF_IN_CELL)),
        right=LOADED_TWO,
        wanted="2 rows",
    ),
    Fall(
        "LF header, CRLF rows, last cell quoted",
        _content("a.csv", 'id,properties\np1,"""x"""\r\np2,"""y"""\r\n'),
        right=LOADED_TWO,
        wanted="2 rows",
    ),
    Fall(
        "a blank after a date",
        same_date_twice,
        right=r"(loaded|rejected) in both",
        wanted="the same fate beside good and bad dates",
    ),
    *(
        Fall(
            f"{column} {cell}",
            partial(out_of_range, column=column, cell=cell),
            right=OUT_OF_RANGE.format(cell=cell),
            wanted="rejected, the cell named",
        )
        for column, cell in (
            ("created", "3/1/26 10:00"),
            ("paid_on", "26-03-01"),
            ("paid_on", "0000-01-01"),
            ("paid_on", "10000-01-01"),
            ("paid_on", "0003-01-01"),
        )
    ),
    Fall(
        "Parquet text without its mark",
        partial(unmarked_text, cells=[b"O'Brien", "é".encode()]),
        right=re.escape("""["O'Brien", 'é']"""),
        wanted="O'Brien, é",
    ),
    Fall(
        "Parquet bytes that are no UTF-8",
        partial(unmarked_text, cells=[b"\xe9\xff"]),
        right=r"a\.parquet (loaded 0 rows, 1 rejected \(.+\)|failed: .+)",
        wanted="rejected",
    ),
    Fall(
        "a JSON key twice",
        doubled_key,
        right=r"amount \[\]; a\.jsonl loaded 0 rows, 1 rejected \(.+\)"
        r"|amount \[\(2,\)\]; .*noted.*",
        wanted="rejected, or the last with a warning",
    ),
    Fall(
        "JSON lines with one bad byte",
        _content("a.jsonl", b'{"id": "p1", "amount": 1}\n{"id": "p\xff2", "amount": 2}\n'),
        right=REJECTED_ONE,
        wanted="that line rejected",
    ),
    Fall(
        "what browsers and editors leave",
        leftovers,
        right=r"(?!.*failed)(?=.*\.part)(?=.*\.crdownload)(?=.*csv~)(?=.*good\.csv loaded).*",
        wanted="skipped with a note",
    ),
    Fall("a bad file, removed", gone_is_gone, right="gone", wanted="gone"),
    Fall("withdrawn, then the same bytes", same_bytes_again, right="2 rows", wanted="2 rows"),
    *(
        Fall(
            f"a line of 32 MB, .{ending}",
            partial(long_line, ending=ending),
            right=REJECTED_ONE,
            wanted="rejected with a reason, the other row loaded",
        )
        for ending in ("csv", "csv.gz", "csv.zst")
    ),
    Fall(
        "a quote that nobody closes, 800,000 rows",
        unclosed_quote,
        right=f"{UNCLOSED_ROWS} of .*",
        refused=r".*a\.csv failed: .*(row|line) 10[0-3].*",
        wanted="refused with the row, or every row known",
    ),
    Fall(
        "a script in a refused cell", cell_on_a_page, right="shown as text", wanted="shown as text"
    ),
)
