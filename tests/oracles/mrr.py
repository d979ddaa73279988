"""The oracle: MRR, its movements and retention from landing files, day by day in plain Python.

Written from DECISIONS.md (T1 to T7, M1 to M3) alone, to be compared with the warehouse. Slow on
purpose where that keeps a rule readable; knows nothing of SQL, dbt or the warehouse's tables.
Amounts are exact fractions inside and decimals with four places in the result.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from tests.oracles.book import Customer, Holding, previous, round_to
from tests.oracles.build import build_customers
from tests.oracles.landing import Landing, read_landing

__all__ = ["DayBalance", "Metrics", "Month", "Movement", "Result", "compute", "read_fx",
           "read_landing", "read_minor_units"]  # fmt: skip

Money = dict[str, Fraction]  # by currency
Fx = Mapping[tuple[str, date], Decimal]
Held = dict[str, Holding]


@dataclass(frozen=True)
class DayBalance:
    """What a customer pays from a day on, until the next balance."""

    day: date
    net_local: Decimal
    list_local: Decimal
    trial_local: Decimal
    currency: str


@dataclass(frozen=True)
class Movement:
    """A row of the daily movements."""

    customer_id: str
    occurred_on: date
    movement_type: str
    movement_reason: str
    mrr_change: Decimal
    mrr_change_local: Decimal
    currency: str


@dataclass(frozen=True)
class Month:
    """A row of the months; movements are positive magnitudes, fx is signed."""

    customer_id: str
    month_start: date
    opening_mrr: Decimal
    closing_mrr: Decimal
    opening_list_mrr: Decimal
    closing_list_mrr: Decimal
    new: Decimal
    expansion: Decimal
    contraction: Decimal
    churned: Decimal
    reactivation: Decimal
    fx: Decimal
    interruption_count: int
    opening_mrr_12m: Decimal
    retained_mrr_12m: Decimal


@dataclass(frozen=True)
class Metrics:
    """Company metrics of a month; a ratio without a denominator is None."""

    mrr: Decimal
    arr: Decimal
    net_new_arr: Decimal
    nrr: Decimal | None
    grr: Decimal | None
    logo_churn: Decimal | None


@dataclass
class Result:
    """Everything computed, in order of customer and day."""

    daily: dict[str, list[DayBalance]] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    months: list[Month] = field(default_factory=list)
    metrics: dict[date, Metrics] = field(default_factory=dict)


def read_fx(path: Path) -> dict[tuple[str, date], Decimal]:
    """Rates by currency and first day of the month, from seeds/fx_rates.csv."""
    with path.open(newline="") as file:
        return {
            (row["currency"], date.fromisoformat(row["month_start"])): Decimal(row["rate"])
            for row in csv.DictReader(file)
        }


def read_minor_units(path: Path) -> dict[str, int]:
    """Decimal places of each currency's minor unit, from seeds/currencies.csv."""
    with path.open(newline="") as file:
        return {row["currency"]: int(row["minor_units"]) for row in csv.DictReader(file)}


def compute(
    landing: Landing,
    *,
    as_of: date,
    fx: Fx,
    minor_units: Mapping[str, int],
    reporting_currency: str = "usd",
) -> Result:
    """MRR, movements, months and metrics through `as_of`."""
    customers = build_customers(
        landing, minor_units=minor_units, reporting_currency=reporting_currency
    )
    rates = _Rates(fx, reporting_currency)
    result = Result()
    for key in sorted(customers):
        life = _Life(customers[key], rates, as_of)
        result.daily[key] = life.daily()
        result.movements += life.movements()
        result.months += life.months()
    result.metrics = _metrics(result.months)
    return result


def decimal(value: Fraction) -> Decimal:
    """Four places, half away from zero."""
    return Decimal(int(round_to(value) * 10_000)).scaleb(-4)


def month_of(day: date) -> date:
    """First day of the month."""
    return day.replace(day=1)


def month_end(month: date) -> date:
    """Last day of the month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def add_to_month(month: date, months: int) -> date:
    """First day of the month some months on."""
    year, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, index + 1, 1)


class _Rates:
    """Reference rates (T6)."""

    def __init__(self, fx: Fx, reporting_currency: str) -> None:
        self.reporting = reporting_currency
        self.known: dict[str, list[tuple[date, Fraction]]] = defaultdict(list)
        for (currency, month), rate in sorted(fx.items()):
            self.known[currency].append((month, Fraction(rate)))

    def closing(self, currency: str, month: date) -> Fraction:
        """The month's rate, else the latest earlier one, else the first."""
        known = self.known.get(currency)
        if not known:
            if currency == self.reporting:
                return Fraction(1)
            message = f"no rate for the currency {currency}: add it to fx_rates"
            raise KeyError(message)
        return ([rate for on, rate in known if on <= month] or [known[0][1]])[-1]

    def opening(self, currency: str, month: date) -> Fraction:
        """The closing rate of the month before."""
        return self.closing(currency, add_to_month(month, -1))

    def convert(self, money: Money, rate: Callable[[str], Fraction]) -> Fraction:
        """Rounded per currency, then added."""
        return sum((round_to(amount * rate(c)) for c, amount in money.items()), Fraction(0))


def _sum(held: Held, amount: Callable[[Holding], Fraction], *, state: str = "pays") -> Money:
    money: Money = defaultdict(Fraction)
    for holding in held.values():
        if holding.pays if state == "pays" else holding.state == state:
            money[holding.currency] += amount(holding)
    return money


def _net(holding: Holding) -> Fraction:
    return holding.net_mrr


def _list(holding: Holding) -> Fraction:
    return holding.list_mrr


class _Life:
    """One customer, from the first day on which anything can change to `as_of`."""

    def __init__(self, customer: Customer, rates: _Rates, as_of: date) -> None:
        self.id, self.rates, self.as_of = customer.id, rates, as_of
        self.days = customer.days(as_of)
        self.held = {day: customer.on(day) for day in self.days}
        found = {h.currency for held in self.held.values() for h in held.values()}
        self.is_single = len(found) == 1
        self.currency = found.pop() if self.is_single else rates.reporting

    def at(self, day: date) -> Held:
        """What is held on a day: as of the last day of change."""
        known = [on for on in self.days if on <= day]
        return self.held[known[-1]] if known else {}

    def converted(
        self, held: Held, month: date, amount: Callable[[Holding], Fraction] = _net
    ) -> Fraction:
        """The balance at the month's opening rates."""
        return self.rates.convert(_sum(held, amount), lambda c: self.rates.opening(c, month))

    def local(
        self, held: Held, month: date, amount: Callable[[Holding], Fraction] = _net,
        state: str = "pays",
    ) -> Fraction:  # fmt: skip
        """The balance in the currency that the customer is kept in."""
        money = _sum(held, amount, state=state)
        if self.is_single:
            return money.get(self.currency, Fraction(0))
        return self.rates.convert(money, lambda c: self.rates.opening(c, month))

    def daily(self) -> list[DayBalance]:
        """Balances that differ from the one before."""
        found: list[DayBalance] = []
        for day in self.days:
            held, month = self.held[day], month_of(day)
            balance = DayBalance(
                day,
                decimal(self.local(held, month)),
                decimal(self.local(held, month, _list)),
                decimal(self.local(held, month, _net, "trialing")),
                self.currency,
            )
            before = found[-1] if found else None
            amounts = (balance.net_local, balance.list_local, balance.trial_local)
            if amounts != (
                (before.net_local, before.list_local, before.trial_local) if before else (0, 0, 0)
            ):
                found.append(balance)
        return found

    def movements(self) -> list[Movement]:
        """M1: every day of change, and the rate change of every month's last day."""
        found: list[Movement] = []
        seen = _Seen()
        ends = {e for e in map(month_end, self._month_starts()) if e <= self.as_of}
        before: Held = {}
        for day in sorted({*self.days, *ends}):
            after = self.held.get(day, before)
            found += self._class_rows(day, before, after, seen)
            if day in ends:
                found += self._fx_row(day, after)
            seen.add(after)
            before = after
        return found

    def _month_starts(self) -> list[date]:
        if not self.days:
            return []
        month, found = month_of(self.days[0]), []
        while month <= self.as_of:
            found.append(month)
            month = add_to_month(month, 1)
        return found

    def _class_rows(self, day: date, before: Held, after: Held, seen: _Seen) -> list[Movement]:
        month = month_of(day)
        old, new = self.converted(before, month), self.converted(after, month)
        change, local = new - old, self.local(after, month) - self.local(before, month)
        if change == 0:
            return []
        if old == 0:
            kind = "reactivation" if seen.paid else "new"
            reason = _start_reason(before, after, seen)
            return [self._row(day, kind, reason, change, local)]
        if new == 0:
            return [self._row(day, "churn", _end_reason(before, after), change, local)]
        kind = "expansion" if change > 0 else "contraction"
        effects = _effects(before, after, seen)
        total = _by_reason(effects, lambda c: self.rates.opening(c, month), change)
        own = total if not self.is_single else _by_reason(effects, lambda _: Fraction(1), local)
        return [
            self._row(day, kind, reason, amount, own.get(reason, Fraction(0)))
            for reason, amount in sorted(total.items())
            if amount
        ]

    def _fx_row(self, day: date, held: Held) -> list[Movement]:
        month, money = month_of(day), _sum(held, _net)
        change = self.rates.convert(money, lambda c: self.rates.closing(c, month))
        change -= self.converted(held, month)
        # A customer kept in the reporting currency has its local amounts at opening rates, and
        # those move with the rate; one kept in its own currency has not moved.
        local = Fraction(0) if self.is_single else change
        return [self._row(day, "fx", "rate_change", change, local)] if change else []

    def _row(
        self, day: date, kind: str, reason: str, change: Fraction, local: Fraction
    ) -> Movement:
        return Movement(self.id, day, kind, reason, decimal(change), decimal(local), self.currency)

    def months(self) -> list[Month]:
        """M2 and M3: every month from the first one with MRR."""
        daily: dict[date, list[Movement]] = defaultdict(list)
        for movement in self.movements():
            daily[month_of(movement.occurred_on)].append(movement)
        found: list[Month] = []
        has_paid = False
        for month in self._month_starts():
            rows = daily[month]
            if not has_paid and not any(row.movement_type == "new" for row in rows):
                continue
            found.append(self._month(month, rows, found, has_paid=has_paid))
            has_paid = True
        return found

    def _month(
        self, month: date, rows: list[Movement], earlier: list[Month], *, has_paid: bool
    ) -> Month:
        last = min(month_end(month), self.as_of)
        held = self.at(last)
        opened = Fraction(earlier[-1].closing_mrr) if earlier else Fraction(0)
        opened_list = Fraction(earlier[-1].closing_list_mrr) if earlier else Fraction(0)
        at_opening, listed = self.converted(held, month), self.converted(held, month, _list)
        closed = at_opening
        if last == month_end(month):
            closing = {c: self.rates.closing(c, month) for c in _sum(held, _net)}
            closed = self.rates.convert(_sum(held, _net), closing.__getitem__)
            listed = self.rates.convert(_sum(held, _list), closing.__getitem__)
        kind, zero = _month_class(opened, at_opening, has_paid=has_paid), Decimal(0)
        moved = {kind: decimal(abs(at_opening - opened))}
        kinds = [row.movement_type for row in rows]
        starts = kinds.count("new") + kinds.count("reactivation")
        then = add_to_month(month, -12)
        base = next((m.closing_mrr for m in earlier if m.month_start == then), zero)
        retained = self.rates.convert(_sum(held, _net), lambda c: self.rates.closing(c, then))
        return Month(
            self.id, month, decimal(opened), decimal(closed), decimal(opened_list),
            decimal(listed), moved.get("new", zero), moved.get("expansion", zero),
            moved.get("contraction", zero), moved.get("churn", zero),
            moved.get("reactivation", zero), decimal(closed - at_opening),
            min(starts, kinds.count("churn")), base, decimal(retained) if base else zero,
        )  # fmt: skip


@dataclass
class _Seen:
    """What the days so far have shown of a customer."""

    paid: bool = False
    had_trial: bool = False
    products: set[str | None] = field(default_factory=set)

    def add(self, held: Held) -> None:
        for holding in held.values():
            self.had_trial |= holding.state == "trialing"
            if holding.pays and holding.net_mrr > 0:
                self.paid = True
                self.products.add(holding.product)


def _month_class(opened: Fraction, closed: Fraction, *, has_paid: bool) -> str:
    if opened == closed:
        return "none"
    if opened == 0:
        return "reactivation" if has_paid else "new"
    if closed == 0:
        return "churn"
    return "expansion" if closed > opened else "contraction"


def _start_reason(before: Held, after: Held, seen: _Seen) -> str:
    if not seen.paid:
        return "trial_conversion" if seen.had_trial else "first_purchase"
    resumed = any(
        key in before and before[key].state == "paused"
        for key, holding in after.items()
        if holding.pays
    )
    return "resume" if resumed else "return"


def _end_reason(before: Held, after: Held) -> str:
    paid = {key: h for key, h in before.items() if h.pays and h.net_mrr > 0}
    states = {key: after[key].state if key in after else "ended" for key in paid}
    if all(state == "paused" for state in states.values()):
        return "pause"
    failed = any(
        state == "unpaid" or (state == "ended" and paid[key].state == "past_due")
        for key, state in states.items()
    )
    return "involuntary" if failed else "voluntary"


Effect = tuple[str, str, Fraction]  # reason, currency, local amount


def _effects(before: Held, after: Held, seen: _Seen) -> list[Effect]:
    """Why the amount changed, item by item."""
    paid_before = {key: h for key, h in before.items() if h.pays}
    paid_after = {key: h for key, h in after.items() if h.pays}
    gone = [h for key, h in sorted(paid_before.items()) if key not in paid_after]
    come = [h for key, h in sorted(paid_after.items()) if key not in paid_before]
    found: list[Effect] = []
    for holding in gone:
        state = after[holding.item_id].state if holding.item_id in after else "ended"
        reason = {"paused": "pause", "unpaid": "involuntary"}.get(state, "product")
        found.append(("tier" if come else reason, holding.currency, -holding.net_mrr))
    for holding in come:
        reason = "seats" if holding.product in seen.products else "product"
        found.append(("tier" if gone else reason, holding.currency, holding.net_mrr))
    for key in sorted(paid_before.keys() & paid_after.keys()):
        found += _item_effects(paid_before[key], paid_after[key])
    return found


def _item_effects(b: Holding, a: Holding) -> Iterable[Effect]:
    if b.currency != a.currency:
        # Not foreseen by the rule: the price of the same or another product, in two amounts.
        reason = "price" if a.product == b.product else "tier"
        return [(reason, b.currency, -b.net_mrr), (reason, a.currency, a.net_mrr)]
    r_b = b.net_mrr / b.list_mrr if b.list_mrr else Fraction(1)
    r_a = a.net_mrr / a.list_mrr if a.list_mrr else Fraction(1)
    discount = a.quantity * a.unit * (r_a - r_b)
    return [
        ("seats", b.currency, (a.quantity - b.quantity) * b.unit * r_b),
        ("price" if a.product == b.product else "tier", b.currency,
         a.quantity * (a.unit - b.unit) * r_b),
        ("discount_expiry" if discount > 0 else "discount_start", b.currency, discount),
    ]  # fmt: skip


def _by_reason(
    effects: list[Effect], rate: Callable[[str], Fraction], total: Fraction
) -> dict[str, Fraction]:
    """Effects added by reason and rounded; what rounding leaves goes to the largest."""
    exact: Money = defaultdict(Fraction)
    for reason, currency, amount in effects:
        exact[reason] += amount * rate(currency)
    rounded = {reason: round_to(amount) for reason, amount in sorted(exact.items())}
    largest = max(rounded, key=lambda reason: abs(rounded[reason]))
    rounded[largest] += total - sum(rounded.values())
    return rounded


def _metrics(months: list[Month]) -> dict[date, Metrics]:
    by_month: dict[date, list[Month]] = defaultdict(list)
    for month in months:
        by_month[month.month_start].append(month)
    found = {}
    for start, rows in sorted(by_month.items()):
        mrr = sum((m.closing_mrr for m in rows), Decimal(0))
        opening = sum((m.opening_mrr for m in rows), Decimal(0))
        base = sum((m.opening_mrr_12m for m in rows), Decimal(0))
        kept = sum((m.retained_mrr_12m for m in rows), Decimal(0))
        least = sum((min(m.opening_mrr_12m, m.retained_mrr_12m) for m in rows), Decimal(0))
        active = sum(m.opening_mrr > 0 for m in rows)
        left = sum(m.churned > 0 for m in rows)
        found[start] = Metrics(
            mrr, 12 * mrr, 12 * (mrr - opening), kept / base if base else None,
            least / base if base else None, Decimal(left) / active if active else None,
        )  # fmt: skip
    return found


def holdings(
    landing: Landing, customer_id: str, day: date, *, minor_units: Mapping[str, int]
) -> Held:
    """What one customer holds on a day: for looking into a difference."""
    customers = build_customers(landing, minor_units=minor_units, reporting_currency="usd")
    customer = customers[customer_id]
    known = [on for on in customer.days(day) if on <= day]
    return customer.on(known[-1] if known else previous(day))
