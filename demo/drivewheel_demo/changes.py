"""What customers change while they stay: seats, plan, add-ons, and the planted price change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, tanh

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, add_months, at, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.prices import price_id
from drivewheel_demo.subscriptions import Change, Item, Subscription

UPGRADE = {"starter": "growth", "growth": "scale", "scale": "scale"}
DOWNGRADE = {"starter": "starter", "growth": "starter", "scale": "growth"}


@dataclass(frozen=True)
class Wish:
    """A change that is made if the subscription is running and paid at that moment."""

    at: datetime
    kind: str  # seats, plan, price, add, remove
    value: float | str = 0


def first_items(
    customer: Customer, sub: Subscription, horizon: Horizon, *, rng: np.random.Generator
) -> list[Item]:
    """The items that a subscription starts with: the plan, and metered calls for some."""
    price = _price(customer.plan, sub, sub.start, horizon)
    base = sub.id.replace("sub_", "si_")
    items = [
        Item(
            f"{base}a",
            story.PLANS[customer.plan].product,
            [Change(sub.start, price, customer.seats)],
        )
    ]
    if customer.plan != "starter" and rng.random() < 0.3:
        calls = [Change(sub.start, f"price_api_calls_{sub.currency}", 0)]
        items.append(Item(f"{base}m", "prod_api_calls", calls, metered=True))
    return items


def draw_changes(
    customer: Customer, sub: Subscription, horizon: Horizon, *, seed: int, rng: np.random.Generator
) -> list[Wish]:
    """Month by month, what the customer would like to change."""
    wishes: list[Wish] = []
    month, number, last = sub.anchor, 0, at(horizon.last)
    while month < last:
        draw = rng.random(6)
        when = month + timedelta(days=int(2 + 24 * draw[0]), seconds=int(40000 * draw[1]))
        if draw[2] < story.MONTHLY_GROWTH[customer.segment] * _keenness(customer, when, horizon):
            wishes.append(Wish(when, "seats", 1.04 + 0.16 * draw[3]))
        elif draw[2] > 1 - 0.02 * _reluctance(customer, horizon):
            wishes.append(Wish(when, "seats", 0.6 + 0.3 * draw[3]))
        elif draw[4] < 0.010:
            wishes.append(Wish(when, "plan", "up" if draw[3] < 0.75 else "down"))
        elif draw[4] > 1 - 0.03:
            wishes.append(Wish(when, "add" if draw[5] < 0.6 else "remove"))
        number += 1
        month = add_months(sub.anchor, number)
    wishes.append(Wish(at(story.PRICE_CHANGE.starts, 9 * 3600), "price"))
    buys, drops = random_stream(seed, "cross-sell", customer.number).random(2)
    if buys < story.CROSS_SELL.size and horizon.tells(story.CROSS_SELL):
        added = sub.anchor + timedelta(days=story.CROSS_SELL_DAYS, hours=3)
        wishes.append(Wish(added, "add"))
        if drops < story.CROSS_SELL_DROPPED:
            dropped = sub.anchor + timedelta(days=story.DROPPED_DAYS, hours=5)
            wishes.append(Wish(dropped, "remove"))
    return sorted(wishes, key=lambda wish: wish.at)


def _keenness(customer: Customer, when: datetime, horizon: Horizon) -> float:
    """Factor on growth: it follows use, by the health that both have as their cause."""
    told, frozen = story.GROWTH_FOLLOWS_USE, story.BUDGET_FREEZE
    link = told.size if horizon.tells(told) else 0.0
    if horizon.tells_on(frozen, when.date()):
        link *= frozen.size
    if not link:
        return story.GROWTH_OF_ALL
    by_health = story.GROWTH_BY_HEALTH * exp(0.6 * customer.health)
    return by_health * (1 + link * tanh(2 * (customer.health - story.MIDDLING_HEALTH)))


def _reluctance(customer: Customer, horizon: Horizon) -> float:
    """Factor on shrinking, by the same health."""
    if not horizon.tells(story.LEAVING_FOLLOWS_USE):
        return story.SHRINKING_OF_ALL
    return exp(-story.SHRINKING_BY_HEALTH * customer.health)


def apply_changes(sub: Subscription, wishes: list[Wish], horizon: Horizon) -> None:
    """Make the wishes that fall into a running, paid moment of the subscription."""
    plan = sub.items[0]
    for wish in wishes:
        end = sub.ended_at
        if wish.at <= sub.anchor or (end and wish.at >= end - timedelta(hours=2)):
            continue
        state = sub.state_at(wish.at)
        if state.paused or state.status != "active":
            continue
        now = plan.changes[-1]
        if wish.kind == "seats":
            wanted = max(1, round(now.quantity * float(wish.value)))
            wanted += int(wanted == now.quantity and float(wish.value) > 1)
            wanted = min(wanted, max(story.MAX_SEATS, now.quantity))
            _change(plan, Change(wish.at, now.price, wanted))
        elif wish.kind == "plan":
            name = _plan_of(now.price)
            name = UPGRADE[name] if wish.value == "up" else DOWNGRADE[name]
            plan.product = story.PLANS[name].product
            _change(plan, Change(wish.at, _price(name, sub, wish.at, horizon), now.quantity))
        elif wish.kind == "price" and _plan_of(now.price) == "growth":
            _change(plan, Change(wish.at, _price("growth", sub, wish.at, horizon), now.quantity))
        else:
            _add_or_remove(sub, wish)


def _change(item: Item, change: Change) -> None:
    before = item.changes[-1]
    if (before.price, before.quantity) != (change.price, change.quantity):
        item.changes.append(change)


def _add_or_remove(sub: Subscription, wish: Wish) -> None:
    add_ons = [item for item in sub.items if item.product == story.ANALYTICS.product]
    running = [item for item in add_ons if item.removed_at is None]
    if wish.kind == "add" and not running:
        price = price_id("analytics", cycle=sub.cycle, currency=sub.currency)
        seats = sub.items[0].changes[-1].quantity
        key = f"{sub.id.replace('sub_', 'si_')}x{len(add_ons)}"
        sub.items.append(
            Item(key, story.ANALYTICS.product, [Change(wish.at, price, max(1, seats // 2))])
        )
    elif wish.kind == "remove" and running:
        running[0].removed_at = wish.at


def _plan_of(price: str) -> str:
    return price.split("_")[1]


def _price(plan: str, sub: Subscription, when: datetime, horizon: Horizon) -> str:
    new = plan == "growth" and when.date() >= story.PRICE_CHANGE.starts
    new = new and horizon.tells(story.PRICE_CHANGE)
    return price_id(plan, cycle=sub.cycle, currency=sub.currency, version=2 if new else 1)
