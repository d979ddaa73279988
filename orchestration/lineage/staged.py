"""What became of every delivered row on its way into staging: each counted once, by its fate.

Read out of the staging views themselves: which raw table a view reads, by which key it keeps
the newest version, what its conditions leave out. A view that loses or multiplies rows in any
other way leaves a difference, which gate 3 finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

from orchestration.lineage.columns import DIALECT

if TYPE_CHECKING:
    from collections.abc import Iterator

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
select coalesce(sum(rows_in), 0) from raw_meta.files
where status = 'accepted' and source = ? and object = ?
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


def read_view(sql: str) -> list[Reading]:
    """How a view reads each of its raw tables."""
    view = sqlglot.parse_one(sql, dialect=DIALECT)
    root = view.expression if isinstance(view, exp.Create) else view
    return [
        _reading(table, root)
        for table in root.find_all(exp.Table)
        if table.db.startswith("raw_") and table.db != "raw_meta"
    ]


def account_rows(connection: Any) -> Iterator[Fate]:  # noqa: ANN401 - DuckDB's, or dbt's
    """The fates of all accepted rows, by staging model and object."""
    for model, sql in connection.execute(VIEWS).fetchall():
        for reading in read_view(sql):
            for fate, reason, count in _fates(connection, model, reading):
                yield Fate(reading.source, reading.name, model, fate, reason, count)


def _reading(table: exp.Table, root: Any) -> Reading:  # noqa: ANN401
    accepted = _enclosing_select(table)
    outer = _enclosing_select(accepted)
    rows = accepted.parent
    version_key: tuple[str, ...] = ()
    # The macro `latest_rows`: a query of its own around the accepted rows.
    if isinstance(outer.parent, exp.Subquery) and outer.args.get("qualify"):
        version_key = _partition(outer)
        rows, outer = outer.parent, _enclosing_select(outer)
    where = outer.args.get("where")
    condition = where.this.unnest() if where else None
    conditions = condition.flatten() if isinstance(condition, exp.And) else [condition]
    return Reading(
        source=table.db.removeprefix("raw_"),
        name=table.name,
        accepted=accepted.sql(DIALECT),
        version_key=version_key,
        rows=rows.sql(DIALECT) if rows else "",
        filters=tuple((item.sql(DIALECT), _reason(item)) for item in conditions if item),
        repeat_key=_partition(outer),
        is_gathered=outer is not root,
    )


def _fates(
    connection: Any,  # noqa: ANN401
    model: str,
    reading: Reading,
) -> Iterator[tuple[str, str, int]]:
    delivered = _count(connection, DELIVERED, reading.source, reading.name)
    yield "delivered", "rows of accepted files", delivered
    rejected = f'"raw_{reading.source}"."{reading.name}__rejected"'
    for reason, count in connection.execute(REJECTED.format(table=rejected)).fetchall():
        yield "rejected", reason, count
    if reading.version_key:
        versions = f"({reading.accepted}) as versions"
        superseded = _repeated(connection, versions, "true", reading.version_key)
        yield "repeated", "an older version, or delivered before", superseded
    met = "true"
    for condition, reason in reading.filters:
        query = f"select count(*) from {reading.rows} where {met} and ({condition}) is not true"
        yield "filtered", reason, _count(connection, query)
        met = f"{met} and {condition}"
    if reading.repeat_key:
        repeated = _repeated(connection, reading.rows, met, reading.repeat_key)
        yield "repeated", "delivered before", repeated
    if reading.is_gathered:
        query = f"select count(*) from {reading.rows} where {met}"
        yield "gathered", "in lists of another object", _count(connection, query)
    else:
        staged = _count(connection, f'select count(*) from staging."{model}"')
        yield "staged", "a row of the model", staged


def _repeated(
    connection: Any,  # noqa: ANN401
    rows: str,
    condition: str,
    key: tuple[str, ...],
) -> int:
    """Rows beyond the first of each key."""
    query = f"select count(*) - count(distinct row({', '.join(key)})) from {rows}"
    return _count(connection, f"{query} where {condition}")


def _count(connection: Any, query: str, *parameters: str) -> int:  # noqa: ANN401
    # To the end: what is half read blocks dbt's connection.
    return int(connection.execute(query, list(parameters)).fetchall()[0][0])


def _enclosing_select(node: exp.Expression) -> exp.Select:
    select = node.find_ancestor(exp.Select)
    if select is None:
        message = f"{node.sql(DIALECT)}: a staging model reads raw tables by the macros of raw.sql"
        raise ValueError(message)
    return select


def _partition(select: exp.Select) -> tuple[str, ...]:
    qualify = select.args.get("qualify")
    window = qualify.find(exp.Window) if qualify else None
    return tuple(key.sql(DIALECT) for key in window.args["partition_by"]) if window else ()


def _reason(condition: Any) -> str:  # noqa: ANN401
    """Why rows that do not meet a condition are left out; the condition itself if unknown."""
    known = {FILTERS[column.name] for column in condition.find_all(exp.Column)
             if column.name in FILTERS}  # fmt: skip
    return known.pop() if len(known) == 1 else condition.sql(DIALECT)
