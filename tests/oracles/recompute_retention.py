"""Retention, churn and expansion recomputed from the months of customers and what each one held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction

from tests.oracles.catalogue import Company, Values
from tests.oracles.life import Life
from tests.oracles.operations import reach_of
from tests.oracles.reasons import end_reason
from tests.oracles.results import Month, Movement, add_to_month, month_of
from tests.oracles.tally import MONTHLY, answer, by_customer, last_days

METRICS = (
    "nrr",
    "grr",
    "nrr_as_converted",
    "nrr_excluding_pause",
    "nrr_monthly",
    "grr_monthly",
    "gross_mrr_churn_rate",
    "net_mrr_churn_rate",
    "logo_churn_rate",
    "involuntary_churn_rate",
    "early_churn_rate_90d",
    "expansion_rate",
    "expanding_customer_rate",
)
EARLY = timedelta(days=90)
Parts = tuple[Fraction, Fraction]  # above and below the line


def recompute(company: Company) -> Values:
    """Every rate of staying, growing and leaving, for the total and by segment."""
    moves: dict[str, list[Movement]] = defaultdict(list)
    for move in company.mrr.movements:
        if move.movement_type != "fx":
            moves[move.customer_id].append(move)
    return _cohorts(company) | _within_months(company, moves) | _early(company, moves)


def _cohorts(company: Company) -> Values:
    """Those who paid twelve months before the period's last month."""
    reach = reach_of(company, "billing")
    parts: dict[tuple[str, date, tuple[str, str]], list[Parts]] = defaultdict(list)
    seen = set()
    for month in company.mrr.months:
        whose = by_customer(company, month.customer_id)
        seen |= {(month.month_start, slice_) for slice_ in whose}
        if month.opening_mrr_12m <= 0:
            continue
        then, now = Fraction(month.opening_mrr_12m), Fraction(month.retained_mrr_12m)
        life = company.lives[month.customer_id]
        for metric, kept in (
            ("nrr", now),
            ("grr", min(then, now)),
            ("nrr_as_converted", Fraction(month.closing_mrr)),
            ("nrr_excluding_pause", now or _before_pause(life, month, company.as_of)),
        ):
            for slice_ in whose:
                parts[metric, month.month_start, slice_].append((kept, then))
    result: Values = {}
    for grain, start, last in last_days(company, MONTHLY):
        for month_start, slice_ in seen:
            if month_start == month_of(last):
                for metric in METRICS[:4]:
                    value = _divide(parts[metric, month_start, slice_])
                    has = reach.has(grain, start)
                    result[metric, grain, start, *slice_] = value if has else None
    return result


def _before_pause(life: Life, month: Month, as_of: date) -> Fraction:
    """What a customer that is paused paid before, at the rate of twelve months ago."""
    last = min(add_to_month(month.month_start, 1) - timedelta(days=1), as_of)
    if not any(holding.state == "paused" for holding in life.at(last).values()):
        return Fraction(0)
    past = [life.held[day] for day in life.days if day <= last]
    place, paid = next(
        (place, held)
        for place, held in reversed(list(enumerate(past)))
        if any(h.pays and h.net_mrr for h in held.values())
    )
    if end_reason(paid, past[place + 1]) != "pause":
        return Fraction(0)
    then = add_to_month(month.month_start, -12)
    return sum(
        (h.net_mrr * life.rates.closing(h.currency, then) for h in paid.values() if h.pays),
        Fraction(0),
    )


def _within_months(company: Company, moves: dict[str, list[Movement]]) -> Values:
    """Each month against its own opening; a quarter adds up its months."""

    def involuntary(month: Month) -> bool:
        left = [
            m
            for m in moves.get(month.customer_id, ())
            if m.movement_type == "churn" and month_of(m.occurred_on) == month.month_start
        ]
        return month.churned > 0 and left[-1].movement_reason == "involuntary"

    rates: dict[str, Callable[[Month], tuple[object, object]]] = {
        "nrr_monthly": lambda m: (
            m.opening_mrr - m.contraction - m.churned + m.expansion,
            m.opening_mrr,
        ),
        "grr_monthly": lambda m: (m.opening_mrr - m.contraction - m.churned, m.opening_mrr),
        "gross_mrr_churn_rate": lambda m: (m.contraction + m.churned, m.opening_mrr),
        "net_mrr_churn_rate": lambda m: (m.contraction + m.churned - m.expansion, m.opening_mrr),
        "logo_churn_rate": lambda m: (m.churned > 0, m.opening_mrr > 0),
        "involuntary_churn_rate": lambda m: (involuntary(m), m.opening_mrr > 0),
        "expansion_rate": lambda m: (m.expansion, m.opening_mrr),
        "expanding_customer_rate": lambda m: (m.expansion > 0, m.opening_mrr > 0),
    }
    result: Values = {}
    for metric, parts in rates.items():
        rows = [
            (m.month_start, by_customer(company, m.customer_id), parts(m))
            for m in company.mrr.months
        ]
        grains = ("month",) if metric.endswith("_monthly") else MONTHLY
        result |= answer(
            company,
            metric,
            rows,
            _divide,
            grains=grains,
            is_dense=True,
            reach=reach_of(company, "billing"),
        )
    return result


def _early(company: Company, moves: dict[str, list[Movement]]) -> Values:
    """By the period of the first payment, once everybody in it has had 90 days."""

    def starts() -> Iterator[tuple[date, object, tuple[bool, bool]]]:
        for customer, found in moves.items():
            first = next(move.occurred_on for move in found if move.movement_type == "new")
            ends = [move.occurred_on for move in found if move.movement_type == "churn"]
            is_early = bool(ends) and ends[0] < first + EARLY
            yield first, by_customer(company, customer), (is_early, True)

    return answer(
        company,
        "early_churn_rate_90d",
        starts(),
        _divide,
        grains=MONTHLY,  # type: ignore[arg-type]
        reach=reach_of(company, "billing"),
        maturity_days=90,
        is_dense=True,
    )


def _divide(parts: list[Parts]) -> float | None:
    below = sum(part[1] for part in parts)
    return float(sum(part[0] for part in parts)) / float(below) if below else None
