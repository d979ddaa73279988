"""Surveys in Delighted's shape: who was asked when, what they answered, who called back.

Scores follow health, and fall for customers that the bad release touched.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.rows import Delivery
from drivewheel_demo.support import Ticket
from drivewheel_demo.usage import Usage

PEOPLE = {"smb": 2, "mid_market": 3, "enterprise": 4}
FIRST_AFTER_DAYS, EVERY_DAYS, NURTURING_EVERY_DAYS = 30, 90, 180
RESPONSE = {"relationship": 0.36, "go_live": 0.6, "nurturing": 0.4, "interaction": 0.4}
ASKED_AFTER_TICKET, REFERENCE_SHARE = 0.25, 0.3
ID_EVERY = 6  # every so-many-th customer's answers do not name the account


@dataclass(frozen=True)
class Asked:
    """A survey sent to a person of a customer."""

    at: datetime
    person: str
    touchpoint: str
    customer: Customer
    ticket: Ticket | None = None


def deliver_surveys(
    out: Delivery,
    customers: tuple[Customer, ...],
    usage: Usage,
    tickets: list[Ticket],
    *,
    horizon: Horizon,
    seed: int,
) -> None:
    """A version of the person for each survey sent, and the answers."""
    rng = random_stream(seed, "surveys")
    solved: dict[int, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        solved[ticket.customer.number].append(ticket)
    number = 0
    for row, customer in enumerate(customers):
        people = [_person(customer, k) for k in range(PEOPLE[customer.segment])]
        asked = [
            *_relationship(customer, people, usage.users[row], horizon, rng),
            *_others(customer, people, usage, horizon, row=row),
            *_interactions(solved[customer.number], people, rng),
        ]
        for survey in sorted(asked, key=lambda survey: (survey.at, survey.person)):
            number += 1
            _send(out, survey)
            _answer(out, survey, number, horizon, rng)
    _unmatched(out, horizon)


def _person(customer: Customer, number: int) -> str:
    return str(9_000_000 + customer.number * 10 + number)


def _relationship(
    customer: Customer,
    people: list[str],
    users: np.ndarray,
    horizon: Horizon,
    rng: np.random.Generator,
) -> list[Asked]:
    """Every quarter while anybody uses the product, each person on a day of its own."""
    asked = []
    first = horizon.index(customer.signed_up_on) + FIRST_AFTER_DAYS
    for person in people:
        phase = int(rng.integers(0, EVERY_DAYS))
        for day in range(first + phase, horizon.days, EVERY_DAYS):
            if users[day]:
                moment = at(horizon.start + timedelta(days=day), 10 * 3600 + 60 * phase)
                asked.append(Asked(moment, person, "relationship", customer))
    return asked


def _others(
    customer: Customer, people: list[str], usage: Usage, horizon: Horizon, *, row: int
) -> list[Asked]:
    """At go-live, and while the customer is nurtured."""
    live = int(usage.first_value[row])
    asked = []
    for day in range(live + 1, horizon.days, NURTURING_EVERY_DAYS):
        if usage.users[row][day]:
            touchpoint = "go_live" if day == live + 1 else "nurturing"
            moment = at(horizon.start + timedelta(days=day), 13 * 3600)
            asked.append(Asked(moment, people[0], touchpoint, customer))
    return asked


def _interactions(
    tickets: list[Ticket], people: list[str], rng: np.random.Generator
) -> list[Asked]:
    return [
        Asked(
            ticket.ended + timedelta(hours=2),
            people[ticket.number % len(people)],
            "interaction",
            ticket.customer,
            ticket,
        )
        for ticket in tickets
        if rng.random() < ASKED_AFTER_TICKET
    ]


def _send(out: Delivery, survey: Asked) -> None:
    out.add(
        "delighted.person",
        survey.at,
        {
            "id": survey.person,
            "email": f"p{survey.person}@{survey.customer.domain}",
            "created_at": _epoch(at(survey.customer.signed_up_on)),
            "last_sent_at": _epoch(survey.at),
        },
    )


def _answer(
    out: Delivery, survey: Asked, number: int, horizon: Horizon, rng: np.random.Generator
) -> None:
    draw, normal = rng.random(6), rng.standard_normal()
    customer = survey.customer
    if draw[0] > RESPONSE[survey.touchpoint] + 0.04 * customer.health:
        return
    moment = survey.at + timedelta(minutes=int(10 + 6 * 1440 * draw[1] ** 3))
    fall = _fall(customer, moment, horizon)
    kind, score = _score(survey, fall, float(normal), float(draw[2]))
    properties = {"touchpoint": survey.touchpoint}
    if customer.number % ID_EVERY:
        properties["account_id"] = customer.account_id
    else:
        properties["account_id"] = ""
    if survey.ticket:
        properties["ticket_id"] = str(10_000 + survey.ticket.number)
    is_reference = kind == "nps" and score >= 9 and draw[3] < REFERENCE_SHARE
    row = {
        "id": f"resp_{number:06d}",
        "person": survey.person,
        "survey_type": kind,
        "score": score,
        "person_properties": json.dumps(properties),
        "notes": "[]",
        "tags": json.dumps(["reference"] if is_reference else []),
        "created_at": _epoch(moment),
        "updated_at": _epoch(moment),
    }
    out.add("delighted.survey_response", moment, row)
    if kind == "nps" and score <= 6 and draw[4] < 0.92:
        called = moment + timedelta(hours=int(3 + (100 if draw[4] < 0.82 else 260) * draw[5]))
        notes = json.dumps([{"text": "Called back.", "created_at": _epoch(called)}])
        out.add(
            "delighted.survey_response",
            called,
            {
                **row,
                "notes": notes,
                "updated_at": _epoch(called),
            },
        )


def _fall(customer: Customer, moment: datetime, horizon: Horizon) -> float:
    """Points of NPS score by which the bad release makes an answer worse."""
    told = story.RELEASE_SURVEYS
    is_touched = story.is_touched_by_bad_release(customer.number)
    return told.size if is_touched and horizon.tells_on(told, moment.date()) else 0.0


def _score(survey: Asked, fall: float, normal: float, draw: float) -> tuple[str, int]:
    customer = survey.customer
    if survey.touchpoint == "relationship":
        points = 8.5 + 0.8 * customer.health + 1.3 * normal + fall
        return "nps", int(np.clip(round(points), 0, 10))
    if survey.ticket:
        good = survey.ticket.is_good and draw < 0.95
        return "smileys", (5 if draw < 0.6 else 4) if good else 2
    return "thumbs", int(draw < 0.88 + 0.05 * customer.health + 0.1 * fall)


def _unmatched(out: Delivery, horizon: Horizon) -> None:
    """Answers of people whom no customer knows."""
    for number in range(story.DIRT["unmatched_answers"]):
        moment = at(horizon.start, (40 + 20 * number) * 86400 + 11 * 3600)
        person = str(9_900_001 + number)
        out.add(
            "delighted.person",
            moment,
            {
                "id": person,
                "email": f"someone{number}@mail-for-all.example",
                "created_at": _epoch(moment),
                "last_sent_at": _epoch(moment),
            },
        )
        out.add(
            "delighted.survey_response",
            moment,
            {
                "id": f"resp_9{number:05d}",
                "person": person,
                "survey_type": "nps",
                "score": 9,
                "person_properties": json.dumps({"touchpoint": "relationship"}),
                "notes": "[]",
                "tags": "[]",
                "created_at": _epoch(moment),
                "updated_at": _epoch(moment),
            },
        )


def _epoch(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())
