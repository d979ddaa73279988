"""What is wrong with support's and surveys' data, on purpose: small and counted.

Additional rows beside the true tickets, but for times with an offset, which say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at
from drivewheel_demo.rows import Delivery, Row
from drivewheel_demo.support import Ticket
from drivewheel_demo.zendesk import CLOSES_AFTER, deliver_ticket

# Numbers beyond those of any true ticket, by kind.
DELETED, MERGED, TEST, UNMATCHED = 700_000, 710_000, 720_000, 730_000
TEST_ORGANIZATION, UNMATCHED_ORGANIZATION = "8900001", "8900002"
REPEATED_AFTER = timedelta(hours=6)


def spoil_support(out: Delivery, tickets: list[Ticket], horizon: Horizon) -> None:
    """Tickets that do not count, tickets of nobody, repeated changes and local times."""
    _duplicate_changes(out)
    _offset_times(out, [ticket for ticket in tickets if ticket.customer.region == "emea"])
    # Copies of tickets that are over, so that what is wrong with them is in the files.
    over = [t for t in tickets if t.ended + 2 * CLOSES_AFTER < at(horizon.end_on)]
    start = at(horizon.start, 9 * 3600)
    for key, name in ((TEST_ORGANIZATION, "Internal test"), (UNMATCHED_ORGANIZATION, "Nobody's")):
        out.add(
            "zendesk.organization",
            start,
            {
                "id": key,
                "name": name,
                "external_id": None,
                "created_at": start,
                "updated_at": start,
                "_fivetran_synced": start,
            },
        )
    out.add(
        "zendesk.organization_tag",
        start,
        {
            "organization_id": TEST_ORGANIZATION,
            "tag": "test",
            "_fivetran_synced": start,
        },
    )
    out.add(
        "zendesk.domain_name",
        start,
        {
            "organization_id": UNMATCHED_ORGANIZATION,
            "domain_name": "nobody-of-ours.example",
            "_fivetran_synced": start,
        },
    )
    for kind, first, organization in (
        ("deleted_tickets", DELETED, None),
        ("merged_tickets", MERGED, None),
        ("test_tickets", TEST, TEST_ORGANIZATION),
        ("unmatched_tickets", UNMATCHED, UNMATCHED_ORGANIZATION),
    ):
        for number, ticket in enumerate(_spread(over, story.DIRT[kind])):
            # Never the so-many-th that leaves organisation or schedule out.
            copy = replace(ticket, number=first + 2 + 90 * number)
            home = organization or str(8_000_000 + ticket.customer.number)
            deliver_ticket(out, copy, home)
    _delete(out)
    _merge(out, over)


def _spread(tickets: list[Ticket], size: int) -> list[Ticket]:
    return tickets[:: max(1, len(tickets) // size)][:size]


def _rows_of(out: Delivery, first: int) -> Iterator[tuple[datetime, Row]]:
    for seen, row in list(out.rows["zendesk.ticket"]):
        if first < int(row["id"]) - 10_000 < first + 10_000:
            yield seen, row


def _delete(out: Delivery) -> None:
    """The last version of each says that it was deleted, in one way or the other."""
    last = {row["id"]: (seen, row) for seen, row in _rows_of(out, DELETED)}
    for number, (seen, row) in enumerate(last.values()):
        gone = {"status": "deleted"} if number % 2 else {"_fivetran_deleted": True}
        later = seen + timedelta(hours=1)
        out.add("zendesk.ticket", later, {**row, **gone, "_fivetran_synced": later})


def _merge(out: Delivery, tickets: list[Ticket]) -> None:
    """The ticket that took it in says so, in all of its versions."""
    copies = dict.fromkeys(row["id"] for _, row in _rows_of(out, MERGED))
    pairs = zip(_spread(tickets, story.DIRT["merged_tickets"]), copies, strict=True)
    merged = {str(10_000 + ticket.number): f"[{copy}]" for ticket, copy in pairs}
    for _, row in out.rows["zendesk.ticket"]:
        row["merged_ticket_ids"] = merged.get(row["id"], row["merged_ticket_ids"])


def _duplicate_changes(out: Delivery) -> None:
    changes = out.rows["zendesk.ticket_field_history"]
    size = story.DIRT["duplicate_ticket_changes"]
    for seen, row in changes[:: max(1, len(changes) // size)][:size]:
        again = seen + REPEATED_AFTER
        out.add("zendesk.ticket_field_history", again, {**row, "_fivetran_synced": again})


def _offset_times(out: Delivery, tickets: list[Ticket]) -> None:
    chosen = {str(10_000 + t.number) for t in _spread(tickets, story.DIRT["offset_ticket_times"])}
    for _, row in out.rows["zendesk.ticket"]:
        if row["id"] in chosen:
            row["created_at"] = f"{row['created_at'] + timedelta(hours=2):%Y-%m-%d %H:%M:%S}+02:00"


def support_dirt_of(name: str, row: Row) -> Iterator[str]:
    """Kinds of dirt that a written row carries."""
    if name == "zendesk.ticket":
        number = int(row["id"]) - 10_000
        kinds = {
            DELETED: "deleted_tickets",
            MERGED: "merged_tickets",
            TEST: "test_tickets",
            UNMATCHED: "unmatched_tickets",
        }
        if number > DELETED:
            yield kinds[number - number % 10_000]
        if isinstance(row["created_at"], str):
            yield "offset_ticket_times"
    elif name == "zendesk.ticket_field_history":
        if row["_fivetran_synced"] - row["updated"] == REPEATED_AFTER:
            yield "duplicate_ticket_changes"
    elif name == "delighted.survey_response" and "account_id" not in row["person_properties"]:
        yield "unmatched_answers"
