"""Services in Harvest's shape: packages sold, their milestones, and consultants' hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.rows import Delivery, Row
from drivewheel_demo.usage import Usage

MILESTONES, DAYS_BETWEEN = 4, {"mid_market": 13, "enterprise": 20}
INTERNAL_CLIENT, INTERNAL_PROJECT = "3900001", "4900001"
NO_ID_EVERY = 5
WEEKLY_CAPACITY = 36 * 3600
BILLABLE_SHARE, RATE = 0.76, 140


@dataclass(frozen=True)
class Project:
    """A package for a customer: when it runs, and which team delivers it."""

    id: str
    client: str
    team: str
    starts_on: date
    ends_on: date


def deliver_services(
    out: Delivery, customers: tuple[Customer, ...], usage: Usage, *, horizon: Horizon, seed: int
) -> None:
    """Packages of mid-market and enterprise customers, and the time spent on them."""
    rng = random_stream(seed, "services")
    start = at(horizon.start)
    out.add(
        "harvest.client",
        start,
        {
            "id": INTERNAL_CLIENT,
            "name": "Internal",
            "currency": "usd",
            "external_id": None,
            "domain": None,
            "created_at": start,
            "updated_at": start,
        },
    )
    out.add(
        "harvest.project",
        start,
        {
            "id": INTERNAL_PROJECT,
            "client_id": INTERNAL_CLIENT,
            "code": "internal",
            "is_billable": False,
            "is_fixed_fee": False,
            "fee": None,
            "starts_on": horizon.start,
            "ends_on": None,
            "created_at": start,
            "updated_at": start,
        },
    )
    projects = []
    for row, customer in enumerate(customers):
        draw, normal = rng.random(4 + 2 * MILESTONES), rng.standard_normal(MILESTONES)
        bundled = story.SERVICE_BUNDLES.starts <= customer.signed_up_on
        bundled = bundled and horizon.tells(story.SERVICE_BUNDLES)
        share = story.SERVICE_BUNDLES.size if bundled else story.PACKAGE_SHARE
        if customer.segment != "smb" and draw[0] < share:
            projects.append(_sell(out, customer, usage.users[row], horizon, draw, normal))
    _book(out, projects, horizon, rng)


def _sell(
    out: Delivery,
    customer: Customer,
    users: np.ndarray,
    horizon: Horizon,
    draw: np.ndarray,
    normal: np.ndarray,
) -> Project:
    number, begins = customer.number, customer.signed_up_on + timedelta(days=2)
    seen = at(customer.signed_up_on, 10 * 3600)
    between = DAYS_BETWEEN[customer.segment]
    fee = round(story.PACKAGE_FEE[customer.segment] * (0.7 + 0.6 * float(draw[1])), -2)
    ends = begins + timedelta(days=between * MILESTONES)
    out.add(
        "harvest.client",
        seen,
        {
            "id": str(3_000_000 + number),
            "name": customer.name,
            "currency": customer.currency,
            "external_id": None
            if number % NO_ID_EVERY == 0
            else customer.stripe_id or customer.contract_id,
            "domain": customer.domain,
            "created_at": seen,
            "updated_at": seen,
        },
    )
    team = "Integration" if draw[2] < 0.35 else "Onboarding"
    project = Project(str(4_000_000 + number), str(3_000_000 + number), team, begins, ends)
    out.add(
        "harvest.project",
        seen,
        {
            "id": project.id,
            "client_id": project.client,
            "code": "onboarding_package",
            "is_billable": True,
            "is_fixed_fee": True,
            "fee": f"{fee:.2f}",
            "starts_on": begins,
            "ends_on": ends,
            "created_at": seen,
            "updated_at": seen,
        },
    )
    for step in range(MILESTONES):
        due = begins + timedelta(days=between * (step + 1))
        late = int(np.clip(np.floor(-2.6 + 3.0 * normal[step] - 0.8 * customer.health), -6, 25))
        _promise(
            out,
            f"{project.id}{step}",
            project,
            due=due,
            done=due + timedelta(days=late),
            amount=fee / MILESTONES,
            users=users,
            horizon=horizon,
            draw=draw[4 + 2 * step : 6 + 2 * step],
        )
    return project


def _promise(
    out: Delivery,
    key: str,
    project: Project,
    *,
    due: date,
    done: date,
    amount: float,
    users: np.ndarray,
    horizon: Horizon,
    draw: np.ndarray,
) -> None:
    """A milestone, and its completion where the customer is still there by then."""
    seen = at(project.starts_on, 9 * 3600)
    row: Row = {
        "id": key,
        "project_id": project.id,
        "due_on": due,
        "completed_on": None,
        "amount": f"{amount:.2f}",
        "client_rating": None,
        "rated_on": None,
        "updated_at": seen,
    }
    out.add("harvest.milestone", seen, row)
    if done > horizon.last or not users[min(horizon.index(done), horizon.days - 1)]:
        return
    rated = draw[0] < 0.7
    moment = at(done, 17 * 3600)
    out.add(
        "harvest.milestone",
        moment,
        {
            **row,
            "completed_on": done,
            "rated_on": done if rated else None,
            "client_rating": (5 if draw[1] < 0.6 else 4 if draw[1] < 0.93 else 2)
            if rated
            else None,
            "updated_at": moment,
        },
    )


def _book(
    out: Delivery, projects: list[Project], horizon: Horizon, rng: np.random.Generator
) -> None:
    """A row or two per consultant and working day."""
    start = at(horizon.start)
    teams = [team for team, size in story.DELIVERY_TEAMS.items() for _ in range(size)]
    for number, team in enumerate(teams):
        out.add(
            "harvest.user",
            start,
            {
                "id": str(2001 + number),
                "roles": f'["{team}"]',
                "weekly_capacity": WEEKLY_CAPACITY,
                "is_active": True,
                "created_at": start,
                "updated_at": start,
            },
        )
    entry = 0
    for day in (horizon.start + timedelta(days=n) for n in range(horizon.days)):
        if day.weekday() >= 5:
            continue
        running = [p for p in projects if p.starts_on <= day <= p.ends_on + timedelta(days=7)]
        draws = rng.random((len(teams), 3))
        for number, team in enumerate(teams):
            own = [p for p in running if p.team == team] or running
            billable = round(
                float(7.2 * min(1.0, BILLABLE_SHARE * (0.6 + 0.8 * draws[number, 0]))), 2
            )
            project = own[int(draws[number, 1] * len(own))].id if own else INTERNAL_PROJECT
            rows = [(project, billable if own else 7.2, bool(own))]
            if own:
                rows.append((INTERNAL_PROJECT, round(7.2 - billable, 2), False))
            for key, hours, is_billable in rows:
                entry += 1
                seen = at(day, 18 * 3600)
                out.add(
                    "harvest.time_entry",
                    seen,
                    {
                        "id": str(6_000_000 + entry),
                        "spent_date": day,
                        "hours": hours,
                        "billable": is_billable,
                        "billable_rate": RATE if is_billable else None,
                        "user_id": str(2001 + number),
                        "project_id": key,
                        "client_id": None,
                        "updated_at": seen,
                    },
                )
