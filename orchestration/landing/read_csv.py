"""CSV files: one typed scan when every cell is what it should be, record by record otherwise.

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
from orchestration.landing.csv_records import BLANK, read_records
from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import SchemaMismatchError, UnreadableFileError
from orchestration.landing.insert import (
    JUDGED,
    Prepared,
    nothing_to_load,
    one_of,
    prepared_together,
)
from orchestration.landing.match import (
    FileColumn,
    Match,
    MissingColumnsError,
    extra_object,
    looks_like_header,
    match_columns,
)
from orchestration.landing.quarantine import common_reasons, judge, require_one_reading
from orchestration.landing.sql import literal, path_literal
from orchestration.landing.values import (
    is_number,
    reader_type,
    required_or_raise,
    strict,
    unambiguous,
)

STAGE_FROM_BYTES = 4 * 1024**2
STAGE_UP_TO_BYTES = 1024**3
_PACKED = 8  # how much larger than its compressed file a text may well be
TEMP_TABLES = ("landing_cells", JUDGED)
_CELLS = "(select * from landing_cells where problem is null)"


def prepare_typed(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], contract: ObjectContract
) -> Prepared:
    """A single typed scan; raises a DuckDB error at the first cell that is not certain."""
    head = _common_head(files)
    if head is None:
        return nothing_to_load(contract)
    if head.encoding != "utf-8":
        raise SchemaMismatchError(f"the typed scan reads no {head.encoding}")
    columns = [
        FileColumn(name=name, ref=f"c{i}", sample=sample)
        for i, (name, sample) in enumerate(zip(head.names, head.samples, strict=True))
    ]
    match = _matched(contract, columns, head)
    # Where the comma is no delimiter it may be the decimal mark, and the point group thousands.
    is_grouping = head.delimiter != ","
    types = {cell.ref: reader_type(column.data_type) for column, cell in match.found}
    scan = _scan(files, head, types=types)
    values = []
    for column, cell in match.pairs:
        if cell is None:
            values.append("null")
            continue
        ref = cell.ref
        for word in column.empty:
            ref = f"nullif({ref}, {literal(word)})"
        if is_grouping and is_number(column):
            ref = unambiguous(ref)
        typed = strict(column.data_type, ref, sample=cell.sample)
        values.append(required_or_raise(column, typed))
    values.append(extra_object(match.unknown))
    if len(files) == 1 and not _is_staged(connection, files[0]):
        row_number, typed = "row_number() over ()", ", ".join(values)
        return replace(
            prepared_together(files, match, relation=scan, row_number=row_number, values=typed),
            lines_before=head.skipped + 1,
        )
    named = ", ".join(f"{value} as v{i}" for i, value in enumerate(values))
    index = ", file_index" if len(files) > 1 else ""
    connection.execute(f"create temp table landing_cells as select {named}{index} from {scan}")
    prepared = prepared_together(
        files,
        match,
        relation="landing_cells",
        row_number=row_in_file(connection, files, "landing_cells"),
        values=", ".join(f"v{i}" for i in range(len(values))),
    )
    return replace(prepared, lines_before=head.skipped + 1)


def prepare_judged(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], contract: ObjectContract
) -> Prepared:
    """Every record by itself: lines that are no CSV and cells that cannot be cast set aside."""
    [file] = files
    head = _common_head(files)
    if head is None:
        return nothing_to_load(contract)
    columns = [FileColumn(name=name, ref=f"c{i}") for i, name in enumerate(head.names)]
    refusal = None
    try:
        match = _matched(contract, columns, head)
    except MissingColumnsError as error:
        match, refusal = error.match, str(error)
    _read(connection, file, head)
    if head.delimiter != ",":
        try:
            require_one_reading(connection, match, relation=_CELLS)
        except UnreadableFileError as error:
            refusal = f"{refusal} {error}" if refusal else str(error)
    original = ", ".join(f"{literal(cell.name)}, {cell.ref}" for cell in columns)
    judge(connection, match, relation=_CELLS, original=f"json_object({original})")
    connection.execute(
        f"insert into {JUDGED} (row, reason, original) "
        "select row, 'the line is no row of this file: ' || problem, "
        f"json_object('line', line) from landing_cells where problem <> '{BLANK}'"
    )
    if refusal is not None:
        # All that is wrong at once, so that one more export is enough.
        others = common_reasons(connection)
        raise UnreadableFileError("; besides, ".join([refusal.rstrip("."), *others]) + ".")
    return replace(
        prepared_together(files, match, relation=JUDGED, row_number="row", values=None),
        warning=_blanks(connection),
    )


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


def _matched(contract: ObjectContract, columns: Sequence[FileColumn], head: CsvHead) -> Match:
    """The columns matched; where the header is none, the line that looks like it is named."""
    try:
        return match_columns(contract, columns)
    except MissingColumnsError as error:
        for number, row in enumerate(head.rows[1:], start=2 + head.skipped):
            if looks_like_header(contract, row):
                raise UnreadableFileError(
                    f"its first line is no header; line {number} looks like it: "
                    f"{', '.join(row)}. Delete the lines before it (report titles), and totals "
                    f"at the end, or export without them.{_missing(contract, row)}"
                ) from error
        raise


def _missing(contract: ObjectContract, header: Sequence[str]) -> str:
    """What would be wrong with the columns of a header next, as a sentence to follow."""
    try:
        match_columns(contract, [FileColumn(name=name, ref="") for name in header])
    except MissingColumnsError as error:
        return f" Then {error}"
    return ""


def _common_head(files: Sequence[LandedFile]) -> CsvHead | None:
    heads = [read_head(file) for file in files]
    first = heads[0]
    if len(heads) == 1 or first is None:
        return first
    for other in heads[1:]:
        if other is None or replace(other, samples=first.samples, rows=first.rows) != first:
            raise SchemaMismatchError
    samples = zip(*(head.samples for head in heads if head is not None), strict=True)
    return replace(first, samples=tuple(max(s, key=lambda v: len(v or "")) for s in samples))


def _scan(files: Sequence[LandedFile], head: CsvHead, *, types: dict[str, str]) -> str:
    columns = ", ".join(
        f"'c{i}': '{types.get(f'c{i}', 'VARCHAR')}'" for i in range(len(head.names))
    )
    paths = ", ".join(path_literal(file.absolute) for file in files)
    skip = f"skip={head.skipped}, " if head.skipped else ""
    return (
        f"read_csv([{paths}], auto_detect=false, header=true, {skip}"
        f"delim={literal(head.delimiter)}, quote='\"', escape='\"', "
        f"compression={literal(files[0].compression or 'none')}, "
        f"encoding='utf-8', hive_partitioning=false, columns={{{columns}}})"
    )


def _read(connection: duckdb.DuckDBPyConnection, file: LandedFile, head: CsvHead) -> None:
    """Every record after the header into a temp table of text cells; empty ones are NULL."""
    cells = [f"c{i}" for i in range(len(head.names))]
    columns = ", ".join(f"{cell} varchar" for cell in cells)
    connection.execute(
        f"create temp table landing_cells (row bigint, problem varchar, line varchar, {columns})"
    )
    given = ", ".join(f"nullif({cell}, '')" for cell in cells)
    for batch in read_records(file, head):
        connection.register("landing_records", batch)
        connection.execute(
            f"insert into landing_cells select row, problem, line, {given} from landing_records"
        )
        connection.unregister("landing_records")


def _blanks(connection: duckdb.DuckDBPyConnection) -> str | None:
    counted = connection.execute(
        f"select count(*) from landing_cells where problem = '{BLANK}'"
    ).fetchone()
    if not counted or not counted[0]:
        return None
    return f"{counted[0]:,} rows without a single cell skipped"
