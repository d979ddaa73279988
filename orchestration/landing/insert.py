"""The last step of every load: rows into the raw table and the table of rejected rows.

Runs inside the file's transaction. The readers prepare a relation; nothing here knows
formats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.match import Match, raw_columns
from orchestration.landing.sql import identifier, literal
from orchestration.landing.tables import raw_name, rejected_name


@dataclass(frozen=True)
class Origin:
    """Where rows come from: what every row of one load has in common."""

    contract: ObjectContract
    path: str
    load_id: int
    loaded_at: datetime

    @property
    def load_columns(self) -> str:
        """SQL: values of `_load_id` and `_loaded_at`."""
        return f"{self.load_id}::bigint, {literal(self.loaded_at.isoformat(' '))}::timestamp"


@dataclass(frozen=True)
class Counts:
    """Rows of one file."""

    rows_loaded: int
    rows_rejected: int = 0

    @property
    def rows_in(self) -> int:
        """Every row of the file is loaded or rejected."""
        return self.rows_loaded + self.rows_rejected


@dataclass(frozen=True)
class Prepared:
    """A file that has been looked at: `insert` puts its rows in, `close` tidies up."""

    match: Match
    insert: Callable[[duckdb.DuckDBPyConnection, Origin], Counts]
    close: Callable[[], None] = field(default=lambda: None)
    warning: str | None = None


def nothing_to_load(contract: ObjectContract) -> Prepared:
    """A text file without content: no rows, and a warning."""
    match = Match(pairs=tuple((column, None) for column in contract.columns), unknown=())
    return Prepared(
        match,
        lambda connection, origin: Counts(rows_loaded=0),
        warning="the file is empty, without even a header",
    )


def insert_typed(
    connection: duckdb.DuckDBPyConnection,
    origin: Origin,
    *,
    values: str,
    row_number: str,
    relation: str,
) -> Counts:
    """Insert `values` (declared columns, then `_extra`) of a relation of good rows."""
    inserted = connection.execute(
        f"insert into {raw_name(origin.contract)} ({raw_columns(origin.contract)}) "
        f"select {values}, {literal(origin.path)}, {row_number}, {origin.load_columns} "
        f"from {relation}"
    ).fetchone()
    return Counts(rows_loaded=_count(inserted))


def insert_judged(
    connection: duckdb.DuckDBPyConnection, origin: Origin, *, relation: str
) -> Counts:
    """Insert a relation of judged rows: good ones, and those that carry a `reason`.

    The relation has `row`, `reason`, `original`, `extra` and `v0`, `v1` … in the
    contract's order.
    """
    values = ", ".join(f"v{i}" for i in range(len(origin.contract.columns)))
    loaded = insert_typed(
        connection,
        origin,
        values=f"{values}, extra",
        row_number="row",
        relation=f"{relation} where reason is null order by row",
    )
    rejected = connection.execute(
        f"insert into {rejected_name(origin.contract)} "
        f"select {literal(origin.path)}, row, reason, original, {origin.load_columns} "
        f"from {relation} where reason is not null order by row"
    ).fetchone()
    return Counts(rows_loaded=loaded.rows_loaded, rows_rejected=_count(rejected))


def event_range(
    connection: duckdb.DuckDBPyConnection, origin: Origin
) -> tuple[datetime | None, datetime | None]:
    """First and last event time of a load; infinite times do not occur in raw tables."""
    contract = origin.contract
    if contract.event_time is None:
        return None, None
    moment = f"cast({identifier(contract.event_time)} as timestamp)"
    row = connection.execute(
        f"select min({moment}), max({moment}) from {raw_name(contract)} "
        f"where _load_id = {origin.load_id}"
    ).fetchone()
    return row if row is not None else (None, None)


def _count(row: tuple[int] | None) -> int:
    return int(row[0]) if row else 0
