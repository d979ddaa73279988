"""Bridges ahead as a table: what one of dbt's Python models returns.

Rows come in and go out as DuckDB relations; nothing is estimated here. Whoever imports this loads
numpy: dbt's models do so when they run.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from orchestration.statistics.bridge_walks import JUDGED_AHEAD, METRICS, Told, walk_bridges
from orchestration.statistics.bridges import MOVEMENTS, Book
from orchestration.statistics.forecast_tables import FORECASTS, KEY, build_goal, list_forecast
from orchestration.warehouse.relations import make_table

# The most months that are told; where no target asks for more, as many as are judged.
MOST_AHEAD = 26
_KNOWN = ("leaving_30d", "leaving_90d", "leaving_180d")


def materialize_bridges(
    connection: Any,  # noqa: ANN401
    *,
    flows: Any,  # noqa: ANN401
    announced: Any,  # noqa: ANN401
    exposures: Any,  # noqa: ANN401
    series: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """A row per metric of the bridge, month by whose end it was told, and month ahead of that."""
    names = ", ".join(f"'{name}'" for name in METRICS)
    asked = (
        series.filter(f"metric_id in ({names}) and grain = 'month' and dimension = 'total'")
        .project("metric_id, direction, target, target_high, periods_ahead")
        .distinct()
        .order("metric_id")
        .fetchall()
    )
    goals = {row[0]: build_goal(*row[1:4]) for row in asked}
    ahead = max([JUDGED_AHEAD, *(row[4] for row in asked)])
    starts, book, fx = build_book(flows, announced, exposures)
    rows = [
        (*_of_told(told, starts), told.is_taken)
        for told in (walk_bridges(book, fx, ahead, goals) if starts else ())
    ]
    columns = f"{KEY}, {FORECASTS}, is_taken boolean"
    return make_table(connection, "bridges", columns, rows)


def build_book(flows: Any, announced: Any, exposures: Any) -> tuple[list[dt.date], Book, Any]:  # noqa: ANN401
    """First days of the months, the oldest first; what is known of them; what rates did."""
    found = flows.project(
        "period_end_on, segment, month_start, closing_mrr, fx_mrr, "
        + ", ".join(f"{name}_mrr" for name in MOVEMENTS)
    )
    rows = found.order("period_end_on, segment").fetchall()
    months = {day: place for place, day in enumerate(sorted({row[0] for row in rows}))}
    segments = {name: place for place, name in enumerate(sorted({row[1] for row in rows}))}
    groups_of = exposures.filter("months_ahead = 0").project("segment, tenure_band").distinct()
    groups = {group: place for place, group in enumerate(sorted(groups_of.fetchall()))}
    size, far = len(months), MOST_AHEAD + 1
    closing = np.zeros((size, len(segments)))
    moved = {name: np.zeros_like(closing) for name in MOVEMENTS}
    fx = np.zeros(size)
    for day, segment, _, balance, rates, *amounts in rows:
        at = months[day], segments[segment]
        closing[at] = balance
        fx[at[0]] += rates
        for name, amount in zip(MOVEMENTS, amounts, strict=True):
            moved[name][at] = amount
    known = {name: np.zeros((size, far)) for name in MOVEMENTS}
    told = announced.filter(f"months_ahead between 1 and {MOST_AHEAD}").aggregate(
        "known_on, movement, months_ahead, cast(sum(moved_mrr) as double)",
        "known_on, movement, months_ahead",
    )
    for day, movement, ahead, amount in told.fetchall():
        known[movement][months[day], ahead] = amount
    counts = np.zeros((size, len(groups)))
    exposed, outlook = np.zeros_like(counts), np.zeros((size, len(_KNOWN)))
    left = np.zeros((size, far, len(groups)))
    asked = exposures.filter(f"months_ahead <= {MOST_AHEAD}").project(
        "known_on, segment, tenure_band, months_ahead, customer_count, mrr, " + ", ".join(_KNOWN)
    )
    for day, segment, band, ahead, count, mrr, *leaving in asked.order("all").fetchall():
        place, group = months[day], groups[segment, band]
        if ahead:
            left[place, ahead, group] = count
        else:
            counts[place, group], exposed[place, group] = count, mrr
            outlook[place] += [np.nan if amount is None else amount for amount in leaving]
    book = Book(
        closing=closing,
        moved=moved,
        announced=known,
        group_segments=np.array([segments[segment] for segment, _ in groups], dtype=int),
        exposed_counts=counts,
        exposed=exposed,
        left_counts=left,
        outlook=outlook,
    )
    return sorted({row[2] for row in rows}), book, fx


def _of_told(told: Told, starts: list[dt.date]) -> tuple[Any, ...]:
    key = (told.metric_id, "month", "total", "total")
    return (*key, *list_forecast(told.forecast, starts))
