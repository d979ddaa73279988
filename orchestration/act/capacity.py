"""Which steps are open, and which wait: what a role can do is less than what is called for.

Steps come in as they are called for and go out as spells, each of one standing: `open`, `queued`
(its role has no room), `grouped` (another step of the same account leads) or `uneconomic` (it is
expected to cost more than it keeps). Nothing is lost: whatever is called for has a spell from the
day of the call to the day on which it is over. Dates in, dates out; no database.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# A role's open steps are at most so many weeks of its capacity.
WEEKS_AHEAD = 4
# What on an account leads: the first of these of which something is to be done.
LEADING = ("notice_given", "at_risk", "detractor", "passive", "promoter")
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


@dataclass(kw_only=True)
class _Live:
    """A step that has been called for and is not over."""

    step: Step
    owner_role: str
    due_on: dt.date | None
    spells: list[Spell] = field(default_factory=list)

    @property
    def standing(self) -> str | None:
        return self.spells[-1].standing if self.spells else None

    def order(self, day: dt.date) -> tuple[object, ...]:
        """Who comes first: what was begun, losses, what is critical, what it saves, and then age.

        What a breach's steps save is unknown and not nothing, so it comes before what is known.
        """
        saved = self.step.expected_return
        return (
            not self.step.is_begun(day),
            self.step.is_courtesy,
            not self.step.is_critical,
            saved is not None,
            -(saved or 0),
            self.step.called_on,
            self.step.step_id,
        )


def plan_spells(steps: Iterable[Step], rules: Rules, as_of: dt.date) -> list[Spell]:
    """The spells of every step by a day, in order of step and time.

    Each day on which something happens: what is over leaves, what nobody began in time goes to
    the next role or expires, one trigger leads on each account, and each role has as many open
    as four weeks hold, the first of the rest waiting.
    """
    waiting = sorted(steps, key=lambda step: (step.called_on, step.step_id), reverse=True)
    live: dict[str, _Live] = {}
    spells: list[Spell] = []
    days = [day for step in waiting for day in _known_days(step) if day <= as_of]
    heapq.heapify(days)
    last = dt.date.min
    while days and (day := heapq.heappop(days)) <= as_of:
        if day == last:
            continue
        last = day
        while waiting and waiting[-1].called_on <= day:
            step = waiting.pop()
            live[step.step_id] = _Live(step=step, owner_role=step.owner_role, due_on=step.due_on)
        for each in _end(live, rules, day):
            spells += live.pop(each).spells
        for found in live.values():
            _escalate(found, rules, day)
        for found, standing, led_by in _place(live.values(), rules, day):
            if _move(found, standing, led_by, day):
                for later in _later_days(found, rules):
                    if later > day:
                        heapq.heappush(days, later)
    spells += [spell for found in live.values() for spell in found.spells]
    return sorted(spells, key=lambda spell: (spell.step_id, spell.began_on))


def _known_days(step: Step) -> Iterator[dt.date]:
    yield step.called_on
    for day in (step.acknowledged_on, step.closed_on, step.over_on, step.recovers_on):
        if day is not None and day > step.called_on:
            yield day


def _later_days(found: _Live, rules: Rules) -> Iterator[dt.date]:
    """The days on which a step that nobody begins is passed on, or expires."""
    if found.due_on is not None:
        yield found.due_on + dt.timedelta(days=rules.escalates_days + 1)
    if expires_on := _expires_on(found, rules):
        yield expires_on + dt.timedelta(days=1)


def _expires_on(found: _Live, rules: Rules) -> dt.date | None:
    step = found.step
    if step.is_courtesy:
        # Late is late, whether or not there was room for it.
        due_on = found.due_on or step.called_on + dt.timedelta(days=step.due_days or 0)
        return due_on + dt.timedelta(days=rules.courtesy_expires_days)
    if found.due_on is None or step.is_logged:
        return None
    return found.due_on + dt.timedelta(days=rules.expires_days)


def _end(live: Mapping[str, _Live], rules: Rules, day: dt.date) -> list[str]:
    """End what is over by a day; gives its ids."""
    ended: dict[str, tuple[dt.date, str]] = {}
    for step_id, found in live.items():
        end = found.step.end()
        expires_on = _expires_on(found, rules)
        if end and end[0] <= day:
            ended[step_id] = end
        elif expires_on and expires_on < day and not found.step.is_begun(day):
            ended[step_id] = expires_on, "expired"
    # Whoever did what was to be done on an account did it for every reason that the step listed.
    for step_id in [each for each, (_, ended_as) in ended.items() if ended_as == "handled"]:
        step = live[step_id].step
        rest = [
            each
            for each in live.values()
            if each.step.trigger_id == step.trigger_id
            and each.step.group == step.group
            and each.step.step_id not in ended
        ]
        if rest:
            continue
        for each in live.values():
            if (
                each.step.group == step.group
                and each.standing == "grouped"
                and each.step.step_id not in ended
            ):
                ended[each.step.step_id] = ended[step_id]
    for step_id, (ended_on, ended_as) in ended.items():
        found = live[step_id]
        if not found.spells:
            _move(found, "queued", None, found.step.called_on)
        found.spells[-1].ended_on = ended_on
        found.spells[-1].ended_as = ended_as
    return [*ended]


def _escalate(found: _Live, rules: Rules, day: dt.date) -> None:
    """Pass on what is late and nobody began."""
    step = found.step
    if (
        step.escalates_to is not None
        and found.standing == "open"
        and not step.is_begun(day)
        and found.due_on is not None
        and day > found.due_on + dt.timedelta(days=rules.escalates_days)
    ):
        found.owner_role = step.escalates_to


def _place(
    live: Iterable[_Live], rules: Rules, day: dt.date
) -> Iterator[tuple[_Live, str, str | None]]:
    """Each live step's standing on a day, and which one leads it."""
    live = [*live]
    groups: dict[str, list[_Live]] = defaultdict(list)
    for found in live:
        if not found.step.is_uneconomic or found.step.is_begun(day):
            groups[found.step.group].append(found)
    leads = {name: _lead(members, day) for name, members in groups.items()}
    roles: dict[str, list[_Live]] = defaultdict(list)
    for found in live:
        step, lead = found.step, leads.get(found.step.group)
        if step.is_begun(day):
            roles[found.owner_role].append(found)
        elif step.is_uneconomic:
            yield found, "uneconomic", None
        elif lead and (lead.step.trigger_id, lead.step.called_on) != (
            step.trigger_id,
            step.called_on,
        ):
            yield found, "grouped", lead.step.step_id
        else:
            roles[found.owner_role].append(found)
    for role, members in roles.items():
        room = rules.room(role)
        for place, found in enumerate(sorted(members, key=lambda each: each.order(day))):
            is_open = place < room or found.step.is_begun(day)
            yield found, "open" if is_open else "queued", None


def _lead(members: Iterable[_Live], day: dt.date) -> _Live:
    """Of what is called for on one account, the step that leads."""

    def order(found: _Live) -> tuple[object, ...]:
        step = found.step
        place = LEADING.index(step.trigger) if step.trigger in LEADING else len(LEADING)
        return (not step.is_begun(day), place, step.called_on, step.step_number, step.step_id)

    return min(members, key=order)


def _move(found: _Live, standing: str, led_by: str | None, day: dt.date) -> bool:
    """Begin another spell where the standing, the owner or the lead is another."""
    if standing == "open" and found.due_on is None and found.step.due_days is not None:
        found.due_on = day + dt.timedelta(days=found.step.due_days)
    last = found.spells[-1] if found.spells else None
    if last and (last.standing, last.owner_role, last.led_by) == (
        standing,
        found.owner_role,
        led_by,
    ):
        return False
    if last:
        last.ended_on = day
    found.spells.append(
        Spell(
            step_id=found.step.step_id,
            standing=standing,
            owner_role=found.owner_role,
            began_on=day,
            due_on=found.due_on,
            led_by=led_by,
        )
    )
    return True
