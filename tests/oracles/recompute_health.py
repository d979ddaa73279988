"""Health recomputed: what is known of a paying customer on a day, weighed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction

from tests.oracles.catalogue import Company, Values
from tests.oracles.life import Life
from tests.oracles.operations import reach_of, source_days
from tests.oracles.recompute_balances import Ends, balance_on
from tests.oracles.recompute_surveys import WINDOW_DAYS, Answer, read_answers
from tests.oracles.tally import WEEKLY, by_customer, last_days
from tests.oracles.tickets import Ticket, read_tickets
from tests.oracles.usage import WINDOW, Usage

METRICS = ("customer_health_score", "at_risk_arr")
AT_RISK = 50
SERVED = ("active", "past_due", "trialing")


def recompute(company: Company) -> Values:
    """Both metrics by week, month and quarter, for the total and by segment."""
    doctor, ends = Doctor(company), Ends(company)
    reach = reach_of(company, "billing", "product_events")
    scores: dict[tuple[date, tuple[str, str]], list[tuple[float, Fraction]]] = defaultdict(list)
    slices = {("total", "total")}
    for day in {day for _, _, day in last_days(company, WEEKLY)}:
        for customer, life in company.lives.items():
            mrr = balance_on(life, day, ends)["mrr"]
            score = doctor.score(life, day) if mrr > 0 else None
            if score is not None:
                slices.update(by_customer(company, customer))
                for slice_ in by_customer(company, customer):
                    scores[day, slice_].append((score, 12 * mrr))
    result: Values = {}
    for grain, start, day in last_days(company, WEEKLY):
        for slice_ in slices:
            found, has = scores[day, slice_], reach.has(grain, start)
            mean = sum(score for score, _ in found) / len(found) if found and has else None
            at_risk = float(sum(arr for score, arr in found if score < AT_RISK))
            result["customer_health_score", grain, start, *slice_] = mean
            result["at_risk_arr", grain, start, *slice_] = at_risk if has else None
    return result


class Doctor:
    """Measures each component where anything is known of it."""

    def __init__(self, company: Company) -> None:
        """Read use, tickets and answers, and the scales."""
        self.usage = Usage(company)
        self.scales = {row["component"]: row for row in company.seed("health_weights")}
        self.core = len({row["feature"] for row in company.seed("value_events")
                         if row["is_core"] == "true"})  # fmt: skip
        self.watched = source_days(company, "segment")
        self.supported = source_days(company, "zendesk")
        self.escalated: dict[str | None, list[Ticket]] = defaultdict(list)
        for ticket in read_tickets(company):
            if ticket.escalated:
                self.escalated[ticket.customer].append(ticket)
        self.answers: dict[str, list[Answer]] = defaultdict(list)
        for found in read_answers(company)[0]:
            if found.kind == "nps":
                self.answers[found.person].append(found)
        self.people: dict[str | None, set[str]] = defaultdict(set)
        for person, answers in self.answers.items():
            for found in answers:
                self.people[found.customer].add(person)

    def score(self, life: Life, day: date) -> float | None:
        """From 0 to 100 over the components that are known."""
        total = weights = 0.0
        for component, measure in self._measures(life, day).items():
            scale = self.scales[component]
            worst, weight = float(scale["worst"]), float(scale["weight"])
            part = (measure - worst) / (float(scale["best"]) - worst)
            total += weight * 100 * min(1.0, max(0.0, part))
            weights += weight
        return total / weights if weights else None

    def _measures(self, life: Life, day: date) -> dict[str, float]:
        customer, held = life.id, life.at(day).values()
        found = {"payment": float(any(h.state == "past_due" for h in held))}
        begun = self.usage.provisioned.get(customer, date.max) <= day
        if begun and _covers(self.watched, day) and any(h.state in SERVED for h in held):
            recent = self.usage.until(customer, day)
            now = self.usage.users(customer, day)
            before = self.usage.users(customer, day - WINDOW)
            seats = self.usage.seated(customer, day)
            found["adoption"] = len({use.feature for use in recent if use.is_core}) / self.core
            if seats:
                found["seats"] = len(seats & now) / len(seats)
            if before:
                found["momentum"] = len(now) / len(before)
        if _covers(self.supported, day):
            found["support"] = sum(
                ticket.is_open_at_end_of(day)
                for ticket in self.escalated[customer]
                if ticket.escalated and ticket.escalated.date() <= day
            )
        said = [self._latest(person, day) for person in self.people[customer]]
        moods = [latest.mood for latest in said if latest and latest.customer == customer]
        if moods:
            found["sentiment"] = 100 * sum(moods) / len(moods)
        return found

    def _latest(self, person: str, day: date) -> Answer | None:
        """A person's last answer by a day, if it still counts."""
        past = [found for found in self.answers[person] if found.at.date() <= day]
        return past[-1] if past and (day - past[-1].at.date()).days < WINDOW_DAYS else None


def _covers(days: tuple[date, date] | None, day: date) -> bool:
    return days is not None and days[0] <= day <= days[1]
