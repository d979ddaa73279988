"""From a row of a mart to the rows of the files that it was made from.

A row and the staging models on its metric's way share keys: the most telling ones that both
have lead from one to the other. A row that is made of many customers has none, and its way
goes on in the columns alone. Read from the warehouse, which only one process may have open:
so only while no run is under way, for the moment of the question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.warehouse.lock import LockedError, hold_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orchestration.settings import Settings

# Whom a row is about; a key that says more, where there is one, leads to fewer rows.
GENERAL_KEYS = frozenset({"customer_id", "account_id", "parent_customer_id"})
STAGING = """
select table_name, list(column_name) from information_schema.columns
where table_schema = 'staging' and list_contains(?, table_name)
group by table_name
having list_contains(list(column_name), '_file') and list_contains(list(column_name), '_file_row')
order by table_name
"""


class UnderWayError(Exception):
    """A run has the warehouse; the message says which."""


@dataclass(frozen=True)
class SourceRows:
    """Rows of one staging model behind a mart row: the first few as `file:row`, and how many."""

    model: str
    keys: tuple[str, ...]
    first: tuple[str, ...]
    row_count: int


def find_source_rows(
    settings: Settings,
    rows: Iterable[Mapping[str, Any]],
    staging: Iterable[str],
    *,
    limit: int,
) -> list[list[SourceRows]]:
    """For each mart row the source rows behind it, by staging model; empty without a key.

    Args:
        settings: Whose warehouse.
        rows: Mart rows by column.
        staging: Names of the staging models on the metric's way.
        limit: Rows named of each model.

    Raises:
        UnderWayError: a run has the warehouse.
    """
    try:
        with (
            hold_lock(
                settings.lock_path,
                holder="drivewheel trace",
                timeout_seconds=0,
                on_wait=lambda _: None,
            ),
            duckdb.connect(str(settings.warehouse_path), read_only=True) as connection,
        ):
            models = connection.execute(STAGING, [list(staging)]).fetchall()
            return [list(_behind(connection, row, models, limit=limit)) for row in rows]
    except (LockedError, duckdb.IOException) as error:
        raise UnderWayError(str(error)) from error


def _behind(
    connection: duckdb.DuckDBPyConnection,
    row: Mapping[str, Any],
    models: list[tuple[str, list[str]]],
    *,
    limit: int,
) -> Iterator[SourceRows]:
    for model, columns in models:
        shared = [key for key in _keys(row) if key in columns]
        keys = tuple([key for key in shared if key not in GENERAL_KEYS] or shared)
        if not keys:
            continue
        found = connection.execute(
            f"select _file || ':' || _file_row, count(*) over () from staging.{model} "
            f"where {' and '.join(f'{key} = ?' for key in keys)} "
            f"order by _file desc, _file_row desc limit {limit}",
            [row[key] for key in keys],
        ).fetchall()
        if found:
            yield SourceRows(model, keys, tuple(place for place, _ in found), found[0][1])


def _keys(row: Mapping[str, Any]) -> list[str]:
    return [name for name, value in row.items() if name.endswith("_id") and value is not None]
