"""Entry points: write the company's landing, and one more day of it.

A landing that this module wrote carries a marker file with its parameters; the simulation is
run again from them, so a further day fits what is there. Anything else is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from drivewheel_demo import story
from drivewheel_demo.ads import deliver_ads
from drivewheel_demo.billing import simulate_billing
from drivewheel_demo.calendar import FORESIGHT_DAYS, Horizon, add_months, at
from drivewheel_demo.company import draw_customers
from drivewheel_demo.contracts import deliver_contracts, simulate_contracts
from drivewheel_demo.crm import deliver_companies
from drivewheel_demo.delivery import deliver_software
from drivewheel_demo.dirt import spoil, test_account_events
from drivewheel_demo.events import EventSource
from drivewheel_demo.finance import keep_books
from drivewheel_demo.governance import deliver_governance
from drivewheel_demo.incidents import deliver_incidents, simulate_incidents
from drivewheel_demo.invoices import Biller
from drivewheel_demo.ledger import deliver_ledger
from drivewheel_demo.people import deliver_people
from drivewheel_demo.product import deliver_account, deliver_success, deliver_users
from drivewheel_demo.quality import deliver_quality
from drivewheel_demo.rows import OBJECTS, Delivery
from drivewheel_demo.sales import deliver_sales
from drivewheel_demo.services import deliver_services
from drivewheel_demo.spoiled_software import spoil_software
from drivewheel_demo.stripe import (
    deliver_catalogue,
    deliver_customer,
    deliver_subscription,
)
from drivewheel_demo.support import draw_rise, draw_tickets
from drivewheel_demo.support_dirt import spoil_support
from drivewheel_demo.surveys import deliver_surveys
from drivewheel_demo.telemetry import deliver_requests
from drivewheel_demo.usage import draw_usage, leavings
from drivewheel_demo.vendors import deliver_vendors
from drivewheel_demo.writer import LandingWriter
from drivewheel_demo.zendesk import deliver_support, deliver_ticket, organization_id
from orchestration.settings import COMPANY_FOLDER

MARKER = ".drivewheel-demo.json"
# What the company decided for itself: targets, plan, commitments.
COMPANY_DIR = Path(__file__).resolve().parents[1] / "company"


class DemoError(Exception):
    """The demo cannot be written there, or not any further."""


@dataclass(frozen=True)
class DemoSummary:
    """What was written: files, rows by `source.object`, and rows of dirt by kind."""

    files: tuple[Path, ...]
    rows: dict[str, int]
    dirt: dict[str, int]


@dataclass(frozen=True)
class DemoSize:
    """The parameters of a landing; equal ones give equal bytes."""

    seed: int
    customers: int
    months: int
    events_per_day: int
    end_on: date
    without: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, object]:
        """As kept in the marker."""
        told = {"end_on": self.end_on.isoformat(), "without": sorted(self.without)}
        return {**self.__dict__, **told}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> DemoSize:
        """From a marker; an older one names no stories."""
        told = {
            "end_on": date.fromisoformat(kept["end_on"]),
            "without": frozenset(kept.get("without", ())),
        }
        return cls(**{**kept, **told})


def write_demo(
    landing: Path,
    *,
    seed: int = 7,
    customers: int = 400,
    months: int = 30,
    events_per_day: int = 2000,
    end_on: date = date(2026, 6, 30),
    without: Collection[str] = (),
) -> DemoSummary:
    """Write the whole company up to and including `end_on`; replaces an earlier demo there.

    Stories named in `without` do not happen: what they do not touch stays byte for byte.
    Its own choices lie in `<landing>/company`: those that are there already stay as they are.
    """
    size = DemoSize(seed, customers, months, events_per_day, end_on, frozenset(without))
    _check_size(size)
    _clear(landing)
    horizon, out, events = simulate(size)
    writer = LandingWriter(landing)
    until, beginning = at(end_on + timedelta(days=1)), datetime.min
    for name, spec in OBJECTS.items():
        versions = out.rows[name]
        if spec.form == "log":
            writer.log(name, versions, until=until, since=beginning)
            continue
        if spec.form == "bulk":
            if name in out.bulk:
                writer.bulk(name, out.bulk[name], until=until, since=beginning)
            continue
        if spec.earlier_export:
            writer.table(name, versions, until=add_months(until, -1), since=beginning)
        writer.table(name, versions, until=until, since=beginning)
    writer.events(events, until=horizon.end_on, since=None)
    _describe(landing / COMPANY_FOLDER)
    return _finish(landing, size, written_through=end_on, writer=writer, before=[])


def _describe(folder: Path) -> None:
    """Write the company's own choices where there are none, for their owner alone as all else."""
    if not folder.exists():
        folder.mkdir(parents=True)
        for file in COMPANY_DIR.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())


def write_next_day(landing: Path) -> DemoSummary:
    """Write the day after the last one, as new files beside those that are there."""
    marker = _read_marker(landing)
    if marker is None:
        message = f"{landing} holds no demo: write one there first with write_demo"
        raise DemoError(message)
    size = DemoSize.from_json(marker["size"])
    day = date.fromisoformat(marker["written_through"]) + timedelta(days=1)
    if day > size.end_on + timedelta(days=FORESIGHT_DAYS):
        message = (
            f"the demo in {landing} is simulated to {day - timedelta(days=1)} only: write "
            "it anew with a later end_on"
        )
        raise DemoError(message)
    _, out, events = simulate(size)
    writer = LandingWriter(landing)
    since, until = at(day), at(day + timedelta(days=1))
    for name, spec in OBJECTS.items():
        if spec.form == "log":
            writer.log(name, out.rows[name], until=until, since=since)
        elif spec.form == "bulk":
            if name in out.bulk:
                writer.bulk(name, out.bulk[name], until=until, since=since)
        else:
            writer.table(name, out.rows[name], until=until, since=since)
    writer.events(events, until=day, since=day)
    return _finish(landing, size, written_through=day, writer=writer, before=marker["files"])


def simulate(size: DemoSize) -> tuple[Horizon, Delivery, EventSource]:
    """The whole span, subject by subject, each caused by those before it."""
    horizon = Horizon.of(end_on=size.end_on, months=size.months, without=size.without)
    seed = size.seed
    customers = draw_customers(horizon, seed=seed, customers=size.customers)
    subscriptions = simulate_billing(customers, horizon, seed=seed)
    terms = simulate_contracts(customers, horizon, seed=seed)
    usage = draw_usage(customers, subscriptions, terms, horizon=horizon, seed=seed)
    out = Delivery()
    deliver_catalogue(out, horizon)
    for customer in customers:
        deliver_account(out, customer)
        if customer.stripe_id:
            deliver_customer(out, customer)
    biller = Biller(out, horizon)
    for subscription in subscriptions:
        deliver_subscription(out, subscription, horizon)
        biller.bill(subscription)
    deliver_contracts(out, customers, terms)
    users = deliver_users(out, customers, usage, horizon=horizon, seed=seed)
    deliver_success(out, customers, usage, horizon=horizon, seed=seed)
    deliver_companies(out, customers, horizon=horizon, seed=seed)
    deliver_sales(out, customers, subscriptions, terms, usage, horizon=horizon, seed=seed)
    books = keep_books(out, customers, terms, horizon)
    spent = deliver_ads(out, books, horizon=horizon, seed=seed)
    deliver_ledger(out, books, spent, horizon=horizon)
    deliver_people(out, books, horizon=horizon, seed=seed)
    tickets = draw_tickets(customers, usage, horizon=horizon, seed=seed)
    deliver_support(out, customers, tickets, horizon)
    deliver_surveys(out, customers, usage, tickets, horizon=horizon, seed=seed)
    deliver_services(out, customers, usage, horizon=horizon, seed=seed)
    spoil(out, customers, horizon)
    spoil_support(out, tickets, horizon)
    gone = leavings(subscriptions, terms, seed=seed)
    for ticket in draw_rise(customers, usage, gone, horizon=horizon, seed=seed):
        deliver_ticket(out, ticket, organization_id(ticket.customer.number))
    deployments = deliver_software(out, horizon, seed=seed)
    incidents = simulate_incidents(deployments, horizon, seed=seed)
    deliver_incidents(out, incidents, horizon, seed=seed)
    deliver_requests(
        out,
        customers,
        usage,
        incidents,
        subscriptions,
        horizon=horizon,
        seed=seed,
        events_per_day=size.events_per_day,
    )
    deliver_quality(out, horizon, seed=seed)
    deliver_vendors(out, horizon, seed=seed)
    deliver_governance(out, customers, horizon=horizon, seed=seed)
    spoil_software(out)
    events = EventSource(usage, users, horizon, seed, size.events_per_day, test_account_events)
    return horizon, out, events


def _check_size(size: DemoSize) -> None:
    for name in ("customers", "months"):
        if getattr(size, name) < 1:
            message = f"{name} is {getattr(size, name)}: give at least 1"
            raise DemoError(message)
    if size.events_per_day < 0:
        message = f"events_per_day is {size.events_per_day}: give 0 or more"
        raise DemoError(message)
    known = sorted(told.name for told in story.STORIES if told.touches)
    for name in sorted(size.without.difference(known)):
        message = f"{name} is no story that can be left out: name some of {', '.join(known)}"
        raise DemoError(message)


def _clear(landing: Path) -> None:
    """Remove the files of an earlier demo; refuse where there is anything else."""
    if not landing.exists() or not any(landing.iterdir()):
        return
    marker = _read_marker(landing)
    if marker is None:
        message = f"{landing} is not empty and not a demo: name an empty folder"
        raise DemoError(message)
    for file in marker["files"]:
        (landing / file).unlink(missing_ok=True)
    strangers = [
        path
        for path in landing.rglob("*")
        if path.is_file()
        and path.name != MARKER
        and path.relative_to(landing).parts[0] != COMPANY_FOLDER
    ]
    if strangers:
        message = (
            f"{landing} holds files that are not the demo's, {strangers[0]} for one: move them away"
        )
        raise DemoError(message)


def _read_marker(landing: Path) -> dict | None:  # type: ignore[type-arg]
    path = landing / MARKER
    return json.loads(path.read_text()) if path.exists() else None


def _finish(
    landing: Path,
    size: DemoSize,
    *,
    written_through: date,
    writer: LandingWriter,
    before: list[str],
) -> DemoSummary:
    files = [*before, *(file.relative_to(landing).as_posix() for file in writer.files)]
    marker = {
        "size": size.to_json(),
        "written_through": written_through.isoformat(),
        "files": files,
    }
    landing.mkdir(parents=True, exist_ok=True)
    (landing / MARKER).write_text(json.dumps(marker, indent=1) + "\n")
    writer.connection.close()
    return DemoSummary(tuple(writer.files), dict(writer.rows), dict(sorted(writer.dirt.items())))
