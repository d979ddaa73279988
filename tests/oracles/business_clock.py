"""Opening hours walked day by day, for the oracle: no sums, no tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.oracles.catalogue import Company

DAY = timedelta(days=1)
FAR = 400  # days after which nothing is looked for


class BusinessClock:
    """When somebody is there: minutes of the local week from Sunday 0:00, and days closed."""

    def __init__(self, zone: str, intervals: list[tuple[int, int]], closed: set[date]) -> None:
        """A schedule."""
        self._zone, self._intervals, self._closed = ZoneInfo(zone), sorted(intervals), closed

    def _open(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches of open time that end after a moment, in UTC."""
        first = (since.replace(tzinfo=UTC).astimezone(self._zone)).date() - DAY
        for number in range(FAR):
            day = first + number * DAY
            if day in self._closed:
                continue
            start = (day.isoweekday() % 7) * 1440
            for opens, closes in self._intervals:
                low, high = max(opens, start) - start, min(closes, start + 1440) - start
                if low < high:
                    stretch = self._utc(day, low), self._utc(day, high)
                    if stretch[1] > since:
                        yield stretch

    def _utc(self, day: date, minute: int) -> datetime:
        local = datetime.combine(day, time()) + timedelta(minutes=minute)
        return local.replace(tzinfo=self._zone).astimezone(UTC).replace(tzinfo=None)

    def between(self, start: datetime, end: datetime) -> float:
        """Open seconds from one moment to another."""
        seconds = 0.0
        for opens, closes in self._open(start):
            if opens >= end:
                break
            seconds += (min(closes, end) - max(opens, start)).total_seconds()
        return seconds

    def after(self, start: datetime, seconds: float) -> datetime | None:
        """The last moment that is not more than so many open seconds on."""
        for opens, closes in self._open(start):
            stretch = (closes - max(opens, start)).total_seconds()
            if seconds < stretch:
                return max(opens, start) + timedelta(seconds=seconds)
            seconds -= stretch
        return None


def read_clocks(company: Company) -> dict[str, BusinessClock]:
    """Schedules by id, and the company's own hours as `default`."""
    zones = {row["time_zone"]: row["iana_name"] for row in company.seed("time_zones")}
    closed: dict[str, set[date]] = defaultdict(set)
    for row in company.landing.newest("zendesk.schedule_holiday"):
        day = row["start_date"]
        while not row["_fivetran_deleted"] and day <= (row["end_date"] or row["start_date"]):
            closed[row["schedule_id"]].add(day)
            day += DAY
    zone_of: dict[str, str] = {}
    intervals: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in company.landing.newest("zendesk.schedule"):
        if not row["_fivetran_deleted"]:
            zone_of[row["id"]] = zones.get(row["time_zone"], row["time_zone"])
            intervals[row["id"]].append((row["start_time"], row["end_time"]))
    for row in company.seed("business_hours"):
        zone_of["default"] = zones.get(row["time_zone"], row["time_zone"])
        start = int(row["weekday"]) % 7 * 1440
        opens, closes = (
            int(h) * 60 + int(m)
            for h, m in (row[name].split(":")[:2] for name in ("opens", "closes"))
        )
        intervals["default"].append((start + opens, start + closes))
    return {key: BusinessClock(zone_of[key], intervals[key], closed[key]) for key in zone_of}
