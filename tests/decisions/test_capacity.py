"""What a role has no room for waits, and nothing that was called for is lost (decisions, W7)."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from orchestration.act.capacity import LEADING, plan_spells
from orchestration.act.steps import Rules, Spell, Step
from tests.decisions.plain_capacity import plan_plainly

RULES = Rules(steps_per_week={"one": 1, "many": 50})
TODAY = dt.date(2026, 6, 30)


def day(number: int) -> dt.date:
    """A day of March, April, … by its number from March 1."""
    return dt.date(2026, 3, 1) + dt.timedelta(days=number - 1)


def step(step_id: str, called: int = 1, **said: Any) -> Step:
    """A call on an account of its own, by the role that does one step a week."""
    given = {
        "step_id": step_id,
        "group": f"customer|{step_id}",
        "trigger_id": step_id,
        "trigger": "at_risk",
        "step_number": 1,
        "owner_role": "one",
        "escalates_to": None,
        "is_critical": False,
        "called_on": day(called),
        "due_days": 5,
        "due_on": None,
        "acknowledged_on": None,
        "closed_on": None,
        "over_on": None,
        "recovers_on": None,
        "ended_as": None,
        "expected_return": 100.0,
    }
    return Step(**(given | said))


def told(spells: list[Spell], step_id: str) -> list[tuple[str, int, int | None]]:
    """Standings of a step with their first day and the day on which they were over."""

    def number(found: dt.date | None) -> int | None:
        return (found - day(1)).days + 1 if found else None

    return [
        (spell.standing, number(spell.began_on) or 0, number(spell.ended_on))
        for spell in spells
        if spell.step_id == step_id
    ]


def test_a_role_has_four_weeks_of_its_capacity_open_and_money_goes_first() -> None:
    calls = [step(f"{n}", expected_return=float(n)) for n in range(1, 6)]
    breach = step("breach", 11, trigger="grr", is_critical=True, expected_return=None)
    spells = plan_spells([*calls, breach], RULES, day(12))
    assert told(spells, "1") == [("queued", 1, None)]
    assert told(spells, "2") == [("open", 1, 11), ("queued", 11, None)]
    assert told(spells, "5") == [("open", 1, None)]
    assert told(spells, "breach") == [("open", 11, None)]


def test_of_equal_money_the_older_goes_first_and_unknown_money_is_not_nothing() -> None:
    calls = [step("old", 1), step("new", 2), step("unknown", 3, expected_return=None)]
    calls += [step(f"dear {n}", 4, expected_return=500.0) for n in range(2)]
    spells = plan_spells(calls, RULES, day(4))
    assert [name for name in ("old", "new", "unknown") if told(spells, name)[-1][0] == "open"] == [
        "old",
        "unknown",
    ]


def test_what_was_begun_is_open_whatever_the_room_and_a_courtesy_comes_last() -> None:
    calls = [step(f"{n}") for n in range(4)]
    thanks = step("thanks", trigger="promoter", expected_return=9e9)
    begun = step("begun", 1, acknowledged_on=day(3), expected_return=1.0)
    spells = plan_spells([*calls, thanks, begun], RULES, day(4))
    assert told(spells, "thanks") == [("queued", 1, None)]
    assert told(spells, "begun") == [("queued", 1, 3), ("open", 3, None)]
    assert Counter(told(spells, f"{n}")[-1][0] for n in range(4)) == {"open": 3, "queued": 1}


def test_a_step_is_due_from_the_day_on_which_there_was_room() -> None:
    calls = [step(f"{n}", closed_on=day(8), ended_as=None) for n in range(4)]
    spells = plan_spells([*calls, step("waits", expected_return=1.0)], RULES, day(9))
    assert told(spells, "waits") == [("queued", 1, 8), ("open", 8, None)]
    assert [spell.due_on for spell in spells if spell.step_id == "waits"] == [None, day(13)]
    assert all(told(spells, f"{n}") == [("open", 1, 8)] for n in range(4))


def test_what_is_late_goes_to_the_next_role_and_expires_in_the_end() -> None:
    """Due on the 6th: 14 days late on the 20th, 90 days on the 96th."""
    calls = [
        step("late", escalates_to="many"),
        step("begun", escalates_to="many", acknowledged_on=day(10)),
    ]
    spells = plan_spells(calls, RULES, TODAY)
    assert told(spells, "late") == [("open", 1, 21), ("open", 21, 96)]
    late = [spell for spell in spells if spell.step_id == "late"]
    assert [spell.owner_role for spell in late] == ["one", "many"]
    assert [spell.ended_as for spell in late] == [None, "expired"]
    assert told(spells, "begun") == [("open", 1, None)]


@pytest.mark.parametrize(("standing", "room"), [("open", "many"), ("queued", "one")])
def test_thanks_come_in_time_or_not_at_all_whether_or_not_there_was_room(
    standing: str, room: str
) -> None:
    """Due on the 6th, or would have been: over on the 36th."""
    thanks = step("thanks", trigger="promoter", owner_role=room)
    calls = [step(f"{n}", acknowledged_on=day(1)) for n in range(4)]
    [spell] = [s for s in plan_spells([thanks, *calls], RULES, TODAY) if s.step_id == "thanks"]
    assert (spell.standing, spell.ended_on, spell.ended_as) == (standing, day(36), "expired")


def test_one_trigger_leads_on_an_account_and_is_done_for_all() -> None:
    """`left` ends with its own call for it, so what it led comes up."""
    account = {"group": "customer|a", "owner_role": "many"}
    asked = step("detractor", 1, trigger="detractor", **account)
    call = step("call", 5, trigger_id="risk", closed_on=day(9), **account)
    meeting = step("meeting", 5, trigger_id="risk", step_number=2, closed_on=day(12), **account)
    spells = plan_spells([asked, call, meeting], RULES, day(20))
    assert told(spells, "detractor") == [("open", 1, 5), ("grouped", 5, 9), ("grouped", 9, 12)]
    assert [s.led_by for s in spells if s.step_id == "detractor"] == [None, "call", "meeting"]
    assert [s.ended_as for s in spells if s.step_id == "detractor"][-1] == "handled"

    over = step("call", 5, trigger_id="risk", over_on=day(9), ended_as="recovered", **account)
    spells = plan_spells([asked, over], RULES, day(20))
    assert told(spells, "detractor") == [("open", 1, 5), ("grouped", 5, 9), ("open", 9, None)]


def test_what_costs_more_than_it_keeps_is_not_opened_and_leads_nothing() -> None:
    account = {"group": "customer|a", "owner_role": "many"}
    dear = step("dear", trigger="at_risk", expected_return=-0.01, **account)
    cheap = step("cheap", trigger="passive", expected_return=0.0, **account)
    unknown = step("unknown", owner_role="many", expected_return=None)
    spells = plan_spells([dear, cheap, unknown], RULES, day(2))
    assert told(spells, "dear") == [("uneconomic", 1, None)]
    assert told(spells, "cheap") == [("open", 1, None)]
    assert told(spells, "unknown") == [("open", 1, None)]


def test_a_worse_breach_calls_again_and_leaves_alone_what_somebody_is_at() -> None:
    """Both steps of the breach are called for again on the 31st; the first was begun before."""
    breach = {"trigger_id": "b", "trigger": "grr", "owner_role": "many"}
    again = {"over_on": day(31), "ended_as": "renewed", "recovers_on": day(62)}
    first = step("1", group="b|1", acknowledged_on=day(9), **breach, **again)
    second = step("2", group="b|2", **breach, **again)
    last = {"over_on": day(62), "ended_as": "recovered", "recovers_on": day(62), **breach}
    spells = plan_spells(
        [
            first,
            second,
            step("1 again", 31, group="b|1", **last),
            step("2 again", 31, group="b|2", **last),
        ],
        RULES,
        TODAY,
    )
    assert told(spells, "1") == [("open", 1, 62)]
    assert told(spells, "2") == [("open", 1, 31)]
    assert told(spells, "1 again") == [("grouped", 31, 62)]
    assert told(spells, "2 again") == [("open", 31, 62)]
    ended = {spell.step_id: spell.ended_as for spell in spells}
    assert ended == {
        "1": "recovered",
        "2": "renewed",
        "1 again": "recovered",
        "2 again": "recovered",
    }


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_and_no_role_has_more_open_than_it_has_room(seed: int) -> None:
    chance = random.Random(seed)
    calls = []
    for number in range(150):
        called = chance.randint(1, 100)
        over = chance.choice([None, called + chance.randint(0, 60)])
        calls.append(
            step(
                f"{number:03d}",
                called,
                group=f"customer|{chance.randint(1, 60)}",
                trigger=chance.choice(["at_risk", "detractor", "promoter"]),
                owner_role=chance.choice(["one", "two"]),
                escalates_to=chance.choice([None, "two"]),
                over_on=day(over) if over else None,
                ended_as="recovered" if over else None,
                expected_return=chance.choice([None, -1.0, 1.0, 2.0, 3.0]),
            )
        )
    spells = plan_spells(calls, RULES, TODAY)
    again = plan_spells(chance.sample(calls, len(calls)), RULES, TODAY)
    assert spells == again
    by_step = {call.step_id: [s for s in spells if s.step_id == call.step_id] for call in calls}
    for call in calls:
        if call.called_on > TODAY:
            continue
        known = by_step[call.step_id]
        assert known[0].began_on == call.called_on
        for one, following in pairwise(known):
            assert one.ended_on == following.began_on >= one.began_on
        assert (known[-1].ended_as is None) == (known[-1].ended_on is None)
    for number in range(1, 122):
        on = day(number)
        standing = Counter(
            spell.owner_role
            for spell in spells
            if spell.standing == "open"
            and spell.began_on <= on
            and (spell.ended_on is None or spell.ended_on > on)
        )
        assert standing["one"] <= 4 and standing["two"] <= 8


def test_of_breaches_the_critical_goes_first_and_what_was_begun_leads_its_account() -> None:
    breaches = [step(f"{n}", 1, trigger="grr", expected_return=None) for n in range(4)]
    worst = step("worst", 2, trigger="nrr", is_critical=True, expected_return=None)
    spells = plan_spells([*breaches, worst], RULES, day(2))
    assert told(spells, "worst") == [("open", 2, None)]
    account = {"group": "customer|a", "owner_role": "many"}
    asked = step("asked", trigger="detractor", acknowledged_on=day(1), **account)
    spells = plan_spells([asked, step("call", 2, **account)], RULES, day(3))
    assert told(spells, "asked") == [("open", 1, None)]
    assert told(spells, "call") == [("grouped", 2, None)]


@pytest.mark.parametrize("seed", range(100))
def test_looking_at_what_a_day_touches_is_as_good_as_looking_at_everything(seed: int) -> None:
    chance = random.Random(seed)

    def some_day(share: float, first: int, last: int) -> dt.date | None:
        return day(chance.randint(first, last)) if chance.random() < share else None

    calls = [
        step(
            f"{number:02d}",
            chance.randint(1, 60),
            group=f"customer|{chance.randint(1, 5)}",
            trigger_id=chance.choice([None, "a", "b", "c", "d"]),
            trigger=chance.choice([*LEADING, "grr", None]),
            step_number=chance.randint(1, 3),
            owner_role=chance.choice(["one", "two"]),
            escalates_to=chance.choice([None, "one", "two"]),
            is_critical=chance.random() < 0.3,
            due_days=chance.choice([None, 3, 14]),
            due_on=some_day(0.2, -120, 100),
            acknowledged_on=some_day(0.3, 1, 110),
            closed_on=some_day(0.2, 1, 120),
            over_on=some_day(0.4, 1, 120),
            recovers_on=some_day(0.3, 1, 120),
            ended_as=chance.choice(["recovered", "left", "renewed"]),
            expected_return=chance.choice([None, -5.0, 1.0, 2.0]),
        )
        for number in range(chance.randint(1, 25))
    ]
    rules = Rules(steps_per_week={"one": 0.25, "two": 0.5})
    assert plan_spells(calls, rules, TODAY) == plan_plainly(calls, rules, TODAY)
