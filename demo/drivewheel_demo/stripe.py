"""Subscriptions in Stripe's shape: the live tables, the history, discounts and the catalogue."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, add_months, at
from drivewheel_demo.company import Customer
from drivewheel_demo.prices import (
    COUPONS,
    LEGACY_PLAN,
    PRODUCTS,
    catalogue,
    price_id,
)
from drivewheel_demo.rows import Delivery, Row
from drivewheel_demo.subscriptions import Item, State, Subscription

LEGACY_BEFORE = timedelta(days=45)  # starter subscriptions this early carry the older plan
OLD_DISCOUNT_EVERY = 8  # every so-many-th discount is in the older object


def deliver_catalogue(out: Delivery, horizon: Horizon) -> None:
    """Products, prices, the legacy plan and coupons: there from the first day."""
    start = at(horizon.start)
    for key, name in PRODUCTS.items():
        out.stripe(
            "product",
            start,
            {
                "id": key,
                "active": True,
                "created": start,
                "name": name,
                "type": "service",
                "livemode": True,
            },
        )
    for price in catalogue().values():
        usage = None if price.interval is None else "metered" if price.metered else "licensed"
        out.stripe(
            "price",
            start,
            {
                "id": price.id,
                "active": True,
                "billing_scheme": "per_unit",
                "created": start,
                "currency": price.currency,
                "product_id": price.product,
                "recurring_interval": price.interval,
                "recurring_interval_count": price.interval_count,
                "recurring_usage_type": usage,
                "type": "recurring" if price.interval else "one_time",
                "unit_amount": price.unit_amount,
                "livemode": True,
            },
        )
    out.stripe(
        "plan",
        start,
        {
            "id": LEGACY_PLAN,
            "active": False,
            "amount": story.PLANS["starter"].monthly * 100,
            "billing_scheme": "per_unit",
            "created": start,
            "currency": "usd",
            "interval": "month",
            "interval_count": 1,
            "product_id": story.PLANS["starter"].product,
            "usage_type": "licensed",
            "livemode": True,
        },
    )
    for coupon in COUPONS:
        out.stripe(
            "coupon",
            start,
            {
                "id": coupon.id,
                "percent_off": coupon.percent_off,
                "amount_off": coupon.amount_off,
                "currency": "usd" if coupon.amount_off else None,
                "created": start,
                "duration": coupon.duration,
                "duration_in_months": coupon.months,
                "valid": True,
            },
        )


def deliver_customer(out: Delivery, customer: Customer) -> None:
    """The billing customer, with the app account in its metadata."""
    seen = at(customer.signed_up_on, 8 * 3600)
    out.stripe(
        "customer",
        seen,
        {
            "id": customer.stripe_id,
            "created": seen,
            "currency": customer.currency,
            "email": f"billing@{customer.domain}",
            "name": customer.name,
            "delinquent": False,
            "livemode": True,
            "metadata": json.dumps({"app_account_id": customer.account_id}),
        },
    )


def deliver_subscription(
    out: Delivery, sub: Subscription, horizon: Horizon, *, livemode: bool = True
) -> None:
    """Every version of the subscription, its history, its items and its discount."""
    last = at(horizon.last + timedelta(days=1))
    for state in sub.states:
        if state.at < last:
            row = _subscription_row(sub, state, state.at, livemode=livemode)
            out.stripe("subscription", state.at, row)
            out.stripe("subscription_history", state.at, {**row, "_fivetran_start": state.at})
    for _, start, _ in sub.periods(last):
        if start > sub.states[0].at:
            state = sub.state_at(start)
            row = _subscription_row(sub, state, start, livemode=livemode)
            out.stripe("subscription", start, row)
    for item in sub.items:
        _deliver_item(out, sub, item, is_legacy=_is_legacy(sub, item, horizon))
    if sub.coupon:
        _deliver_discount(out, sub)


def _subscription_row(sub: Subscription, state: State, moment: datetime, *, livemode: bool) -> Row:
    begin, end = sub.period_of(max(moment, sub.start))
    return {
        "id": sub.id,
        "customer_id": f"cus_{sub.customer_number:06d}",
        "status": state.status,
        "created": sub.created,
        "start_date": sub.start,
        "ended_at": state.ended_at,
        "cancel_at": state.cancel_at,
        "cancel_at_period_end": state.cancels_at_period_end,
        "canceled_at": state.canceled_at,
        **_cancellation(sub, state),
        "current_period_start": begin,
        "current_period_end": end,
        "trial_start": sub.start if sub.trial_end else None,
        "trial_end": sub.trial_end,
        "pause_collection_behavior": "void" if state.paused else None,
        "pause_collection_resumes_at": state.resumes_at,
        "livemode": livemode,
    }


def _cancellation(sub: Subscription, state: State) -> Row:
    """What who decided to leave says of it; some say nothing, a few add a sentence."""
    reason = comment = None
    if sub.leaving and state.canceled_at:
        number = int(sub.id.removeprefix("sub_"))
        reason = story.CANCELLATION_REASONS[number % len(story.CANCELLATION_REASONS)]
        if reason and number % 4 == 0:
            comment = f"Buyer {sub.customer_number} went with somebody else."
    return {
        "cancellation_details_feedback": reason,
        "cancellation_details_comment": comment,
    }


def _deliver_item(out: Delivery, sub: Subscription, item: Item, *, is_legacy: bool) -> None:
    first = sub.created if item.changes[0].at == sub.start else item.changes[0].at
    for change in item.changes:
        old = is_legacy and change.price == _starter(sub)
        seen = first if change is item.changes[0] else change.at
        out.stripe(
            "subscription_item",
            seen,
            {
                "id": item.id,
                "created": first,
                "subscription_id": sub.id,
                "price_id": None if old else change.price,
                "plan_id": LEGACY_PLAN if old else None,
                "quantity": None if item.metered else change.quantity,
                "_fivetran_deleted": False,
            },
        )
    if item.removed_at:
        newest = out.rows["stripe.subscription_item"][-1][1]
        out.stripe(
            "subscription_item",
            item.removed_at,
            {
                **newest,
                "_fivetran_synced": item.removed_at,
                "_fivetran_deleted": True,
            },
        )


def _starter(sub: Subscription) -> str:
    return price_id("starter", cycle=sub.cycle, currency=sub.currency)


def _is_legacy(sub: Subscription, item: Item, horizon: Horizon) -> bool:
    early = sub.start < at(horizon.start) + LEGACY_BEFORE
    return early and (sub.cycle, sub.currency) == ("month", "usd") and item.id.endswith("a")


def legacy_plan_of(sub: Subscription, item: Item, horizon: Horizon) -> str | None:
    """The older plan that stands in for this item's starter price, if it does."""
    return LEGACY_PLAN if _is_legacy(sub, item, horizon) else None


def _deliver_discount(out: Delivery, sub: Subscription) -> None:
    coupon = next(c for c in COUPONS if c.id == sub.coupon)
    number = sub.customer_number
    whole = number % 3 == 0  # of the customer rather than of the subscription
    row = {
        "id": f"di_{sub.id}",
        "coupon_id": coupon.id,
        "customer_id": f"cus_{number:06d}",
        "subscription_id": None if whole else sub.id,
        "start": sub.start,
        "end": add_months(sub.start, coupon.months) if coupon.months else None,
    }
    name = "subscription_discount" if number % OLD_DISCOUNT_EVERY == 0 else "discount"
    out.stripe(name, max(sub.start, sub.created), row)
