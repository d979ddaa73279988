"""Rows that cannot be loaded: told apart one by one, with a reason and the original.

The way for files that the single typed scan refuses: every cell is text here, in a temp
relation `row, c0, c1, …`; what cannot be cast, or lacks a required value, is set aside.
"""

from __future__ import annotations

import duckdb

from orchestration.landing.insert import JUDGED
from orchestration.landing.match import Match, extra_object
from orchestration.landing.sql import literal
from orchestration.landing.values import is_inexact, label, lenient

_SHOWN = 100


def judge(
    connection: duckdb.DuckDBPyConnection,
    match: Match,
    *,
    relation: str,
    original: str,
    extra: str | None = None,
    carried: str = "",
) -> None:
    """Create the judged temp table for `insert_rows` from a relation of text cells.

    `original` is SQL for the row's original values as JSON, `extra` for its unknown
    columns (default: an object of the unknown cells), `carried` for further columns.
    """
    reasons = [reason for i, _ in enumerate(match.pairs) if (reason := _reason(match, i))]
    rounded = _rounded(match)
    others = extra or extra_object(match.unknown)
    kept = others
    if rounded is not None:
        kept = f"json_merge_patch(coalesce({others}, '{{}}'), {rounded})"
    values = ", ".join(f"{_value(match, i)} as v{i}" for i, _ in enumerate(match.pairs))
    names = ", ".join(f"v{i}" for i, _ in enumerate(match.pairs))
    connection.execute(
        f"create temp table {JUDGED} as "
        f"select row, nullif(concat_ws('; ', {', '.join(reasons) or 'null'}), '') as reason, "
        f"case when reason is not null then {original} end as original, "
        f"cast(nullif({kept}, '{{}}') as json) as extra, {names}{carried} "
        f"from (select *, {values} from {relation})"
    )


def _value(match: Match, index: int) -> str:
    column, cell = match.pairs[index]
    if cell is None:
        return f"cast(null as {column.data_type})"
    typed = lenient(column.data_type, cell.ref)
    if column.data_type == "varchar":
        return typed
    return f"case when {cell.ref} <> '' then {typed} end"


def _reason(match: Match, index: int) -> str | None:
    column, cell = match.pairs[index]
    if cell is None:
        return None
    branches = []
    if column.required:
        branches.append(
            f"when coalesce(trim({cell.ref}), '') = '' "
            f"then {literal(f'{column.name}: is missing (required)')}"
        )
    if column.data_type != "varchar":
        not_a = f"' is no {label(column.data_type)}"
        branches.append(
            f"when {cell.ref} <> '' and v{index} is null then concat({literal(column.name)}, "
            f"': ''', left({cell.ref}, {_SHOWN}), "
            f"{literal(not_a)})"
        )
    return f"case {' '.join(branches)} end" if branches else None


def _rounded(match: Match) -> str | None:
    """SQL: an object of the cells that were rounded to their declared scale, as text."""
    cells = [
        f"{literal(column.name)}, case when {condition} then {cell.ref} end"
        for column, cell in match.found
        if (condition := is_inexact(column.data_type, cell.ref))
    ]
    return f"json_merge_patch('{{}}', json_object({', '.join(cells)}))" if cells else None
