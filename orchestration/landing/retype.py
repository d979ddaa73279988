"""A column that is declared with another type now: its rows are loaded again, in place.

The old table steps aside and stays until every load of it is in the new one, so that a run that
is killed goes on where it was. A load whose file still lies in the landing folder is read again,
for a value that its old type had changed (`007` as a number) is only there. Where the file is
gone its rows are cast, and one that cannot be is set aside with its reason. Loads keep their
numbers, and what was decided on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.discover import LandedFile
from orchestration.landing.insert import Loaded, count_loads
from orchestration.landing.manifest import delete_rows, require_rebuild
from orchestration.landing.sql import identifier, literal
from orchestration.landing.tables import aside_name, raw_name, rejected_name
from orchestration.landing.transaction import transaction
from orchestration.landing.values import is_inexact, lenient

_LOADS = """
select load_id, path, loaded_at from raw_meta.files
where source = ? and object = ? and status not in ('withdrawn', 'failed') order by load_id
"""
_COUNTED = """
update raw_meta.files set
    rows_in = ?, rows_loaded = ?, rows_rejected = ?, min_event_at = ?, max_event_at = ?
where load_id = ?
"""
ReadAgain = Callable[[LandedFile, int, datetime], Loaded | None]


@dataclass(frozen=True)
class Retyped:
    """What became of the loads of an object whose columns have other types now."""

    read_again: int
    cast: int
    rejected: int

    @property
    def summary(self) -> str:
        """For a person who watches."""
        cast = f", {self.cast} whose file is gone cast" if self.cast else ""
        rejected = f"; {self.rejected:,} rows quarantined" if self.rejected else ""
        return f"columns have other types now: {self.read_again} loads read again{cast}{rejected}"


def reload_retyped(
    connection: duckdb.DuckDBPyConnection,
    contract: ObjectContract,
    files: Mapping[str, LandedFile],
    *,
    read_again: ReadAgain,
    now: datetime,
) -> Retyped | None:
    """Bring every load of the table that stepped aside into the new one; None where none did.

    Args:
        connection: To the warehouse.
        contract: As it is declared now.
        files: By path, those that lie in the landing folder as they were loaded.
        read_again: Loads a file under a number that it had, in a transaction of its own; None
            where it cannot be read any more.
        now: When the next build is asked to build everything anew.
    """
    aside = _columns_aside(connection, contract)
    if aside is None:
        return None
    counted = {"read": 0, "cast": 0, "rejected": 0}
    for load_id, path, loaded_at in connection.execute(
        _LOADS, [contract.source, contract.name]
    ).fetchall():
        with transaction(connection):
            # Of a run that was killed.
            delete_rows(connection, load_id, contract.source, contract.name)
        loaded = read_again(files[path], load_id, loaded_at) if path in files else None
        counted["read" if loaded else "cast"] += 1
        with transaction(connection):
            loaded = loaded or _cast(connection, contract, aside, load_id)
            connection.execute(
                _COUNTED,
                [
                    loaded.row_count,
                    loaded.rows_loaded,
                    loaded.rows_rejected,
                    loaded.min_event_at,
                    loaded.max_event_at,
                    load_id,
                ],
            )
        counted["rejected"] += loaded.rows_rejected
    with transaction(connection):
        connection.execute(f"drop table {aside_name(raw_name(contract))}")
        connection.execute(f"drop table {aside_name(rejected_name(contract))}")
        require_rebuild(
            connection, f"{contract.source}/{contract.name} has columns of another type", now=now
        )
    return Retyped(counted["read"], counted["cast"], counted["rejected"])


def _columns_aside(
    connection: duckdb.DuckDBPyConnection, contract: ObjectContract
) -> dict[str, str] | None:
    """Columns and types of the table that stepped aside."""
    rows = connection.execute(
        "select lower(column_name), lower(data_type) from duckdb_columns() "
        "where database_name = current_database() and schema_name = ? and table_name = ?",
        [contract.schema, aside_name(contract.table)],
    ).fetchall()
    return dict(rows) or None


def _cast(
    connection: duckdb.DuckDBPyConnection,
    contract: ObjectContract,
    aside: Mapping[str, str],
    load_id: int,
) -> Loaded:
    """Cast a load's rows; what is none of the new type is set aside with what it was."""
    values, refusals = [], []
    for column in contract.columns:
        name = identifier(column.name)
        before = aside.get(column.name.lower())
        if before in (None, column.data_type):
            values.append("null" if before is None else name)
            continue
        cell = f"cast({name} as varchar)"
        value = lenient(column.data_type, cell)
        inexact = is_inexact(column.data_type, cell)
        lossy = f" or {inexact}" if inexact else ""
        values.append(value)
        refusals.append(
            f"case when {name} is not null and (({value}) is null{lossy}) then "
            f"{literal(f'{column.name}: was {before}, and is no {column.data_type}: ')} || {cell} "
            "end"
        )
    reason = f"nullif(concat_ws('; ', {', '.join(refusals)}), '')"
    held = [column.name for column in contract.columns if column.name.lower() in aside]
    pairs = ", ".join(f"{literal(name)}: {identifier(name)}" for name in held)
    original = f"to_json({{{pairs}}})"
    provenance = "_extra, _file, _file_row, _load_id, _loaded_at"
    names = ", ".join(identifier(column.name) for column in contract.columns)
    source = f"from {aside_name(raw_name(contract))} where _load_id = {load_id}"
    connection.execute(
        f"insert into {raw_name(contract)} ({names}, {provenance}) "
        f"select {', '.join(values)}, {provenance} {source} and ({reason}) is null"
    )
    connection.execute(
        f"insert into {rejected_name(contract)} "
        f"select _file, _file_row, {reason}, {original}, _load_id, _loaded_at {source} "
        f"and ({reason}) is not null "
        f"union all from {aside_name(rejected_name(contract))} where _load_id = {load_id} "
        "order by _file_row"
    )
    (loaded,) = count_loads(connection, contract, range(load_id, load_id + 1))
    return loaded
