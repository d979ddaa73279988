"""Ledger metrics recomputed: margins, ratios, cash, burn and what they are held against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.oracles.books import Posting, by_month, is_burn, ledger_months, postings
from tests.oracles.catalogue import FIRST_OF_PERIOD, Company, Values, last_day
from tests.oracles.recompute_people import headcount_on
from tests.oracles.results import add_to_month, month_of
from tests.oracles.tally import Reach

METRICS = (
    "gross_margin",
    "services_gross_margin",
    "opex_ratio",
    "sales_marketing_ratio",
    "rnd_ratio",
    "gna_ratio",
    "operating_margin",
    "operating_leverage",
    "rule_of_40",
    "arr_per_employee",
    "days_sales_outstanding",
    "free_cash_flow_margin",
    "billings",
    "cash_balance",
    "net_burn",
    "cash_runway_months",
    "burn_multiple",
    "magic_number",
)
MARGINS = ("gross_margin", "services_gross_margin", "operating_margin", "free_cash_flow_margin")
GROUPS = {
    "sales_marketing_ratio": "sales_marketing",
    "rnd_ratio": "research_development",
    "gna_ratio": "general_administrative",
}


@dataclass
class Period:
    """What the books say of a month or a quarter."""

    lines: list[Posting] = field(default_factory=list)
    months: list[date] = field(default_factory=list)

    def total(self, wanted: Callable[[Posting], bool]) -> float:
        """Debits less credits of the lines that are meant."""
        return sum(line.amount for line in self.lines if wanted(line))

    @property
    def revenue(self) -> float:
        """Credits of revenue."""
        return -self.total(lambda line: line.statement == "revenue")

    @property
    def cost(self) -> float:
        """Cost of revenue."""
        return self.total(lambda line: line.statement == "cost_of_revenue")

    def opex(self, function: str | None = None, group: str | None = None) -> float:
        """Operating expenses, of a function or of a group where one is named."""
        return self.total(
            lambda line: (
                line.statement == "opex"
                and function in (None, line.department)
                and group in (None, line.cost_group)
            )
        )


def recompute(company: Company) -> Values:
    """Every metric of the ledger: the total, and functions where cost is meant."""
    lines = postings(company)
    periods = {grain: _periods(company, lines, grain) for grain in ("month", "quarter")}
    functions = {line.department for line in lines if line.statement == "opex"}
    result: Values = {}
    for grain, found in periods.items():
        for start, period in found.items():
            key = (grain, start, "total", "total")
            result |= {(metric, *key): value for metric, value in _margins(period).items()}
            for function in (None, *functions):
                where = key if function is None else (grain, start, "function", function)
                costs = _costs(period, found.get(_year_before(start)), function)
                result |= {(metric, *where): value for metric, value in costs.items()}
            held = _held_against(company, lines, grain, start, period)
            result |= {(metric, *key): value for metric, value in held.items()}
            if grain == "quarter":
                result["magic_number", *key] = _magic(company, found, start)
    return result | _cash(company, lines)


def _periods(company: Company, lines: tuple[Posting, ...], grain: str) -> dict[date, Period]:
    found: dict[date, Period] = defaultdict(Period)
    for month in ledger_months(company):
        found[FIRST_OF_PERIOD[grain](month)].months.append(month)
    for line in lines:
        found[FIRST_OF_PERIOD[grain](line.day)].lines.append(line)
    return found


def _margins(period: Period) -> dict[str, float | None]:
    revenue, cost = period.revenue, period.cost
    services = -period.total(lambda line: line.category == "services_revenue")
    services_cost = period.total(
        lambda line: line.statement == "cost_of_revenue" and line.line_of_business == "Services"
    )
    return {
        "gross_margin": _ratio(revenue - cost, revenue),
        "services_gross_margin": _ratio(services - services_cost, services),
        "operating_margin": _ratio(revenue - cost - period.opex(), revenue),
        "free_cash_flow_margin": _ratio(-period.total(is_burn), revenue),
        "billings": period.total(lambda line: line.statement == "receivable" and line.amount > 0),
    }


def _costs(period: Period, before: Period | None, function: str | None) -> dict[str, float | None]:
    result = {"opex_ratio": _ratio(period.opex(function), period.revenue)}
    for metric, group in GROUPS.items():
        result[metric] = _ratio(period.opex(function, group), period.revenue)
    if before and before.revenue and before.opex(function):
        growth = period.revenue / before.revenue
        result["operating_leverage"] = growth - period.opex(function) / before.opex(function)
    return result


def _held_against(
    company: Company, lines: tuple[Posting, ...], grain: str, start: date, period: Period
) -> dict[str, float | None]:
    """Cash, receivables, ARR and people at the period's end."""
    end = min(last_day(grain, start), company.as_of)
    month = period.months[-1]
    arr, before = _arr(company, month), _arr(company, add_to_month(month, -12))
    owed = sum(line.amount for line in lines if line.statement == "receivable" and line.day <= end)
    days = (end - period.months[0]).days + 1
    margin = _ratio(period.revenue - period.cost - period.opex(), period.revenue)
    billed = period.total(lambda line: line.statement == "receivable" and line.amount > 0)
    burn, won = period.total(is_burn), _net_new_arr(company, period.months)
    result: dict[str, float | None] = {
        "days_sales_outstanding": _ratio(owed * days, billed),
        "arr_per_employee": _ratio(arr, headcount_on(company, end)),
        "burn_multiple": burn / won if burn > 0 and won > 0 else None,
        "rule_of_40": arr / before - 1 + margin if before and margin is not None else None,
        "cash_runway_months": _runway(company, lines, end),
    }
    return result


def _runway(company: Company, lines: tuple[Posting, ...], end: date) -> float | None:
    """Free cash over the mean burn of the last three complete months."""
    cash = sum(line.amount for line in lines if line.statement == "cash" and line.day <= end)
    whole = [m for m in ledger_months(company) if last_day("month", m) <= end][-3:]
    if len(whole) < 3:
        return None
    burn = sum(line.amount for line in lines if is_burn(line) and month_of(line.day) in whole) / 3
    return cash / burn if burn > 0 else None


def _magic(company: Company, found: dict[date, Period], start: date) -> float | None:
    before = found.get(add_to_month(start, -3))
    if before is None or len(before.months) < 3:
        return None
    spent = before.opex(group="sales_marketing")
    return _ratio(_net_new_arr(company, found[start].months), spent)


def _cash(company: Company, lines: tuple[Posting, ...]) -> Values:
    """Balance and burn on every day, and of every period."""
    moved: dict[date, float] = defaultdict(float)
    burnt: dict[date, float] = defaultdict(float)
    for line in lines:
        moved[line.day] += line.amount if line.statement == "cash" else 0
        burnt[line.day] += line.amount if is_burn(line) else 0
    reach = Reach.of(company, "quickbooks")
    balance, day, result = 0.0, reach.first, {}
    sums: dict[tuple[str, date], float] = defaultdict(float)
    while day <= reach.last:
        balance += moved[day]
        for grain, first in FIRST_OF_PERIOD.items():
            key = (grain, first(day))
            sums[key] += burnt[day]
            result["cash_balance", *key, "total", "total"] = balance
            result["net_burn", *key, "total", "total"] = sums[key]
        day += timedelta(days=1)
    return dict(result)


def _arr(company: Company, month: date) -> float:
    return 12 * float(sum(row.closing_mrr for row in by_month(company).get(month, ())))


def _net_new_arr(company: Company, months: list[date]) -> float:
    rows = [row for month in months for row in by_month(company).get(month, ())]
    return 12 * float(sum(row.closing_mrr - row.opening_mrr for row in rows))


def _year_before(start: date) -> date:
    return start.replace(year=start.year - 1)


def _ratio(upper: float, lower: float) -> float | None:
    return upper / lower if lower else None
