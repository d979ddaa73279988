"""Tickets of the company: when somebody asks, how fast the answer comes, how it ends.

Tickets follow users and health, surge with the bad release, pile up in the backlog and rise
before many a decision to leave. Only the course of events; their vendor's shape is in `zendesk`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.leaving import Leaving
from drivewheel_demo.usage import Usage

OFFSET_HOURS = {"amer": -5, "emea": 1, "apac": 10}
OPENS, CLOSES = 9, 17
NEW_CUSTOMER_DAYS, NEW_CUSTOMER_FACTOR = 45, 1.8
REPLY_HOURS = {"low": 3.2, "normal": 2.0, "high": 1.2, "urgent": 0.4}
SOLVE_HOURS = {"low": 7.0, "normal": 5.0, "high": 5.5, "urgent": 4.0}
MAX_HOURS = 160.0
DRAWS = 16
FIRST_OF_RISE = 600_001  # number of the first ticket of those who are about to leave


@dataclass(frozen=True)
class Ticket:
    """One ticket's course, in UTC; `raises` are (moment, team number), first to last."""

    number: int
    customer: Customer
    created: datetime
    priority: str
    replied: datetime
    solved: datetime
    reopened: datetime | None
    solved_again: datetime | None
    raises: tuple[tuple[datetime, int], ...]
    is_rated: bool
    is_good: bool
    draw: float

    @property
    def ended(self) -> datetime:
        """When it was solved for good."""
        return self.solved_again or self.solved


def draw_tickets(
    customers: tuple[Customer, ...], usage: Usage, *, horizon: Horizon, seed: int
) -> list[Ticket]:
    """All tickets of customers, in order of creation."""
    rng = random_stream(seed, "support")
    counts = rng.poisson(_rates(customers, usage, horizon))
    rows, days = np.nonzero(counts)
    times = counts[rows, days]
    rows, days = np.repeat(rows, times), np.repeat(days, times)
    tickets = _tickets(rng, [customers[row] for row in rows], days, horizon)
    tickets.sort(key=lambda ticket: (ticket.created, ticket.customer.number))
    return [replace(ticket, number=number) for number, ticket in enumerate(tickets, 1)]


def draw_rise(
    customers: tuple[Customer, ...],
    usage: Usage,
    leavings: list[tuple[int, Leaving]],
    *,
    horizon: Horizon,
    seed: int,
) -> list[Ticket]:
    """What customers ask beyond that before they leave; nobody surveys it."""
    found: list[Ticket] = []
    if not horizon.tells(story.RISING_TICKETS):
        return found
    rates = _rates(customers, usage, horizon)
    for number, leaving in leavings:
        rising = timedelta(days=story.RISING_DAYS)
        first = horizon.index(max(leaving.begun, leaving.decided - rising))
        last = horizon.index(leaving.ends)
        if leaving.rises and first < last:
            rng = random_stream(seed, "rising tickets", 10_000 * number + first)
            more = rng.poisson((story.RISING_TICKETS.size - 1) * rates[number - 1, first:last])
            days = first + np.repeat(np.arange(last - first), more)
            found += _tickets(rng, [customers[number - 1]] * days.size, days, horizon)
    return [replace(ticket, number=FIRST_OF_RISE + n) for n, ticket in enumerate(found)]


def _tickets(
    rng: np.random.Generator, who: list[Customer], days: np.ndarray, horizon: Horizon
) -> list[Ticket]:
    """A ticket of each customer on its day, still without a number."""
    draws = rng.random((len(who), DRAWS))
    normals = rng.standard_normal((len(who), 3))
    return [
        _ticket(customer, horizon.start + timedelta(days=int(day)), draw, normal, horizon)
        for customer, day, draw, normal in zip(who, days, draws, normals, strict=True)
    ]


def _rates(customers: tuple[Customer, ...], usage: Usage, horizon: Horizon) -> np.ndarray:
    """Expected tickets per account and day."""
    day = np.arange(horizon.days)
    health = np.array([customer.health for customer in customers])[:, None]
    size = np.sqrt(np.clip(usage.users, 0, 60) / 8)
    since = day[None, :] - usage.provisioned[:, None]
    is_new = (since >= 0) & (since < NEW_CUSTOMER_DAYS)
    weekday = np.array(story.WEEKDAYS)[(horizon.start.weekday() + day) % 7]
    surge = np.ones((len(customers), horizon.days))
    first = (story.RELEASE_TICKETS.starts - horizon.start).days
    last = (story.RELEASE_TICKETS.ends - horizon.start).days
    if last >= 0 and horizon.tells(story.RELEASE_TICKETS):
        touched = [story.is_touched_by_bad_release(c.number) for c in customers]
        surge[np.array(touched), max(0, first) : last + 1] = story.RELEASE_TICKETS.size
    rates = story.TICKETS_PER_DAY * size * np.exp(-0.3 * health) * weekday[None, :] * surge
    return np.asarray(rates * np.where(is_new, NEW_CUSTOMER_FACTOR, 1.0))


def _ticket(
    customer: Customer, day: date, draw: np.ndarray, normal: np.ndarray, horizon: Horizon
) -> Ticket:
    offset = OFFSET_HOURS[customer.region]
    local = 8.0 + 10.0 * draw[0] if draw[1] < 0.9 else 24.0 * draw[0]
    created = at(day, 3600 * ((local - offset) % 24))
    is_release = horizon.tells_on(story.RELEASE_TICKETS, created.date())
    is_release = is_release and story.is_touched_by_bad_release(customer.number)
    priority = "urgent" if is_release and draw[2] < 0.5 else _priority(draw[3])
    is_slow = horizon.tells_on(story.SUPPORT_BACKLOG, created.date())
    slow = story.SUPPORT_BACKLOG.size if is_slow else 1.0
    reply_hours = slow * REPLY_HOURS[priority] * float(np.exp(0.7 * normal[0]))
    work_hours = slow * SOLVE_HOURS[priority] * float(np.exp(0.8 * normal[1]))
    replied = _work(created, reply_hours, offset)
    is_hard = draw[4] < 0.13
    solved = _work(replied, work_hours * (2.5 if is_hard else 1.0), offset)
    reopened = solved_again = None
    if draw[5] < 0.06 * (1.5 if slow > 1 else 1.0):
        reopened = solved + timedelta(hours=int(4 + 70 * draw[6]))
        solved_again = _work(reopened, SOLVE_HOURS[priority] * (0.3 + draw[7]), offset)
    raises = _raises(replied, solved, priority, is_hard, draw[8:11])
    is_good = draw[12] < 0.95 + 0.02 * customer.health - 0.06 * (slow > 1) - 0.15 * is_release
    return Ticket(
        number=0,
        customer=customer,
        created=created,
        priority=priority,
        replied=replied,
        solved=solved,
        reopened=reopened,
        solved_again=solved_again,
        raises=raises,
        is_rated=bool(draw[11] < 0.35),
        is_good=bool(is_good),
        draw=float(draw[13]),
    )


def _priority(draw: float) -> str:
    for name, share in story.PRIORITIES.items():
        draw -= share
        if draw < 0:
            return name
    return "normal"


def _work(moment: datetime, hours: float, offset: int) -> datetime:
    """About so many working hours on, by a clock that knows neither holidays nor summer."""
    left = timedelta(hours=min(hours, MAX_HOURS))
    local = moment + timedelta(hours=offset)
    while True:
        opens = local.replace(hour=OPENS, minute=0, second=0)
        closes = local.replace(hour=CLOSES, minute=0, second=0)
        local = max(local, opens)
        if local.weekday() < 5 and local < closes:
            if closes - local >= left:
                return (local + left).replace(microsecond=0) - timedelta(hours=offset)
            left -= closes - local
        local = opens + timedelta(days=1)


def _raises(
    replied: datetime, solved: datetime, priority: str, is_hard: bool, draw: np.ndarray
) -> tuple[tuple[datetime, int], ...]:
    """Hard tickets go up a tier, some of them two; a few skip one, straight to the top."""
    if not is_hard and not (priority == "urgent" and draw[0] < 0.3):
        return ()
    span = solved - replied
    first = (replied + 0.3 * span).replace(microsecond=0)
    second = (replied + 0.6 * span).replace(microsecond=0)
    if draw[1] < 0.04:
        return ((first, 3),)
    return ((first, 1), (second, 2)) if draw[2] < 0.25 else ((first, 1),)
