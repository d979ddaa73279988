"""From a cell to its declared type: what is accepted, in SQL.

A cell is loaded only when the typed value says everything that the cell said. Three traps
of DuckDB 2.0 (tried 2026-11) make this more than a cast:

- `'2024-01-01T00:00:00+02:00'` cast, or read by the CSV reader, as TIMESTAMP loses its
  offset in silence; through TIMESTAMPTZ it becomes 2023-12-31 22:00 UTC.
- `'10.5'` cast or read as BIGINT becomes 11, in silence.
- `strptime('infinity', '%Y-%m-%d')` succeeds, for every format; with `try_strptime` it is
  1900-01-01.

`strict` raises where it is not certain, so that a whole file can be read in one scan;
`lenient` gives NULL, so that single rows can be set aside. Everything that `strict`
accepts, `lenient` accepts with the same value, so that a cell's fate does not depend on its
neighbours. Years stand with four digits and lie in `YEARS`: a date before or after them is a
mistake that costs minutes and memory where days are counted out. Times are stored as UTC
without a zone; text without an offset is UTC. Digits beyond a decimal's scale are rounded
(see `is_inexact`), digits beyond microseconds cut off.
"""

from __future__ import annotations

import re

from orchestration.landing.contract import Column

# The formats that exports use, without an offset or with Z. strptime is strict about the
# end of the text, and as quick as the typed CSV reader.
_ISO = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S.%fZ",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d",
)
YEARS = (1900, 9999)
_FIRST, _LAST = f"{YEARS[0]}-01-01", f"{YEARS[1] + 1}-01-01"
_DAY = "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}"
# A day, or midnight of one.
_WHOLE_DAY = rf"\s*{_DAY}([T ]0?0:00(:00([.]0+)?)?( ?(Z|UTC|[+-][0-9]{{2}}(:?[0-9]{{2}})?))?)?\s*"
_NUMBER = r"\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?\s*"
# What a point groups by thousands in half of the world, and divides in the other.
GROUPED = "[+-]?[1-9][0-9]{0,2}([.][0-9]{3})+"
_OFFSET = re.compile(r"\d{4}-\d\d?-\d\d?[T ].*([+-]\d\d(:?\d\d)?| ?[A-Z]{3,4}| [A-Z]\w+/\w+)")
NOT_EXACT = "cell needs the slower reader"
_RAISE = f"error('{NOT_EXACT}')"
# 9 and 10 digits are seconds (1973 to 2286), 13 are milliseconds; 8 would be a date.
_SECONDS = "[0-9]{9,10}([.][0-9]{0,6})?"
_MILLISECONDS = "[0-9]{13}([.]0*)?"

LABELS = {
    "timestamp": "timestamp (ISO 8601, or epoch seconds or milliseconds)",
    "date": "date (YYYY-MM-DD, without a time of day)",
    "bigint": "bigint (a whole number)",
    "double": "double (a finite number)",
}


def label(data_type: str) -> str:
    """The type as a reason names it."""
    return LABELS.get(data_type, data_type)


def is_number(column: Column) -> bool:
    """Whether the column holds numbers."""
    return column.data_type in ("bigint", "double") or column.data_type.startswith("decimal")


def advice(data_type: str, cell: str) -> str:
    """SQL: what a person can do about a cell that is not of the type, or an empty text."""
    branches: list[tuple[str, str]] = []
    if data_type in ("date", "timestamp"):
        part, mark = "[0-9]{1,2}", "[./-]"
        year = f"regexp_extract({cell}, '^\\s*(-?[0-9]+)-{part}-[0-9]', 1)"
        branches = [
            (
                f"regexp_full_match({cell}, '\\s*{part}{mark}{part}{mark}[0-9]{{2,4}}.*')",
                "'. Day or month first? Write the year first, as in 2025-04-03: in Excel, Format "
                "Cells, Custom, yyyy-mm-dd; then save as CSV again'",
            ),
            (
                f"regexp_full_match({cell}, '[2-6][0-9]{{4}}([.][0-9]+)?')",
                "'. Excel counts days so (this one is ' || "
                f"cast(date '1899-12-30' + cast(floor(try_cast({cell} as double)) as integer) "
                "as varchar) || '): Format Cells, Custom, yyyy-mm-dd; then save as CSV again'",
            ),
            (
                f"regexp_full_match({cell}, '\\s*0000-00-00.*')",
                "'. Leave the cell empty where there is no date'",
            ),
            (
                f"try_cast({year} as bigint) not between {YEARS[0]} and {YEARS[1]}",
                f"' between the years {YEARS[0]} and {YEARS[1]}: out of range. Write "
                "the year with four digits, or leave the cell empty where there is no such day'",
            ),
            (
                f"regexp_matches({cell}, '[A-Za-z]{{3}}') and regexp_matches({cell}, '[0-9]')",
                "'. Write the year first, as in 2025-04-03: in Excel, Format Cells, Custom, "
                "yyyy-mm-dd'",
            ),
        ]
    elif data_type not in ("varchar", "boolean", "json"):
        branches = [
            (
                f"regexp_full_match({cell}, '.*[0-9].*') and regexp_matches({cell}, '[^0-9.eE+-]')",
                "'. Write numbers as 1234.50 or -1234.50: a point before decimals, nothing "
                "between thousands, no currency sign, a minus for what is below zero (in Excel, "
                "Format Cells, Number, without 1000 separator, in an English locale)'",
            ),
        ]
    told = " ".join(f"when {condition} then {text}" for condition, text in branches)
    return f"case {told} else '' end" if told else "''"


def reader_type(data_type: str) -> str:
    """The type that the CSV reader may read a column as without changing its meaning."""
    return data_type.upper() if data_type in ("boolean", "json") else "VARCHAR"


def unambiguous(cell: str) -> str:
    """The text of a number; raises where its point may group thousands."""
    return f"case when regexp_full_match({cell}, '{GROUPED}') then {_RAISE} else {cell} end"


def strict(data_type: str, cell: str, *, sample: str | None = None) -> str:
    """Typed value of a cell that `reader_type` has read; raises when not certain.

    `sample` is one value of the column; it only chooses which form of time is expected.
    """
    if data_type == "double":
        # As text: the reader takes '1_000', 'inf' and 'nan' for numbers.
        return (
            f"case when not regexp_full_match({cell}, '{_NUMBER}') then {_RAISE} "
            f"else cast({cell} as double) end"
        )
    if data_type == "bigint":
        # Equal lengths: no fraction was rounded away, no sign, zero or blank was dropped.
        number = f"cast({cell} as bigint)"
        return (
            f"case when strlen({cell}) <> strlen(cast({number} as varchar)) "
            f"then {_RAISE} else {number} end"
        )
    if data_type.startswith("decimal"):
        form = f"'-?[0-9]*[.]?[0-9]{{0,{scale(data_type)}}}'"
        return (
            f"case when not regexp_full_match({cell}, {form}) then {_RAISE} "
            f"else cast({cell} as {data_type}) end"
        )
    if data_type == "date":
        # Of ten characters: strptime takes a year of two, and blanks behind.
        day = f"strptime({cell}, '%Y-%m-%d')"
        is_certain = f"strlen({cell}) = 10 and {_is_in_range(day)}"
        return f"case when not ({is_certain}) then {_RAISE} else cast({day} as date) end"
    if data_type == "timestamp":
        return _strict_timestamp(cell, sample)
    return cell


def _is_in_range(moment: str) -> str:
    return f"{moment} >= timestamp '{_FIRST}' and {moment} < timestamp '{_LAST}'"


def lenient(data_type: str, cell: str) -> str:
    """Typed value of a text cell, NULL where it is not one. The cell is not empty."""
    if data_type == "varchar":
        return cell
    if data_type == "double":
        number = f"try_cast({cell} as double)"
        return f"case when regexp_full_match({cell}, '{_NUMBER}') then {number} end"
    if data_type == "boolean":
        return f"try_cast(regexp_replace({cell}, '[.]0+$', '') as boolean)"
    if data_type == "bigint":
        number = f"try_cast({cell} as bigint)"
        return (
            f"case when regexp_full_match({cell}, '\\s*[+-]?[0-9]+([.]0*)?\\s*') "
            f"or (contains(lower({cell}), 'e') "
            f"and try_cast({cell} as double) = cast({number} as double)) then {number} end"
        )
    if data_type == "date":
        day = f"try_cast(replace(regexp_extract({cell}, '{_DAY}'), '/', '-') as date)"
        return f"case when regexp_full_match({cell}, '{_WHOLE_DAY}') then {_within_range(day)} end"
    if data_type == "timestamp":
        return _lenient_timestamp(cell)
    if data_type.startswith("decimal"):
        number = f"try_cast({cell} as {data_type})"
        return f"case when regexp_full_match({cell}, '{_NUMBER}') then {number} end"
    return f"try_cast({cell} as {data_type})"


def is_inexact(data_type: str, cell: str) -> str | None:
    """Condition under which `lenient` has rounded the cell; None where it never does."""
    if not data_type.startswith("decimal"):
        return None
    return (
        f"(regexp_matches({cell}, '[.][0-9]{{{scale(data_type)}}}[0-9]*[1-9]') or "
        f"(contains(lower({cell}), 'e') and try_cast({cell} as double) "
        f"<> cast(try_cast({cell} as {data_type}) as double)))"
    )


def scale(data_type: str) -> int:
    """Digits after the point of a `decimal(p,s)`."""
    return int(data_type.rstrip(")").rsplit(",", 1)[1])


def _strict_timestamp(cell: str, sample: str | None) -> str:
    if sample and re.fullmatch(r"\d{9,10}", sample):
        form, unit = "[0-9]{9,10}", 1_000_000
    elif sample and re.fullmatch(r"\d{13}", sample):
        form, unit = "[0-9]{13}", 1_000
    elif sample and _OFFSET.fullmatch(sample):
        moment = f"timezone('UTC', cast({cell} as timestamptz))"
        # Of a year of four digits: a cast takes '3/1/26' for the year 3.
        is_certain = f"{_is_in_range(moment)} and {_has_year(cell)}"
        return f"case when not ({is_certain}) then {_RAISE} else {moment} end"
    else:
        moment = f"strptime({cell}, {_formats(sample or '')!r})"
        is_certain = f"{_is_in_range(moment)} and {_has_year(cell)}"
        return f"case when not ({is_certain}) then {_RAISE} else {moment} end"
    moment = f"make_timestamp(cast({cell} as bigint) * {unit})"
    is_certain = f"regexp_full_match({cell}, '{form}') and {_is_in_range(moment)}"
    return f"case when not ({is_certain}) then {_RAISE} else {moment} end"


def _within_range(moment: str) -> str:
    """The moment, NULL where it is out of range; within a CASE, DuckDB works it out once so."""
    return f"list_filter([{moment}], lambda moment: {_is_in_range('moment')})[1]"


def _has_year(cell: str) -> str:
    return f"{cell}[5] = '-'"


def _formats(sample: str) -> list[str]:
    """The ISO formats, the sample's own first: each that fails before it costs a tenth."""

    def unlike(form: str) -> tuple[bool, bool, bool]:
        return (
            ("T" in sample) != ("T" in form),
            ("." in sample) != ("." in form),
            (sample.endswith("Z") != form.endswith("Z")),
        )

    return sorted(_ISO, key=unlike)


def _lenient_timestamp(cell: str) -> str:
    # '2024-01-01 00:00:00 +02' is no TIMESTAMPTZ to DuckDB, without the blank it is.
    text = f"regexp_replace(trim({cell}), ' ([+-][0-9:]+)$', '\\1')"
    moment = f"timezone('UTC', try_cast({text} as timestamptz))"
    return (
        f"case when regexp_full_match({cell}, '{_SECONDS}') "
        f"then make_timestamp(cast(cast({cell} as decimal(38,6)) * 1000000 as bigint)) "
        f"when regexp_full_match({cell}, '{_MILLISECONDS}') "
        f"then make_timestamp(cast({cell} as bigint) * 1000) "
        f"when regexp_matches({cell}, '^\\s*{_DAY}($|[T ])') then {_within_range(moment)} end"
    )


def required_or_raise(column: Column, value: str) -> str:
    """The value of a required column; raises when it is NULL or an empty text."""
    if not column.required:
        return value
    given = f"nullif({value}, '')" if column.data_type == "varchar" else value
    return f"coalesce({given}, {_RAISE})"
