"""Raw tables as Parquet in a folder or object store that stays, files of their own for each load.

What the loader has taken in is copied once: a build with Spark writes the loads that are new,
several at a time, and reads the others from where they lie. The ledger decides: rows, provenance
and what was set aside are the loader's, and a load that was withdrawn or replaced loses its files.
Files are written aside and put in place whole, and their names say of which load, of which content
of a file and how many they are; whatever a killed run has left is no load, and is written anew.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from upath import UPath

from orchestration.landing.sql import literal
from orchestration.spark.tables import declared, kept_columns, quoted, selected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

RAW = "raw_"
LOAD = "_load_id"
# Loads of at least so many rows are written one by one, by all threads at once, into files of a
# size that tasks share well; smaller ones together.
LARGE_LOAD = 1_000_000
FILE_SIZE = "128MB"
TOGETHER = 64
# `00000042-<hash>.1-of-2.parquet`
FILE = re.compile(r"^(?P<load>\d+-[0-9a-f]+)\.(?P<part>\d+)-of-(?P<parts>\d+)\.parquet$")
LOADS = """
select loads._load_id, loads.row_count, coalesce(files.sha256, '')
from (select _load_id, count(*) as row_count from {table} group by _load_id) as loads
left join raw_meta.files as files on loads._load_id = files.load_id
order by loads._load_id
"""


class LakeError(Exception):
    """The lake cannot be reached; the message says why, and what to do."""


class Load(NamedTuple):
    """Rows of a raw table that came of one file."""

    load_id: int
    row_count: int
    sha256: str

    @property
    def name(self) -> str:
        """How its files begin: a number is given again where a refused file was replaced."""
        return f"{self.load_id:08}-{self.sha256[:16] or '0'}"


class Lake:
    """A folder with a folder for each raw table."""

    def __init__(self, location: str | Path, *, workers: int = 2) -> None:
        """Know where it lies; folders are made as tables come.

        Args:
            location: A path, or a URL that fsspec knows: `file:///data/lake`, `s3://bucket/lake`.
            workers: Cursors of DuckDB that write at a time, each its own loads.

        Raises:
            LakeError: nothing here knows what the URL begins with.
        """
        self._workers = workers
        try:
            self._root = UPath(location)
            # What reaches it is looked for when it is asked for.
            _ = self._root.fs
        except (ImportError, ValueError) as error:
            raise LakeError(
                f"the lake (DRIVEWHEEL_LAKE) cannot be reached at {location}: {error}; install "
                "into .venv what fsspec needs for it, or name a folder"
            ) from error

    def holds(self, table: str) -> bool:
        """Whether a table, `schema.table`, is one that the loader fills."""
        schema, name = table.split(".", 1)
        is_ledger = schema == f"{RAW}meta"
        return schema.startswith(RAW) and not is_ledger and not name.endswith("__rejected")

    def bring(self, cursor: duckdb.DuckDBPyConnection, table: str) -> tuple[UPath, str]:
        """Have the folder hold what a raw table holds.

        Args:
            cursor: Of the warehouse.
            table: `schema.table`.

        Returns:
            The folder of its files, and its columns as Spark declares them.
        """
        columns = kept_columns(cursor, table)
        # A column that was added or declared otherwise: every load has it, so all are written.
        shape = hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:12]
        folder = self._root / table / shape
        folder.mkdir(parents=True, exist_ok=True)
        for other in folder.parent.iterdir():
            if other.name != shape:
                _remove_tree(other)
        loads = [Load(*row) for row in cursor.execute(LOADS.format(table=quoted(table))).fetchall()]
        there = _complete_loads(folder)
        _remove(folder, keep={load.name for load in loads} & there)
        groups = [*_groups(load for load in loads if load.name not in there)]
        # Cursors are made one by one, and each writes for itself.
        with ThreadPoolExecutor(self._workers) as pool:
            write = partial(_write, table=table, folder=folder, columns=columns)
            for done in [pool.submit(write, cursor.cursor(), loads=group) for group in groups]:
                done.result()
        return folder, declared(columns)


def _complete_loads(folder: UPath) -> set[str]:
    """Loads of which all files are there."""
    parts: dict[str, set[int]] = {}
    wanted: dict[str, int] = {}
    for found in filter(None, (FILE.match(path.name) for path in folder.iterdir())):
        parts.setdefault(found["load"], set()).add(int(found["part"]))
        wanted[found["load"]] = int(found["parts"])
    return {load for load, there in parts.items() if len(there) == wanted[load]}


def _remove(folder: UPath, *, keep: set[str]) -> None:
    for path in folder.iterdir():
        found = FILE.match(path.name)
        if found is None or found["load"] not in keep:
            _remove_tree(path)


def _remove_tree(path: UPath) -> None:
    path.fs.rm(path.path, recursive=True)


def _groups(loads: Iterable[Load]) -> Iterator[list[Load]]:
    """Large loads by themselves, small ones together."""
    small: list[Load] = []
    for load in loads:
        if load.row_count >= LARGE_LOAD:
            yield [load]
            continue
        small.append(load)
        if len(small) == TOGETHER:
            yield small
            small = []
    if small:
        yield small


def _write(
    cursor: duckdb.DuckDBPyConnection,
    *,
    table: str,
    folder: UPath,
    columns: dict[str, str],
    loads: list[Load],
) -> None:
    numbers = ", ".join(str(load.load_id) for load in loads)
    how = "partition_by (_load_id), write_partition_columns true"
    if len(loads) == 1:
        how = f"file_size_bytes '{FILE_SIZE}'"
    with tempfile.TemporaryDirectory(prefix="aside-", dir=_beside(folder)) as name:
        aside = Path(name)
        cursor.execute(
            f"copy (select {selected(columns)} from {quoted(table)} where {LOAD} in ({numbers})) "
            f"to {literal(name)} (format parquet, {how}, overwrite_or_ignore true)"
        )
        for load in loads:
            written = aside if len(loads) == 1 else aside / f"{LOAD}={load.load_id}"
            files = sorted(written.glob("*.parquet"))
            for part, path in enumerate(files, start=1):
                _put(path, folder / f"{load.name}.{part}-of-{len(files)}.parquet")


def _beside(folder: UPath) -> str | None:
    """Where files are written before they are put in place; None: where temporary ones are."""
    return folder.path if _is_local(folder) else None


def _put(path: Path, place: UPath) -> None:
    """Have a file in its place, whole or not at all: by a new name, or as one object."""
    if _is_local(place):
        path.rename(place.path)
    else:
        place.fs.put_file(str(path), place.path)


def _is_local(path: UPath) -> bool:
    return path.protocol in ("", "file", "local")
