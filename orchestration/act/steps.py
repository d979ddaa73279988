"""Steps that are called for, what a role can do of them, and the times in which they stand somehow.

Dates in, dates out; no database.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# A role's open steps are at most so many weeks of its capacity.
WEEKS_AHEAD = 4
COURTESIES = ("passive", "promoter")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Steps a week of each role, and days after which a step is passed on, or expires."""

    steps_per_week: Mapping[str, float]
    default_steps_per_week: float = 2
    escalates_days: int = 14
    expires_days: int = 90
    courtesy_expires_days: int = 30

    def room(self, role: str) -> int:
        """How many steps of a role may be open at once."""
        per_week = self.steps_per_week.get(role, self.default_steps_per_week)
        return int(WEEKS_AHEAD * per_week)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What was called for, what was done about it, and what it is worth.

    `group` is what one step at a time is about: the account, else the breach and number of the
    step. `due_on` is a day that somebody promised; without one a step is due `due_days` after it
    was opened. `over_on` is the day from which nothing calls for it any more, `recovers_on` that of
    the breach, where a worse one calls anew in between (`ended_as` is renewed).
    """

    step_id: str
    group: str
    trigger_id: str | None
    trigger: str | None
    step_number: int
    owner_role: str
    escalates_to: str | None
    is_critical: bool
    called_on: dt.date
    due_days: int | None
    due_on: dt.date | None
    acknowledged_on: dt.date | None
    closed_on: dt.date | None
    over_on: dt.date | None
    recovers_on: dt.date | None
    ended_as: str | None
    expected_return: float | None

    @property
    def is_courtesy(self) -> bool:
        """Whether it is a friendly word, which comes in time or not at all."""
        return self.trigger in COURTESIES

    @property
    def is_logged(self) -> bool:
        """Whether its owner wrote it down without a playbook."""
        return self.trigger_id is None

    @property
    def is_uneconomic(self) -> bool:
        """Whether it is known to cost more than it keeps; what is not known is done."""
        return self.expected_return is not None and self.expected_return < 0

    def is_begun(self, day: dt.date) -> bool:
        """Whether somebody was at it by a day."""
        return self.is_logged or (self.acknowledged_on is not None and self.acknowledged_on <= day)

    def is_kept(self) -> bool:
        """Whether a worse breach leaves it alone, because somebody was at it by then."""
        return (
            self.ended_as == "renewed"
            and self.over_on is not None
            and self.is_begun(self.over_on)
            and (self.closed_on is None or self.closed_on > self.over_on)
        )

    def end(self) -> tuple[dt.date, str] | None:
        """The day on which it is over by a person or by what called for it, and as what."""
        over_on, ended_as = self.over_on, self.ended_as
        if self.is_kept():
            over_on, ended_as = self.recovers_on, "recovered"
        days = [day for day in (self.closed_on, over_on) if day is not None]
        if not days:
            return None
        return min(days), "handled" if self.closed_on is not None else str(ended_as)


@dataclass(kw_only=True)
class Spell:
    """A time in which a step had one standing and one owner; `ended_on` is no day of it."""

    step_id: str
    standing: str
    owner_role: str
    began_on: dt.date
    due_on: dt.date | None
    led_by: str | None
    ended_on: dt.date | None = None
    ended_as: str | None = None
