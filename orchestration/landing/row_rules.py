"""Rows of new loads that models would misread: quarantined, one by one, with their reason.

An unknown status pays nothing, an unknown interval has no month, an event of the year 2031
moves what is newest: such a row must not count, and must not keep others from counting. It
joins the rows that the loader rejected; gate 1 then asks how many of a file they are. What a
column may hold (`meta.values`, `meta.range`) and what no row may be (`meta.rules`) stands in the
source's YAML; each has to be spoiled once in `tests/expectations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.landing.sql import literal
from orchestration.landing.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import duckdb

    from orchestration.landing.contract import Column, ObjectContract

_SHOWN = 100
# Sources write down when something happens; two days cover any time zone and a slow export.
AHEAD_DAYS = 2


def quarantine_rows(
    connection: duckdb.DuckDBPyConnection,
    contracts: Mapping[tuple[str, str], ObjectContract],
) -> int:
    """Move rows of pending loads that no model may read to the rejected ones; gives their number.

    The manifest's counts and times of the loads are those of what is left.
    """
    pending = connection.execute(
        "select source, object, list(load_id order by load_id) from raw_meta.files "
        "where status = 'pending' group by all"
    ).fetchall()
    moved = 0
    for source, name, loads in pending:
        # What is no longer declared nobody reads.
        contract = contracts.get((source, name))
        if contract and (rules := row_rules(contract)):
            moved += _move(connection, contract, loads, rules)
    return moved


def row_rules(contract: ObjectContract) -> list[str]:
    """SQL per rule of an object: what is wrong with a row, NULL where nothing is."""
    rules = []
    for column in contract.columns:
        name = column.name
        if column.values:
            known = ", ".join(literal(value) for value in column.values)
            rules.append(_said(name, f'"{name}" not in ({known})', say_set(column)))
        if column.bounds:
            beyond = [
                f'"{name}" {sign} {bound}'
                for sign, bound in zip("<>", column.bounds, strict=True)
                if bound is not None
            ]
            rules.append(_said(name, " or ".join(beyond), say_range(column)))
    rules += [
        f"case when {condition} then {literal(reason)} end"
        for reason, condition in contract.rules.items()
    ]
    if contract.event_time:
        event = contract.event_time
        is_ahead = f'"{event}" > _loaded_at + interval {AHEAD_DAYS} day'
        rules.append(_said(event, is_ahead, "nothing happens after it was delivered"))
    return rules


def say_set(column: Column) -> str:
    """The reason of a set of values."""
    return f"{column.name} is one of {', '.join(column.values)}"


def say_range(column: Column) -> str:
    """The reason of a range."""
    low, high = column.bounds or (None, None)
    if low is None or high is None:
        bound = f"most {high}" if low is None else f"least {low}"
        return f"{column.name} is at {bound}"
    return f"{column.name} lies between {low} and {high}"


def _said(column: str, condition: str, reason: str) -> str:
    shown = f'left(cast("{column}" as varchar), {_SHOWN})'
    said = f"concat({literal(column + ': ')}, '''', {shown}, ''': ', {literal(reason)})"
    return f"case when {condition} then {said} end"


def _move(
    connection: duckdb.DuckDBPyConnection,
    contract: ObjectContract,
    loads: Collection[int],
    rules: list[str],
) -> int:
    table = f'"{contract.schema}"."{contract.name}"'
    ids = ", ".join(map(str, loads))
    # In pieces: an object may have many rules, and few of its rows break one.
    reason = f"nullif(concat_ws('; ', {', '.join(rules)}), '')"
    connection.execute(
        "create or replace temp table quarantined as "
        f"select rowid as _place, {reason} as _why from {table} "
        f"where _load_id in ({ids}) and ({reason}) is not null"
    )
    counted = connection.execute("select count(*) from quarantined").fetchone()
    count = int(counted[0]) if counted else 0
    if count:
        with transaction(connection):
            _write(connection, contract, table, ids)
    connection.execute("drop table quarantined")
    return count


def _write(
    connection: duckdb.DuckDBPyConnection, contract: ObjectContract, table: str, ids: str
) -> None:
    cells = ", ".join(f'{literal(c.name)}, told."{c.name}"' for c in contract.columns)
    connection.execute(
        f'insert into "{contract.schema}"."{contract.name}__rejected" '
        "(_file, _file_row, reason, original, _load_id, _loaded_at) "
        f"select _file, _file_row, quarantined._why, json_object({cells}), _load_id, _loaded_at "
        f"from {table} as told inner join quarantined on told.rowid = quarantined._place "
        "order by _load_id, _file_row"
    )
    connection.execute(f"delete from {table} where rowid in (select _place from quarantined)")
    moments = "null, null"
    if contract.event_time is not None:
        event = f'cast("{contract.event_time}" as timestamp)'
        moments = f"min({event}), max({event})"
    connection.execute(
        "update raw_meta.files as files set rows_loaded = coalesce(left_over.row_count, 0), "
        "rows_rejected = files.rows_in - coalesce(left_over.row_count, 0), "
        "min_event_at = left_over.first_at, max_event_at = left_over.last_at "
        f"from (select unnest([{ids}]) as load_id) as asked left join ("
        f"select _load_id, count(*), {moments} from {table} where _load_id in ({ids}) "
        "group by _load_id) as left_over (load_id, row_count, first_at, last_at) "
        "on asked.load_id = left_over.load_id "
        "where files.load_id = asked.load_id and files.status = 'pending'"
    )
