"""CSV files: one typed scan when every cell is what it should be, row by row otherwise.

Numbering rows while reading holds DuckDB to one thread (1 M events: 1.9 s, against 1.3 s
unnumbered). So a large file is first read in parallel into a temp table, whose `rowid` is
the row number because insertion order is preserved, and goes on from there in parallel
(1.4 s together). That takes a fifth more CPU: without an idle core, numbering while reading
is the quicker way. It is also the way of small files, and of very large ones, rather than
spill.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.csv_head import CsvHead, read_head
from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import NotAlikeError, UnreadableFileError
from orchestration.landing.insert import (
    JUDGED,
    Prepared,
    nothing_to_load,
    one_of,
    prepared_alike,
)
from orchestration.landing.line_endings import REFUSAL, with_one_line_ending
from orchestration.landing.match import FileColumn, extra_object, match_columns
from orchestration.landing.quarantine import judge
from orchestration.landing.sql import literal, path_literal
from orchestration.landing.values import reader_type, required_or_raise, strict

STAGE_FROM_BYTES = 4 * 1024**2
STAGE_UP_TO_BYTES = 1024**3
_PACKED = 8  # how much larger than its compressed file a text may well be
_REJECTS = (
    ", store_rejects=true, rejects_limit=0, "
    "rejects_table='landing_broken', rejects_scan='landing_scans'"
)
TEMP_TABLES = ("landing_cells", "landing_broken", "landing_scans", JUDGED)


def prepare_typed(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], contract: ObjectContract
) -> Prepared:
    """A single typed scan; raises a DuckDB error at the first cell that is not certain."""
    head = _common_head(connection, files)
    if head is None:
        return nothing_to_load(contract)
    columns = [
        FileColumn(name=name, ref=f"c{i}", sample=sample)
        for i, (name, sample) in enumerate(zip(head.names, head.samples, strict=True))
    ]
    match = match_columns(contract, columns)
    types = {cell.ref: reader_type(column.data_type) for column, cell in match.found}
    scan = _scan(files, head, types=types)
    values = [
        "null"
        if cell is None
        else required_or_raise(column, strict(column.data_type, cell.ref, sample=cell.sample))
        for column, cell in match.pairs
    ] + [extra_object(match.unknown)]
    if len(files) == 1 and not _is_staged(connection, files[0]):
        row_number, typed = "row_number() over ()", ", ".join(values)
        return prepared_alike(files, match, relation=scan, row_number=row_number, values=typed)
    named = ", ".join(f"{value} as v{i}" for i, value in enumerate(values))
    index = ", file_index" if len(files) > 1 else ""
    connection.execute(f"create temp table landing_cells as select {named}{index} from {scan}")
    return prepared_alike(
        files,
        match,
        relation="landing_cells",
        row_number=row_in_file(connection, files, "landing_cells"),
        values=", ".join(f"v{i}" for i in range(len(values))),
    )


def prepare_judged(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], contract: ObjectContract
) -> Prepared:
    """Every row by itself: lines that are no CSV and cells that cannot be cast set aside."""
    head = _common_head(connection, files)
    if head is None:
        return nothing_to_load(contract)
    columns = [FileColumn(name=name, ref=f"c{i}") for i, name in enumerate(head.names)]
    match = match_columns(contract, columns)
    scan = _scan(files, head, types={}, options=_REJECTS)
    try:
        connection.execute(f"create temp table landing_cells as select * from {scan}")
    except duckdb.InvalidInputException as error:
        if REFUSAL not in str(error):
            raise
        with with_one_line_ending(files[0]) as copy:
            scan = _scan([copy], head, types={}, options=_REJECTS)
            connection.execute(f"create or replace temp table landing_cells as from {scan}")
    original = ", ".join(f"{literal(cell.name)}, {cell.ref}" for cell in columns)
    judge(
        connection,
        match,
        relation=_numbered(connection),
        original=f"json_object({original})",
    )
    connection.execute(
        f"insert into {JUDGED} (row, reason, original) "
        "select line - 1, 'the line is no row of this file: ' || min(error_message), "
        "json_object('line', any_value(csv_line)) from landing_broken group by line"
    )
    return prepared_alike(files, match, relation=JUDGED, row_number="row", values=None)


def row_in_file(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], table: str
) -> str:
    """SQL: number of a row of a temp table within its file, from 1."""
    if len(files) == 1:
        return "rowid + 1"
    firsts = dict(
        connection.execute(
            f"select file_index, min(rowid) from {table} group by file_index"
        ).fetchall()
    )
    return f"rowid + 1 - {one_of([str(firsts.get(i, 0)) for i in range(len(files))])}"


def _is_staged(connection: duckdb.DuckDBPyConnection, file: LandedFile) -> bool:
    size = file.size_bytes * (_PACKED if file.compression else 1)
    if not STAGE_FROM_BYTES <= size <= STAGE_UP_TO_BYTES:
        return False
    threads = connection.execute("select current_setting('threads')").fetchone()
    return threads is not None and int(threads[0]) > 1 and _has_idle_core()


def _has_idle_core() -> bool:
    """Whether a second thread would gain anything; yes where the system does not tell."""
    return not hasattr(os, "getloadavg") or os.getloadavg()[0] < (os.cpu_count() or 1) - 0.25


def _common_head(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile]
) -> CsvHead | None:
    heads = [read_head(connection, file) for file in files]
    first = heads[0]
    if len(heads) == 1 or first is None:
        return first
    for other in heads[1:]:
        if other is None or replace(other, samples=first.samples) != first:
            raise NotAlikeError
    samples = zip(*(head.samples for head in heads if head is not None), strict=True)
    return replace(first, samples=tuple(max(s, key=lambda v: len(v or "")) for s in samples))


def _scan(
    files: Sequence[LandedFile], head: CsvHead, *, types: dict[str, str], options: str = ""
) -> str:
    columns = ", ".join(
        f"'c{i}': '{types.get(f'c{i}', 'VARCHAR')}'" for i in range(len(head.names))
    )
    paths = ", ".join(path_literal(file.absolute) for file in files)
    return (
        f"read_csv([{paths}], auto_detect=false, header=true, "
        f"delim={literal(head.delimiter)}, quote='\"', escape='\"', "
        f"compression={literal(files[0].compression or 'none')}, "
        f"encoding={literal(head.encoding)}, hive_partitioning=false, "
        f"columns={{{columns}}}{options})"
    )


def _numbered(connection: duckdb.DuckDBPyConnection) -> str:
    """The cells with their row in the file, which counts the broken lines between them.

    A broken line at row r is the i-th one, so r - i good rows lie before it.
    """
    swallowed = connection.execute(
        "select min(line) from landing_broken "
        "where error_type = 'UNQUOTED VALUE' and contains(csv_line, chr(10))"
    ).fetchone()
    if swallowed and swallowed[0] is not None:
        raise UnreadableFileError(
            f"row {swallowed[0] - 1} opens a quote that it does not close, so that the rows "
            "after it cannot be told apart. Export the file again with quotes doubled."
        )
    return (
        "(select landing_cells.rowid + 1 + coalesce(gap.broken, 0) as row, landing_cells.* "
        "from landing_cells asof left join ("
        "select line - 1 - i as good_before, max(i) as broken from ("
        "select line, row_number() over (order by line) as i "
        "from (select distinct line from landing_broken)) group by line - 1 - i"
        ") as gap on landing_cells.rowid + 1 > gap.good_before)"
    )
