"""What a subscription is in the simulation, before any vendor's shape: states and item changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drivewheel_demo.calendar import add_months
from drivewheel_demo.leaving import Leaving

CYCLE_MONTHS = {"month": 1, "year": 12, "two_years": 24}


@dataclass(frozen=True)
class Change:
    """Price and quantity of an item from a moment on."""

    at: datetime
    price: str
    quantity: int


@dataclass
class Item:
    """A line of a subscription: its changes, first to last."""

    id: str
    product: str
    changes: list[Change]
    removed_at: datetime | None = None
    metered: bool = False

    def at(self, moment: datetime) -> Change | None:
        """The price and quantity in force, or none before it starts or once removed."""
        if self.removed_at and self.removed_at <= moment:
            return None
        known = [change for change in self.changes if change.at <= moment]
        return known[-1] if known else None


@dataclass(frozen=True)
class State:
    """Status and schedule of a subscription from a moment on."""

    at: datetime
    status: str
    paused: bool = False
    resumes_at: datetime | None = None
    cancels_at_period_end: bool = False
    cancel_at: datetime | None = None
    canceled_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass
class Subscription:
    """One subscription's life through the simulated span."""

    id: str
    customer_number: int
    created: datetime
    start: datetime
    cycle: str
    currency: str
    trial_end: datetime | None = None
    items: list[Item] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    failed: dict[int, datetime | None] = field(default_factory=dict)  # period → recovered at
    onboarding_fee: bool = False
    coupon: str | None = None
    leaving: Leaving | None = None

    @property
    def anchor(self) -> datetime:
        """Start of the first paid period."""
        return self.trial_end or self.start

    @property
    def ended_at(self) -> datetime | None:
        """End of service, if it has one."""
        return self.states[-1].ended_at

    def boundary(self, number: int) -> datetime:
        """Start of the n-th paid period."""
        if self.cycle == "week":
            return self.anchor + timedelta(weeks=number)
        return add_months(self.anchor, number * CYCLE_MONTHS[self.cycle])

    def periods(self, last: datetime) -> Iterator[tuple[int, datetime, datetime]]:
        """Paid periods that begin before the end of service and the end of the span."""
        number, until = 0, min(self.ended_at or last, last)
        while (start := self.boundary(number)) < until:
            yield number, start, self.boundary(number + 1)
            number += 1

    def period_of(self, moment: datetime) -> tuple[datetime, datetime]:
        """The period that a moment lies in; the trial is one of its own."""
        if moment < self.anchor:
            return self.start, self.anchor
        number = 0
        while self.boundary(number + 1) <= moment:
            number += 1
        return self.boundary(number), self.boundary(number + 1)

    def state_at(self, moment: datetime) -> State:
        """The state in force."""
        known = [state for state in self.states if state.at <= moment]
        return known[-1] if known else self.states[0]
