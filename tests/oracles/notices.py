"""Notices of cancellation for the oracle: which subscriptions were announced to end on a day."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime
from functools import lru_cache

from tests.oracles.catalogue import Company
from tests.oracles.landing import Row

GONE = ("canceled", "incomplete_expired")


class Notices:
    """What billing's exports said on each day, and nothing that they said later."""

    def __init__(self, company: Company) -> None:
        seen: dict[str, list[tuple[datetime, int, Row]]] = defaultdict(list)
        for row in company.landing.newest("stripe.subscription_history"):
            seen[row["id"]].append((row["_fivetran_start"] or row["_fivetran_synced"], 1, row))
        for versions in company.landing.all_versions("stripe.subscription"):
            for row in versions:
                seen[row["id"]].append((row["_fivetran_synced"], 0, row))
        self.days: dict[str, list[date]] = {}
        self.ends: dict[str, list[date | None]] = {}
        for key, rows in seen.items():
            last_of_day = {
                at.date(): row
                for at, _, row in sorted(rows, key=lambda told: told[:2])
                if at.date() <= company.as_of
            }
            self.days[key] = list(last_of_day)
            self.ends[key] = [_announced_end(row) for row in last_of_day.values()]

    def runs(self, subscription: str, day: date) -> bool:
        """Whether a notice was running at the end of a day."""
        days = self.days.get(subscription, [])
        at = bisect_right(days, day) - 1
        if at < 0:
            return False
        end = self.ends[subscription][at]
        # Where nothing more is heard, the day that was named comes.
        is_heard_later = at + 1 < len(days)
        return end is not None and (is_heard_later or day < end)


def _announced_end(row: Row) -> date | None:
    """The day on which a subscription that has not ended is to end."""
    if row["status"] in GONE:
        return None
    if row["cancel_at"]:
        return row["cancel_at"].date()
    if row["cancel_at_period_end"]:
        return row["current_period_end"].date() if row["current_period_end"] else date.max
    return None


@lru_cache(maxsize=2)
def read_notices(company: Company) -> Notices:
    """Read once."""
    return Notices(company)
