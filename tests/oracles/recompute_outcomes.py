"""Use held against decisions, recomputed: who used most before a quarter, and who used least."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from tests.oracles.book import Holding
from tests.oracles.books import by_month
from tests.oracles.build import add_months
from tests.oracles.catalogue import Company, Values
from tests.oracles.holdings import Held, read_held
from tests.oracles.operations import reach_of
from tests.oracles.rates import Rates, read_fx
from tests.oracles.recompute_acquisition import movement
from tests.oracles.results import month_of
from tests.oracles.tally import Dated, answer, by_customer
from tests.oracles.usage import read_usage

METRICS = ("renewal_gap_by_usage", "upsell_gap_by_usage")
BOTTOM, TOP = 1, 4
LEAST_MONTHS = 3  # shorter terms are not renewed but go on
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Decided:
    """What a customer of a quartile decided within a quarter."""

    quartile: int
    expanded: bool
    due: int
    renewed: int


def recompute(company: Company) -> Values:
    """Both gaps, for the total and by segment."""
    rows: list[Dated] = []
    (due, renewed), grown = _renewals(company), _grown(company)
    for start in company.periods("quarter"):
        for customer, quartile in quartiles(_use(company, start)).items():
            key = (customer, start)
            decided = Decided(quartile, key in grown, due[key], renewed[key])
            rows.append((start, by_customer(company, customer), decided))
    reach = reach_of(company, "billing", "app", "product_events")
    found = answer(company, "renewal_gap_by_usage", rows, _renewal_gap, grains=("quarter",),
                   reach=reach)  # fmt: skip
    return found | answer(company, "upsell_gap_by_usage", rows, _upsell_gap, grains=("quarter",),
                          reach=reach)  # fmt: skip


def _grown(company: Company) -> set[tuple[str, date]]:
    """Customers and the quarters in which they expanded."""
    return {
        (row.customer_id, _quarter(month))
        for month, rows in by_month(company).items()
        for row in rows
        if movement(row) == "expansion"
    }


def _use(company: Company, start: date) -> dict[str, float]:
    """Value events for each seat before the quarter, of those who pay as it opens."""
    usage, found = read_usage(company), {}
    for row in by_month(company).get(start, ()):
        used = usage.at(row.customer_id, start - DAY)
        if used and row.opening_mrr > 0:
            found[row.customer_id] = used.events / max(used.seats, 1)
    return found


def quartiles(use: dict[str, float]) -> dict[str, int]:
    """Four parts as equal as can be, the larger ones first; ids decide between equals."""
    ordered = sorted(use, key=lambda customer: (use[customer], customer))
    size, larger = divmod(len(ordered), 4)
    ends = [size * part + min(part, larger) for part in range(1, 5)]
    return {customer: next(part for part, end in enumerate(ends, 1) if place < end)
            for place, customer in enumerate(ordered)}  # fmt: skip


def _renewal_gap(items: list[Decided]) -> float | None:
    rates = []
    for quartile in (TOP, BOTTOM):
        due = sum(item.due for item in items if item.quartile == quartile)
        renewed = sum(item.renewed for item in items if item.quartile == quartile)
        rates.append(renewed / due if due else None)
    top, bottom = rates
    return None if top is None or bottom is None else top - bottom


def _upsell_gap(items: list[Decided]) -> float | None:
    top = [item.expanded for item in items if item.quartile == TOP]
    bottom = [item.expanded for item in items if item.quartile == BOTTOM]
    return sum(top) / len(top) - sum(bottom) / len(bottom) if top and bottom else None


def _renewals(company: Company) -> tuple[Counter[tuple[str, date]], Counter[tuple[str, date]]]:
    """Ends of terms that came, and those after which the customer paid on, by quarter."""
    due: Counter[tuple[str, date]] = Counter()
    renewed: Counter[tuple[str, date]] = Counter()
    rates = Rates(read_fx(company.seeds / "fx_rates.csv"), "usd")
    for customer, held in read_held(company).items():
        for subscription, day in _ends_of_terms(held, company.as_of):
            before = held.on(day - DAY)
            same = [h for h in before if h.subscription_id == subscription]
            asked = _worth(same, rates, day)
            others = _worth(before, rates, day) - asked
            if asked > 0:
                key = (customer, _quarter(day))
                due[key] += 1
                renewed[key] += _worth(held.on(day), rates, day) > others
    return due, renewed


def _worth(holdings: list[Holding], rates: Rates, day: date) -> Fraction:
    month = month_of(day)
    return sum((h.net_mrr * rates.closing(h.currency, month) for h in holdings if h.pays),
               Fraction(0))  # fmt: skip


def _quarter(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _ends_of_terms(held: Held, as_of: date) -> Iterator[tuple[str, date]]:
    """Subscription and day on which a term ends while, or as, it is paid."""
    runs: dict[str, list[tuple[date, int | None]]] = defaultdict(list)
    names = {h.subscription_id for items in held.items for h in items}
    for day in held.days:
        paid: dict[str, int] = {}
        for h in held.on(day):
            if h.pays and h.net_mrr > 0:
                paid[h.subscription_id] = max(paid.get(h.subscription_id, 0), round(h.months))
        for name in names:
            cycle = paid.get(name)
            if not runs[name] or runs[name][-1][1] != cycle:
                runs[name].append((day, cycle))
    for name, changes in runs.items():
        ends = [day for day, _ in changes[1:]] + [date.max]
        for (start, cycle), end in zip(changes, ends, strict=True):
            count = 1
            while cycle is not None and cycle >= LEAST_MONTHS:
                day = add_months(datetime.combine(start, time()), cycle * count).date()
                if day > min(end, as_of):
                    break
                yield name, day
                count += 1
