"""CSV files: one typed scan when every cell is what it should be, row by row otherwise.

Numbering rows while reading forces DuckDB to one thread (1 M rows of events: 1.9 s, against
1.3 s unnumbered). So a large file is first read in parallel into a temp table, whose
`rowid` is the row number because insertion order is preserved, and goes on from there in
parallel (1.4 s together). Small files are numbered at once; very large ones too, rather
than spill.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.csv_head import CsvHead, read_head
from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import UnreadableFileError
from orchestration.landing.insert import (
    Counts,
    Origin,
    Prepared,
    insert_judged,
    insert_typed,
    nothing_to_load,
)
from orchestration.landing.match import FileColumn, extra_object, match_columns
from orchestration.landing.quarantine import judge
from orchestration.landing.sql import literal, path_literal
from orchestration.landing.values import reader_type, required_or_raise, strict

STAGE_FROM_BYTES = 4 * 1024**2
STAGE_UP_TO_BYTES = 2 * 1024**3
_TABLES = ("landing_cells", "landing_judged", "landing_broken", "landing_scans")


def prepare_typed(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, contract: ObjectContract
) -> Prepared:
    """A single typed scan; raises a DuckDB error at the first cell that is not certain."""
    head = read_head(connection, file)
    if head is None:
        return nothing_to_load(contract)
    columns = [
        FileColumn(name=name, ref=f"c{i}", sample=sample)
        for i, (name, sample) in enumerate(zip(head.names, head.samples, strict=True))
    ]
    match = match_columns(contract, columns)
    types = {cell.ref: reader_type(column.data_type) for column, cell in match.found}
    scan = _scan(file, head, types=types)
    values = [
        "null"
        if cell is None
        else required_or_raise(column, strict(column.data_type, cell.ref, sample=cell.sample))
        for column, cell in match.pairs
    ] + [extra_object(match.unknown)]
    if not STAGE_FROM_BYTES <= file.size_bytes <= STAGE_UP_TO_BYTES:
        return Prepared(match, _inserter(values, "row_number() over ()", scan))
    named = ", ".join(f"{value} as v{i}" for i, value in enumerate(values))
    connection.execute(f"create or replace temp table landing_cells as select {named} from {scan}")
    staged = [f"v{i}" for i in range(len(values))]
    return Prepared(
        match,
        _inserter(staged, "rowid + 1", "landing_cells"),
        close=lambda: _drop(connection),
    )


def prepare_judged(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, contract: ObjectContract
) -> Prepared:
    """Every row by itself: lines that are no CSV and cells that cannot be cast set aside."""
    head = read_head(connection, file)
    if head is None:
        return nothing_to_load(contract)
    columns = [FileColumn(name=name, ref=f"c{i}") for i, name in enumerate(head.names)]
    match = match_columns(contract, columns)
    _drop(connection)
    scan = _scan(
        file,
        head,
        types={},
        options="store_rejects=true, rejects_limit=0, "
        "rejects_table='landing_broken', rejects_scan='landing_scans'",
    )
    connection.execute(f"create or replace temp table landing_cells as select * from {scan}")
    original = ", ".join(f"{literal(cell.name)}, {cell.ref}" for cell in columns)
    judge(
        connection,
        match,
        table="landing_judged",
        relation=_numbered(connection),
        original=f"json_object({original})",
    )
    connection.execute(
        "insert into landing_judged (row, reason, original) "
        "select line - 1, 'the line is no row of this file: ' || min(error_message), "
        "json_object('line', any_value(csv_line)) from landing_broken group by line"
    )
    return Prepared(match, _insert_judged, close=lambda: _drop(connection))


def _inserter(
    values: list[str], row_number: str, relation: str
) -> Callable[[duckdb.DuckDBPyConnection, Origin], Counts]:
    def insert(connection: duckdb.DuckDBPyConnection, origin: Origin) -> Counts:
        return insert_typed(
            connection,
            origin,
            values=", ".join(values),
            row_number=row_number,
            relation=relation,
        )

    return insert


def _insert_judged(connection: duckdb.DuckDBPyConnection, origin: Origin) -> Counts:
    return insert_judged(connection, origin, relation="landing_judged")


def _scan(
    file: LandedFile, head: CsvHead, *, types: dict[str, str], options: str | None = None
) -> str:
    columns = ", ".join(
        f"'c{i}': '{types.get(f'c{i}', 'VARCHAR')}'" for i in range(len(head.names))
    )
    return (
        f"read_csv({path_literal(file.absolute)}, auto_detect=false, header=true, "
        f"delim={literal(head.delimiter)}, quote='\"', escape='\"', "
        f"compression={literal(file.compression or 'none')}, "
        f"encoding={literal(head.encoding)}, hive_partitioning=false, "
        f"columns={{{columns}}}{', ' + options if options else ''})"
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


def _drop(connection: duckdb.DuckDBPyConnection) -> None:
    for table in _TABLES:
        connection.execute(f"drop table if exists temp.{table}")
