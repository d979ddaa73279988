"""Growth recomputed from the months of customers: the bridge, trends and concentration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from itertools import takewhile

from tests.oracles.book import round_to
from tests.oracles.catalogue import Company, Values
from tests.oracles.operations import reach_of
from tests.oracles.results import Month, add_to_month, month_of
from tests.oracles.tally import MONTHLY, Dated, Finish, answer, by_customer, day_of, last_days
from tests.oracles.whois import topmost_parents

METRICS = (
    "new_mrr",
    "expansion_mrr",
    "contraction_mrr",
    "churned_mrr",
    "reactivation_mrr",
    "fx_mrr",
    "new_arr",
    "new_customers",
    "expanding_customers",
    "churned_customers",
    "intra_month_interruptions",
    "quick_ratio",
    "expansion_share_of_new_arr",
    "referral_share_of_new_customers",
    "mrr_growth_mom",
    "arr_growth_yoy",
    "mrr_growth_trend_3m",
    "mrr_growth_trend_6m",
    "months_of_stalled_growth",
    "cross_sell_mrr",
    "cross_sell_customers",
    "usage_revenue",
    "top_customer_share",
    "top10_customer_share",
    "revenue_hhi",
)
NO_INVOICE = ("draft", "void")
Slice = tuple[str, str]
Series = dict[date, Fraction]


def recompute(company: Company) -> Values:
    """Every metric of growth, for the total and by segment."""
    months: list[Dated] = [
        (month.month_start, by_customer(company, month.customer_id), month)
        for month in company.mrr.months
    ]
    referred = [
        (day, who, company.customers[m.customer_id]["channel"] == "referral")
        for day, who, m in months
        if m.new > 0
    ]
    result = _spread(company, "referral_share_of_new_customers", referred, _mean, joined=months)
    for metric, amount in SUMS.items():
        result |= _spread(company, metric, months, _sum_of(amount))
    result |= _spread(
        company,
        "quick_ratio",
        months,
        _ratio(lambda m: m.new + m.expansion + m.reactivation, lambda m: m.contraction + m.churned),
    )
    result |= _spread(
        company,
        "expansion_share_of_new_arr",
        months,
        _ratio(lambda m: m.expansion, lambda m: m.new + m.expansion),
    )
    return (
        result
        | _cross_sales(company)
        | _usage(company)
        | _trends(company)
        | _concentration(company)
    )


SUMS: dict[str, Callable[[Month], object]] = {
    "new_mrr": lambda m: m.new,
    "expansion_mrr": lambda m: m.expansion,
    "contraction_mrr": lambda m: m.contraction,
    "churned_mrr": lambda m: m.churned,
    "reactivation_mrr": lambda m: m.reactivation,
    "fx_mrr": lambda m: m.fx,
    "new_arr": lambda m: 12 * m.new,
    "new_customers": lambda m: m.new > 0,
    "expanding_customers": lambda m: m.expansion > 0,
    "churned_customers": lambda m: m.churned > 0,
    "intra_month_interruptions": lambda m: m.interruption_count,
}


def _sum_of(amount: Callable[[Month], object]) -> Finish:
    return lambda items: float(sum(amount(item) for item in items))  # type: ignore[misc]


def _ratio(above: Callable[[Month], object], below: Callable[[Month], object]) -> Finish:
    def of(items: list[Month]) -> float | None:
        whole = _sum_of(below)(items)
        part = _sum_of(above)(items)
        return part / whole if whole and part is not None else None

    return of


def _mean(items: list[bool]) -> float | None:
    return sum(items) / len(items) if items else None


def _spread(
    company: Company,
    metric: str,
    rows: list[Dated],
    finish: Finish,
    *,
    joined: Sequence[Dated] = (),
) -> Values:
    """Values by month and quarter; `joined` names the slices that have rows."""
    slices = {value for _, whose, _ in (*rows, *joined) for value in whose}
    return answer(
        company,
        metric,
        rows,
        finish,
        grains=MONTHLY,
        slices=slices,
        is_dense=True,
        reach=reach_of(company, "billing"),
    )


def _cross_sales(company: Company) -> Values:
    """Products that a paying customer had not paid for before."""
    rows = [
        (move.occurred_on, by_customer(company, move.customer_id), move)
        for move in company.mrr.movements
        if (move.movement_type, move.movement_reason) == ("expansion", "product")
    ]
    amounts: Finish = lambda items: float(sum(move.mrr_change for move in items))  # noqa: E731
    buyers: Finish = lambda items: len({move.customer_id for move in items})  # noqa: E731
    return _spread(company, "cross_sell_mrr", rows, amounts) | _spread(
        company, "cross_sell_customers", rows, buyers
    )


def _usage(company: Company) -> Values:
    """Lines of metered prices, by the day on which their period ends."""
    landing = company.landing
    metered = {
        row["id"]
        for row in landing.newest("stripe.price")
        if row["recurring_usage_type"] == "metered"
    }
    metered |= {
        row["id"] for row in landing.newest("stripe.plan") if row["usage_type"] == "metered"
    }
    owners = {
        row["id"]: row["customer_id"]
        for row in landing.newest("stripe.invoice")
        if row["status"] not in NO_INVOICE and not _gone(row)
    }
    rates = next(iter(company.lives.values())).rates
    digits = {row["currency"]: int(row["minor_units"]) for row in company.seed("currencies")}
    charged: dict[tuple[str, date], Fraction] = defaultdict(Fraction)
    for line in landing.newest("stripe.invoice_line_item"):
        owner = owners.get(line["invoice_id"])
        if owner is None or _gone(line) or (line["price_id"] or line["plan_id"]) not in metered:
            continue
        day, currency = day_of(line["period_end"]), line["currency"].lower()
        amount = Fraction(line["amount"]) / 10 ** digits.get(currency, 2)
        charged[owner, day] += amount * rates.opening(currency, month_of(day))
    rows = [
        (day, by_customer(company, owner), round_to(amount, 2))
        for (owner, day), amount in charged.items()
        if day <= company.as_of
    ]
    return _spread(company, "usage_revenue", rows, lambda items: float(sum(items)))


def _gone(row: dict[str, object]) -> bool:
    return bool(row.get("is_deleted") or row.get("_fivetran_deleted"))


def _trends(company: Company) -> Values:
    """Closing MRR of a slice against that of earlier months, at the last month of a period."""
    closing: dict[Slice, Series] = defaultdict(lambda: defaultdict(Fraction))
    for month in company.mrr.months:
        for slice_ in by_customer(company, month.customer_id):
            closing[slice_][month.month_start] += Fraction(month.closing_mrr)
    reach = reach_of(company, "billing")
    result: Values = {}
    for grain, start, last in last_days(company, MONTHLY):
        for slice_, series in closing.items():
            found = _trend(series, month_of(last), company.months[0])
            found["months_of_stalled_growth"] = _stalled(series, month_of(last), company)
            if grain != "month":
                del found["mrr_growth_mom"]
            if slice_ != ("total", "total"):
                del found["months_of_stalled_growth"]
            for metric, value in found.items():
                has = reach.has(grain, start)
                result[metric, grain, start, *slice_] = value if has else None
    return result


def _trend(series: Series, month: date, first: date) -> dict[str, float | None]:
    now, year_ago = series[month], series[add_to_month(month, -12)]
    before = series[add_to_month(month, -1)]
    return {
        "mrr_growth_mom": float(now / before - 1) if before else None,
        "arr_growth_yoy": float(now / year_ago - 1) if year_ago else None,
        "mrr_growth_trend_3m": _slope_share(series, month, first, 3),
        "mrr_growth_trend_6m": _slope_share(series, month, first, 6),
    }


def _slope_share(series: Series, month: date, first: date, count: int) -> float | None:
    """Least squares: the line's rise a month, as a share of the months' mean."""
    months = [add_to_month(month, -back) for back in reversed(range(count))]
    if months[0] < first:
        return None
    mean = sum((series[m] for m in months), Fraction(0)) / count
    middle = Fraction(count - 1, 2)
    rise = sum((place - middle) * series[m] for place, m in enumerate(months))
    slope = rise / sum((place - middle) ** 2 for place in range(count))
    return float(slope / mean) if mean else None


def _stalled(series: Series, month: date, company: Company) -> float | None:
    """Months in a row, back from this one, in which six months' MRR has not grown."""
    if add_to_month(month, -5) < company.months[0]:
        return None
    past = [m for m in reversed(company.months) if m <= month]

    def is_stalled(m: date) -> bool:
        share = _slope_share(series, m, company.months[0], 6)
        return share is not None and share <= 0

    return float(len(list(takewhile(is_stalled, past))))


def _concentration(company: Company) -> Values:
    """Shares of parent accounts in closing MRR."""
    parents = topmost_parents(company)
    closing: dict[date, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for month in company.mrr.months:
        owner = parents.get(month.customer_id) or month.customer_id
        closing[month.month_start][owner] += Fraction(month.closing_mrr)
    reach = reach_of(company, "billing")
    result: Values = {}
    for grain, start, last in last_days(company, MONTHLY):
        paid = sorted(closing[month_of(last)].values(), reverse=True)
        whole = sum(paid, Fraction(0))
        for metric, part in (
            ("top_customer_share", sum(paid[:1])),
            ("top10_customer_share", sum(paid[:10])),
            ("revenue_hhi", sum(x * x for x in paid) / (whole or 1)),
        ):
            value = float(part / whole) if whole and reach.has(grain, start) else None
            result[metric, grain, start, "total", "total"] = value
    return result
