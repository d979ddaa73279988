"""Use of the product for the oracle: events once each, and what a customer's windows hold."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache

from tests.oracles.catalogue import Company
from tests.oracles.holdings import Held, read_held
from tests.oracles.landing import Row
from tests.oracles.operations import source_days
from tests.oracles.whois import Whois

ON = ("active", "past_due", "trialing")
Days = dict[date, list[int]]  # value events and transactions
Window = tuple[date, date]  # first and last day


@dataclass
class User:
    """A user of an account, and the days with a value event, in order."""

    account: str
    name: str | None
    days: Days = field(default_factory=dict)

    @cached_property
    def ordered(self) -> list[date]:
        """Days with a value event."""
        return sorted(self.days)

    def within(self, window: Window) -> list[date]:
        """Those of them that lie in a window."""
        first, last = window
        return self.ordered[bisect_left(self.ordered, first) : bisect_right(self.ordered, last)]


@dataclass(frozen=True)
class Seat:
    """A seat that is paid for from a day, until a day that is excluded."""

    user: tuple[str, str]
    first: date
    until: date


@dataclass(frozen=True)
class Snapshot:
    """What the windows that end on a day hold of a customer."""

    working_user_days: int
    weekly: int
    monthly: int
    before: int
    events: int
    transactions: int
    transactions_before: int
    seats: int
    active_seats: int
    features: frozenset[str]
    use_cases: int
    comparable: int
    baseline: int
    is_waiting: bool
    is_subscribed: bool = True


@dataclass
class Onboarded:
    """A customer that uses the product: its days, people, seats and features."""

    customer: str
    subscribed: date | None = None
    purchased: date | None = None
    provisioned: date | None = None
    first_value: date | None = None
    users: dict[tuple[str, str | None], User] = field(default_factory=dict)
    people: list[Row] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)
    features: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))
    held: Held = field(default_factory=Held)

    def is_provisioned_on(self, day: date) -> bool:
        """From the day on which all that was promised is ready."""
        return self.provisioned is not None and self.provisioned <= day

    def is_subscribed_on(self, day: date) -> bool:
        """While a subscription pays or is tried; or unknown to billing."""
        return self.subscribed is None or any(h.state in ON for h in self.held.on(day))

    def active_in(self, first: date, days: int) -> set[str]:
        """Names of those with a value event in some days from a day on."""
        window = (first, first + timedelta(days=days - 1))
        return {user.name for user in self.users.values() if user.name and user.within(window)}

    def snapshot(self, day: date, use_cases: dict[str, set[str]]) -> Snapshot:
        """Everything about the windows that end on a day."""
        month, week = (_back(day, 29), day), (_back(day, 6), day)
        earlier = (_back(day, 59), _back(day, 30))
        users = [user for user in self.users.values() if user.name]
        now = {(u.account, u.name): days for u in users if (days := u.within(month))}
        before = {(u.account, u.name): days for u in users if (days := u.within(earlier))}
        recent = [days for u in users if (days := u.within(week))]
        held = {seat.user for seat in self.seats if seat.first <= day < seat.until}
        used = frozenset(
            feature
            for feature, days in self.features.items()
            if any(month[0] <= on <= day for on in days)
        )
        then = set[str]()
        if self.first_value and self.first_value + timedelta(days=29) < day:
            then = self.active_in(self.first_value, 30)
        return Snapshot(
            working_user_days=sum(on.isoweekday() <= 5 for days in recent for on in days),
            weekly=len(recent),
            monthly=len(now),
            before=len(before),
            events=self._count(now, 0),
            transactions=self._count(now, 1),
            transactions_before=self._count(before, 1),
            seats=len(held),
            active_seats=len(held & now.keys()),
            features=used,
            use_cases=len({case for feature in used for case in use_cases[feature]}),
            comparable=len(now) if then else 0,
            baseline=len(then),
            is_waiting=self.first_value is None or self.first_value > day,
        )

    def _count(self, found: dict[tuple[str, str | None], list[date]], kind: int) -> int:
        return sum(self.users[key].days[on][kind] for key, days in found.items() for on in days)


class Usage:
    """Every customer that has an account, with what the product knows of it."""

    def __init__(self, company: Company) -> None:
        self.company, self.landing = company, company.landing
        self.events = {row["event"]: row for row in company.seed("value_events")}
        self.use_cases: dict[str, set[str]] = defaultdict(set)
        for row in self.events.values():
            self.use_cases[row["feature"]].add(row["use_case"])
        self.core = {r["feature"] for r in self.events.values() if r["is_core"] == "true"}
        whois = Whois(company)
        self.owners = {
            row["id"]: whois.find(row["id"], ()) or row["id"]
            for row in self.landing.newest("app.account")
            if not row["is_test"]
        }
        self.customers = {name: Onboarded(name) for name in self.owners.values()}
        self._subscribe()
        self._provision()
        self._use()
        self._seat()
        self._snapshots: dict[tuple[str, date], Snapshot] = {}
        self.covered = source_days(company, "segment") or (date.max, date.min)

    def of(self, account: str | None) -> Onboarded | None:
        """The customer of an account that is no test."""
        return self.customers[self.owners[account]] if account in self.owners else None

    def at(self, customer: str, day: date) -> Snapshot | None:
        """A customer's windows, from its provisioning on and while events reach the day.

        After its subscription only what was used in them; None where nothing was.
        """
        known = self.customers.get(customer)
        if known is None or not known.is_provisioned_on(day):
            return None
        if not self.covered[0] <= day <= self.covered[1]:
            return None
        if (customer, day) not in self._snapshots:
            seen = known.snapshot(day, self.use_cases)
            if not known.is_subscribed_on(day):
                seen = replace(
                    seen,
                    seats=0,
                    active_seats=0,
                    comparable=0,
                    baseline=0,
                    is_waiting=False,
                    is_subscribed=False,
                )
            self._snapshots[customer, day] = seen
        found = self._snapshots[customer, day]
        return found if found.is_subscribed or found.monthly or found.before else None

    def _subscribe(self) -> None:
        held = read_held(self.company)
        for name, known in self.customers.items():
            if name in held:
                known.held = held[name]
                known.subscribed = known.held.first(lambda _: True)
                known.purchased = known.held.first(lambda h: h.pays and h.net_mrr > 0)

    def _provision(self) -> None:
        promised, end = defaultdict[str, list[Row]](list), self.company.as_of
        for row in self.landing.newest("app.environment"):
            if row["requested_at"] is None or row["requested_at"].date() <= end:
                promised[row["account_id"]].append(row)
        for account, rows in promised.items():
            known = self.of(account)
            if known and all(row["ready_at"] and row["ready_at"].date() <= end for row in rows):
                ready = max(row["ready_at"] for row in rows).date()
                known.provisioned = min(known.provisioned or ready, ready)

    def _use(self) -> None:
        for row in self.landing.newest("segment.tracks"):
            known, meaning = self.of(row["group_id"]), self.events.get(row["event"])
            day = row["timestamp"].date()
            if known is None or meaning is None or day > self.company.as_of:
                continue
            key = (row["group_id"], row["user_id"])
            if key not in known.users:
                known.users[key] = User(*key)
            counts = known.users[key].days.setdefault(day, [0, 0])
            counts[0] += 1
            counts[1] += meaning["is_transaction"] == "true"
            known.features[meaning["feature"]].add(day)
            if meaning["is_first_value"] == "true":
                known.first_value = min(known.first_value or day, day)

    def _seat(self) -> None:
        for row in self.landing.newest("app.user"):
            known = self.of(row["account_id"])
            if known and row["created_at"].date() <= self.company.as_of:
                known.people.append(row)
        for row in self.landing.newest("app.membership"):
            known = self.of(row["account_id"])
            if known and row["is_paid_seat"] is not False and row["started_at"]:
                until = row["ended_at"].date() if row["ended_at"] else date.max
                user = (row["account_id"], row["user_id"])
                known.seats.append(Seat(user, row["started_at"].date(), until))


def _back(day: date, days: int) -> date:
    return day - timedelta(days=days)


@lru_cache(maxsize=2)
def read_usage(company: Company) -> Usage:
    """Read once: every module that asks of use shares it."""
    return Usage(company)
