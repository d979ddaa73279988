"""What a customer has in force on a day, for the oracle, one day at a time.

Every question (decisions, T1 to T5 and T7) is answered for one item and one day straight from the
rule, without segments, windows or joins, so that it can fail in no way that a set-based
implementation can.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Protocol

PAYING = ("active", "past_due")
ZERO = ("incomplete", "incomplete_expired", "unpaid", "canceled", "paused")
PAUSABLE = ("active", "past_due", "trialing", "unpaid")  # what a pause outranks


def round_to(value: Fraction, places: int = 4) -> Fraction:
    """Round half away from zero."""
    scale, bottom = 10**places, value.denominator
    rounded = (2 * abs(value.numerator) * scale + bottom) // (2 * bottom)
    return Fraction(rounded if value >= 0 else -rounded, scale)


def months_of(interval: str, count: int) -> Fraction:
    """Months in an interval (decisions, T4)."""
    months = {
        "month": Fraction(1),
        "year": Fraction(12),
        "week": Fraction(12, 52),
        "day": Fraction(12, 365),
    }
    return months[interval] * count


@dataclass(frozen=True)
class Holding:
    """One item on one day. `list_mrr` and `net_mrr` count as MRR only where it pays."""

    item_id: str
    subscription_id: str
    state: str
    currency: str
    product: str | None
    quantity: Fraction
    unit: Fraction  # per month, major units
    months: Fraction
    list_mrr: Fraction
    net_mrr: Fraction

    @property
    def pays(self) -> bool:
        """Active or past due."""
        return self.state in PAYING


class Item(Protocol):
    """Something that can be held."""

    @property
    def customer_id(self) -> str:
        """Whose it is."""

    def days(self) -> set[date]:
        """Days on which it may change."""

    def on(self, day: date) -> Holding | None:
        """What it is at the end of a day, before discounts."""


@dataclass(frozen=True)
class StatusSeen:
    """An observation of a subscription's status (decisions, T2)."""

    at: datetime
    precedence: int
    status: str
    is_pause: bool = False
    resumes_at: datetime | None = None


@dataclass
class Subscription:
    """Service window and statuses of a Stripe subscription."""

    id: str
    customer_id: str
    start: datetime
    end: datetime | None
    created: datetime
    seen: list[StatusSeen] = field(default_factory=list)
    trial_start: datetime | None = None
    trial_end: datetime | None = None

    def days(self) -> set[date]:
        """Days on which the status may change."""
        moments = [self.start, self.end, self.trial_start, self.trial_end]
        moments += [o.at for o in self.seen] + [o.resumes_at for o in self.seen]
        return {moment.date() for moment in moments if moment}

    def in_service(self, day: date) -> bool:
        """The day of the start counts, the day of the end does not."""
        return self.start.date() <= day and not (self.end and self.end.date() <= day)

    def state(self, day: date) -> str:
        """What the status means at the end of a day of service."""
        status = self.status(day)
        if status in ZERO:
            return status
        ended = self.trial_end is not None and self.trial_end.date() <= day
        if self.trial_end and not ended:
            begun = (self.trial_start or self.start).date() <= day
            return "trialing" if begun else status
        return "active" if status == "trialing" and ended else status

    def status(self, day: date) -> str:
        """The status observed last, with a pause as `paused`."""
        # A canceled status says nothing where the end of service is known: that counts.
        counted = [o for o in self.seen if not (o.status == "canceled" and self.end)]
        counted.sort(key=lambda o: (o.at, o.precedence))
        known = [o for o in counted if o.at.date() <= day]
        if not known:
            first = counted[0].status if counted else "active"
            return first if first in ("incomplete", "incomplete_expired") else "active"
        last = known[-1]
        resumed = last.resumes_at is not None and last.resumes_at.date() <= day
        if last.is_pause and last.status in PAUSABLE and not resumed:
            return "paused"
        return last.status


@dataclass(frozen=True)
class Terms:
    """Price and quantity of an item as observed (decisions, T3), ready to be multiplied."""

    at: datetime
    quantity: Fraction
    unit: Fraction  # per month, major units, exact
    months: Fraction
    currency: str
    product: str | None
    is_mrr: bool = True


@dataclass
class StripeItem:
    """An item of a subscription with its observations in order."""

    id: str
    subscription: Subscription
    terms: list[Terms]
    start: datetime
    end: datetime | None = None

    @property
    def customer_id(self) -> str:
        """Whose it is."""
        return self.subscription.customer_id

    def days(self) -> set[date]:
        """Observations, its own window and the subscription's days."""
        own = {terms.at.date() for terms in self.terms} | {self.start.date()}
        return own | self.subscription.days() | ({self.end.date()} if self.end else set())

    def in_force(self, day: date) -> bool:
        """From the later start to the earlier end."""
        ended = self.end is not None and self.end.date() <= day
        return self.subscription.in_service(day) and self.start.date() <= day and not ended

    def on(self, day: date) -> Holding | None:
        """The terms observed last, or those observed first."""
        if not self.in_force(day):
            return None
        known = [terms for terms in self.terms if terms.at.date() <= day]
        terms = known[-1] if known else self.terms[0]
        if not terms.is_mrr:
            return None
        amount = round_to(terms.unit * terms.quantity)
        return Holding(
            self.id,
            self.subscription.id,
            self.subscription.state(day),
            terms.currency,
            terms.product,
            terms.quantity,
            terms.unit,
            terms.months,
            amount,
            amount,
        )


@dataclass(frozen=True)
class ContractRow:
    """A row of the spreadsheet, in force from a day to a day (decisions, T7)."""

    first: date
    until: date | None
    holding: Holding


@dataclass
class Contract:
    """The rows of one subscription of the spreadsheet and customer."""

    id: str
    customer_id: str
    rows: list[ContractRow]

    def days(self) -> set[date]:
        """First days, and first days no longer."""
        return {row.first for row in self.rows} | {row.until for row in self.rows if row.until}

    def on(self, day: date) -> Holding | None:
        """The row that holds on that day."""
        for row in self.rows:
            if row.first <= day and not (row.until and row.until <= day):
                return row.holding
        return None


@dataclass(frozen=True)
class Discount:
    """A recurring discount: of a subscription, or of a customer (decisions, T5)."""

    subscription_id: str | None
    customer_id: str | None
    start: date
    until: date | None
    percent: Fraction | None
    amount: Fraction | None  # per invoice, major units
    currency: str | None

    def on(self, day: date) -> bool:
        """Whether it is in force."""
        return self.start <= day and not (self.until and self.until <= day)


@dataclass
class Customer:
    """Everything that one customer holds."""

    id: str
    items: list[Item] = field(default_factory=list)
    discounts: list[Discount] = field(default_factory=list)
    currencies: set[str] = field(default_factory=set)

    def days(self, as_of: date) -> list[date]:
        """Days through `as_of` on which anything may change, in order."""
        found = set().union(*(item.days() for item in self.items))
        found |= {d for x in self.discounts for d in (x.start, x.until) if d}
        return sorted(day for day in found if day <= as_of)

    def on(self, day: date) -> dict[str, Holding]:
        """Every item in force on a day, after discounts."""
        held = [holding for item in self.items if (holding := item.on(day))]
        result: dict[str, Holding] = {}
        for key in {holding.subscription_id for holding in held}:
            group = [holding for holding in held if holding.subscription_id == key]
            for holding in self._discounted(key, group, day):
                result[holding.item_id] = holding
        return result

    def _discounted(self, key: str, group: list[Holding], day: date) -> list[Holding]:
        in_force = [d for d in self.discounts if d.on(day)]
        own = [d for d in in_force if d.subscription_id == key]
        applied = own or [d for d in in_force if d.subscription_id is None]
        after = {h.item_id: h.list_mrr for h in group}
        for discount in applied:
            if discount.percent is not None:
                after = {k: v * (1 - discount.percent / 100) for k, v in after.items()}
        total = sum(after.values(), Fraction(0))
        net = dict(after)
        for discount in applied:
            for h in group:
                if discount.amount is not None and h.currency == discount.currency and total:
                    net[h.item_id] -= discount.amount / h.months * after[h.item_id] / total
        return [replace(h, net_mrr=round_to(max(Fraction(0), net[h.item_id]))) for h in group]
