"""JSON files: one object a line, an array of objects, or objects one after the other.

Keys are columns; which ones a file has is known only after all of it has been read, so
rows are always judged one by one. Numbers keep their value, not their spelling. Lines are
read by DuckDB; where it is not certain of one, one by one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import duckdb
import pyarrow as pa

from orchestration.landing.contract import ObjectContract
from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import SchemaMismatchError, UnreadableFileError
from orchestration.landing.insert import JUDGED, Prepared, nothing_to_load
from orchestration.landing.match import FileColumn, Match, MissingColumnsError, match_columns
from orchestration.landing.quarantine import judge
from orchestration.landing.read_csv import row_in_file
from orchestration.landing.sql import literal, path_literal
from orchestration.landing.text import MAX_LINE_CHARS, BadLine, read_lines, read_text_head

TEMP_TABLES = ("landing_lines", "landing_cells", JUDGED)
_BATCH_LINES = 5_000
_SHOWN_CHARS = 10_000
# Of what is no object there are none.
_KEYS = (
    "case when problem is null and json_valid(line) then "
    "case when json_type(line) = 'OBJECT' then json_keys(line) end end as keys"
)
# Of a key that stands twice, which of its values is meant nobody knows.
_TWICE = "len(keys) <> len(list_distinct(keys))"


def prepare_scanned(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], contract: ObjectContract
) -> Prepared:
    """Objects as DuckDB's readers give them, each judged by itself."""
    layouts = {_layout(file) for file in files}
    if len(layouts) > 1:
        raise SchemaMismatchError
    layout = layouts.pop()
    index = ", file_index" if len(files) > 1 else ""
    connection.execute(
        f"create temp table landing_lines as select *, {_KEYS} from ("
        f"select line, cast(null as varchar) as problem{index} from {_scan(files, layout)})"
    )
    prepared = _judged(connection, files, contract)
    return replace(prepared, lines_before=0) if layout == "lines" else prepared


def prepare_lines(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], contract: ObjectContract
) -> Prepared:
    """Objects of one line each, read line by line: those that are no text are set aside."""
    [file] = files
    if _layout(file) != "lines":
        raise SchemaMismatchError("one object a line is read line by line")
    connection.execute(
        "create temp table landing_lines (line varchar, problem varchar, keys varchar[])"
    )
    lines = (line for line in read_lines(file, read_text_head(file)[1]) if line.strip())
    while batch := list(islice(lines, _BATCH_LINES)):
        bad = [line.problem if isinstance(line, BadLine) else None for line in batch]
        texts = [
            line.strip()[: _SHOWN_CHARS if problem else None]
            for line, problem in zip(batch, bad, strict=True)
        ]
        records = pa.table(
            {"line": pa.array(texts, pa.string()), "problem": pa.array(bad, pa.string())}
        )
        connection.register("landing_records", records)
        connection.execute(
            f"insert into landing_lines select line, problem, {_KEYS} from landing_records"
        )
        connection.unregister("landing_records")
    return _judged(connection, files, contract)


def _judged(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], contract: ObjectContract
) -> Prepared:
    """Every object by itself; lines that are no JSON object are set aside."""
    index = ", file_index" if len(files) > 1 else ""
    if len(files) == 1 and not _has_rows(connection):
        return nothing_to_load(contract)
    if len(files) == 1:
        _refuse_envelope(connection, contract)
    keys = _keys(connection, files)
    names = dict.fromkeys(name for per_file in keys for name in per_file)
    columns = [FileColumn(name=name, ref=f"c{i}") for i, name in enumerate(names)]
    match = match_columns(contract, columns)
    if len(files) > 1:
        _require_each(contract, keys)
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
        f"select {row}, concat_ws(': ', 'the line is no JSON object', problem), "
        f"json_object('line', left(line, {_SHOWN_CHARS})){index} "
        "from landing_lines where keys is null"
    )
    connection.execute(
        f"insert into {JUDGED} (row, reason, original{index}) "
        f"select {row}, 'two values for one key, of which nobody knows which is meant: ' "
        "|| array_to_string(list_distinct(list_filter(keys, lambda key: "
        "len(list_filter(keys, lambda other: other = key)) > 1)), ', '), "
        f"json_object('line', left(line, {_SHOWN_CHARS})){index} "
        f"from landing_lines where {_TWICE}"
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


def _require_each(contract: ObjectContract, keys: Sequence[Sequence[str]]) -> None:
    """Raise SchemaMismatchError where a file by itself has too few of the columns that all have."""
    for per_file in keys:
        try:
            match_columns(contract, [FileColumn(name=name, ref="") for name in per_file])
        except MissingColumnsError as error:
            raise SchemaMismatchError(str(error)) from error


def _scan(files: Sequence[LandedFile], layout: str) -> str:
    """One JSON text per row, in file order, blank lines left out."""
    paths = f"[{', '.join(path_literal(file.absolute) for file in files)}]"
    compression = literal(files[0].compression or "none")
    if layout == "lines":
        return (
            f"read_csv({paths}, auto_detect=false, header=false, delim='\\x01', quote='', "
            f"escape='', max_line_size={MAX_LINE_CHARS}, compression={compression}, "
            "hive_partitioning=false, columns={'line': 'varchar'}) "
            "where trim(line) <> ''"
        )
    index = ", file_index" if len(files) > 1 else ""
    return (
        f"(select cast(json as varchar) as line{index} from read_json_objects({paths}, "
        f"format='{layout}', maximum_object_size={4 * MAX_LINE_CHARS}, "
        f"compression={compression}, hive_partitioning=false))"
    )


def _layout(file: LandedFile) -> str:
    head, _ = read_text_head(file)
    start = head.lstrip()
    if start.startswith("["):
        return "array"
    if file.format == "json" and start and not _is_json(start.splitlines()[0]):
        return "unstructured"
    return "lines"


def _refuse_envelope(connection: duckdb.DuckDBPyConnection, contract: ObjectContract) -> None:
    """Refuse a page of an API, which holds its objects in a list under a key.

    Raises:
        UnreadableFileError: names the key and how to take the objects out.
    """
    rows = connection.execute("select line from landing_lines limit 2").fetchall()
    if len(rows) != 1 or not _is_json(rows[0][0]):
        return
    page = json.loads(rows[0][0])
    declared = {column.name for column in contract.columns}
    if not isinstance(page, dict) or declared & set(page):
        return
    for key, value in page.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            raise UnreadableFileError(
                f'the file is a page of an API: its {len(value)} objects are under "{key}". '
                f"Deliver the objects themselves, one a line, as `jq -c '.{key}[]' page.json > "
                f"{contract.name}.jsonl` writes them, of every page."
            )


def _keys(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile]
) -> list[tuple[str, ...]]:
    """The keys that occur in each file, in the order of their first appearance."""
    index = "file_index" if len(files) > 1 else "0"
    rows = connection.execute(
        "select file, key from ("
        "select file, row, unnest(keys) as key, generate_subscripts(keys, 1) as position from ("
        f"select {index} as file, rowid as row, keys from landing_lines)) "
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
        f"from landing_lines where not ({_TWICE}))"
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
