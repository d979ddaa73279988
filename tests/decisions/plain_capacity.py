"""Spells of steps in the plain way, to hold the quick one against: all of them, each day.

Every day on which something happens everything that is called for is looked at, and placed anew.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from orchestration.act.capacity import (
    Live,
    expires_on_of,
    known_days,
    later_days,
    lead_of,
    move,
)
from orchestration.act.steps import Rules, Spell, Step


def plan_plainly(steps: Iterable[Step], rules: Rules, as_of: dt.date) -> list[Spell]:
    """As `plan_spells`."""
    waiting = sorted(steps, key=lambda step: (step.called_on, step.step_id), reverse=True)
    live: dict[str, Live] = {}
    spells: list[Spell] = []
    days = [day for step in waiting for day in known_days(step) if day <= as_of]
    heapq.heapify(days)
    last = dt.date.min
    while days and (day := heapq.heappop(days)) <= as_of:
        if day == last:
            continue
        last = day
        while waiting and waiting[-1].called_on <= day:
            step = waiting.pop()
            live[step.step_id] = Live(step=step, owner_role=step.owner_role, due_on=step.due_on)
        for each in _end(live, rules, day):
            spells += live.pop(each).spells
        for found in live.values():
            _escalate(found, rules, day)
        for found, standing, led_by in _place(live.values(), rules, day):
            if move(found, standing, led_by, day):
                for later in later_days(found, rules):
                    if later > day:
                        heapq.heappush(days, later)
    spells += [spell for found in live.values() for spell in found.spells]
    return sorted(spells, key=lambda spell: (spell.step_id, spell.began_on))


def _end(live: Mapping[str, Live], rules: Rules, day: dt.date) -> list[str]:
    """End what is over by a day; gives its ids."""
    ended: dict[str, tuple[dt.date, str]] = {}
    for step_id, found in live.items():
        end = found.step.end()
        expires_on = expires_on_of(found, rules)
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
            move(found, "queued", None, found.step.called_on)
        found.spells[-1].ended_on = ended_on
        found.spells[-1].ended_as = ended_as
    return [*ended]


def _escalate(found: Live, rules: Rules, day: dt.date) -> None:
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
    live: Iterable[Live], rules: Rules, day: dt.date
) -> Iterator[tuple[Live, str, str | None]]:
    """Each live step's standing on a day, and which one leads it."""
    live = [*live]
    groups: dict[str, list[Live]] = defaultdict(list)
    for found in live:
        if not found.step.is_uneconomic or found.step.is_begun(day):
            groups[found.step.group].append(found)
    leads = {name: lead_of(members, day) for name, members in groups.items()}
    roles: dict[str, list[Live]] = defaultdict(list)
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
