"""Forecasts as a table: what one of dbt's Python models returns.

Rows come in and go out as DuckDB relations; nothing is estimated here. Whoever imports this loads
numpy: dbt's models do so when they run.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from orchestration.statistics.forecasts import Goal, walk
from orchestration.warehouse.relations import make_table

if TYPE_CHECKING:
    import datetime as dt

    from orchestration.statistics.forecasts import Forecast

SEASONS = {"week": 52, "month": 12, "quarter": 4}
# Digits beyond which the order of sums may tell.
_DIGITS = 9
KEY = "metric_id varchar, grain varchar, dimension varchar, dimension_value varchar"
FORECASTS = (
    "known_start date, is_today boolean, periods_ahead integer, model varchar, value double, "
    "lower double, upper double, probability double, actual double, scale double"
)
_KEY = "metric_id, grain, dimension, dimension_value"


def materialize_forecasts(connection: Any, *, series: Any) -> Any:  # noqa: ANN401
    """A row per metric, slice, period by which it was foretold, and period ahead of that."""
    found = (
        series.project(
            f"{_KEY}, kind, direction, target, target_high, lower_bound, upper_bound, "
            "periods_ahead, period_start, value"
        )
        .order(f"{_KEY}, period_start")
        .fetchall()
    )
    rows: list[tuple[Any, ...]] = []
    for key, group in groupby(found, key=lambda row: row[:4]):
        known = list(group)
        kind, direction, target, target_high, least, most, ahead = known[0][4:11]
        starts = [row[11] for row in known]
        values = np.array([row[12] for row in known], dtype=float)
        bounds = (-np.inf if least is None else least, np.inf if most is None else most)
        told = walk(
            values,
            ahead,
            kind=kind,
            season=SEASONS[key[1]],
            goal=build_goal(direction, target, target_high),
            bounds=bounds,
        )
        rows += [(*key, *list_forecast(each, starts)) for each in told]
    return make_table(connection, "forecasts", f"{KEY}, {FORECASTS}", rows)


def list_forecast(told: Forecast, starts: list[dt.date]) -> tuple[Any, ...]:
    """A forecast as FORECASTS has it, of periods that start on these days."""
    numbers = (told.value, told.lower, told.upper, told.probability, told.actual, told.scale)
    return (
        starts[told.known_count - 1],
        told.known_count == len(starts),
        told.ahead,
        told.model,
        *(None if number is None else round(number, _DIGITS) for number in numbers),
    )


def build_goal(direction: str, target: float, target_high: float | None) -> Goal:
    """What a target asks for."""
    if direction == "up":
        return Goal(least=target)
    if direction == "down":
        return Goal(most=target)
    return Goal(least=target, most=np.inf if target_high is None else target_high)
