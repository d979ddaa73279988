"""From rows of a mart to the rows of the files that they were made from.

A mart and `governance.source_rows` share keys: the most telling one of a row leads to the rows
of files that speak of the same thing, of the sources on the metric's way alone. A row that is
made of many things (a month of the ledger) has none: the rows of its sources in the period
are counted instead. Read from the published version, so that nobody waits for anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.trace.rows import select_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from orchestration.trace.rows import Part, Slice
    from orchestration.trace.terms import Term

# Whom a row is about; a key that says more leads to fewer rows and goes first. By these, what
# happened after the period did not make it.
GENERAL_KEYS = ("customer_id", "parent_customer_id", "vendor_id", "channel", "function")
# Marts have one row per day of these: what happened on another day is another row's.
DAILY_KEYS = ("service", "consultant_hash")
SOURCES_OF_METRIC = """
select distinct from_schema || '.' || from_table
from governance.metric_lineage
where metric_id = ? and is_source and from_schema != 'raw_meta'
order by all
"""


@dataclass(frozen=True)
class SourceRows:
    """Rows of one source behind rows of a mart: the newest as `file:row`, and how many."""

    source_table: str
    first: tuple[str, ...]
    row_count: int
    newest_load: tuple[int, str, dt.datetime]


@dataclass(frozen=True)
class MetricSources:
    """The keys that lead to a metric's sources, the most telling first; and those sources."""

    keys: dict[str, None]
    tables: list[str]


def find_sources(connection: duckdb.DuckDBPyConnection, metric_id: str) -> MetricSources:
    """What a metric is computed from, and how one gets there."""
    tables = [table for (table,) in connection.execute(SOURCES_OF_METRIC, [metric_id]).fetchall()]
    known = connection.execute(
        "select distinct key_name from governance.source_rows "
        "where list_contains(?, source_table) order by all",
        [tables],
    ).fetchall()
    names = [name for (name,) in known if name not in (*GENERAL_KEYS, *DAILY_KEYS)]
    last = [name for name in (*DAILY_KEYS, *GENERAL_KEYS) if (name,) in known]
    return MetricSources(dict.fromkeys([*names, *last]), tables)


def behind_row(
    connection: duckdb.DuckDBPyConnection,
    part: Part,
    row: Mapping[str, Any],
    traced: Slice,
    sources: MetricSources,
    *,
    limit: int,
) -> tuple[str | None, list[SourceRows]]:
    """The key by which a mart's row leads to files, and the rows there; none of many things."""
    keys, tables = sources.keys, sources.tables
    key = next((name for name in telling_keys(row, keys) if row[name] is not None), None)
    if key is None:
        return None, []
    conditions = "key_name = ? and key_value = cast(? as varchar)"
    parameters = [key, row[key]]
    if key in DAILY_KEYS:
        day = row[part.term.time_column]
        return key, _count(connection, conditions, parameters, tables, day, day, limit=limit)
    until = traced.period_end if key in GENERAL_KEYS else None
    return key, _count(connection, conditions, parameters, tables, None, until, limit=limit)


def behind_part(
    connection: duckdb.DuckDBPyConnection,
    term: Term,
    traced: Slice,
    sources: MetricSources,
    *,
    limit: int,
) -> tuple[str | None, list[SourceRows]]:
    """As `behind_row`, of all rows of a part together; the key that most of them have."""
    keys, tables = sources.keys, sources.tables
    source = select_rows(connection, term, traced)
    columns = [row[0] for row in connection.execute(f"describe {source}").fetchall()]
    telling = telling_keys(columns, keys)
    if telling:
        counts = connection.execute(
            f"select {', '.join(f'count({name})' for name in telling)} from ({source})"
        ).fetchall()[0]
        key = max(zip(telling, counts, strict=True), key=lambda item: item[1])[0]
        conditions = (
            f"key_name = '{key}' and key_value in (select cast({key} as varchar) from ({source}) "
            "where contribution is not null)"
        )
        start = traced.period_start if key in DAILY_KEYS else None
        until = traced.period_end if key in (*GENERAL_KEYS, *DAILY_KEYS) else None
        found = _count(connection, conditions, [], tables, start, until, limit=limit)
        # A customer's rows are not to be told by those of all.
        if found or traced.customer_id is not None:
            return key, found
    start = None if term.is_balance else traced.period_start
    return None, _count(connection, "true", [], tables, start, traced.period_end, limit=limit)


def telling_keys(columns: Iterable[str], keys: Mapping[str, None]) -> list[str]:
    """Keys that a mart has: those that say most first, among them the mart's own first."""
    have = [name for name in columns if name in keys]
    broad = (*DAILY_KEYS, *GENERAL_KEYS)
    return [name for name in have if name not in broad] + [name for name in broad if name in have]


def _count(
    connection: duckdb.DuckDBPyConnection,
    conditions: str,
    parameters: Sequence[Any],
    tables: list[str],
    start: dt.date | None,
    until: dt.date | None,
    *,
    limit: int,
) -> list[SourceRows]:
    """Each row of a file once, by source; what has no day counts on every day."""
    found = connection.execute(
        f"""
        with behind as (
            select distinct source_table, file, file_row, row_count, happened_on, load_id, loaded_at
            from governance.source_rows
            where {conditions} and list_contains(?, source_table)
                and (happened_on is null or (
                    happened_on >= coalesce(?, happened_on)
                    and happened_on <= coalesce(?, happened_on)
                ))
            -- A key that a row of a file has twice, by two of its days.
            qualify file_row is null
                or row_number() over (partition by file, file_row order by happened_on) = 1
        )
        select
            source_table,
            list(
                file || coalesce(':' || file_row, ' (' || row_count || ' events)')
                order by happened_on desc nulls last, file desc, file_row desc
            )[:{limit}],
            cast(sum(row_count) as bigint),
            max(load_id),
            max_by(file, load_id),
            max_by(loaded_at, load_id),
        from behind
        group by source_table
        order by source_table
        """,
        [*parameters, tables, start, until],
    ).fetchall()
    return [
        SourceRows(table, tuple(first), count, (load, file, loaded_at))
        for table, first, count, load, file, loaded_at in found
    ]
