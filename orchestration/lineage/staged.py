"""What became of every delivered row on its way into staging: each counted once, by its fate.

Read out of the staging views themselves: which raw table a view reads, by which key it keeps
the newest version, what its conditions leave out. A view that loses or multiplies rows in any
other way leaves a difference, which gate 3 finds.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.files import write_whole
from orchestration.project.engine import computed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

    # Of a query of one number, which is called `row_count` in any engine.
    Count = Callable[[str], int]

KEPT = "staged_readings_{}.json"
# Why staging leaves rows out, by the column that says so; a test asks that no other is used.
FILTERS = {
    "livemode": "made in the vendor's test mode",
    "is_test": "an account that tests",
    "is_deleted": "deleted where it comes from",
    "_fivetran_deleted": "deleted where it comes from",
}
VIEWS = """
select view_name, sql from duckdb_views()
where schema_name = 'staging' and view_name not like 'stg_raw_meta%' order by view_name
"""
DELIVERED = """
select source, object, sum(rows_in) from raw_meta.files where status = 'accepted' group by all
"""
# The column and what was wrong with it; never the value, which may show a person.
REJECTED = """
select
    case
        when rejected.reason like 'the line is no%' then 'the line is no row of the object'
        else regexp_extract(rejected.reason, '^\\w+') || case
            when regexp_matches(rejected.reason, '^\\w+: is missing') then ' is missing'
            else ' has a value of another type'
        end
    end as reason,
    count(*)
from {table} as rejected
where rejected._load_id in (select load_id from raw_meta.files where status = 'accepted')
group by all order by all
"""


@dataclass(frozen=True)
class Fate:
    """How many rows of an object became what, on the way into one staging model."""

    system: str
    object_name: str
    model_name: str
    fate: str
    reason: str
    row_count: int


@dataclass(frozen=True)
class Reading:
    """How a staging view reads one raw table; SQL throughout.

    Attributes:
        source: The source's name.
        name: The object's name.
        accepted: The accepted rows, as a query.
        version_key: Columns of which the newest version is kept; none: every row is.
        rows: What the view takes its rows from, with an alias.
        filters: Conditions of the view that rows must meet, with why.
        repeat_key: Columns by which rows that met them are told apart; none: every row is.
        is_gathered: Whether rows become lists of other rows.
    """

    source: str
    name: str
    accepted: str
    version_key: tuple[str, ...]
    rows: str
    filters: tuple[tuple[str, str], ...]
    repeat_key: tuple[str, ...]
    is_gathered: bool

    @property
    def loaded(self) -> str:
        """The raw table, of which `accepted` are rows."""
        return f'"raw_{self.source}"."{self.name}"'

    @property
    def rejected(self) -> str:
        """The table of what could not be loaded."""
        return f'"raw_{self.source}"."{self.name}__rejected"'


@dataclass(frozen=True)
class Delivered:
    """What there is to be counted; of an object that delivers nothing most is known to be none.

    Attributes:
        rows: Of accepted files, by source and object.
        filled: Tables that hold any row.
    """

    rows: Mapping[tuple[str, str], int]
    filled: Set[str]


def account_rows(
    connection: Any,  # noqa: ANN401 - DuckDB's, or dbt's
    target: Path | None = None,
    *,
    count: Count | None = None,
) -> Iterator[Fate]:
    """The fates of all accepted rows, by staging model and object.

    Args:
        connection: To the warehouse.
        target: dbt's target folder, where how views read is kept for the next build.
        count: Asked how many rows a query counts; default by the engine of the build.
    """
    count = count or partial(_count, connection)
    views = connection.execute(VIEWS).fetchall()
    read = _readings(views, target)
    delivered = _delivered(connection, [reading for _, readings in read for reading in readings])
    for model, readings in read:
        for reading in readings:
            for fate, reason, rows in _fates(connection, count, model, reading, delivered):
                yield Fate(reading.source, reading.name, model, fate, reason, rows)


def _delivered(connection: Any, readings: Iterable[Reading]) -> Delivered:  # noqa: ANN401
    """Asked at once: to plan a query of a table costs as much where the table is empty."""
    tables = {table for reading in readings for table in (reading.loaded, reading.rejected)}
    asked = [f"select '{table}' where exists (from {table})" for table in sorted(tables)]
    filled = connection.execute(" union all ".join(asked)).fetchall() if asked else []
    rows = connection.execute(DELIVERED).fetchall()
    return Delivered(
        rows={(source, name): int(count or 0) for source, name, count in rows},
        filled={table for (table,) in filled},
    )


def _readings(
    views: Sequence[tuple[str, str]], target: Path | None
) -> list[tuple[str, list[Reading]]]:
    """How each view reads, worked out anew where it has changed, or what reads it."""
    code = Path(__file__).with_name("reading.py").read_bytes()
    kept = target / KEPT.format(hashlib.sha256(code).hexdigest()[:16]) if target else None
    told = json.loads(kept.read_text()) if kept and kept.exists() else {}
    known = {
        model: [_as_reading(**fields) for fields in told[model]["readings"]]
        for model, sql in views
        if model in told and told[model]["view"] == sql
    }
    if len(known) < len(views):
        from orchestration.lineage.reading import read_view

        known |= {model: read_view(sql) for model, sql in views if model not in known}
        _keep_readings(views, known, kept)
    return [(model, known[model]) for model, _ in views]


def _keep_readings(
    views: Sequence[tuple[str, str]], known: Mapping[str, list[Reading]], kept: Path | None
) -> None:
    if kept is None:
        return
    for stale in kept.parent.glob(KEPT.format("*")):
        stale.unlink()
    told = {
        model: {"view": sql, "readings": [asdict(one) for one in known[model]]}
        for model, sql in views
    }
    write_whole(kept, json.dumps(told))


def _as_reading(
    *,
    version_key: list[str],
    filters: list[list[str]],
    repeat_key: list[str],
    **fields: Any,  # noqa: ANN401 - the others are as they were
) -> Reading:
    """A reading as it was before JSON, which knows no tuples."""
    return Reading(
        version_key=tuple(version_key),
        filters=tuple((condition, reason) for condition, reason in filters),
        repeat_key=tuple(repeat_key),
        **fields,
    )


def _fates(
    connection: Any,  # noqa: ANN401
    count: Count,
    model: str,
    reading: Reading,
    delivered: Delivered,
) -> Iterator[tuple[str, str, int]]:
    def count_loaded(query: str) -> int:
        """A count of rows that are all of the raw table."""
        return count(query) if reading.loaded in delivered.filled else 0

    rows = delivered.rows.get((reading.source, reading.name), 0)
    yield "delivered", "rows of accepted files", rows
    if reading.rejected in delivered.filled:
        yield from _rejected(connection, reading.rejected)
    if reading.version_key:
        superseded = count_loaded(
            _repeated(f"({reading.accepted}) as versions", reading.version_key)
        )
        yield "repeated", "an older version, or delivered before", superseded
    met = "true"
    for condition, reason in reading.filters:
        left_out = f"{reading.rows} where {met} and ({condition}) is not true"
        query = f"select count(*) as row_count from {left_out}"
        yield "filtered", reason, count_loaded(query)
        met = f"{met} and {condition}"
    if reading.repeat_key:
        repeated = count_loaded(f"{_repeated(reading.rows, reading.repeat_key)} where {met}")
        yield "repeated", "delivered before", repeated
    if reading.is_gathered:
        query = f"select count(*) as row_count from {reading.rows} where {met}"
        yield "gathered", "in lists of another object", count_loaded(query)
    else:
        # Asked of the model itself in any case, which may take rows from elsewhere.
        staged = count(f'select count(*) as row_count from staging."{model}"')
        yield "staged", "a row of the model", staged


def _rejected(connection: Any, table: str) -> Iterator[tuple[str, str, int]]:  # noqa: ANN401
    for reason, count in connection.execute(REJECTED.format(table=table)).fetchall():
        yield "rejected", reason, count


def _repeated(rows: str, key: tuple[str, ...]) -> str:
    """A query of how many rows there are beyond the first of each key."""
    # A key of one part too, so that one without a value counts: other engines know no `row(…)`.
    parts = ", ".join(f"'part_{number}': {part}" for number, part in enumerate(key, 1))
    return f"select count(*) - count(distinct {{{parts}}}) as row_count from {rows}"


def _count(connection: Any, query: str) -> int:  # noqa: ANN401
    # To the end: what is half read blocks dbt's connection.
    return int(connection.execute(computed(connection, query)).fetchall()[0][0])
