"""The last step of every load: rows into the raw table and the table of rejected rows.

Runs inside the load's transaction. A reader hands over a relation; nothing here knows
formats. Small files of one shape are loaded together: the relation then tells them apart
by `file_index`, their place in the list, and each has a load of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.discover import LandedFile
from orchestration.landing.match import Match, raw_columns
from orchestration.landing.sql import identifier, literal
from orchestration.landing.tables import raw_name, rejected_name

JUDGED = "landing_judged"


@dataclass(frozen=True)
class Origin:
    """Where rows come from: files, whose loads are numbered on from `first_load_id`."""

    contract: ObjectContract
    files: tuple[LandedFile, ...]
    first_load_id: int
    loaded_at: datetime

    @property
    def path(self) -> str:
        """SQL: value of `_file`."""
        return one_of([literal(file.path) for file in self.files])

    @property
    def load(self) -> str:
        """SQL: values of `_load_id` and `_loaded_at`."""
        number = f"cast({self.first_load_id} as bigint)"
        if len(self.files) > 1:
            number = f"cast({self.first_load_id} + file_index as bigint)"
        return f"{number}, {literal(self.loaded_at.isoformat(' '))}::timestamp"


@dataclass(frozen=True)
class Prepared:
    """Files that have been looked at, and how their rows are read.

    With `values` (SQL for the declared columns and `_extra`) every row of the relation is
    good. Without, it is a judged one: `row`, `reason`, `original`, `extra`, `v0`, `v1` …
    `types` are the types that the files themselves give their declared columns, as `name TYPE`;
    text has none. Where `lines_before` says how many lines of a text are no rows, DuckDB's reader
    has read it, and its rows have to be as many as the file's other lines.
    """

    relation: str
    row_number: str
    values: str | None
    missing: tuple[tuple[str, ...], ...]
    unknown: tuple[tuple[str, ...], ...]
    warning: str | None = None
    types: tuple[str, ...] = ()
    lines_before: int | None = None


@dataclass(frozen=True)
class Loaded:
    """What one load put into the tables."""

    rows_loaded: int = 0
    rows_rejected: int = 0
    min_event_at: datetime | None = None
    max_event_at: datetime | None = None

    @property
    def row_count(self) -> int:
        """Rows of the file, loaded or set aside."""
        return self.rows_loaded + self.rows_rejected


def one_of(expressions: Sequence[str]) -> str:
    """SQL: the expression of the row's file."""
    if len(expressions) == 1:
        return expressions[0]
    return f"[{', '.join(expressions)}][cast(file_index as bigint) + 1]"


def prepared_together(
    files: Sequence[LandedFile],
    match: Match,
    *,
    relation: str,
    row_number: str,
    values: str | None,
    types: tuple[str, ...] = (),
) -> Prepared:
    """Files that all have the same columns."""
    return Prepared(
        relation=relation,
        row_number=row_number,
        values=values,
        missing=(tuple(match.missing),) * len(files),
        unknown=(tuple(match.unknown_names),) * len(files),
        types=types,
    )


def nothing_to_load(contract: ObjectContract) -> Prepared:
    """A text file without content: no rows, and a warning."""
    return Prepared(
        relation="(select 1 where false)",
        row_number="1",
        values=", ".join(["null"] * (len(contract.columns) + 1)),
        missing=((),),
        unknown=((),),
        warning="the file is empty, without even a header",
    )


def insert_rows(
    connection: duckdb.DuckDBPyConnection, origin: Origin, prepared: Prepared
) -> list[Loaded]:
    """Insert all rows; what each file's load holds now, as the tables themselves say."""
    contract = origin.contract
    values, row, good = prepared.values, prepared.row_number, ""
    if values is None:
        typed = [f"v{i}" for i in range(len(contract.columns))]
        values, row, good = ", ".join([*typed, "extra"]), "row", " where reason is null"
    connection.execute(
        f"insert into {raw_name(contract)} ({raw_columns(contract)}) "
        f"select {values}, {origin.path}, {row}, {origin.load} from {prepared.relation}{good}"
    )
    if prepared.values is None:
        connection.execute(
            f"insert into {rejected_name(contract)} "
            f"select {origin.path}, row, reason, original, {origin.load} "
            f"from {prepared.relation} where reason is not null order by row"
        )
    loads = range(origin.first_load_id, origin.first_load_id + len(origin.files))
    return count_loads(connection, contract, loads, has_rejected=prepared.values is None)


def count_loads(
    connection: duckdb.DuckDBPyConnection,
    contract: ObjectContract,
    loads: range,
    *,
    has_rejected: bool = True,
) -> list[Loaded]:
    """What loads have in the tables, in their order; without `has_rejected` none was set aside."""
    moments = "count(*), null, null"
    if contract.event_time is not None:
        event = f"cast({identifier(contract.event_time)} as timestamp)"
        moments = f"count(*), min({event}), max({event})"
    rejected: dict[int, tuple[Any, ...]] = {}
    if has_rejected:
        rejected = _by_load(connection, loads, "count(*)", rejected_name(contract))
    loaded = _by_load(connection, loads, moments, raw_name(contract))
    results = []
    for load_id in loads:
        count, first, last = loaded.get(load_id, (0, None, None))
        (bad,) = rejected.get(load_id, (0,))
        results.append(Loaded(count, bad, first, last))
    return results


def _by_load(
    connection: duckdb.DuckDBPyConnection, loads: range, aggregates: str, table: str
) -> dict[int, tuple[Any, ...]]:
    """Aggregates per load; other row groups are skipped by their range of loads."""
    rows = connection.execute(
        f"select _load_id, {aggregates} from {table} "
        f"where _load_id between {loads.start} and {loads.stop - 1} group by _load_id"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}
