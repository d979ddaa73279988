"""One customer's balances, movements and months, for the oracle.

By decisions, M1 to M3, of the last its parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from tests.oracles.book import Customer, Holding
from tests.oracles.rates import Money, Rates
from tests.oracles.reasons import Held, Seen, by_reason, effects, end_reason, start_reason
from tests.oracles.results import (
    DayBalance,
    Month,
    Movement,
    add_to_month,
    decimal,
    month_end,
    month_of,
)


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


class Life:
    """One customer, from the first day on which anything can change to `as_of`."""

    def __init__(self, customer: Customer, rates: Rates, as_of: date) -> None:
        self.id, self.rates, self.as_of = customer.id, rates, as_of
        self.customer = customer
        self.days = customer.days(as_of)
        self.held = {day: customer.on(day) for day in self.days}
        self.first = next((day for day in self.days if self.held[day]), None)
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
        self,
        held: Held,
        month: date,
        amount: Callable[[Holding], Fraction] = _net,
        state: str = "pays",
    ) -> Fraction:
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

    @cached_property
    def movements(self) -> list[Movement]:
        """Every day of change, and the rate change of every month's last day (decisions, M1)."""
        found: list[Movement] = []
        seen = Seen()
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

    def _class_rows(self, day: date, before: Held, after: Held, seen: Seen) -> list[Movement]:
        month = month_of(day)
        if before is after:
            return []
        old, new = self.converted(before, month), self.converted(after, month)
        change, local = new - old, self.local(after, month) - self.local(before, month)
        if change == 0:
            return []
        if old == 0:
            kind = "reactivation" if seen.paid else "new"
            reason = start_reason(before, after, seen)
            return [self._row(day, kind, reason, change, local)]
        if new == 0:
            return [self._row(day, "churn", end_reason(before, after), change, local)]
        kind = "expansion" if change > 0 else "contraction"
        parts = effects(before, after, seen)
        total = by_reason(parts, lambda c: self.rates.opening(c, month), change)
        own = total if not self.is_single else by_reason(parts, lambda _: Fraction(1), local)
        return [
            self._row(day, kind, reason, amount, own.get(reason, Fraction(0)))
            for reason, amount in sorted(total.items())
            if amount
        ]

    def _fx_row(self, day: date, held: Held) -> list[Movement]:
        month, money = month_of(day), _sum(held, _net)
        change = self.rates.convert(money, lambda c: self.rates.closing(c, month))
        change -= self.converted(held, month)
        return [self._row(day, "fx", "rate_change", change, Fraction(0))] if change else []

    def _row(
        self, day: date, kind: str, reason: str, change: Fraction, local: Fraction
    ) -> Movement:
        return Movement(self.id, day, kind, reason, decimal(change), decimal(local), self.currency)

    def months(self) -> list[Month]:
        """Every month from the first one with any subscription on (decisions, M2 and M3)."""
        daily: dict[date, list[Movement]] = defaultdict(list)
        for movement in self.movements:
            daily[month_of(movement.occurred_on)].append(movement)
        found: list[Month] = []
        has_paid = False
        for month in self._month_starts():
            rows = daily[month]
            if self.first is None or month < month_of(self.first):
                continue
            found.append(self._month(month, rows, found, has_paid=has_paid))
            has_paid |= any(row.movement_type == "new" for row in rows)
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
        retained = Fraction(0)
        if base:
            retained = self.rates.convert(_sum(held, _net), lambda c: self.rates.closing(c, then))
        return Month(
            self.id,
            month,
            decimal(opened),
            decimal(closed),
            decimal(opened_list),
            decimal(listed),
            moved.get("new", zero),
            moved.get("expansion", zero),
            moved.get("contraction", zero),
            moved.get("churn", zero),
            moved.get("reactivation", zero),
            decimal(closed - at_opening),
            min(starts, kinds.count("churn")),
            base,
            decimal(retained),
        )


def _month_class(opened: Fraction, closed: Fraction, *, has_paid: bool) -> str:
    if opened == closed:
        return "none"
    if opened == 0:
        return "reactivation" if has_paid else "new"
    if closed == 0:
        return "churn"
    return "expansion" if closed > opened else "contraction"
