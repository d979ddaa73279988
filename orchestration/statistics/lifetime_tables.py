"""Expected lifetimes as a table: what the Python model of survival curves returns.

Rows come in and go out as DuckDB relations; curves are fitted in `survival`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from orchestration.statistics.survival import SurvivalCurve, expect_periods, fit_survival
from orchestration.warehouse.relations import make_table

if TYPE_CHECKING:
    import datetime as dt

# A segment of which fewer have left is told by the company's curve; of a company with fewer
# nothing is known.
FEWEST_LOSSES = 10
MONTHS_AHEAD, MONTHS_AT_MOST = 12, 60
TOTAL = "total"
_LIFETIMES = (
    "cutoff_on date, segment varchar, tenure_months integer, fitted_on varchar, "
    "months_ahead double, expected_months double, lower double, upper double"
)
_Rows = list[tuple[int, int, int]]


def materialize_lifetimes(connection: Any, *, exposures: Any) -> Any:  # noqa: ANN401
    """A row per cutoff, segment or the total, and tenure: the months that are to be expected.

    `months_ahead` are those of the next twelve whose end a customer of that tenure still pays,
    `expected_months` those of sixty from now on, discounted, with the ends of their interval.
    """
    seen: dict[tuple[dt.date, str], _Rows] = defaultdict(list)
    rate = 0.0
    for cutoff, segment, tenure, at_risk, lost, yearly in (
        exposures.project(
            "cutoff_on, segment, tenure_months, at_risk_count, lost_count, discount_rate"
        )
        .order("all")
        .fetchall()
    ):
        seen[cutoff, segment].append((tenure, at_risk, lost))
        rate = (1 + yearly) ** (1 / 12) - 1
    longest = max((tenure for rows in seen.values() for tenure, *_ in rows), default=0)
    table = []
    for (cutoff, segment), rows in sorted(seen.items()):
        fitted_on = "segment" if segment != TOTAL and _losses(rows) else "company"
        curve = _curve(rows if fitted_on == "segment" else seen[cutoff, TOTAL])
        if curve is None:
            continue
        for tenure in range(longest + 2):
            told = expect_periods(curve, tenure, MONTHS_AT_MOST, rate=rate)
            ahead = float(curve.survival(tenure, MONTHS_AHEAD).sum())
            numbers = (ahead, told.periods, told.lower, told.upper)
            table.append(
                (cutoff, segment, tenure, fitted_on, *(float(f"{n:.10g}") for n in numbers))
            )
    return make_table(connection, "lifetimes", _LIFETIMES, table)


def _losses(rows: _Rows) -> bool:
    """Whether enough have left for a curve."""
    return sum(lost for _, _, lost in rows) >= FEWEST_LOSSES


def _curve(rows: _Rows) -> SurvivalCurve | None:
    if not _losses(rows):
        return None
    tenures, at_risk, lost = zip(*rows, strict=True)
    return fit_survival(tenures, at_risk, lost)
