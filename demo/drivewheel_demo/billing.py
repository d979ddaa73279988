"""What happens to customers that Stripe bills: trial, renewals, dunning, pauses, changes, returns.

Plain draws per customer. A customer's stream is its own, so one life never moves another's.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, add_months, at, random_stream
from drivewheel_demo.changes import apply_changes, draw_changes, first_items
from drivewheel_demo.company import GUIDED_ARMS, Customer
from drivewheel_demo.leaving import Leaving, decide
from drivewheel_demo.subscriptions import CYCLE_MONTHS, State, Subscription

TRIAL_DAYS = 14
SELF_SERVE = ("organic", "paid_search", "referral")


def simulate_billing(
    customers: tuple[Customer, ...], horizon: Horizon, *, seed: int
) -> list[Subscription]:
    """Every Stripe subscription of the span."""
    found: list[Subscription] = []
    special = _special_customers(customers, horizon)
    for customer in customers:
        if customer.billed_by == "stripe":
            rng = random_stream(seed, "billing", customer.number)
            found += _life(
                customer, horizon, seed=seed, rng=rng, special=special.get(customer.number)
            )
    _end_largest(found, horizon)
    for subscription in found:
        rng = random_stream(seed, "changes", int(subscription.id.split("_")[1]))
        customer = customers[subscription.customer_number - 1]
        wishes = draw_changes(customer, subscription, horizon, seed=seed, rng=rng)
        apply_changes(subscription, wishes, horizon)
    return found


def _special_customers(customers: tuple[Customer, ...], horizon: Horizon) -> dict[int, str]:
    """One customer each for the odd starts: chosen by order, not by chance."""
    small = [c for c in customers if c.billed_by == "stripe" and c.segment == "smb"]
    late = [c for c in small if c.signed_up_on > horizon.end_on - timedelta(days=20)]
    early = [c for c in small if c.signed_up_on < story.INTERRUPTION[0] - timedelta(days=90)]
    chosen: dict[int, str] = {}
    if len(early) > 2:
        chosen[early[-1].number] = "interruption"
        chosen[early[-2].number] = "back_dated"
    if late and horizon.end_on < story.FUTURE_START:
        chosen[late[0].number] = "future"
    return chosen


def _life(
    customer: Customer,
    horizon: Horizon,
    *,
    seed: int,
    rng: np.random.Generator,
    special: str | None,
) -> list[Subscription]:
    created = at(customer.signed_up_on, float(rng.integers(8 * 3600, 20 * 3600)))
    first = _subscription(customer, 1, created, horizon, rng=rng)
    back: datetime | None
    if special == "back_dated":
        first.start, first.trial_end = created - timedelta(days=story.BACK_DATED_START_DAYS), None
    elif special == "future":
        first.start, first.trial_end = at(story.FUTURE_START, 9 * 3600), None
    if special == "interruption":
        first.cycle, first.trial_end = "month", None
        ends = at(story.INTERRUPTION[0], 10 * 3600)
        first.states = [
            State(first.created, "active"),
            State(ends, "canceled", canceled_at=ends, ended_at=ends),
        ]
        back = at(story.INTERRUPTION[1], 11 * 3600)
    else:
        _draw_states(customer, first, horizon, seed=seed, rng=rng)
        back = _return_moment(first, horizon, rng=rng)
    first.items = first_items(customer, first, horizon, rng=rng)
    if back is None or back > at(horizon.last):
        return [first]
    again = _subscription(customer, 2, back, horizon, rng=rng)
    again.trial_end, again.onboarding_fee, again.coupon = None, False, None
    _draw_states(customer, again, horizon, seed=seed, rng=rng)
    again.items = first_items(customer, again, horizon, rng=rng)
    return [first, again]


def _subscription(
    customer: Customer,
    number: int,
    created: datetime,
    horizon: Horizon,
    *,
    rng: np.random.Generator,
) -> Subscription:
    trial = customer.channel in SELF_SERVE and customer.segment != "enterprise"
    trial = trial and rng.random() < 0.6
    coupon = None
    if rng.random() < 0.18:
        coupon = str(
            rng.choice(
                ["coup_partner10", "coup_launch25", "coup_credit50", "coup_welcome"],
                p=[0.4, 0.35, 0.1, 0.15],
            )
        )
        if not horizon.tells(story.DISCOUNTS_END):
            coupon = "coup_partner10"
    return Subscription(
        id=f"sub_{customer.number:06d}{number}",
        customer_number=customer.number,
        created=created,
        start=created,
        cycle=customer.cycle,
        currency=customer.currency,
        trial_end=created + timedelta(days=TRIAL_DAYS) if trial else None,
        onboarding_fee=customer.segment == "enterprise" or rng.random() < 0.08,
        coupon=coupon,
    )


def _draw_states(
    customer: Customer,
    sub: Subscription,
    horizon: Horizon,
    *,
    seed: int,
    rng: np.random.Generator,
) -> None:
    """Trial, then period by period: does it fail, pause, or end."""
    last = at(horizon.last + timedelta(days=1))
    if sub.trial_end:
        sub.states.append(State(sub.start, "trialing"))
        slowed = story.is_slowed_in_trial(customer.number, sub.start.date())
        slowed = slowed and horizon.tells(story.SLOW_TRIALS)
        converts = story.SLOW_TRIALS.size if slowed else 1.0
        if rng.random() > converts * (0.70 + 0.12 * math.tanh(customer.health)):
            end = sub.trial_end
            sub.states.append(State(end, "canceled", canceled_at=end, ended_at=end))
            return
    sub.states.append(State(sub.trial_end or sub.created, "active"))
    pauses = customer.segment == "smb" and rng.random() < story.PAUSE_WAVE.size
    pauses = pauses and horizon.tells(story.PAUSE_WAVE)
    months = CYCLE_MONTHS.get(sub.cycle, 12 / 52)
    number = 0
    while (start := sub.boundary(number)) < last:
        draw = rng.random(5)
        end = sub.boundary(number + 1)
        pause = at(story.PAUSE_WAVE.starts, draw[0] * 16 * 86400)
        if pauses and sub.cycle == "month" and start <= pause < end:
            number = _pause(sub, pause, horizon, seed=seed, rng=rng)
            if sub.ended_at:
                return
            continue
        if start < sub.created:
            number += 1
            continue
        failing = story.FAILING_PAYMENTS.size * (1 if months < 2 else 2)
        if draw[1] < failing and horizon.tells(story.FAILING_PAYMENTS):
            _fail(sub, number, start, draw=draw)
            if sub.ended_at:
                return
        elif draw[2] < 1 - (1 - (hazard := _hazard(customer, end.date(), horizon))) ** months:
            if months > 1 and not horizon.tells(story.TERMS):
                # As many leave, each in the month by which the draw is reached.
                within = math.ceil(math.log1p(-draw[2]) / math.log1p(-hazard))
                end = add_months(start, max(within, 1))
            if end < last:
                _leave(sub, start, end, horizon, seed=seed)
                return
        number += 1


def _leave(
    sub: Subscription, start: datetime, end: datetime, horizon: Horizon, *, seed: int
) -> None:
    """The customer leaves at the end of a period; who gives notice does so in it or before."""
    first = max(sub.anchor, sub.states[-1].at) + timedelta(hours=2)
    number = int(sub.id.removeprefix("sub_"))
    sub.leaving = decide(sub.start, end, not_before=first, seed=seed, number=number)
    asked = sub.leaving.decided if sub.leaving.gives_notice else end
    if asked < end and horizon.tells(story.NOTICE):
        is_last = asked >= start and end == sub.period_of(start)[1]
        sub.states.append(
            State(
                asked,
                "active",
                cancels_at_period_end=is_last,
                cancel_at=None if is_last else end,
                canceled_at=asked,
            )
        )
    else:
        asked = end
    sub.states.append(State(end, "canceled", canceled_at=asked, ended_at=end))


def _hazard(customer: Customer, on: date, horizon: Horizon) -> float:
    told = story.LEAVING_FOLLOWS_USE
    factor = math.exp(-told.size * customer.health) if horizon.tells(told) else story.LEAVING_OF_ALL
    hazard = story.MONTHLY_CHURN[customer.segment] * factor
    period = story.MID_MARKET_CHURN
    if customer.segment == "mid_market" and on >= period.starts and horizon.tells(period):
        share = min(1.0, (on - period.starts) / (period.ends - period.starts))
        hazard *= 1 + (period.size - 1) * share
    if customer.arm in GUIDED_ARMS and horizon.tells(story.GUIDED_ONBOARDING):
        hazard *= story.GUIDED_CHURN_FACTOR
    return min(hazard, 0.5)


def _pause(
    sub: Subscription, pause: datetime, horizon: Horizon, *, seed: int, rng: np.random.Generator
) -> int:
    """Pause; most resume in the return wave, the rest end. Returns the first period after."""
    draw = random_stream(seed, "resuming", sub.customer_number).random()
    resumes = draw < story.RETURN_WAVE.size and horizon.tells(story.RETURN_WAVE)
    until = at(story.RETURN_WAVE.starts, rng.random() * 18 * 86400)
    known = until if rng.random() < 0.5 and resumes else None
    sub.states.append(State(pause, "active", paused=True, resumes_at=known))
    if resumes:
        sub.states.append(State(until, "active"))
    else:
        sub.states.append(State(until, "canceled", canceled_at=until, ended_at=until))
    number = 0
    while sub.boundary(number) < until:
        number += 1
    return number


def _fail(sub: Subscription, number: int, start: datetime, *, draw: np.ndarray) -> None:
    """The period's charge fails: recovered within days, or unpaid or canceled after three weeks."""
    failed = start + timedelta(hours=1)
    sub.states.append(State(failed, "past_due"))
    if draw[4] < 0.62:
        recovered = failed + timedelta(days=3 if draw[4] < 0.3 else 5)
        sub.failed[number] = recovered
        sub.states.append(State(recovered, "active"))
        return
    sub.failed[number] = None
    given_up = failed + timedelta(days=21)
    if draw[4] < 0.75:
        sub.states.append(State(given_up, "unpaid"))
        given_up += timedelta(days=30)
    sub.states.append(State(given_up, "canceled", canceled_at=given_up, ended_at=given_up))


def _return_moment(
    sub: Subscription, horizon: Horizon, *, rng: np.random.Generator
) -> datetime | None:
    """Some who paid and left come back, most of them in the return wave."""
    if sub.ended_at is None or sub.states[-2].status == "trialing":
        return None
    wave = at(story.RETURN_WAVE.starts, rng.random() * 18 * 86400)
    away = wave - sub.ended_at
    if timedelta(days=45) < away < timedelta(days=300) and rng.random() < 0.2:
        return wave if horizon.tells(story.RETURN_WAVE) else None
    if rng.random() < 0.06:
        return sub.ended_at + timedelta(days=int(20 + 200 * rng.random()))
    return None


def _end_largest(subscriptions: list[Subscription], horizon: Horizon) -> None:
    """The planted churn: the largest first subscription alive well before the day ends on it."""
    if not horizon.tells(story.LARGE_CHURN):
        return
    when = at(story.LARGE_CHURN.starts, 12 * 3600)
    alive = [
        s
        for s in subscriptions
        if s.anchor < when - timedelta(days=120)
        and not (s.ended_at and s.ended_at < when + timedelta(days=60))
        and s.items[0].product == story.PLANS["scale"].product
    ]
    if not alive or horizon.last < when.date():
        return
    largest = max(alive, key=lambda s: (s.items[0].changes[0].quantity, s.id))
    again = f"sub_{largest.customer_number:06d}2"
    subscriptions[:] = [s for s in subscriptions if s.id != again]
    asked = when - timedelta(days=30)
    largest.states = [s for s in largest.states if s.at < asked and not s.ended_at]
    largest.states = [s for s in largest.states if not s.canceled_at]
    largest.failed = {n: r for n, r in largest.failed.items() if largest.boundary(n) < asked and r}
    largest.leaving = Leaving(largest.start, asked, when, gives_notice=True, falls=True, rises=True)
    if horizon.tells(story.NOTICE):
        largest.states.append(State(asked, "active", cancel_at=when, canceled_at=asked))
    else:
        asked = when
    largest.states.append(State(when, "canceled", canceled_at=asked, ended_at=when))
