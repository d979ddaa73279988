"""How much each account uses the product on each day: seats, users, intensity, as arrays.

The cause between billing and events: users follow paid seats, intensity follows health. What is
left of use falls before many a decision to leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.contracts import Period
from drivewheel_demo.leaving import Leaving, decide, draw_slump, use_left
from drivewheel_demo.subscriptions import Subscription

MAX_USERS = 150


@dataclass(frozen=True)
class Usage:
    """Arrays over accounts (rows) and simulated days (columns)."""

    accounts: tuple[str, ...]
    users: np.ndarray  # set-up users on a day
    weight: np.ndarray  # relative expected events on a day, before use falls
    left: np.ndarray  # share of them that is left
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
    late = random_stream(seed, "late value").exponential(story.LATE_VALUE_DAYS, count).astype(int)
    wait = np.where(
        [c.activates for c in customers],
        [c.days_to_value for c in customers],
        story.LATE_VALUE_AFTER_DAYS + late,
    )
    first_value = provisioned + wait
    share = np.clip(0.62 + 0.16 * np.array([c.health for c in customers]), 0.2, 1.0)
    reached = day[None, :] >= first_value[:, None]
    ready = (day[None, :] >= provisioned[:, None]) & (seats > 0)
    wanted = np.ceil(seats * np.where(reached, share[:, None], 0.3 * share[:, None]))
    users = np.where(ready, np.clip(wanted, 1, MAX_USERS), 0).astype(np.int32)
    intensity = np.exp(0.5 * np.array([c.health for c in customers]))[:, None]
    weekday = np.array(story.WEEKDAYS)[(horizon.start.weekday() + day) % 7]
    weight = users * np.where(reached, intensity, 0.35) * factor * weekday[None, :]
    left = _left(customers, subscriptions, terms, users, horizon=horizon, seed=seed)
    accounts = tuple(c.account_id for c in customers)
    return Usage(accounts, users, weight, left, first_value, provisioned)


def leavings(
    subscriptions: list[Subscription], terms: dict[int, list[Period]], *, seed: int
) -> list[tuple[int, Leaving]]:
    """Every decision to leave, with the number of its customer."""
    found = [(sub.customer_number, sub.leaving) for sub in subscriptions if sub.leaving]
    for number, periods in terms.items():
        if end := periods[-1].ended_on:
            begun = at(periods[0].started_on)
            leaving = decide(begun, at(end), not_before=begun, seed=seed, number=10 * number)
            found.append((number, leaving))
    return found


def _left(
    customers: tuple[Customer, ...],
    subscriptions: list[Subscription],
    terms: dict[int, list[Period]],
    users: np.ndarray,
    *,
    horizon: Horizon,
    seed: int,
) -> np.ndarray:
    """What is left of use: it falls before decisions to leave, and slumps of who stays."""
    left = np.ones(users.shape, dtype=np.float32)
    if horizon.tells(story.FALLING_USE):
        for number, leaving in leavings(subscriptions, terms, seed=seed):
            if leaving.falls:
                first, last = horizon.index(leaving.begun), horizon.index(leaving.ends)
                left[number - 1, first:last] = use_left(leaving, horizon)[first:last]
    if horizon.tells(story.SLUMP):
        for row, customer in enumerate(customers):
            there = np.flatnonzero(users[row])
            if there.size == 0 or there[-1] - there[0] >= there.size:
                continue  # nobody came, or they left and returned
            stays = int(there[-1]) == horizon.days - 1
            slump = draw_slump(
                customer.number,
                int(there[0]) + story.SLUMP_APART_DAYS,
                int(there[-1]) + (story.SLUMP_APART_DAYS if stays else -story.SLUMP_APART_DAYS),
                horizon,
                seed=seed,
            )
            if slump is not None:
                left[row] *= slump
    return left


def _span(
    first: date | datetime, last: date | datetime | None, horizon: Horizon
) -> tuple[int, int]:
    return horizon.index(first), horizon.index(last) if last else horizon.days


def _fill_stripe(
    sub: Subscription, seats: np.ndarray, factor: np.ndarray, *, horizon: Horizon
) -> None:
    """Paid (or trial) seats day by day; use all but stops in a pause."""
    end = sub.ended_at
    for change in sub.items[0].changes:
        first, last = _span(change.at, end, horizon)
        seats[first:last] = change.quantity
    for state, after in zip(sub.states, [*sub.states[1:], None], strict=True):
        if state.paused:
            first, last = _span(state.at, after.at if after else None, horizon)
            factor[first:last] = 0.02
