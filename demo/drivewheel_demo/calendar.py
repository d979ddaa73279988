"""Days, months, random streams of a simulation, and which stories happen in it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from drivewheel_demo.story import Story

FORESIGHT_DAYS = 30  # simulated beyond the last day written, so that days can be added


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time some months on, or the last day of a shorter month."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    day = min(moment.day, (first_of_month(year, month + 2) - timedelta(days=1)).day)
    return moment.replace(year=year, month=month + 1, day=day)


def first_of_month(year: int, month: int) -> date:
    """First day of a month; months beyond 12 run into the next year."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def at(day: date, seconds: float = 0) -> datetime:
    """A moment on a day, to the second, UTC without a zone."""
    return datetime.combine(day, time()) + timedelta(seconds=int(seconds))


def random_stream(seed: int, name: str, number: int = 0) -> np.random.Generator:
    """An independent stream per subject, so that one subject's draws never move another's."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), number])


@dataclass(frozen=True)
class Horizon:
    """The simulated span: from the first month's first day to past the last day written.

    `without` names the stories that do not happen in it.
    """

    start: date
    end_on: date
    without: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *, end_on: date, months: int, without: frozenset[str] = frozenset()) -> Horizon:
        """The span of so many calendar months ending on a day."""
        return cls(first_of_month(end_on.year, end_on.month - months + 1), end_on, without)

    def tells(self, told: Story) -> bool:
        """Whether a story happens. Draws are made either way, so that no other is moved."""
        if told.because_of and not self.tells(told.because_of):
            return False
        return told.name not in self.without

    def tells_on(self, told: Story, day: date) -> bool:
        """Whether a story happens on a day."""
        return told.starts <= day <= told.ends and self.tells(told)

    @property
    def last(self) -> date:
        """Last simulated day."""
        return self.end_on + timedelta(days=FORESIGHT_DAYS)

    @property
    def days(self) -> int:
        """Number of simulated days."""
        return (self.last - self.start).days + 1

    def index(self, moment: datetime | date) -> int:
        """Day number from the start, kept within the span."""
        day = moment.date() if isinstance(moment, datetime) else moment
        return max(0, min(self.days, (day - self.start).days))

    def months(self) -> Iterator[date]:
        """First days of the simulated months."""
        month = self.start
        while month <= self.last:
            yield month
            month = first_of_month(month.year, month.month + 1)
