"""The product's own database: accounts, users, seats, environments and success goals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from drivewheel_demo.calendar import Horizon, at, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.rows import Delivery
from drivewheel_demo.usage import Usage

GOALS = (("report hours saved", "hours"), ("invoices automated", "invoices"))


@dataclass(frozen=True)
class Users:
    """All users, account by account: the events' `user_id` is `ids[offset[account] + slot]`."""

    ids: list[str]
    offset: np.ndarray


def deliver_account(out: Delivery, customer: Customer) -> None:
    """The tenant, linked to billing and CRM by their ids."""
    created = at(customer.signed_up_on, 8 * 3600)
    out.add(
        "app.account",
        created,
        {
            "id": customer.account_id,
            "name": customer.name,
            "domain": customer.domain,
            "stripe_customer_id": customer.stripe_id,
            "hubspot_company_id": customer.company_id,
            "signup_channel": customer.channel,
            "created_at": created,
            "updated_at": created,
            "deleted_at": None,
            "is_test": False,
        },
    )


def deliver_users(
    out: Delivery, customers: tuple[Customer, ...], usage: Usage, *, horizon: Horizon, seed: int
) -> Users:
    """A user per slot that an account ever filled, with a seat for each span of such days.

    A seat is given up on the day on which it is: none is kept for growth that is yet to come.
    """
    rng = random_stream(seed, "users")
    ids: list[str] = []
    offset = np.zeros(len(customers), dtype=np.int64)
    for row, customer in enumerate(customers):
        offset[row] = len(ids)
        filled = usage.users[row]
        for slot in range(int(filled.max(initial=0))):
            ids.append(f"usr_{customer.number:06d}_{slot:03d}")
            turns = np.diff(filled > slot, prepend=False, append=False).nonzero()[0].tolist()
            draw = rng.random(3)
            spans = [
                (
                    at(horizon.start + timedelta(days=first), 9 * 3600 + 7200 * draw[0]),
                    at(horizon.start + timedelta(days=after)) if after < horizon.days else None,
                )
                for first, after in zip(turns[::2], turns[1::2], strict=True)
            ]
            _deliver_user(out, customer, ids[-1], slot=slot, spans=spans, draw=draw)
    return Users(ids, offset)


def _deliver_user(
    out: Delivery,
    customer: Customer,
    key: str,
    *,
    slot: int,
    spans: list[tuple[datetime, datetime | None]],
    draw: np.ndarray,
) -> None:
    start = spans[0][0]
    signed_up = at(customer.signed_up_on, 8 * 3600)
    invited = max(signed_up, start - timedelta(hours=int(2 + 60 * draw[1] ** 2)))
    session = start + timedelta(minutes=5)
    user = {
        "id": key,
        "account_id": customer.account_id,
        "email": f"user{slot}@{customer.domain}",
        "invited_at": invited,
        "first_session_at": session,
        "created_at": invited,
        "updated_at": session,
        "profile_completed_at": session + timedelta(days=1) if draw[2] < 0.78 else None,
        "deleted_at": None,
    }
    out.add("app.user", start, user)
    for number, (joins, leaves) in enumerate(spans):
        given = joins if number else invited
        seat = {
            "id": f"mem_{key[4:]}_{number + 1}" if number else f"mem_{key[4:]}",
            "account_id": customer.account_id,
            "user_id": key,
            "role": "admin" if slot == 0 else "member",
            "is_paid_seat": slot % 12 != 11,
            "started_at": given,
            "ended_at": None,
            "updated_at": given,
        }
        out.add("app.membership", joins, seat)
        if leaves:
            out.add("app.membership", leaves, {**seat, "ended_at": leaves, "updated_at": leaves})


def deliver_success(
    out: Delivery, customers: tuple[Customer, ...], usage: Usage, *, horizon: Horizon, seed: int
) -> None:
    """Environments promised and ready; goals of the success plan and whether they were met."""
    rng = random_stream(seed, "success")
    for row, customer in enumerate(customers):
        draw = rng.random(6)
        asked = at(customer.signed_up_on, 8 * 3600)
        ready = at(
            horizon.start + timedelta(days=int(usage.provisioned[row])), 9 * 3600 + 30000 * draw[0]
        )
        environment = {
            "id": f"env_{customer.number:06d}",
            "account_id": customer.account_id,
            "name": "production",
            "requested_at": asked,
            "promised_at": asked + timedelta(days=1),
            "ready_at": None,
            "updated_at": asked,
        }
        out.add("app.environment", asked, environment)
        out.add("app.environment", ready, {**environment, "ready_at": ready, "updated_at": ready})
        if customer.segment == "smb":
            continue
        name, unit = GOALS[customer.number % 2]
        due = customer.signed_up_on + timedelta(days=180)
        goal = {
            "id": f"goal_{customer.number:06d}",
            "account_id": customer.account_id,
            "name": name,
            "unit": unit,
            "baseline_value": 0.0,
            "goal_value": round(50 + 200 * draw[1], 1),
            "achieved_value": None,
            "due_on": due,
            "achieved_on": None,
            "updated_at": asked,
        }
        out.add("app.success_goal", asked, goal)
        reached = 0.9 + 0.3 * customer.health + 0.4 * (draw[2] - 0.5)
        on = due - timedelta(days=int(20 * draw[3]))
        out.add(
            "app.success_goal",
            at(due),
            {
                **goal,
                "achieved_value": round(goal["goal_value"] * max(0.0, reached), 1),
                "achieved_on": on if reached >= 1 else None,
                "updated_at": at(due),
            },
        )
