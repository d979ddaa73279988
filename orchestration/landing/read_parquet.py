"""Parquet files: columns are typed already, so most go in as they are.

A column whose type differs from the contract's is converted where that loses nothing; the
rest is read as text and held to the same rules as CSV cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from orchestration.landing.contract import Column, ObjectContract
from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import SchemaMismatchError
from orchestration.landing.insert import JUDGED, Prepared, prepared_together
from orchestration.landing.match import FileColumn, extra_object, match_columns
from orchestration.landing.quarantine import judge
from orchestration.landing.sql import identifier, literal, path_literal
from orchestration.landing.values import NOT_EXACT, required_or_raise, scale, strict

TEMP_TABLES = (JUDGED,)
_SHOWN_HEX = 40
_VIRTUAL = {"file_row_number", "file_index"}
_RAISE = f"error('{NOT_EXACT}')"
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_FLOATS = {"FLOAT", "DOUBLE"}
_TIMES = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
_ZONED = "TIMESTAMP WITH TIME ZONE"
_NESTED = re.compile(r"^(STRUCT|MAP|UNION)\b|\]$")


def prepare_typed(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], contract: ObjectContract
) -> Prepared:
    """A single scan; raises a DuckDB error at the first cell that is not certain."""
    scan, row_number, columns = _open(connection, files)
    match = match_columns(contract, columns)
    values = [
        "null" if cell is None else required_or_raise(column, _typed(column, cell))
        for column, cell in match.pairs
    ] + [extra_object(match.unknown)]
    return prepared_together(
        files,
        match,
        relation=scan,
        row_number=row_number,
        values=", ".join(values),
        types=_given_types(contract, columns),
    )


def prepare_judged(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile], contract: ObjectContract
) -> Prepared:
    """Every row by itself, all cells as text."""
    scan, row_number, columns = _open(connection, files)
    texts = [FileColumn(name=column.name, ref=f"c{i}") for i, column in enumerate(columns)]
    match = match_columns(contract, texts)
    cells = ", ".join(f"{_text(column)} as c{i}" for i, column in enumerate(columns))
    original = ", ".join(f"{literal(cell.name)}, {cell.ref}" for cell in texts)
    judge(
        connection,
        match,
        relation=(
            f"(select {row_number} as row, {cells}, {_no_text(columns)} as problem from {scan})"
        ),
        original=f"json_object({original})",
        problem="problem",
    )
    return prepared_together(
        files,
        match,
        relation=JUDGED,
        row_number="row",
        values=None,
        types=_given_types(contract, columns),
    )


def _given_types(contract: ObjectContract, columns: Sequence[FileColumn]) -> tuple[str, ...]:
    found = match_columns(contract, columns).found
    return tuple(f"{column.name} {cell.data_type}" for column, cell in found)


def _open(
    connection: duckdb.DuckDBPyConnection, files: Sequence[LandedFile]
) -> tuple[str, str, list[FileColumn]]:
    paths = f"[{', '.join(path_literal(file.absolute) for file in files)}]"
    if len(files) > 1:
        _require_same_schema(connection, paths)
    described = connection.execute(
        f"describe select * from read_parquet({paths}, hive_partitioning=false)"
    ).fetchall()
    columns = [
        FileColumn(name=name, ref=_ref(name, data_type), data_type=data_type)
        for name, data_type, *_ in described
    ]
    if _VIRTUAL & {column.name.lower() for column in columns}:
        if len(files) > 1:
            raise SchemaMismatchError
        return f"read_parquet({paths}, hive_partitioning=false)", "row_number() over ()", columns
    numbered = f"read_parquet({paths}, hive_partitioning=false, file_row_number=true)"
    return numbered, "file_row_number + 1", columns


def _ref(name: str, data_type: str) -> str:
    """The column; as text where its writer did not mark it as such, raising where it is none."""
    return f"decode({identifier(name)})" if data_type == "BLOB" else identifier(name)


def _no_text(columns: Sequence[FileColumn]) -> str:
    """SQL: which columns of a row hold bytes that are no text; NULL where none does."""
    found = [
        f"case when {identifier(column.name)} is not null and try({column.ref}) is null "
        f"then {literal(column.name)} || ': its bytes are no UTF-8 (hexadecimal ' "
        f"|| left(hex({identifier(column.name)}), {_SHOWN_HEX}) || '). Write it as text' end"
        for column in columns
        if column.data_type == "BLOB"
    ]
    return f"nullif(concat_ws('; ', {', '.join(found)}), '')" if found else "null"


def _require_same_schema(connection: duckdb.DuckDBPyConnection, paths: str) -> None:
    """Files read together are cast to the first one's types, so these have to be equal."""
    shapes = connection.execute(
        "select count(distinct shape) from (select file_name, "
        "list((name, type, num_children, converted_type, scale, precision, logical_type, "
        f"duckdb_type) order by column_id) as shape from parquet_schema({paths}) "
        "group by file_name)"
    ).fetchone()
    if shapes != (1,):
        raise SchemaMismatchError


def _text(column: FileColumn) -> str:
    if column.data_type == "BLOB":
        return f"try({column.ref})"
    if _NESTED.search(column.data_type):
        return f"cast(to_json({column.ref}) as varchar)"
    return f"cast({column.ref} as varchar)"


def _typed(column: Column, cell: FileColumn) -> str:
    """Declared type from the file's type, raising where something would be lost."""
    given, wanted, ref = cell.data_type, column.data_type, cell.ref
    if given == wanted.upper() and wanted not in ("double", "timestamp", "date"):
        return ref
    text = ref if given in ("VARCHAR", "BLOB") else _text(cell)
    for word in column.empty:
        text = f"nullif({text}, {literal(word)})"
    converted = _converted(given, wanted, ref)
    return converted or strict(wanted, text)


def _converted(given: str, wanted: str, ref: str) -> str | None:
    if wanted == "timestamp":
        return _moment(given, ref)
    if wanted == "date":
        moment = ref if given == "DATE" else _moment(given, ref) if given in _TIMES else None
        return moment and (
            f"case when not isfinite({moment}) or {moment} <> date_trunc('day', {moment}) "
            f"then {_RAISE} else cast({moment} as date) end"
        )
    if wanted == "json":
        return f"cast({ref} as json)" if given == "VARCHAR" else f"to_json({ref})"
    if wanted == "double" and given in _FLOATS:
        return f"case when not isfinite({ref}) then {_RAISE} else cast({ref} as double) end"
    if given in _INTEGERS and wanted != "boolean":
        return f"cast({ref} as {wanted})"
    if wanted == "bigint" and (given in _FLOATS or given.startswith("DECIMAL")):
        return f"case when {ref} <> trunc({ref}) then {_RAISE} else cast({ref} as bigint) end"
    if wanted.startswith("decimal") and given in _FLOATS:
        return f"cast({ref} as {wanted})"
    if wanted.startswith("decimal") and given.startswith("DECIMAL"):
        cast = f"cast({ref} as {wanted})"
        if scale(given) <= scale(wanted):
            return cast
        return f"case when {cast} <> {ref} then {_RAISE} else {cast} end"
    return None


def _moment(given: str, ref: str) -> str | None:
    if given in _TIMES or given in ("DATE", _ZONED):
        moment = f"timezone('UTC', {ref})" if given == _ZONED else f"cast({ref} as timestamp)"
        return f"case when not isfinite({ref}) then {_RAISE} else {moment} end"
    if given in ("INTEGER", "BIGINT", "UINTEGER"):
        return (
            f"case when {ref} between 100000000 and 9999999999 "
            f"then make_timestamp(cast({ref} as bigint) * 1000000) "
            f"when {ref} between 1000000000000 and 9999999999999 "
            f"then make_timestamp(cast({ref} as bigint) * 1000) "
            f"when {ref} is not null then {_RAISE} end"
        )
    return None
