"""Each comparison that a rule can make, on months whose answer is worked out by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.decisions.recomputed import COMPILED, FLAGS

RISING, FALLING, SILENT = (100, 110, 120), (30, 20, 10), (None, None, None)
UP, DOWN = "up", "down"
CASES = [
    # The trend over 3 months is 20 of a mean of 110.
    ("rises", 3, 0, 0.18, RISING, UP, 20 / 110, True),
    ("rises", 3, 0, 0.19, RISING, UP, 20 / 110, False),
    ("falls", 3, 0, 1.0, FALLING, UP, -20 / 20, True),
    ("falls", 3, 0, 1.1, FALLING, UP, -20 / 20, False),
    ("not_rising", 3, 0, 0.05, RISING, UP, 20 / 110, False),
    ("not_rising", 3, 0, 0.05, FALLING, UP, -1, True),
    # Better is up, or down.
    ("worsens", 3, 0, 0.5, FALLING, UP, -1, True),
    ("worsens", 3, 0, 0.5, FALLING, DOWN, -1, False),
    ("worsens", 3, 0, 0.1, RISING, DOWN, 20 / 110, True),
    # The newest month against the mean of the two before.
    ("spikes", 2, 0, 0.14, RISING, UP, 120 / 105 - 1, True),
    ("spikes", 2, 0, 0.15, RISING, UP, 120 / 105 - 1, False),
    ("drops", 2, 0, 0.6, FALLING, UP, 10 / 25 - 1, True),
    ("shrinks", 2, 0, 2, FALLING, UP, 2, True),
    ("shrinks", 2, 0, 2, RISING, UP, 0, False),
    # A window that ends a month before.
    ("below", 1, 1, 20, FALLING, UP, 20, True),
    ("below", 1, 0, 9, FALLING, UP, 10, False),
    ("above", 2, 0, 115, RISING, UP, 115, True),
    # At the bound of 120 in the newest month, or in two.
    ("at_cap", 3, 0, 3, RISING, UP, 1, False),
    ("at_cap", 2, 0, 2, (10, 120, 120), UP, 2, True),
    ("has_no_value", 3, 0, 0, SILENT, UP, 0, True),
    ("has_no_value", 3, 0, 0, (None, 1, None), UP, 1, False),
    # What is not known of every month is not known.
    ("rises", 3, 0, 0.1, (None, 110, 120), UP, None, None),
    ("rises", 4, 0, 0.1, RISING, UP, None, None),
]


def measure(
    home: Path,
    comparison: str,
    months: tuple[float | None, ...],
    *,
    window: int,
    lag: int = 0,
    threshold: float = 0,
    direction: str = UP,
    critical: float | None = None,
    min_denominator: float | None = None,
) -> tuple[float | None, bool | None, bool]:
    """What is measured in the newest month, whether it holds, and whether it is critical."""
    with duckdb.connect() as connection:
        attached = str(home / "warehouse.duckdb")
        connection.execute(f"attach '{attached}' as home (read_only)")
        connection.execute("attach ':memory:' as warehouse; use warehouse")
        for table in (
            "seeds.diagnostic_rules",
            "seeds.diagnostic_conditions",
            "governance.dim_metrics",
            "intermediate.int_metrics__first_values",
            "intermediate.int_diagnostics__measures",
            "intermediate.int_calendar__periods",
        ):
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            connection.execute(f"create table {table} as from home.{table} limit 0")
        connection.execute(
            "insert into seeds.diagnostic_rules by name select 'r' as rule_id, 'total' as slices"
        )
        connection.execute(
            "insert into seeds.diagnostic_conditions "
            "values ('r', 1, 'm', 'value', ?, ?, ?, ?, ?, ?)",
            [comparison, window, lag, threshold, critical, min_denominator],
        )
        connection.execute(
            "insert into governance.dim_metrics by name select 'm' as metric_id, 'M' as label, "
            "? as direction, 'count' as unit, 0 as maturity_days, 120 as upper_bound",
            [direction],
        )
        for number, value in enumerate(months, 1):
            start = f"2026-{number:02d}-01"
            connection.execute(
                "insert into intermediate.int_calendar__periods by name "
                "select 'month' as grain, ?::date as period_start",
                [start],
            )
            connection.execute(
                "insert into intermediate.int_metrics__first_values by name "
                "select 'm' as metric_id, "
                "'month' as grain, ?::date as period_start, last_day(period_start) as period_end, "
                "'total' as dimension, 'total' as dimension_value, ? as value, 5 as denominator, "
                "'ok' as state, true as is_complete",
                [start, value],
            )
        compiled = (home / COMPILED / f"{FLAGS[0]}.sql").read_text()
        row = connection.execute(
            f"select measure, is_met, is_critical from ({compiled}) "
            "order by period_start desc limit 1"
        ).fetchone()
    assert row
    return row


@pytest.mark.parametrize(
    ("comparison", "window", "lag", "threshold", "months", "direction", "measured", "is_met"),
    CASES,
)
def test_a_comparison_is_made_as_it_says(
    story_home: Path,
    comparison: str,
    window: int,
    lag: int,
    threshold: float,
    months: tuple[float | None, ...],
    direction: str,
    measured: float | None,
    is_met: bool | None,
) -> None:
    found = measure(
        story_home,
        comparison,
        months,
        window=window,
        lag=lag,
        threshold=threshold,
        direction=direction,
    )
    assert found[0] == (None if measured is None else pytest.approx(measured))
    assert found[1] is is_met


def test_few_cases_tell_nothing(story_home: Path) -> None:
    """Five on average are enough where five are asked for, and not where six are."""
    enough = measure(story_home, "above", RISING, window=1, min_denominator=5)
    few = measure(story_home, "above", RISING, window=1, min_denominator=6)
    assert (enough[1], few[1]) == (True, None)


def test_from_the_critical_value_on_it_is_critical(story_home: Path) -> None:
    assert measure(story_home, "above", RISING, window=1, critical=120)[2]
    assert not measure(story_home, "above", RISING, window=1, critical=121)[2]
    assert measure(story_home, "below", FALLING, window=1, threshold=20, critical=10)[2]
    assert not measure(story_home, "below", FALLING, window=1, threshold=20, critical=9)[2]
