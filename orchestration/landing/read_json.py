"""JSON files: one object a line, an array of objects, or objects one after the other.

Keys are columns; which ones a file has is known only after all of it has been read, so
rows are always judged one by one. Numbers keep their value, not their spelling.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import NotAlikeError
from orchestration.landing.insert import JUDGED, Prepared, nothing_to_load
from orchestration.landing.match import FileColumn, Match, match_columns
from orchestration.landing.quarantine import judge
from orchestration.landing.read_csv import row_in_file
from orchestration.landing.sql import literal, path_literal
from orchestration.landing.text_head import read_text_head

TEMP_TABLES = ("landing_lines", "landing_cells", JUDGED)
_MAX_LINE_BYTES = 64 * 1024**2
_IS_OBJECT = "coalesce(case when json_valid(line) then json_type(line) = 'OBJECT' end, false)"


def prepare_judged(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], contract: ObjectContract
) -> Prepared:
    """Every object by itself; lines that are no JSON object are set aside."""
    index = ", file_index" if len(files) > 1 else ""
    source = _lines(connection, files)
    connection.execute(f"create temp table landing_lines as select line{index} from {source}")
    if len(files) == 1 and not _has_rows(connection):
        return nothing_to_load(contract)
    keys = _keys(connection, files)
    names = dict.fromkeys(name for per_file in keys for name in per_file)
    columns = [FileColumn(name=name, ref=f"c{i}") for i, name in enumerate(names)]
    match = match_columns(contract, columns)
    required = {cell.name for column, cell in match.found if column.required}
    if not all(required <= set(per_file) for per_file in keys):
        raise NotAlikeError
    row = row_in_file(connection, files, "landing_lines")
    _extract(connection, match, row=row, index=index)
    judge(
        connection,
        match,
        relation="landing_cells",
        original="line",
        extra=_extra(match),
        carried=index,
    )
    connection.execute(
        f"insert into {JUDGED} (row, reason, original{index}) "
        f"select {row}, 'the line is no JSON object', json_object('line', line){index} "
        f"from landing_lines where not {_IS_OBJECT}"
    )
    found = {column.name: cell.name for column, cell in match.found}
    unknown = set(match.unknown_names)
    return Prepared(
        relation=JUDGED,
        row_number="row",
        values=None,
        missing=tuple(
            tuple(c.name for c in contract.columns if found.get(c.name) not in per_file)
            for per_file in keys
        ),
        unknown=tuple(tuple(name for name in per_file if name in unknown) for per_file in keys),
    )


def _lines(connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile]) -> str:
    """One JSON text per row, in file order, blank lines left out."""
    layouts = {_layout(connection, file) for file in files}
    if len(layouts) > 1:
        raise NotAlikeError
    layout = layouts.pop()
    paths = f"[{', '.join(path_literal(file.absolute) for file in files)}]"
    compression = literal(files[0].compression or "none")
    if layout == "lines":
        return (
            f"read_csv({paths}, auto_detect=false, header=false, delim='\\x01', quote='', "
            f"escape='', max_line_size={_MAX_LINE_BYTES}, compression={compression}, "
            "hive_partitioning=false, columns={'line': 'varchar'}) "
            "where trim(line) <> ''"
        )
    index = ", file_index" if len(files) > 1 else ""
    return (
        f"(select cast(json as varchar) as line{index} from read_json_objects({paths}, "
        f"format='{layout}', maximum_object_size={_MAX_LINE_BYTES}, "
        f"compression={compression}, hive_partitioning=false))"
    )


def _layout(connection: duckdb.DuckDBPyConnection, file: LandedFile) -> str:
    head, _ = read_text_head(connection, file)
    start = head.lstrip()
    if start.startswith("["):
        return "array"
    if file.format == "json" and start and not _is_json(start.splitlines()[0]):
        return "unstructured"
    return "lines"


def _keys(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile]
) -> list[tuple[str, ...]]:
    """The keys that occur in each file, in the order of their first appearance."""
    index = "file_index" if len(files) > 1 else "0"
    rows = connection.execute(
        "select file, key from ("
        "select file, row, unnest(keys) as key, generate_subscripts(keys, 1) as position from ("
        f"select {index} as file, rowid as row, json_keys(line) as keys "
        f"from landing_lines where {_IS_OBJECT})) "
        "group by file, key order by min((row, position))"
    ).fetchall()
    keys: list[list[str]] = [[] for _ in files]
    for file, key in rows:
        keys[file].append(key)
    return [tuple(per_file) for per_file in keys]


def _extract(connection: duckdb.DuckDBPyConnection, match: Match, *, row: str, index: str) -> None:
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
        "create temp table landing_cells as "
        f"select {row} as row, line, {', '.join(cells)}{index} from ("
        f"select rowid, line, json_extract_string(line, [{pointers}]) as texts{index} "
        f"from landing_lines where {_IS_OBJECT})"
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
