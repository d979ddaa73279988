"""What must hold of every file, whatever it is."""

from __future__ import annotations

import gzip
import tempfile
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.landing.contract import ObjectContract, load_contracts
from orchestration.landing.ledger import FileResult
from orchestration.landing.loader import load_landing
from orchestration.settings import STAGING_DIR
from tests.fuzz.made import BROKEN, Made, connect, make_file, same
from tests.landing.conftest import build_contract

NOW = datetime(2027, 1, 1)
OBJECTS = (
    ("contracts", "subscription_periods"),
    ("stripe", "subscription"),
    ("segment", "tracks"),
    ("bamboohr", "employee"),
)


@dataclass
class Tried:
    """What became of files, and which rules they broke, by the seed that makes them again."""

    fates: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def fuzzed_contracts() -> list[ObjectContract]:
    """Contracts of every type and load."""
    declared = load_contracts(STAGING_DIR)
    return [build_contract(), *(declared[key] for key in OBJECTS)]


def try_files(seeds: Iterable[int]) -> Tried:
    """Make a file of each seed, load all of them at once, and look at each."""
    contracts = fuzzed_contracts()
    made = {seed: make_file(contracts[seed % len(contracts)], seed) for seed in seeds}
    with tempfile.TemporaryDirectory(prefix="drivewheel-fuzz-") as folder, connect() as connection:
        for seed, file in made.items():
            contract = contracts[seed % len(contracts)]
            path = Path(folder, contract.source, contract.name, file.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
        by_key = {(contract.source, contract.name): contract for contract in contracts}
        try:
            results = load_landing(connection, Path(folder), by_key, now=NOW)
        except Exception:
            last = traceback.format_exc().splitlines()[-1]
            return Tried(broken=[f"seeds {min(made)} to {max(made)}: the load ended with {last}"])
        fates = {file.path: file for result in results for file in result.files}
        tried = Tried()
        for seed, file in made.items():
            contract = contracts[seed % len(contracts)]
            result = fates.get(f"{contract.source}/{contract.name}/{file.name}")
            tried.fates.append(result.status if result else "without a fate")
            tried.broken += [
                f"seed {seed}, {file.name}{f', {file.broken_by}' if file.broken_by else ''}: {rule}"
                for rule in _broken_rules(connection, contract, file, result)
            ]
    return tried


def _broken_rules(
    connection: duckdb.DuckDBPyConnection,
    contract: ObjectContract,
    file: Made,
    result: FileResult | None,
) -> list[str]:
    if result is None:
        return ["has no fate"]
    if result.status == "failed":
        refusal = [] if result.reason else ["failed without a reason"]
        is_whole = not file.broken_by and file.row_count
        return refusal + ([f"is whole and failed: {result.reason}"] if is_whole else [])
    table = f'"{contract.schema}"."{contract.name}"'
    rejected = f'"{contract.schema}"."{contract.name}__rejected"'
    kept = _fetch(connection, f"select * from {table} where _load_id = ?", result.load_id)
    aside = _fetch(connection, f"select reason from {rejected} where _load_id = ?", result.load_id)
    broken = []
    if result.rows_in != len(kept) + len(aside):
        broken.append(f"{result.rows_in} rows, {len(kept)} loaded and {len(aside)} set aside")
    if not all(row["reason"] for row in aside):
        broken.append("rows set aside without a reason")
    if (result.status == "loaded") != (result.rows_in > 0):
        broken.append(f"is {result.status} with {result.rows_in} rows")
    counted = file.row_count if file.row_count is not None else _count(file)
    if counted is not None and counted != result.rows_in:
        broken.append(f"{counted} rows counted, {result.rows_in} known")
    if not file.broken_by:
        broken += _changed_cells(file, kept, len(aside))
    return broken


def _fetch(
    connection: duckdb.DuckDBPyConnection, query: str, load_id: int | None
) -> list[dict[str, object]]:
    cursor = connection.execute(query, [load_id])
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _changed_cells(file: Made, kept: list[dict[str, object]], aside: int) -> list[str]:
    """Cells whose worth is another one now, and rows set aside that have nothing wrong."""
    broken = []
    for row in kept:
        cells = file.rows[int(str(row["_file_row"])) - 1]
        broken += [
            f"{name}: {text!r} became {row[name]!r}"
            for name, (text, worth) in cells.items()
            if not same(row[name], worth)
        ]
    wrong = sum(any(worth is BROKEN for _, worth in row.values()) for row in file.rows)
    if aside != wrong:
        broken.append(f"{aside} rows set aside, {wrong} have a cell that is nothing")
    return broken


def _count(file: Made) -> int | None:
    """Rows of a broken text, line by line; None where quotes or encodings make that no count."""
    try:
        content = _unpacked(file)
    except (OSError, EOFError, ValueError):
        return None
    if b'"' in content or b"\0" in content or b"\r" in content.replace(b"\r\n", b"\n"):
        return None
    ending = file.name.split(".", 1)[1].split(".")[0]
    if ending not in ("csv", "tsv", "jsonl", "ndjson") or not content.strip():
        return None
    lines = [line for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    if ending in ("jsonl", "ndjson"):
        return len(lines) if content.lstrip()[:1] != b"[" else None
    # A row of nothing but delimiters, or of blanks, is none.
    return sum(bool(line.strip(b",;|\t\r ")) for line in lines[1:])


def _unpacked(file: Made) -> bytes:
    if file.name.endswith(".gz"):
        return gzip.decompress(file.content)
    if file.name.endswith(".zst"):
        with pa.CompressedInputStream(pa.BufferReader(file.content), "zstd") as stream:
            return bytes(stream.read())
    return file.content
