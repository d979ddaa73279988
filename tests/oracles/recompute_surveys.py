"""Surveys recomputed: who was asked, what each person said last, and who moved."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tests.oracles.catalogue import Company, Values
from tests.oracles.landing import Row
from tests.oracles.tally import (
    DAILY,
    MONTHLY,
    WEEKLY,
    Dated,
    Reach,
    Slices,
    answer,
    by_customer,
    last_days,
    share,
)
from tests.oracles.tickets import read_tickets
from tests.oracles.whois import Whois

METRICS = (
    "nps",
    "nps_promoters",
    "nps_passives",
    "nps_detractors",
    "survey_response_rate",
    "detractor_follow_up_rate",
    "passive_to_promoter_rate",
    "reference_customers",
    "golive_recommend_rate",
    "recommend_rate",
    "post_interaction_sentiment",
)
WINDOW_DAYS, CONTACT_DAYS, NEXT_DAYS, LEAST = 90, 5, 180, 30


@dataclass
class Answer:
    """What a person answered."""

    key: str
    person: str
    customer: str | None
    slices: Slices
    at: datetime
    kind: str
    score: int
    touchpoint: str | None
    ticket: str | None
    is_reference: bool
    noted_on: date | None

    @property
    def mood(self) -> int:
        """1 for a promoter, 0 for a passive, -1 for a detractor."""
        return (self.score >= 9) - (self.score <= 6)

    @property
    def is_positive(self) -> bool:
        """A promoter, a yes, or four and five of five."""
        least = {"nps": 9, "thumbs": 1}.get(self.kind, 4)
        return self.score >= least


def recompute(company: Company) -> Values:
    """Every metric of surveys, for the total and by segment (by team: sentiment)."""
    reach = Reach.of(company, "delighted")
    answers, sent = read_answers(company)
    nps = [a for a in answers if a.kind == "nps"]
    followed = [
        (
            a.at.date(),
            a.slices,
            a.noted_on is not None
            and (a.noted_on - a.at.date()).days <= CONTACT_DAYS
            and a.noted_on <= company.as_of,
        )
        for a in nps
        if a.mood < 0
    ]
    result = answer(company, "survey_response_rate", sent, share, grains=WEEKLY, reach=reach)
    result |= answer(
        company,
        "detractor_follow_up_rate",
        followed,
        share,
        grains=WEEKLY,
        reach=reach,
        maturity_days=CONTACT_DAYS,
    )
    result |= answer(
        company,
        "passive_to_promoter_rate",
        _moves(nps),
        share,
        grains=MONTHLY,
        reach=reach,
        maturity_days=NEXT_DAYS,
    )
    for metric, touchpoint in (
        ("golive_recommend_rate", "go_live"),
        ("recommend_rate", "nurturing"),
    ):
        rows = [
            (a.at.date(), a.slices, a.is_positive) for a in answers if a.touchpoint == touchpoint
        ]
        result |= answer(company, metric, rows, share, grains=WEEKLY, reach=reach)
    teams = {ticket.key: ticket.team for ticket in read_tickets(company)}
    asked: list[Dated] = [
        (
            a.at.date(),
            (("total", "total"), ("team", teams.get(a.ticket or "", "unknown"))),
            a.is_positive,
        )
        for a in answers
        if a.touchpoint == "interaction"
    ]
    result |= answer(company, "post_interaction_sentiment", asked, share, grains=DAILY, reach=reach)
    return result | _standing(company, nps, reach)


def read_answers(company: Company) -> tuple[list[Answer], list[Dated]]:
    """Answers in order, and each sending with whether it was answered."""
    end = datetime.combine(company.as_of + timedelta(days=1), time())
    people = company.landing.all_versions("delighted.person")
    rows = [
        row
        for row in company.landing.newest("delighted.survey_response")
        if row["created_at"] < end and row["score"] is not None
    ]
    owners = _owners(company, people, rows)
    answers = sorted((_answer(company, row, owners) for row in rows), key=lambda a: (a.at, a.key))
    sendings: dict[str, set[datetime]] = defaultdict(set)
    for versions in people:
        for row in versions:
            if row["last_sent_at"] and row["last_sent_at"] < end:
                sendings[row["id"]].add(row["last_sent_at"])
    taken: set[tuple[str, datetime]] = set()
    sent: list[Dated] = []
    for found in answers:
        before = [moment for moment in sendings[found.person] if moment <= found.at]
        moment = max(before, default=found.at)
        if (found.person, moment) in taken:
            moment = found.at
        taken.add((found.person, moment))
        sent.append((moment.date(), found.slices, True))
    sent += [
        (moment.date(), by_customer(company, owners.get(person)), False)
        for person, moments in sendings.items()
        for moment in moments
        if (person, moment) not in taken
    ]
    return answers, sent


def _owners(company: Company, people: list[list[Row]], rows: list[Row]) -> dict[str, str | None]:
    ids = {row["person"]: "" for row in rows}
    for row in rows:
        named = json.loads(row["person_properties"] or "{}").get("account_id") or ""
        ids[row["person"]] = max(ids[row["person"]], named)
    domains = {
        versions[-1]["id"]: (versions[-1]["email"] or "").split("@")[-1] for versions in people
    }
    whois = Whois(company)
    return {
        person: whois.find(ids.get(person), [domains.get(person)]) for person in {*ids, *domains}
    }


def _answer(company: Company, row: Row, owners: dict[str, str | None]) -> Answer:
    properties = json.loads(row["person_properties"] or "{}")
    notes = [note["created_at"] for note in json.loads(row["notes"] or "[]")]
    owner = owners[row["person"]]
    return Answer(
        key=row["id"],
        person=row["person"],
        customer=owner,
        slices=by_customer(company, owner),
        at=row["created_at"],
        kind=row["survey_type"],
        score=row["score"],
        touchpoint=properties.get("touchpoint"),
        ticket=properties.get("ticket_id"),
        is_reference="reference" in json.loads(row["tags"] or "[]"),
        noted_on=(datetime(1970, 1, 1) + timedelta(seconds=min(notes))).date() if notes else None,
    )


def _moves(nps: list[Answer]) -> list[Dated]:
    """Passives that answered again in time, and whether they were promoters then."""
    rows: list[Dated] = []
    for number, found in enumerate(nps):
        later = next((a for a in nps[number + 1 :] if a.person == found.person), None)
        if found.mood == 0 and later and (later.at.date() - found.at.date()).days <= NEXT_DAYS:
            rows.append((found.at.date(), found.slices, later.mood > 0))
    return rows


def _standing(company: Company, nps: list[Answer], reach: Reach) -> Values:
    """By each person's latest answer on a period's last day."""
    result: Values = {}
    everywhere = {value for found in nps for value in found.slices}
    for grain, start, day in last_days(company, WEEKLY):
        latest = {found.person: found for found in nps if found.at.date() <= day}
        moods: dict[tuple[str, str], list[int]] = defaultdict(list)
        referring: dict[tuple[str, str], set[str]] = defaultdict(set)
        for found in latest.values():
            for slice_ in found.slices:
                if (day - found.at.date()).days < WINDOW_DAYS:
                    moods[slice_].append(found.mood)
                if found.is_reference and found.customer:
                    referring[slice_].add(found.customer)
        has = reach.has(grain, start)
        for slice_ in everywhere:
            given = moods[slice_]
            key = (grain, start, *slice_)
            for metric, mood in (("nps_promoters", 1), ("nps_passives", 0), ("nps_detractors", -1)):
                result[(metric, *key)] = given.count(mood) if has else None
            result[("reference_customers", *key)] = len(referring[slice_]) if has else None
            enough = has and len(given) >= LEAST
            result[("nps", *key)] = 100 * math.fsum(given) / len(given) if enough else None
    return result
