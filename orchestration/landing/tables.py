"""The raw tables themselves: made from the contract, and grown with it."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.errors import LandingError
from orchestration.landing.sql import identifier

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


def ensure_tables(
    connection: duckdb.DuckDBPyConnection, contracts: Iterable[ObjectContract]
) -> None:
    """Create what is absent and add newly declared columns; loaded rows stay as they are.

    Rows loaded before a column was declared keep its values in `_extra`.

    Raises:
        LandingError: a column with data in it is declared with another type now.
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
        if has is not None and _retyped(contract, has) and _is_empty(connection, contract):
            connection.execute(f"drop table {raw_name(contract)}")
            has = None
        if has is None:
            _create(connection, contract)
        else:
            _grow(connection, contract, has)
        if (contract.schema, f"{contract.table}__rejected") not in existing:
            connection.execute(f"create table {rejected_name(contract)} ({_REJECTED})")


def _create(connection: duckdb.DuckDBPyConnection, contract: ObjectContract) -> None:
    columns = "".join(f"{identifier(c.name)} {c.data_type}, " for c in contract.columns)
    connection.execute(f"create schema if not exists {identifier(contract.schema)}")
    connection.execute(f"create table {raw_name(contract)} ({columns}{_PROVENANCE})")


def _grow(
    connection: duckdb.DuckDBPyConnection, contract: ObjectContract, has: dict[str, str]
) -> None:
    if retyped := _retyped(contract, has):
        raise LandingError(
            f"{contract.schema}.{contract.table}: {', '.join(retyped)}. Rows are already "
            "loaded with the old type. Take the change back, or delete the warehouse file "
            "and run again: it is rebuilt from the landing files."
        )
    for column in contract.columns:
        if column.name.lower() not in has:
            connection.execute(
                f"alter table {raw_name(contract)} "
                f"add column {identifier(column.name)} {column.data_type}"
            )


def _retyped(contract: ObjectContract, has: dict[str, str]) -> list[str]:
    return [
        f"{column.name} is {has[column.name.lower()].lower()} in the table "
        f"and {column.data_type} in the contract"
        for column in contract.columns
        if has.get(column.name.lower(), column.data_type).lower() != column.data_type
    ]


def _is_empty(connection: duckdb.DuckDBPyConnection, contract: ObjectContract) -> bool:
    row = connection.execute(f"select 1 from {raw_name(contract)} limit 1").fetchone()
    return row is None
