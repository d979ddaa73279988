"""Cells: what is accepted, what is set aside, and that both readers agree."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pytest

from orchestration.landing.values import lenient, reader_type, strict

ACCEPTED = [
    ("timestamp", "2024-01-01 10:00:00", dt.datetime(2024, 1, 1, 10)),
    ("timestamp", "2024-01-01T10:00:00Z", dt.datetime(2024, 1, 1, 10)),
    ("timestamp", "2024-01-01T00:00:00+02:00", dt.datetime(2023, 12, 31, 22)),
    ("timestamp", "2024-01-01 00:00:00 +02", dt.datetime(2023, 12, 31, 22)),
    ("timestamp", "2024-01-01 00:00:00-0530", dt.datetime(2024, 1, 1, 5, 30)),
    ("timestamp", "2024-01-01 10:00:00 Europe/Berlin", dt.datetime(2024, 1, 1, 9)),
    ("timestamp", "2024-01-01 10:00:00 UTC", dt.datetime(2024, 1, 1, 10)),
    ("timestamp", "2020-12-30 3:15:52", dt.datetime(2020, 12, 30, 3, 15, 52)),
    ("timestamp", "2024-01-01 00:00:00.250", dt.datetime(2024, 1, 1, 0, 0, 0, 250000)),
    ("timestamp", "2024-01-01", dt.datetime(2024, 1, 1)),
    ("timestamp", "1900-01-01", dt.datetime(1900, 1, 1)),
    ("timestamp", "9999-12-31 23:59:59", dt.datetime(9999, 12, 31, 23, 59, 59)),
    ("timestamp", "2024-01-01 10:00:00 ", dt.datetime(2024, 1, 1, 10)),
    ("date", "2024-01-31 ", dt.date(2024, 1, 31)),
    ("date", "2024/01/31", dt.date(2024, 1, 31)),
    ("timestamp", "1704067200", dt.datetime(2024, 1, 1)),
    ("timestamp", "1704067200.5", dt.datetime(2024, 1, 1, 0, 0, 0, 500000)),
    ("timestamp", "1704067200000", dt.datetime(2024, 1, 1)),
    ("date", "2024-01-31", dt.date(2024, 1, 31)),
    ("date", "2024-01-31 00:00:00", dt.date(2024, 1, 31)),
    ("date", "2024-01-31T00:00:00+02:00", dt.date(2024, 1, 31)),
    ("bigint", "10", 10),
    ("bigint", "-10", -10),
    ("bigint", "+10", 10),
    ("bigint", "10.0", 10),
    ("bigint", "1e3", 1000),
    ("bigint", "007", 7),
    ("bigint", "9223372036854775807", 9223372036854775807),
    ("boolean", "TRUE", True),
    ("boolean", "false", False),
    ("boolean", "t", True),
    ("boolean", "0", False),
    ("boolean", "1.0", True),
    ("double", "0.5", 0.5),
    ("decimal(18,6)", "12.5", Decimal("12.500000")),
    ("decimal(18,6)", "-0.000001", Decimal("-0.000001")),
    ("decimal(18,6)", "33.33333333", Decimal("33.333333")),
    ("json", '{"a": 1}', '{"a": 1}'),
    ("varchar", " NULL ", " NULL "),
]
REFUSED = [
    ("timestamp", "epoch"),
    ("timestamp", "1899-12-31 23:59:59"),
    ("timestamp", "10000-01-01"),
    ("timestamp", "3/1/26 10:00"),
    ("date", "26-03-01"),
    ("date", "0000-01-01"),
    ("date", "10000-01-01"),
    ("date", "03/04/2025"),
    ("double", "1_000"),
    ("decimal(18,6)", "1_000"),
    ("timestamp", "20240101"),
    ("timestamp", "0"),
    ("timestamp", "01/02/2024"),
    ("timestamp", "2024-02-30"),
    ("timestamp", "2024-01-01 10:00:00 PM"),
    ("timestamp", "infinity"),
    ("timestamp", "-infinity"),
    ("date", "2024-01-31 23:59:59"),
    ("date", "infinity"),
    ("date", "soon"),
    ("bigint", "10.5"),
    ("bigint", "1.5e0"),
    ("bigint", "9223372036854775808"),
    ("bigint", "1_000"),
    ("bigint", "0x1F"),
    ("boolean", "maybe"),
    ("double", "nan"),
    ("double", "inf"),
    ("decimal(18,6)", "1,5"),
    ("json", "{'a': 1}"),
]


def evaluate(expression: str, text: str, *, read_as: str = "varchar") -> object:
    """Value of an SQL expression over one cell `c`."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        query = f"select {expression} from (select cast(? as {read_as}) as c)"
        row = connection.execute(query, [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(("data_type", "text", "expected"), ACCEPTED)
def test_a_cell_is_accepted_with_its_meaning(data_type: str, text: str, expected: object) -> None:
    assert evaluate(lenient(data_type, "c"), text) == expected


@pytest.mark.parametrize(("data_type", "text"), REFUSED)
def test_a_cell_that_says_something_else_is_refused(data_type: str, text: str) -> None:
    assert evaluate(lenient(data_type, "c"), text) is None


@pytest.mark.parametrize("sample_itself", [True, False])
@pytest.mark.parametrize(
    ("data_type", "text", "expected"),
    [*ACCEPTED, *((data_type, text, None) for data_type, text in REFUSED)],
)
def test_the_quick_reader_agrees_or_raises(
    data_type: str, text: str, expected: object, sample_itself: bool
) -> None:
    expression = strict(data_type, "c", sample=text if sample_itself else None)
    try:
        value = evaluate(expression, text, read_as=reader_type(data_type))
    except duckdb.Error:
        return
    if (data_type, text) == ("decimal(18,6)", "33.33333333"):
        pytest.fail("the quick reader rounded a decimal, whose digits would be lost")
    assert expected is not None, f"the quick reader accepted {text!r} as {value!r}"
    assert value == expected


@pytest.mark.parametrize(
    ("data_type", "text"),
    [
        ("timestamp", "2024-01-01 10:00:00"),
        ("timestamp", "2024-01-01T10:00:00.123Z"),
        ("timestamp", "2024-01-01T00:00:00+02:00"),
        ("timestamp", "1704067200"),
        ("date", "2024-01-31"),
        ("bigint", "-12"),
        ("decimal(18,6)", "12.5"),
        ("boolean", "TRUE"),
        ("double", "0.5"),
    ],
)
def test_the_quick_reader_takes_what_exports_write(data_type: str, text: str) -> None:
    expression = strict(data_type, "c", sample=text)
    value = evaluate(expression, text, read_as=reader_type(data_type))
    assert value == evaluate(lenient(data_type, "c"), text)
