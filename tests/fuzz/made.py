"""Files made by chance, of which it is known what they hold; and files broken by chance.

Everything follows from a seed. What a cell is worth is worked out here, by Python, and never
asked of the loader.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.contract import ObjectContract

TEXTS = ("plain", "O'Brien", 'say "hi"', "a,b;c|d", "zwei\nZeilen", "naïve 😀", " blanks ", "=1+1")
BAD = {
    "bigint": ("1.5", "many", "1,000", "0x10", "9223372036854775808"),
    "double": ("nan", "inf", "1,5", "$5.00", "(2)"),
    "date": ("2026-02-30", "03/04/2025", "46023", "0003-01-01", "10000-01-01", "soon"),
    "timestamp": ("2026-13-01 00:00:00", "3/1/26 10:00", "Mar 5, 2026", "infinity", "12"),
    "boolean": ("maybe", "2x"),
    "json": ("{'a': 1}", "{"),
}
ENDINGS = ("csv", "tsv", "csv.gz", "csv.zst", "jsonl", "ndjson", "jsonl.gz", "json", "parquet")
Cell = tuple[str, object]


@dataclass(frozen=True)
class Made:
    """A file: its name, its bytes, and what it holds.

    Attributes:
        rows: Per row its cells by column: text, and worth (`BROKEN` where it has none).
        row_count: Rows of the file; None where it was broken and nobody can say.
    """

    name: str
    content: bytes
    rows: tuple[dict[str, Cell], ...]
    row_count: int | None
    broken_by: str = ""


class Broken:
    """The worth of a cell that has none."""

    def __repr__(self) -> str:
        return "broken"


BROKEN = Broken()


def make_file(contract: ObjectContract, seed: int) -> Made:
    """A file of the contract, good but for some cells, or broken as a whole."""
    chance = random.Random(seed)
    ending = chance.choice(ENDINGS)
    name = f"f{seed:06}.{ending}"
    count = chance.choice((0, 1, 2, 3, 7, 40))
    rows = tuple(_row(contract, chance, f"k{seed}-{i}", ending) for i in range(count))
    made = Made(name, _written(contract, rows, ending, chance), rows, count)
    if chance.random() < 0.4:
        return _break(made, chance)
    return made


def _row(contract: ObjectContract, chance: random.Random, key: str, ending: str) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for column in contract.columns:
        if column.name in contract.primary_key:
            if column.data_type == "varchar":
                cells[column.name] = (key, key)
                continue
        elif not column.required and not column.needed and chance.random() < 0.2:
            cells[column.name] = ("", None)
            continue
        cell = _cell(column.data_type, chance)
        # A text is a value of JSON, where the file is.
        is_text = (
            column.data_type == "json"
            and cell[1] is BROKEN
            and ending.startswith(("json", "ndjson"))
        )
        cells[column.name] = ("", None) if is_text else cell
    return cells


def _cell(data_type: str, chance: random.Random) -> Cell:
    kind = "decimal" if data_type.startswith("decimal") else data_type
    if chance.random() < 0.03 and (bad := BAD.get("double" if kind == "decimal" else kind)):
        return chance.choice(bad), BROKEN
    number = chance.randint(-10_000, 10_000)
    day = dt.date(2020, 1, 1) + dt.timedelta(days=chance.randrange(2500))
    moment = dt.datetime.combine(day, dt.time(chance.randrange(24), chance.randrange(60), 7))
    match kind:
        case "bigint":
            return str(number), number
        case "double":
            return repr(number / 4), number / 4
        case "decimal":
            text = f"{number}.{chance.randrange(100):02}"
            return text, Decimal(text)
        case "boolean":
            return chance.choice((("true", True), ("false", False)))
        case "date":
            return chance.choice(((str(day), day), (f"{day} ", day), (f"{day} 00:00:00", day)))
        case "timestamp":
            ahead = moment + dt.timedelta(hours=2)
            return chance.choice(
                (
                    (f"{moment}", moment),
                    (f"{moment.isoformat()}Z", moment),
                    (f"{ahead.isoformat()}+02:00", moment),
                    (str(int(moment.replace(tzinfo=dt.UTC).timestamp())), moment),
                )
            )
        case "json":
            text = json.dumps({"n": number})
            return text, {"n": number}
        case _:
            text = chance.choice(TEXTS)
            return text, text


def _written(
    contract: ObjectContract, rows: Sequence[dict[str, Cell]], ending: str, chance: random.Random
) -> bytes:
    names = [column.name for column in contract.columns]
    if ending == "parquet":
        table = pa.table(
            {n: pa.array([row[n][0] or None for row in rows], pa.string()) for n in names}
        )
        sink = io.BytesIO()
        pq.write_table(table, sink)
        return sink.getvalue()
    if ending.startswith(("jsonl", "ndjson", "json")):
        objects = [
            json.dumps(
                {n: row[n][0] for n in names if row[n][0] != ""}, ensure_ascii=chance.random() < 0.5
            )
            for row in rows
        ]
        if ending == "json":
            return f"[{', '.join(objects)}]".encode()
        feed = chance.choice(("\n", "\r\n"))
        return _packed("".join(o + feed for o in objects).encode(), ending)
    text = io.StringIO(newline="")
    # A point may group thousands where the comma is no delimiter: numbers here have two decimals.
    delimiter = "\t" if ending == "tsv" else chance.choice((",", ",", ";", "|"))
    writer = csv.writer(
        text,
        delimiter=delimiter,
        lineterminator=chance.choice(("\n", "\r\n")),
        quoting=chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    )
    shown = [name.replace("_", " ").title() if chance.random() < 0.1 else name for name in names]
    writer.writerow(shown)
    writer.writerows([[row[n][0] for n in names] for row in rows])
    encoding = chance.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-be"))
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    return _packed((mark + text.getvalue()).encode(encoding), ending)


def _packed(content: bytes, ending: str) -> bytes:
    if ending.endswith(".gz"):
        return gzip.compress(content, mtime=0)
    if ending.endswith(".zst"):
        return bytes(pa.compress(content, codec="zstd", asbytes=True))
    return content


def _break(made: Made, chance: random.Random) -> Made:
    """The file after something happened to its bytes; what it holds nobody can say."""
    breaks: dict[str, Callable[[bytes], bytes]] = {
        "a flipped bit": lambda content: _flip(content, chance),
        "cut short": lambda content: content[: chance.randrange(len(content) + 1)],
        "a quote": lambda content: _insert(content, b'"', chance),
        "a line feed": lambda content: _insert(content, b"\n", chance),
        "a bad byte": lambda content: _insert(content, b"\xff", chance),
        "a zero byte": lambda content: _insert(content, b"\0", chance),
        "a delimiter": lambda content: _insert(content, b",", chance),
        "a carriage return": lambda content: _insert(content, b"\r", chance),
        "said twice": lambda content: content + content,
        "another ending": lambda content: content,
        "blank lines": lambda content: content + b"\n\n \n",
    }
    broken_by = chance.choice(list(breaks))
    content = breaks[broken_by](made.content)
    name = made.name
    if broken_by == "another ending":
        name = f"{name.split('.')[0]}.{chance.choice(ENDINGS)}"
    return replace(made, name=name, content=content, row_count=None, broken_by=broken_by)


def _flip(content: bytes, chance: random.Random) -> bytes:
    if not content:
        return content
    place = chance.randrange(len(content))
    flipped = content[place] ^ (1 << chance.randrange(8))
    return content[:place] + bytes([flipped]) + content[place + 1 :]


def _insert(content: bytes, piece: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + piece + content[place:]


def same(value: object, worth: object) -> bool:
    """Whether a loaded value is what the cell was worth."""
    if isinstance(worth, dict) and isinstance(value, str):
        return bool(json.loads(value) == worth)
    return value == worth


def connect() -> duckdb.DuckDBPyConnection:
    """An empty warehouse in memory."""
    return duckdb.connect()
