"""Support in Zendesk's shape: tickets with the history of their fields, comments, policies."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at
from drivewheel_demo.company import Customer
from drivewheel_demo.rows import Delivery, Row
from drivewheel_demo.support import Ticket

SCHEDULE_OF_REGION = {"amer": "501", "emea": "502", "apac": "503"}
ZONES = {"501": "Eastern Time (US & Canada)", "502": "London", "503": "Sydney"}
HOLIDAYS = {"501": ((7, 4), (12, 25)), "502": ((12, 25), (12, 26)), "503": ((1, 26), (12, 25))}
GROUP_IDS = ("301", "302", "303", "304")
POLICY_ID, AGENTS, REQUESTERS = "601", 12, 2
NO_ID_EVERY, NO_ORGANIZATION_EVERY, NO_SCHEDULE_EVERY = 8, 9, 20
CLOSES_AFTER = timedelta(days=4)


def organization_id(customer_number: int) -> str:
    """The organisation of a customer."""
    return str(8_000_000 + customer_number)


def deliver_support(
    out: Delivery, customers: tuple[Customer, ...], tickets: list[Ticket], horizon: Horizon
) -> None:
    """Everything that support's system holds."""
    _deliver_setup(out, horizon)
    for customer in customers:
        _deliver_organization(out, customer)
    for ticket in tickets:
        deliver_ticket(out, ticket, organization_id(ticket.customer.number))


def _add(out: Delivery, name: str, seen: datetime, row: Row) -> None:
    out.add(f"zendesk.{name}", seen, {**row, "_fivetran_synced": seen})


def _deliver_setup(out: Delivery, horizon: Horizon) -> None:
    """Teams, agents, opening hours with their holidays, and what is promised."""
    start = at(horizon.start)
    for key, team in zip(GROUP_IDS, story.SUPPORT_TEAMS, strict=True):
        _add(
            out,
            "group",
            start,
            {
                "id": key,
                "name": team,
                "created_at": start,
                "updated_at": start,
                "_fivetran_deleted": False,
            },
        )
    for number in range(AGENTS):
        _add(
            out,
            "user",
            start,
            {
                "id": str(4001 + number),
                "role": "agent",
                "organization_id": None,
                "updated_at": start,
            },
        )
    for key, zone in ZONES.items():
        for day in range(1, 6):
            _add(
                out,
                "schedule",
                start,
                {
                    "id": key,
                    "start_time": day * 1440 + 540,
                    "end_time": day * 1440 + 1020,
                    "name": f"Office {key}",
                    "time_zone": zone,
                    "created_at": start,
                    "_fivetran_deleted": False,
                },
            )
        for year in range(horizon.start.year, horizon.last.year + 1):
            for month, day in HOLIDAYS[key]:
                on = date(year, month, day)
                _add(
                    out,
                    "schedule_holiday",
                    start,
                    {
                        "id": f"{key}{on:%Y%m%d}",
                        "schedule_id": key,
                        "start_date": on,
                        "end_date": on,
                        "_fivetran_deleted": False,
                    },
                )
    for metric, targets in (
        ("first_reply_time", story.REPLY_TARGETS),
        ("total_resolution_time", story.RESOLUTION_TARGETS),
    ):
        for priority, minutes in targets.items():
            _add(
                out,
                "sla_policy_metric_history",
                start,
                {
                    "sla_policy_id": POLICY_ID,
                    "sla_policy_updated_at": start,
                    "metric": metric,
                    "priority": priority,
                    "target": minutes,
                    "business_hours": priority != "urgent",
                },
            )


def _deliver_organization(out: Delivery, customer: Customer) -> None:
    """Linked by the account's id; some by their domain only."""
    seen = at(customer.signed_up_on, 9 * 3600)
    key = organization_id(customer.number)
    _add(
        out,
        "organization",
        seen,
        {
            "id": key,
            "name": customer.name,
            "external_id": None if customer.number % NO_ID_EVERY == 0 else customer.account_id,
            "created_at": seen,
            "updated_at": seen,
        },
    )
    _add(out, "domain_name", seen, {"organization_id": key, "domain_name": customer.domain})
    for number in range(REQUESTERS):
        _add(
            out,
            "user",
            seen,
            {
                "id": _requester(customer, number),
                "role": "end-user",
                "organization_id": key,
                "updated_at": seen,
            },
        )


def _requester(customer: Customer, number: int) -> str:
    return str(50_000_000 + customer.number * 10 + number)


def deliver_ticket(out: Delivery, ticket: Ticket, organization: str) -> None:
    """The ticket's versions, every change of its fields, and what was said."""
    key, asks = str(10_000 + ticket.number), _requester(ticket.customer, ticket.number % REQUESTERS)
    agent = str(4001 + ticket.number % AGENTS)
    changes = _changes(ticket)
    for at_, name, value in changes:
        _add(
            out,
            "ticket_field_history",
            at_,
            {
                "ticket_id": key,
                "field_name": name,
                "updated": at_,
                "user_id": asks if at_ == ticket.created else agent,
                "value": value,
            },
        )
    row: Row = {
        "id": key,
        "_fivetran_deleted": False,
        "created_at": ticket.created,
        "updated_at": ticket.created,
        "status": "new",
        "priority": ticket.priority,
        "organization_id": None if ticket.number % NO_ORGANIZATION_EVERY == 0 else organization,
        "requester_id": asks,
        "group_id": GROUP_IDS[0],
        "merged_ticket_ids": "[]",
    }
    columns = {"status": "status", "group_id": "group_id"}
    for at_, name, value in changes:
        row = {**row, "updated_at": at_}
        if name in columns:
            row = {**row, columns[name]: value}
            _add(out, "ticket", at_, row)
    for number, (at_, who, is_public) in enumerate(_comments(ticket, asks, agent)):
        _add(
            out,
            "ticket_comment",
            at_,
            {
                "id": f"{key}{number}",
                "ticket_id": key,
                "user_id": who,
                "created": at_,
                "public": is_public,
                "_fivetran_deleted": False,
            },
        )
    _add(
        out,
        "ticket_sla_policy",
        ticket.created,
        {
            "ticket_id": key,
            "sla_policy_id": POLICY_ID,
            "policy_applied_at": ticket.created,
        },
    )
    if ticket.number % NO_SCHEDULE_EVERY:
        _add(
            out,
            "ticket_schedule",
            ticket.created,
            {
                "ticket_id": key,
                "created_at": ticket.created,
                "schedule_id": SCHEDULE_OF_REGION[ticket.customer.region],
            },
        )


def _changes(ticket: Ticket) -> list[tuple[datetime, str, str]]:
    """Fields as they changed, in order."""
    changes = [
        (ticket.created, "status", "new"),
        (ticket.created, "priority", ticket.priority),
        (ticket.created, "group_id", GROUP_IDS[0]),
    ]
    if ticket.replied < ticket.solved:
        changes.append((ticket.replied, "status", "pending" if ticket.draw < 0.4 else "open"))
    changes += [(moment, "group_id", GROUP_IDS[team]) for moment, team in ticket.raises]
    changes.append((ticket.solved, "status", "solved"))
    if ticket.reopened and ticket.solved_again:
        changes += [(ticket.reopened, "status", "open"), (ticket.solved_again, "status", "solved")]
    if ticket.is_rated:
        asked = ticket.ended + timedelta(hours=1)
        given = asked + timedelta(hours=int(1 + 30 * ticket.draw))
        changes += [
            (asked, "satisfaction_score", "offered"),
            (given, "satisfaction_score", "good" if ticket.is_good else "bad"),
        ]
    changes.append((ticket.ended + CLOSES_AFTER, "status", "closed"))
    return sorted(changes, key=lambda change: change[0])


def _comments(ticket: Ticket, asks: str, agent: str) -> list[tuple[datetime, str, bool]]:
    """The question, a note among colleagues, the reply, and the solution."""
    note = ticket.created + 0.5 * (ticket.replied - ticket.created)
    comments = [(ticket.created, asks, True)]
    if ticket.draw < 0.3:
        comments.append((note.replace(microsecond=0), agent, False))
    comments.append((ticket.replied, agent, True))
    if ticket.replied < ticket.solved:
        comments.append((ticket.solved, agent, True))
    return comments
