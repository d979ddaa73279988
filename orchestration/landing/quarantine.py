"""Rows that cannot be loaded: told apart one by one, with a reason and the original.

The way for files that the single typed scan refuses: every cell is text here, in a temp
relation `row, c0, c1, …`; what cannot be cast, or lacks a required value, is set aside.
"""

from __future__ import annotations

import duckdb

from orchestration.landing.errors import UnreadableFileError
from orchestration.landing.insert import JUDGED
from orchestration.landing.match import Match, extra_object
from orchestration.landing.sql import literal
from orchestration.landing.values import GROUPED, advice, is_inexact, is_number, label, lenient

_SHOWN = 100
_REASONS_SHOWN = 8
# What only a point before decimals can be: not three digits behind it, or a zero before.
_DECIMAL_POINT = "[+-]?([0-9]*[.]([0-9]{1,2}|[0-9]{4,})|0[.][0-9]{3}|[0-9]{4,}[.][0-9]{3})"


def judge(
    connection: duckdb.DuckDBPyConnection,
    match: Match,
    *,
    relation: str,
    original: str,
    extra: str | None = None,
    carried: str = "",
    problem: str | None = None,
) -> None:
    """Create the judged temp table for `insert_rows` from a relation of text cells.

    `original` is SQL for the row's original values as JSON, `extra` for its unknown
    columns (default: an object of the unknown cells), `carried` for further columns,
    `problem` for what is wrong with a row besides its cells.
    """
    reasons = [reason for i, _ in enumerate(match.pairs) if (reason := _reason(match, i))]
    reasons += [problem] if problem else []
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


def common_reasons(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Why rows were set aside, the most frequent first, each with its first row."""
    return [
        f"row {row}: {reason}" + (f" (and {count - 1:,} more like it)" if count > 1 else "")
        for row, reason, count in connection.execute(
            "select min(row), arg_min(reason, row), count(*) "
            "from (select row, unnest(string_split(reason, '; ')) as reason "
            f"from {JUDGED} where reason is not null) "
            "group by regexp_replace(reason, '''.*?''', '') order by count(*) desc, 1 "
            f"limit {_REASONS_SHOWN}"
        ).fetchall()
    ]


def require_one_reading(
    connection: duckdb.DuckDBPyConnection, match: Match, *, relation: str
) -> None:
    """Refuse a file in which a point may group thousands or divide decimals.

    Where another number of the file can only have a decimal point, so have they all.

    Raises:
        UnreadableFileError: names the columns, the first such cell of each, and both readings.
    """
    numbers = [(column.name, cell.ref) for column, cell in match.found if is_number(column)]
    if not numbers:
        return
    firsts = ", ".join(
        f"arg_min([cast(row as varchar), {ref}], row) "
        f"filter (regexp_full_match(trim({ref}), '{GROUPED}'))"
        for _, ref in numbers
    )
    settled = " or ".join(
        f"coalesce(bool_or(regexp_full_match(trim({ref}), '{_DECIMAL_POINT}')), false)"
        for _, ref in numbers
    )
    found = connection.execute(f"select {settled}, {firsts} from {relation}").fetchone()
    if found is None or found[0]:
        return
    asked = [
        f"{name}, row {first[0]}: '{first[1]}' is {first[1].replace('.', '')} or "
        f"{first[1].replace('.', '', first[1].count('.') - 1)}"
        for (name, _), first in zip(numbers, found[1:], strict=True)
        if first is not None
    ]
    if asked:
        raise UnreadableFileError(
            f"a point may group thousands here, or divide decimals ({'; '.join(asked)}): which? "
            "Write such numbers without a point, or with two decimals behind one: in Excel, "
            "Format Cells, Number, without 1000 separator; then save as CSV again."
        )


def _value(match: Match, index: int) -> str:
    column, cell = match.pairs[index]
    if cell is None:
        return f"cast(null as {column.data_type})"
    typed = lenient(column.data_type, cell.ref)
    if column.data_type == "varchar" and not column.empty:
        return typed
    nothing = ", ".join(literal(word) for word in ["", *column.empty])
    return f"case when {cell.ref} not in ({nothing}) then {typed} end"


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
        nothing = ", ".join(literal(word) for word in ["", *column.empty])
        not_a = f"' is no {label(column.data_type)}"
        branches.append(
            f"when {cell.ref} not in ({nothing}) and v{index} is null "
            f"then concat({literal(column.name)}, ': ''', left({cell.ref}, {_SHOWN}), "
            f"{literal(not_a)}, {advice(column.data_type, cell.ref)})"
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
