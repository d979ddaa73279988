"""Tickets read from landing files, for the oracle: each one's life, as it stands by the day."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.oracles.business_clock import BusinessClock, read_clocks
from tests.oracles.catalogue import Company
from tests.oracles.landing import Row
from tests.oracles.tally import Slices, by_customer
from tests.oracles.whois import Whois

OVER = ("solved", "closed", "deleted")
TARGETS = {"first_reply_time": "first_reply", "total_resolution_time": "resolution"}


@dataclass
class Promise:
    """A target of a ticket: until when, and whether it was kept."""

    due: datetime
    is_met: bool


@dataclass
class Ticket:
    """A ticket that counts."""

    key: str
    created: datetime
    priority: str
    team: str
    slices: Slices
    clock: BusinessClock
    replied: datetime | None = None
    solutions: list[datetime] = field(default_factory=list)
    reopenings: list[datetime] = field(default_factory=list)
    rating: tuple[datetime, bool] | None = None
    raises: list[tuple[datetime, int]] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    customer: str | None = None

    @property
    def solved(self) -> datetime | None:
        """The last solution, of a ticket that was not reopened since."""
        return None if len(self.reopenings) == len(self.solutions) else self.solutions[-1]

    @property
    def escalated(self) -> datetime | None:
        """When it was first raised, or urgent and late."""
        late = [p.due for p in self.promises if self.priority == "urgent" and not p.is_met]
        return min([moment for moment, _ in self.raises] + late, default=None)

    @property
    def is_on_path(self) -> bool:
        """Went up, and never more than a tier at once."""
        return max((step for _, step in self.raises), default=0) == 1

    def is_open_at_end_of(self, day: date) -> bool:
        """By the last of its turns on or before a day."""
        end = datetime.combine(day + timedelta(days=1), time())
        if self.created >= end:
            return False
        solved = sum(moment < end for moment in self.solutions)
        return solved == sum(moment < end for moment in self.reopenings)


def read_tickets(company: Company) -> list[Ticket]:
    """Every ticket created by the day that is not deleted, merged away or our own test."""
    landing, end = company.landing, datetime.combine(company.as_of + timedelta(days=1), time())
    history: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(landing.newest("zendesk.ticket_field_history"), key=lambda r: r["updated"]):
        if row["updated"] < end and row["value"]:
            history[row["ticket_id"]][row["field_name"]].append(row)
    rows = landing.newest("zendesk.ticket")
    merged = {key for row in rows for key in re.findall(r"\w+", row["merged_ticket_ids"] or "")}
    users = {row["id"]: row for row in landing.newest("zendesk.user")}
    teams = {row["id"]: row["name"] for row in landing.newest("zendesk.group")}
    tests = {
        row["organization_id"]
        for row in landing.newest("zendesk.organization_tag")
        if row["tag"].lower() == "test"
    }
    owners, clocks = _owners(company), read_clocks(company)
    alone = {
        row["id"] for row in landing.newest("zendesk.schedule") if not row["_fivetran_deleted"]
    }
    usual = next(iter(alone)) if len(alone) == 1 else "default"
    schedules = _latest(landing.newest("zendesk.ticket_schedule"), "created_at", end)
    found: dict[str, Ticket] = {}
    for row in rows:
        home = row["organization_id"] or users.get(row["requester_id"], {}).get("organization_id")
        is_gone = row["_fivetran_deleted"] or row["status"] == "deleted"
        if row["created_at"] >= end or is_gone or row["id"] in merged or home in tests:
            continue
        key = row["id"]
        schedule = schedules.get(key, {}).get("schedule_id", usual)
        found[key] = Ticket(
            key,
            row["created_at"],
            row["priority"],
            teams.get(row["group_id"], "unknown"),
            by_customer(company, owners.get(home)),
            clocks.get(schedule, clocks[usual]),
            customer=owners.get(home),
        )
        found[key].customer = owners.get(home)
        _live(found[key], row, history[key])
        found[key].raises = list(_raises(company, history[key]["group_id"], teams))
    _reply(company, found, users, {row["id"]: row["requester_id"] for row in rows}, end)
    _promise(company, found, end)
    return list(found.values())


def _owners(company: Company) -> dict[str | None, str | None]:
    whois = Whois(company)
    domains: dict[str, list[str]] = defaultdict(list)
    for row in company.landing.newest("zendesk.domain_name"):
        domains[row["organization_id"]].append(row["domain_name"])
    return {
        row["id"]: whois.find(row["external_id"], domains[row["id"]])
        for row in company.landing.newest("zendesk.organization")
    }


def _latest(rows: list[Row], column: str, end: datetime) -> dict[str, Row]:
    before = (row for row in rows if row[column] < end)
    return {row["ticket_id"]: row for row in sorted(before, key=lambda row: row[column])}


def _live(ticket: Ticket, row: Row, history: dict[str, list[Row]]) -> None:
    """Solutions and reopenings in turns, and the last rating."""
    turns: list[tuple[datetime, str]] = [(h["updated"], h["value"]) for h in history["status"]]
    if not turns and row["updated_at"]:
        turns = [(row["updated_at"], row["status"])]
    for moment, status in turns:
        is_solved = len(ticket.solutions) > len(ticket.reopenings)
        if (status in OVER) != is_solved:
            (ticket.reopenings if is_solved else ticket.solutions).append(moment)
    for change in history["satisfaction_score"][-1:]:
        if change["value"].startswith(("good", "bad")):
            ticket.rating = change["updated"], change["value"].startswith("good")


def _raises(
    company: Company, changes: list[Row], teams: dict[str, str]
) -> Iterator[tuple[datetime, int]]:
    tiers = {row["team"]: int(row["tier"]) for row in company.seed("support_tiers")}
    before: int | None = None
    for change in changes:
        tier = tiers.get(teams.get(change["value"], ""))
        if tier is not None:
            if before is not None and tier > before:
                yield change["updated"], tier - before
            before = tier


def _reply(
    company: Company,
    tickets: dict[str, Ticket],
    users: dict[str, Row],
    requesters: dict[str, Any],
    end: datetime,
) -> None:
    for comment in company.landing.newest("zendesk.ticket_comment"):
        ticket = tickets.get(comment["ticket_id"])
        if ticket is None or comment["_fivetran_deleted"] or comment["public"] is False:
            continue
        if not ticket.created < comment["created"] < end:
            continue
        role = users.get(comment["user_id"], {}).get("role")
        is_agent = (
            role in ("agent", "admin") if role else comment["user_id"] != requesters[ticket.key]
        )
        if is_agent:
            ticket.replied = min(ticket.replied or comment["created"], comment["created"])


def _promise(company: Company, tickets: dict[str, Ticket], end: datetime) -> None:
    """Targets of the policy as it stood when it was applied, that came due."""
    versions: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in company.landing.newest("zendesk.sla_policy_metric_history"):
        versions[row["sla_policy_id"], row["metric"], row["priority"]].append(row)
    applied = _latest(company.landing.newest("zendesk.ticket_sla_policy"), "policy_applied_at", end)
    for key, policy in applied.items():
        ticket = tickets.get(key)
        for metric, kind in TARGETS.items():
            rows = versions[policy["sla_policy_id"], metric, ticket.priority if ticket else ""]
            if ticket is None or not rows:
                continue
            rows.sort(key=lambda row: row["sla_policy_updated_at"])
            known = [r for r in rows if r["sla_policy_updated_at"] <= policy["policy_applied_at"]]
            target = (known[-1:] or rows)[0]
            seconds, kept = 60 * target["target"], ticket.solved
            if kind == "first_reply":
                kept = ticket.replied
            if target["business_hours"]:
                due = ticket.clock.after(ticket.created, seconds)
                taken = ticket.clock.between(ticket.created, kept) if kept else None
            else:
                due = ticket.created + timedelta(seconds=seconds)
                taken = (kept - ticket.created).total_seconds() if kept else None
            if due and due < end:
                ticket.promises.append(Promise(due, taken is not None and taken <= seconds))
