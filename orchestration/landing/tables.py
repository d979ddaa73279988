"""The raw tables themselves: made from the contract, and grown with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.sql import identifier
from orchestration.landing.transaction import transaction

_PROVENANCE = "_extra json, _file varchar, _file_row bigint, _load_id bigint, _loaded_at timestamp"
_REJECTED = (
    "_file varchar, _file_row bigint, reason varchar, original json, "
    "_load_id bigint, _loaded_at timestamp"
)


def raw_name(contract: ObjectContract) -> str:
    """The raw table's quoted name with its schema."""
    return f"{identifier(contract.schema)}.{identifier(contract.table)}"


def rejected_name(contract: ObjectContract) -> str:
    """The quoted name of the table of rejected rows."""
    return f"{identifier(contract.schema)}.{identifier(contract.table + '__rejected')}"


def aside_name(name: str) -> str:
    """What a table is called, quoted or not, while its rows are loaded into another."""
    return f'{name[:-1]}__aside"' if name.endswith('"') else f"{name}__aside"


def ensure_tables(
    connection: duckdb.DuckDBPyConnection,
    contracts: Iterable[ObjectContract],
    *,
    is_loading: bool = True,
) -> None:
    """Create what is absent and add newly declared columns; loaded rows stay as they are.

    Rows loaded before a column was declared keep its values in `_extra`. A table with rows of
    which a column is declared with another type now steps aside: `retype.py` loads them again;
    where nothing is loaded it keeps its rows and types.
    """
    existing: dict[tuple[str, str], dict[str, str]] = {}
    rows = connection.execute(
        "select schema_name, table_name, lower(column_name), data_type "
        "from duckdb_columns() "
        "where database_name = current_database() and starts_with(schema_name, 'raw_')"
    ).fetchall()
    for schema, table, column, data_type in rows:
        existing.setdefault((schema, table), {})[column] = data_type
    for contract in contracts:
        has = existing.get((contract.schema, contract.table))
        if is_loading and has is not None and _is_retyped(contract, has):
            _step_aside(connection, contract, existing)
            has = None
        if has is None:
            _create(connection, contract)
        else:
            _grow(connection, contract, has)
        connection.execute(f"create table if not exists {rejected_name(contract)} ({_REJECTED})")


def _create(connection: duckdb.DuckDBPyConnection, contract: ObjectContract) -> None:
    columns = "".join(f"{identifier(c.name)} {c.data_type}, " for c in contract.columns)
    connection.execute(f"create schema if not exists {identifier(contract.schema)}")
    connection.execute(f"create table {raw_name(contract)} ({columns}{_PROVENANCE})")


def _grow(
    connection: duckdb.DuckDBPyConnection, contract: ObjectContract, has: dict[str, str]
) -> None:
    for column in contract.columns:
        if column.name.lower() not in has:
            connection.execute(
                f"alter table {raw_name(contract)} "
                f"add column {identifier(column.name)} {column.data_type}"
            )


def _is_retyped(contract: ObjectContract, has: dict[str, str]) -> bool:
    return any(
        has.get(column.name.lower(), column.data_type).lower() != column.data_type
        for column in contract.columns
    )


def _step_aside(
    connection: duckdb.DuckDBPyConnection,
    contract: ObjectContract,
    existing: Mapping[tuple[str, str], dict[str, str]],
) -> None:
    """Make room for a new table; what an earlier run put aside holds more than what it made."""
    if (contract.schema, aside_name(contract.table)) in existing:
        connection.execute(f"drop table {raw_name(contract)}")
        return
    if _is_empty(connection, contract):
        connection.execute(f"drop table {raw_name(contract)}")
        return
    rejected = f"{contract.table}__rejected"
    with transaction(connection):
        for name, table in (
            (raw_name(contract), contract.table),
            (rejected_name(contract), rejected),
        ):
            connection.execute(f"alter table {name} rename to {identifier(aside_name(table))}")


def _is_empty(connection: duckdb.DuckDBPyConnection, contract: ObjectContract) -> bool:
    row = connection.execute(f"select 1 from {raw_name(contract)} limit 1").fetchone()
    return row is None
