"""JSON files: one object a line, an array of objects, or objects one after the other.

Keys are columns; which ones a file has is known only after all of it has been read, so
rows are always judged one by one. Numbers keep their value, not their spelling.
"""

from __future__ import annotations

import json

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.discover import LandedFile
from orchestration.landing.insert import (
    Counts,
    Origin,
    Prepared,
    insert_judged,
    nothing_to_load,
)
from orchestration.landing.match import FileColumn, Match, match_columns
from orchestration.landing.quarantine import judge
from orchestration.landing.sql import literal, path_literal
from orchestration.landing.text_head import read_text_head

_MAX_LINE_BYTES = 64 * 1024**2
_TABLES = ("landing_lines", "landing_cells", "landing_judged")


def prepare_judged(
    connection: duckdb.DuckDBPyConnection, file: LandedFile, contract: ObjectContract
) -> Prepared:
    """Every object by itself; lines that are no JSON object are set aside."""
    head, _ = read_text_head(connection, file)
    if not head.strip():
        return nothing_to_load(contract)
    _drop(connection)
    connection.execute(
        f"create or replace temp table landing_lines as select line from {_lines(file, head)}"
    )
    objects = (
        "(select rowid, line from landing_lines "
        "where case when json_valid(line) then json_type(line) = 'OBJECT' end)"
    )
    keys = connection.execute(
        "select key from (select rowid as row, unnest(keys) as key, "
        "generate_subscripts(keys, 1) as position "
        f"from (select rowid, json_keys(line) as keys from {objects})) "
        "group by key order by min((row, position))"
    ).fetchall()
    columns = [FileColumn(name=key, ref=f"c{i}") for i, (key,) in enumerate(keys)]
    if not columns and not _has_rows(connection):
        return nothing_to_load(contract)
    match = match_columns(contract, columns)
    _extract(connection, match, objects)
    judge(
        connection,
        match,
        table="landing_judged",
        relation="landing_cells",
        original="line",
        extra=_extra(match),
    )
    connection.execute(
        "insert into landing_judged (row, reason, original) "
        "select rowid + 1, 'the line is no JSON object', "
        "json_object('line', line) from landing_lines "
        "where not coalesce("
        "case when json_valid(line) then json_type(line) = 'OBJECT' end, false)"
    )
    return Prepared(match, _insert, close=lambda: _drop(connection))


def _lines(file: LandedFile, head: str) -> str:
    """One JSON text per row, in file order, blank lines left out."""
    path, compression = path_literal(file.absolute), literal(file.compression or "none")
    start = head.lstrip()
    if start.startswith("["):
        layout = "array"
    elif file.format == "json" and not _is_json(start.splitlines()[0]):
        layout = "unstructured"
    else:
        return (
            f"read_csv({path}, auto_detect=false, header=false, delim='\\x01', quote='', "
            f"escape='', max_line_size={_MAX_LINE_BYTES}, compression={compression}, "
            "hive_partitioning=false, columns={'line': 'varchar'}) "
            "where trim(line) <> ''"
        )
    return (
        f"(select cast(json as varchar) as line from read_json_objects({path}, "
        f"format='{layout}', maximum_object_size={_MAX_LINE_BYTES}, "
        f"compression={compression}, hive_partitioning=false))"
    )


def _extract(connection: duckdb.DuckDBPyConnection, match: Match, objects: str) -> None:
    """Text cells of the declared keys; JSON columns keep objects that were sent as text."""
    found = match.found
    pointers = ", ".join(_pointer(cell.name) for _, cell in found)
    cells = []
    for position, (column, cell) in enumerate(found, start=1):
        text = f"texts[{position}]"
        if column.data_type == "json":
            raw = f"cast(json_extract(line, {_pointer(cell.name)}) as varchar)"
            text = f"case when json_valid({text}) then {text} else nullif({raw}, 'null') end"
        cells.append(f"{text} as {cell.ref}")
    connection.execute(
        "create or replace temp table landing_cells as "
        f"select rowid + 1 as row, line, {', '.join(cells)} from ("
        f"select rowid, line, json_extract_string(line, [{pointers}]) as texts "
        f"from {objects})"
    )


def _extra(match: Match) -> str:
    """SQL: the object without its declared keys, NULL when nothing is left."""
    if not match.unknown:
        return "cast(null as json)"
    known = json.dumps({cell.name: None for _, cell in match.found}, ensure_ascii=False)
    return f"nullif(json_merge_patch(line, {literal(known)}), '{{}}')"


def _pointer(key: str) -> str:
    return literal("/" + key.replace("~", "~0").replace("/", "~1"))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _has_rows(connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute("select 1 from landing_lines limit 1").fetchone() is not None


def _insert(connection: duckdb.DuckDBPyConnection, origin: Origin) -> Counts:
    return insert_judged(connection, origin, relation="landing_judged")


def _drop(connection: duckdb.DuckDBPyConnection) -> None:
    for table in _TABLES:
        connection.execute(f"drop table if exists temp.{table}")
