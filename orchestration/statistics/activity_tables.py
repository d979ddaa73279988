"""Models of who still comes as a table: what the Python model of fits returns.

Rows come in and go out as DuckDB relations; models are fitted in `activity`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from orchestration.statistics.activity import NoActivityError, fit_activity
from orchestration.warehouse.relations import make_table

if TYPE_CHECKING:
    import datetime as dt

# Who came on two days or more; of fewer, four numbers are not told.
FEWEST_RETURNED = 100
_FITS = (
    "cutoff_on date, user_count bigint, returned_count bigint, r double, alpha double, "
    "a double, b double, state varchar"
)
FITTED, NOT_FOUND = "fitted", "not_found"


def materialize_activity(connection: Any, *, histories: Any) -> Any:  # noqa: ANN401
    """A row per cutoff of which enough is known: the BG/NBD model of who used the product then.

    `alpha` is in days. Where the search ends without a model, `state` says so in its place.
    """
    seen: dict[dt.date, list[tuple[int, ...]]] = defaultdict(list)
    for cutoff, *history in (
        histories.project("cutoff_on, repeat_count, recency_days, age_days, user_count")
        .order("all")
        .fetchall()
    ):
        seen[cutoff].append(tuple(history))
    table: list[tuple[object, ...]] = []
    for cutoff, rows in sorted(seen.items()):
        users = sum(count for *_, count in rows)
        returned = sum(count for repeats, *_, count in rows if repeats)
        if returned < FEWEST_RETURNED:
            continue
        try:
            fit = fit_activity(*zip(*rows, strict=True))
        except NoActivityError:
            # One quarter of one sign: everything else of the company is told all the same.
            fit = None
        letters = (fit.r, fit.alpha, fit.a, fit.b) if fit else (None,) * 4
        numbers = (None if n is None else float(f"{n:.6g}") for n in letters)
        table.append((cutoff, users, returned, *numbers, FITTED if fit else NOT_FOUND))
    return make_table(connection, "activity_fits", _FITS, table)
