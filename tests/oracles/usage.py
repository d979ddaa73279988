"""Use of the product for the oracle: who did what on which day, and who holds a seat."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracles.catalogue import Company
from tests.oracles.crm import Crm
from tests.oracles.tally import day_of

WINDOW = timedelta(days=30)


@dataclass(frozen=True, order=True)
class Use:
    """A value event."""

    day: date
    account: str
    user: str
    feature: str
    is_core: bool


class Usage:
    """What customers did with the product."""

    def __init__(self, company: Company) -> None:
        """Read accounts, environments, seats and value events."""
        crm, landing = Crm(company), company.landing
        value = {row["event"]: row for row in company.seed("value_events")}
        self.accounts: dict[str, set[str]] = defaultdict(set)
        self.uses: dict[str, list[Use]] = defaultdict(list)
        self.seats: dict[str, list[tuple[str, str, date, date]]] = defaultdict(list)
        self.provisioned: dict[str, date] = {}
        for row in landing.newest("segment.tracks"):
            customer = crm.accounts.get(row["group_id"])
            if customer and row["event"] in value and row["timestamp"]:
                seed = value[row["event"]]
                self.uses[customer].append(Use(
                    day_of(row["timestamp"]), row["group_id"], row["user_id"] or "",
                    seed["feature"], seed["is_core"] == "true",
                ))  # fmt: skip
        for uses in self.uses.values():
            uses.sort()
        for row in landing.newest("app.membership"):
            customer = crm.accounts.get(row["account_id"])
            if customer and row["is_paid_seat"] is not False and row["started_at"]:
                ended = day_of(row["ended_at"]) if row["ended_at"] else date.max
                self.seats[customer].append(
                    (row["account_id"], row["user_id"], day_of(row["started_at"]), ended)
                )
        ready: dict[str, list[date]] = defaultdict(list)
        for row in landing.newest("app.environment"):
            ready[row["account_id"]].append(
                day_of(row["ready_at"]) if row["ready_at"] else date.max
            )
        for account, days in ready.items():
            customer = crm.accounts.get(account)
            if customer and max(days) < date.max:
                earlier = self.provisioned.get(customer, date.max)
                self.provisioned[customer] = min(earlier, max(days))

    def until(self, customer: str, day: date) -> list[Use]:
        """What a customer did in the 30 days that end on a day."""
        uses = self.uses[customer]
        first = bisect_right(uses, day - WINDOW, key=lambda use: use.day)
        return uses[first : bisect_right(uses, day, key=lambda use: use.day)]

    def users(self, customer: str, day: date) -> set[tuple[str, str]]:
        """Who of them was active then."""
        return {(use.account, use.user) for use in self.until(customer, day) if use.user}

    def seated(self, customer: str, day: date) -> set[tuple[str, str]]:
        """Who holds a paid seat on a day."""
        return {(account, user) for account, user, first, until in self.seats[customer]
                if first <= day < until}  # fmt: skip
