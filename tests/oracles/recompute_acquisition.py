"""What customers cost to win, and what they bring: recomputed from ledger, platforms and MRR."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from tests.oracles.books import by_month, ledger_months, postings
from tests.oracles.catalogue import FIRST_OF_PERIOD, Company, Values
from tests.oracles.cycles import new_mrr_by_cycle
from tests.oracles.landing import is_deleted
from tests.oracles.rates import Rates, read_fx
from tests.oracles.results import Month, month_of

METRICS = (
    "cac",
    "cac_payback_months",
    "new_customer_cac_ratio",
    "cash_payback_months",
    "ltv",
    "ltv_cac_ratio",
    "profitable_customer_share",
)
MAX_MONTHS = 60
Pair = tuple[str, str]  # channel, segment


@dataclass
class Won:
    """What was spent on, and won by, a channel and segment in some months."""

    cost: float = 0.0
    customers: int = 0
    mrr: float = 0.0
    margin_mrr: float = 0.0
    cash_mrr: float = 0.0
    cash_months: float = 0.0

    def add(self, other: Won) -> None:
        """Take another's into this one."""
        for name in self.__dict__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Base:
    """Paying customers: margin and count at the last month's end, flows of all months."""

    margin: float = 0.0
    customers: int = 0
    opening: int = 0
    churned: int = 0
    judged: int = 0
    paid_back: int = 0
    months: set[date] = field(default_factory=set)


def margins(company: Company) -> dict[date, float]:
    """Gross margin by month."""
    revenue: dict[date, float] = defaultdict(float)
    cost: dict[date, float] = defaultdict(float)
    for line in postings(company):
        if line.statement == "revenue":
            revenue[month_of(line.day)] -= line.amount
        elif line.statement == "cost_of_revenue":
            cost[month_of(line.day)] += line.amount
    return {
        month: 1 - cost[month] / revenue[month]
        for month in ledger_months(company)
        if revenue[month]
    }


def movement(row: Month) -> str | None:
    """The month's class, told by its amounts."""
    named = {
        "new": row.new,
        "expansion": row.expansion,
        "contraction": row.contraction,
        "churn": row.churned,
        "reactivation": row.reactivation,
    }
    return next((name for name, amount in named.items() if amount), None)


def slices(company: Company, customer_id: str) -> dict[str, str]:
    """Where a customer belongs."""
    return company.customers[customer_id]


@lru_cache(maxsize=2)
def won_by_month(company: Company) -> dict[date, dict[Pair, Won]]:
    """Cost and wins of every month, by channel and segment."""
    margin, months = margins(company), by_month(company)
    advertising: dict[date, float] = defaultdict(float)
    marketing: dict[date, float] = defaultdict(float)
    for line in postings(company):
        if line.cost_group == "sales_marketing":
            marketing[month_of(line.day)] += line.amount
        if line.category == "advertising":
            advertising[month_of(line.day)] += line.amount
    platforms = _platforms(company)
    result = {}
    for month in ledger_months(company):
        won: dict[Pair, Won] = defaultdict(Won)
        for row in months.get(month, ()):
            if movement(row) == "new":
                where = slices(company, row.customer_id)
                pair = won[where["channel"], where["segment"]]
                pair.customers += 1
                pair.mrr += float(row.new)
                pair.margin_mrr += float(row.new) * margin.get(month, math.nan)
        spent = platforms.get(month, {})
        whole = sum(spent.values())
        direct = {c: advertising[month] * s / whole for c, s in spent.items()} if whole else {}
        _divide(won, direct, marketing[month] - sum(direct.values()))
        _cash(company, won, month, margin.get(month, math.nan))
        result[month] = won
    return result


def _platforms(company: Company) -> dict[date, dict[str, float]]:
    channels = {r["ad_channel"]: r["channel"] for r in company.seed("channel_map")}
    rates = Rates(read_fx(company.seeds / "fx_rates.csv"), "usd")
    found: dict[date, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in company.landing.newest("ads.campaign_spend"):
        if row["day"] <= company.as_of and not is_deleted(row):
            rate = float(rates.opening(row["currency"], month_of(row["day"])))
            channel = channels.get(row["channel"], "unknown")
            found[month_of(row["day"])][channel] += float(row["spend"]) * rate
    return found


def _divide(won: dict[Pair, Won], direct: dict[str, float], overhead: float) -> None:
    """Direct cost stays in its channel, overhead goes by new MRR; neither is ever lost."""
    of_channel: dict[str, float] = defaultdict(float)
    for (channel, _), pair in list(won.items()):
        of_channel[channel] += pair.mrr
    whole = sum(of_channel.values())
    for (channel, _), pair in list(won.items()):
        if of_channel[channel]:
            pair.cost += direct.get(channel, 0.0) * pair.mrr / of_channel[channel]
        if whole:
            pair.cost += overhead * pair.mrr / whole
    for channel, cost in direct.items():
        if not of_channel[channel]:
            won[channel, "unknown"].cost += cost
    if not whole:
        won["unknown", "unknown"].cost += overhead


def _cash(company: Company, won: dict[Pair, Won], month: date, margin: float) -> None:
    """The payment that makes a segment's customers whole, by how often each of them pays."""
    cost: dict[str, float] = defaultdict(float)
    mrr: dict[str, float] = defaultdict(float)
    for (_, segment), pair in won.items():
        cost[segment] += pair.cost
        mrr[segment] += pair.mrr
    for customer, cycle, amount in new_mrr_by_cycle(company).get(month, ()):
        where = slices(company, customer)
        segment = where["segment"]
        payback = cost[segment] / (mrr[segment] * margin)
        if payback > 0:
            pair = won[where["channel"], segment]
            pair.cash_mrr += amount
            pair.cash_months += amount * (math.ceil(payback / cycle) - 1) * cycle


def recompute(company: Company) -> Values:
    """Every metric of acquisition and lifetime: total, channel or segment."""
    result: Values = {}
    for grain in ("month", "quarter"):
        sums: dict[tuple[date, str, str], Won] = defaultdict(Won)
        for month, pairs in won_by_month(company).items():
            start = FIRST_OF_PERIOD[grain](month)
            for (channel, segment), pair in pairs.items():
                for where in (("total", "total"), ("channel", channel), ("segment", segment)):
                    sums[start, *where].add(pair)
        bases = _bases(company, grain)
        for (start, dimension, value), won in sums.items():
            key = (grain, start, dimension, value)
            cac = won.cost / won.customers if won.customers else None
            result["cac", *key] = cac
            result["cac_payback_months", *key] = _over(won.cost, won.margin_mrr)
            result["new_customer_cac_ratio", *key] = _over(won.cost, 12 * won.mrr)
            if dimension != "channel":
                result["cash_payback_months", *key] = _over(won.cash_months, won.cash_mrr)
            ltv = _lifetime(bases[start, dimension, value])
            result["ltv_cac_ratio", *key] = ltv / cac if ltv is not None and cac else None
        for (start, dimension, value), base in bases.items():
            if dimension != "channel":
                key = (grain, start, dimension, value)
                result["ltv", *key] = _lifetime(base)
                result["profitable_customer_share", *key] = _over(base.paid_back, base.judged)
    return result


def _bases(company: Company, grain: str) -> dict[tuple[date, str, str], Base]:
    """Customers by period and slice; stocks are those of the period's last month."""
    margin, so_far, paid = margins(company), defaultdict(float), _price_of_winning(company)
    bases: dict[tuple[date, str, str], Base] = defaultdict(Base)
    last: dict[date, date] = {}
    for month in margin:
        last[FIRST_OF_PERIOD[grain](month)] = month
    for month in sorted(margin):
        start = FIRST_OF_PERIOD[grain](month)
        for row in by_month(company).get(month, ()):
            earned = float(row.closing_mrr) * margin[month]
            so_far[row.customer_id] += earned
            for where in _where(company, row.customer_id):
                base = bases[start, *where]
                base.opening += row.opening_mrr > 0
                base.churned += movement(row) == "churn"
                if month != last[start]:
                    continue
                base.margin += earned
                pays, price = row.closing_mrr > 0, paid.get(row.customer_id)
                base.customers += pays
                if pays and price is not None:
                    base.judged += 1
                    base.paid_back += so_far[row.customer_id] >= price
    return bases


def _price_of_winning(company: Company) -> dict[str, float]:
    """Average cost of those won in the same month, channel and segment."""
    prices = {}
    for month, pairs in won_by_month(company).items():
        for row in by_month(company).get(month, ()):
            if movement(row) == "new":
                where = slices(company, row.customer_id)
                pair = pairs[where["channel"], where["segment"]]
                prices[row.customer_id] = pair.cost / pair.customers
    return prices


def _where(company: Company, customer_id: str) -> Iterator[tuple[str, str]]:
    found = slices(company, customer_id)
    yield "total", "total"
    yield "segment", found["segment"]
    yield "channel", found["channel"]


def _lifetime(base: Base) -> float | None:
    """Margin of a customer and month, times the months that customers stay."""
    if not base.customers or not base.opening:
        return None
    stay = base.opening / base.churned if base.churned else MAX_MONTHS
    return base.margin / base.customers * min(MAX_MONTHS, stay)


def _over(upper: float, lower: float) -> float | None:
    return upper / lower if lower > 0 else None
