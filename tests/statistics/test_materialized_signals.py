"""Series come in as rows and go out as judgements: a row each that has a value in the newest."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from orchestration.statistics.materialize import materialize_signals

# Counts of a calm year, the newest last.
CALM = [5, 4, 6, 5, 7, 4, 5, 6, 4, 5, 6, 5]


def judged(rows: list[tuple[Any, ...]]) -> dict[tuple[str, str], dict[str, Any]]:
    """What is said of rows of metric, kind, slice, periods ago, value and denominator."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table series (metric_id varchar, kind varchar, dimension_value varchar, "
            "periods_ago integer, value double, denominator double)"
        )
        connection.executemany("insert into series values (?, ?, ?, ?, ?, ?)", rows)
        series = connection.sql("select *, 'month' as grain, 'segment' as dimension from series")
        found = materialize_signals(connection, series=series)
        return {
            (row["metric_id"], row["dimension_value"]): row
            for row in (dict(zip(found.columns, row, strict=True)) for row in found.fetchall())
        }


def months(metric: str, kind: str, value: str, counts: list[float]) -> list[tuple[Any, ...]]:
    """Rows of a slice, the last of them the newest period."""
    return [
        (metric, kind, value, len(counts) - 1 - place, count, 100.0)
        for place, count in enumerate(counts)
    ]


def test_each_slice_is_judged_by_its_own_months_whatever_their_order() -> None:
    rows = [
        *months("tickets", "count", "smb", [*CALM, 5]),
        *months("tickets", "count", "mid", [*CALM, 40]),
        *months("kept", "share", "smb", [count / 10 for count in [*CALM, 5]]),
    ]
    found = judged(rows)
    assert found["tickets", "smb"]["signal"] == "within_usual"
    assert found["tickets", "mid"]["signal"] == "spike"
    assert found["tickets", "mid"]["direction"] == "above"
    assert found["tickets", "mid"]["period_count"] == 12
    assert found["kept", "smb"]["expected"] == pytest.approx(0.5, abs=0.05)
    assert found == judged(rows[::-1])


def test_what_has_no_value_in_the_newest_period_is_not_asked() -> None:
    known = months("tickets", "count", "smb", [*CALM, 5])
    unknown = [*known[:-1], (*known[-1][:4], None, None)]
    assert judged(unknown) == {}
    assert judged(known[:-1]) == {}


def test_limits_are_in_units_of_the_values() -> None:
    """Of counts around 5 no month has fewer than none, or fifty."""
    [found] = judged(months("tickets", "count", "smb", [*CALM, 5])).values()
    assert 0 <= found["lower"] < 5 < found["upper"] < 50
    [amount] = judged(
        months("spend", "amount", "smb", [100.0 * count for count in [*CALM, 5]])
    ).values()
    assert 0 < amount["lower"] < 500 < amount["upper"]


def test_nothing_gives_an_empty_table() -> None:
    assert judged([("tickets", "count", "smb", 0, None, None)]) == {}
