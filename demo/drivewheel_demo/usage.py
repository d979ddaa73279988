"""How much each account uses the product on each day: seats, users, intensity, as arrays.

The cause between billing and events: users follow paid seats, intensity follows health and
fades before a customer leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.contracts import Period
from drivewheel_demo.subscriptions import Subscription

MAX_USERS = 150
FADE_DAYS, FADE_TO = 60, 0.25


@dataclass(frozen=True)
class Usage:
    """Arrays over accounts (rows) and simulated days (columns)."""

    accounts: tuple[str, ...]
    users: np.ndarray  # set-up users on a day
    weight: np.ndarray  # relative expected events on a day
    first_value: np.ndarray  # day of first value; beyond the span where never
    provisioned: np.ndarray  # day on which the account was ready


def draw_usage(
    customers: tuple[Customer, ...],
    subscriptions: list[Subscription],
    terms: dict[int, list[Period]],
    *,
    horizon: Horizon,
    seed: int,
) -> Usage:
    """Usage of every customer's account."""
    rng = random_stream(seed, "usage")
    count, days = len(customers), horizon.days
    seats = np.zeros((count, days), dtype=np.int32)
    factor = np.ones((count, days), dtype=np.float32)
    for sub in subscriptions:
        _fill_stripe(
            sub, seats[sub.customer_number - 1], factor[sub.customer_number - 1], horizon=horizon
        )
    for number, periods in terms.items():
        for period in periods:
            first, last = _span(period.started_on, period.ended_on, horizon)
            seats[number - 1, first:last] = period.seats
    day = np.arange(days)
    signed = np.array([horizon.index(c.signed_up_on) for c in customers])
    provisioned = signed + rng.integers(0, 3, count)
    wait = np.array([c.days_to_value if c.activates else days * 2 for c in customers])
    first_value = provisioned + wait
    share = np.clip(0.62 + 0.16 * np.array([c.health for c in customers]), 0.2, 1.0)
    reached = day[None, :] >= first_value[:, None]
    ready = (day[None, :] >= provisioned[:, None]) & (seats > 0)
    wanted = np.ceil(seats * np.where(reached, share[:, None], 0.3 * share[:, None]))
    users = np.where(ready, np.clip(wanted, 1, MAX_USERS), 0).astype(np.int32)
    intensity = np.exp(0.5 * np.array([c.health for c in customers]))[:, None]
    weekday = np.array(story.WEEKDAYS)[(horizon.start.weekday() + day) % 7]
    weight = users * np.where(reached, intensity, 0.35) * factor * weekday[None, :]
    return Usage(tuple(c.account_id for c in customers), users, weight, first_value, provisioned)


def _span(
    first: date | datetime, last: date | datetime | None, horizon: Horizon
) -> tuple[int, int]:
    return horizon.index(first), horizon.index(last) if last else horizon.days


def _fill_stripe(
    sub: Subscription, seats: np.ndarray, factor: np.ndarray, *, horizon: Horizon
) -> None:
    """Paid (or trial) seats day by day; use fades before the end and all but stops in a pause."""
    end = sub.ended_at
    for change in sub.items[0].changes:
        first, last = _span(change.at, end, horizon)
        seats[first:last] = change.quantity
    if end and (end.date() - horizon.start).days < horizon.days:
        last = horizon.index(end)
        first = max(0, last - FADE_DAYS)
        fade = np.linspace(1.0, FADE_TO, FADE_DAYS)[FADE_DAYS - (last - first) :]
        factor[first:last] = fade
    for state, after in zip(sub.states, [*sub.states[1:], None], strict=True):
        if state.paused:
            first, last = _span(state.at, after.at if after else None, horizon)
            factor[first:last] = 0.02
