"""Rows of Python as DuckDB relations: what dbt's Python models return."""

from __future__ import annotations

from typing import Any


def make_table(connection: Any, name: str, columns: str, rows: list[Any]) -> Any:  # noqa: ANN401
    """A temporary table of rows, each a tuple in the order of its columns (`name type, …`)."""
    connection.execute(f"create or replace temp table {name} ({columns})")
    if rows:
        # A column at a time: a row at a time takes a millisecond each.
        types = [column.split()[1] for column in columns.split(", ")]
        values = ", ".join(f"unnest(cast(? as {kind}[]))" for kind in types)
        connection.execute(
            f"insert into {name} select {values}",
            [list(column) for column in zip(*rows, strict=True)],
        )
    return connection.table(name)
