"""Support recomputed: waiting, solving, escalations and promises, ticket by ticket."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from tests.oracles.catalogue import Company, Values
from tests.oracles.tally import (
    DAILY,
    WEEKLY,
    Dated,
    Reach,
    answer,
    by_customer,
    last_days,
    quantile,
    share,
)
from tests.oracles.tickets import Ticket, read_tickets

METRICS = (
    "tickets_created",
    "tickets_per_customer",
    "open_tickets",
    "reopen_rate",
    "first_reply_business_hours",
    "resolution_business_hours",
    "resolution_calendar_hours",
    "resolution_business_hours_p90",
    "open_escalations",
    "closed_escalations",
    "escalation_resolution_hours",
    "escalation_path_adherence",
    "csat",
    "support_sla_attainment",
)
DAY = timedelta(days=1)
Period = tuple[str, date, str, str]


def recompute(company: Company) -> Values:
    """Every metric of support, for the total and by segment."""
    tickets, reach = read_tickets(company), Reach.of(company, "zendesk")
    result: Values = {}
    for metric, rows, finish, grains, is_dense in (
        ("tickets_created", _dated(tickets, lambda t: (t.created, 1)), sum, DAILY, True),
        ("closed_escalations", _dated(tickets, _closed), len, DAILY, True),
        ("open_tickets", list(_open(company, tickets, is_escalated=False)), sum, DAILY, True),
        ("open_escalations", list(_open(company, tickets, is_escalated=True)), sum, DAILY, True),
        ("reopen_rate", _dated(tickets, _reopened), share, DAILY, False),
        ("first_reply_business_hours", _dated(tickets, _waited), quantile(0.5), DAILY, False),
        ("resolution_business_hours", _dated(tickets, _worked), quantile(0.5), DAILY, False),
        ("resolution_business_hours_p90", _dated(tickets, _worked), quantile(0.9), DAILY, False),
        ("resolution_calendar_hours", _dated(tickets, _took), quantile(0.5), DAILY, False),
        ("escalation_resolution_hours", _dated(tickets, _closed), quantile(0.5), DAILY, False),
        ("escalation_path_adherence", _dated(tickets, _path), share, DAILY, False),
        ("csat", _dated(tickets, lambda t: t.rating), share, WEEKLY, False),
        (
            "support_sla_attainment",
            [(p.due.date(), t.slices, p.is_met) for t in tickets for p in t.promises],
            share,
            DAILY,
            False,
        ),
    ):
        if metric.startswith("open_"):
            result |= _balance(company, metric, rows, reach)
        else:
            result |= answer(
                company, metric, rows, finish, grains=grains, reach=reach, is_dense=is_dense
            )
    return result | _per_customer(company, tickets)


def _dated(
    tickets: list[Ticket], item: Callable[[Ticket], tuple[datetime, object] | None]
) -> list[Dated]:
    found = ((item(ticket), ticket) for ticket in tickets)
    return [(pair[0].date(), ticket.slices, pair[1]) for pair, ticket in found if pair]


def _hours(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 3600


def _closed(ticket: Ticket) -> tuple[datetime, float] | None:
    if ticket.solved and ticket.escalated and ticket.escalated <= ticket.solved:
        return ticket.solved, _hours(ticket.escalated, ticket.solved)
    return None


def _reopened(ticket: Ticket) -> tuple[datetime, bool] | None:
    return (ticket.solutions[0], bool(ticket.reopenings)) if ticket.solutions else None


def _waited(ticket: Ticket) -> tuple[datetime, float] | None:
    if not ticket.replied:
        return None
    return ticket.replied, ticket.clock.between(ticket.created, ticket.replied) / 3600


def _worked(ticket: Ticket) -> tuple[datetime, float] | None:
    if not ticket.solved:
        return None
    return ticket.solved, ticket.clock.between(ticket.created, ticket.solved) / 3600


def _took(ticket: Ticket) -> tuple[datetime, float] | None:
    return (ticket.solved, _hours(ticket.created, ticket.solved)) if ticket.solved else None


def _path(ticket: Ticket) -> tuple[datetime, bool] | None:
    return (ticket.escalated, ticket.is_on_path) if ticket.escalated else None


def _open(company: Company, tickets: list[Ticket], *, is_escalated: bool) -> Iterator[Dated]:
    """A row per ticket and day at whose end it is open."""
    for ticket in tickets:
        day = ticket.created.date()
        last = min(company.as_of, ticket.solved.date() if ticket.solved else company.as_of)
        while day <= last:
            is_meant = not is_escalated or (ticket.escalated and ticket.escalated.date() <= day)
            if is_meant and ticket.is_open_at_end_of(day):
                yield day, ticket.slices, 1
            day += DAY


def _balance(company: Company, metric: str, rows: list[Dated], reach: Reach) -> Values:
    """Of each period the rows of its last day alone."""
    result: Values = {}
    for grain in DAILY:
        days = {day for name, _, day in last_days(company, DAILY) if name == grain}
        chosen = [row for row in rows if row[0] in days]
        result |= answer(
            company,
            metric,
            chosen,
            sum,
            grains=(grain,),
            reach=reach,
            is_dense=True,
            slices={value for _, values, _ in rows for value in values},
        )
    return result


def _per_customer(company: Company, tickets: list[Ticket]) -> Values:
    """Tickets of a period over the customers who pay on its last day."""
    reach = Reach.of(company, "zendesk")
    created = answer(
        company,
        "tickets_per_customer",
        _dated(tickets, lambda t: (t.created, 1)),
        sum,
        grains=WEEKLY,
        reach=reach,
        is_dense=True,
    )
    paying = paying_customers(company, WEEKLY)
    result: Values = {}
    for key, count in created.items():
        below = paying.get(key[1:], 0)
        result[key] = count / below if below and count is not None else None
    return result


def paying_customers(
    company: Company, grains: tuple[str, ...], *, since: dict[str, date] | None = None
) -> dict[Period, int]:
    """How many pay on the last day of each period, for the total and by segment.

    With `since`, only customers that are in it, from their day on.
    """
    found: dict[Period, int] = defaultdict(int)
    for customer, days in company.mrr.daily.items():
        for grain, start, day in last_days(company, grains):
            if since is not None and since.get(customer, date.max) > day:
                continue
            held = [balance for balance in days if balance.day <= day]
            if held and held[-1].net_local > 0:
                for dimension, value in by_customer(company, customer):
                    found[grain, start, dimension, value] += 1
    return found
