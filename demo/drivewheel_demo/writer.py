"""Deliveries cut into landing files. Formats, file names and counts; no simulation.

One DuckDB connection with one thread writes every format, so equal rows give equal bytes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from drivewheel_demo import story
from drivewheel_demo.dirt import BAD_TIME, count_row
from drivewheel_demo.events import EventSource
from drivewheel_demo.rows import OBJECTS, Row

FORMATS = {
    "csv": "FORMAT csv, HEADER true",
    "csv.gz": "FORMAT csv, HEADER true, COMPRESSION gzip",
    "jsonl": "FORMAT json",
    "jsonl.gz": "FORMAT json, COMPRESSION gzip",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
}
EVENT_SUFFIXES = ("parquet", "parquet", "csv.gz", "parquet", "parquet", "jsonl.gz")
Versions = list[tuple[datetime, Row]]


@dataclass
class LandingWriter:
    """Writes files below a landing folder and remembers what it wrote."""

    landing: Path
    files: list[Path] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    dirt: dict[str, int] = field(default_factory=dict)
    connection: duckdb.DuckDBPyConnection = field(init=False)

    def __post_init__(self) -> None:
        """One thread: the order of rows, and so every byte, is fixed."""
        self.connection = duckdb.connect(config={"threads": 1})

    def table(self, name: str, versions: Versions, *, until: datetime, since: datetime) -> None:
        """The newest versions seen by then; only those of records that changed since."""
        newest: dict[tuple[Any, ...], tuple[datetime, Row]] = {}
        for seen, row in versions:
            key = tuple(row[column] for column in OBJECTS[name].key)
            if seen < until and (key not in newest or newest[key][0] <= seen):
                newest[key] = (seen, row)
        rows = [row for seen, row in newest.values() if seen >= since]
        self._write_rows(name, f"{_last_day(until)}", rows, _columns(versions))

    def log(self, name: str, versions: Versions, *, until: datetime, since: datetime) -> None:
        """A file per month with what was seen in it, in the order in which it was seen."""
        by_month: dict[str, list[Row]] = defaultdict(list)
        for seen, row in sorted(versions, key=lambda version: version[0]):
            if since <= seen < until:
                by_month[f"{seen:%Y-%m}"].append(row)
        columns = _columns(versions)
        for month, rows in by_month.items():
            one_day = since > datetime.min
            stem = f"{_last_day(until)}" if one_day else month
            self._write_rows(name, stem, rows, columns)

    def bulk(self, name: str, table: pa.Table, *, until: datetime, since: datetime) -> None:
        """A file per month with the rows seen in it; what is dirt is counted."""
        seen = table["_seen_at"]
        inside = pc.and_(pc.greater_equal(seen, since), pc.less(seen, until))
        table = table.filter(inside)
        months = pc.strftime(table["_seen_at"], "%Y-%m")
        for month in sorted(set(months.to_pylist())):
            found = table.filter(pc.equal(months, month)).drop_columns("_seen_at")
            for kind in [c for c in found.column_names if c.startswith("_")]:
                self.dirt[kind[1:]] = self.dirt.get(kind[1:], 0) + pc.sum(found[kind]).as_py()
                found = found.drop_columns(kind)
            stem = month if since == datetime.min else f"{_last_day(until)}"
            self._copy(name, f"{stem}.{OBJECTS[name].suffix}", found)

    def events(self, source: EventSource, *, until: date, since: date | None) -> None:
        """Product events by month of receipt, or of one day; some rows do not parse."""
        first = since or source.horizon.start
        months = list(source.horizon.months())
        bad = -(-story.DIRT["unparsable_events"] // max(1, len(months) // 3))
        for month, table in source.months(received_from=first, received_to=until):
            suffix = "jsonl" if since else EVENT_SUFFIXES[months.index(month) % 6]
            for kind, column in (("late_events", "_late"), ("duplicate_events", "_again")):
                found = pc.sum(table[column]).as_py() or 0
                self.dirt[kind] = self.dirt.get(kind, 0) + found
            table = table.drop_columns(["_late", "_again"])
            if suffix != "parquet" and not since:
                spoiled = min(bad, table.num_rows)
                table = _with_bad_times(table, spoiled)
                self.dirt["unparsable_events"] = self.dirt.get("unparsable_events", 0) + spoiled
            name = f"{until}" if since else f"{month:%Y-%m}"
            self._copy("segment.tracks", f"{name}.{suffix}", table)

    def _write_rows(self, name: str, stem: str, rows: list[Row], columns: list[str]) -> None:
        if not rows:
            return
        for row in rows:
            count_row(name, row, self.dirt)
        # An export has all of its columns, filled or not; only a new one comes when it comes.
        held = {column for row in rows for column in row}
        columns = [c for c in columns if c in held or c != story.UNKNOWN_COLUMN]
        table = pa.table({c: _array([row.get(c) for row in rows]) for c in columns})
        self._copy(name, f"{stem}.{OBJECTS[name].suffix}", table)

    def _copy(self, name: str, file: str, table: pa.Table) -> None:
        path = self.landing.joinpath(*name.split("."), file)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection.register("delivered", table)
        target = str(path).replace("'", "''")
        options = FORMATS[file.split(".", 1)[1]]
        self.connection.execute(f"COPY delivered TO '{target}' ({options})")
        self.connection.unregister("delivered")
        self.files.append(path)
        self.rows[name] += table.num_rows


def _columns(versions: Versions) -> list[str]:
    """Every column that the object ever has, in the order of their first appearance."""
    return list(dict.fromkeys(column for _, row in versions for column in row))


def _last_day(until: datetime) -> date:
    return date.fromordinal(until.toordinal() - 1)


def _array(values: list[Any]) -> pa.Array:
    """A typed column; one that mixes text with something else becomes text, as in a CSV file."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.array(values, pa.string())
    if kinds == {datetime}:
        return pa.array(values, pa.timestamp("us"))
    if len(kinds) > 1 and str in kinds:
        return pa.array([None if value is None else str(value) for value in values])
    return pa.array(values)


def _with_bad_times(table: pa.Table, size: int) -> pa.Table:
    """Additional rows, each like the first ones, with a time that cannot be read."""
    text = table.set_column(
        table.column_names.index("timestamp"), "timestamp", table["timestamp"].cast(pa.string())
    )
    ids = pa.array([f"{key}_bad" for key in text["id"].slice(0, size).to_pylist()])
    bad = text.slice(0, size).set_column(0, "id", ids)
    bad = bad.set_column(
        bad.column_names.index("timestamp"), "timestamp", pa.array([BAD_TIME] * bad.num_rows)
    )
    return pa.concat_tables([text, bad])
