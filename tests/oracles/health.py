"""How well customers are, for the oracle: components, scaled and weighed (decisions, C7)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import lru_cache

from tests.oracles.book import round_to
from tests.oracles.catalogue import Company, last_day
from tests.oracles.holdings import read_held
from tests.oracles.notices import read_notices
from tests.oracles.operations import source_days
from tests.oracles.rates import Rates, read_fx
from tests.oracles.recompute_surveys import WINDOW_DAYS, Answer, read_answers
from tests.oracles.results import month_of
from tests.oracles.tickets import Ticket, read_tickets
from tests.oracles.usage import read_usage

AT_RISK, WELL, LEAVING_IN_PART = 50, 70, 69.0
Scale = tuple[float, float, float]  # weight, worst, best


class Health:
    """Scores of customers on days."""

    def __init__(self, company: Company) -> None:
        self.company, self.held = company, read_held(company)
        self.usage, self.notices = read_usage(company), read_notices(company)
        self.rates = Rates(read_fx(company.seeds / "fx_rates.csv"), "usd")
        self.scales: dict[str, Scale] = {
            row["component"]: (float(row["weight"]), float(row["worst"]), float(row["best"]))
            for row in company.seed("health_weights")
        }
        self.supported = source_days(company, "zendesk")
        self.tickets: dict[str | None, list[Ticket]] = defaultdict(list)
        for ticket in read_tickets(company):
            if ticket.escalated:
                self.tickets[ticket.customer].append(ticket)
        self.answers: dict[str | None, list[Answer]] = defaultdict(list)
        answers = [a for a in read_answers(company)[0] if a.kind == "nps"]
        self.later = {a.key: b.at.date() for a, b in _followed(answers)}
        for answer in answers:
            self.answers[answer.customer].append(answer)
        self._scores: dict[tuple[str, date], float | None] = {}

    def arr(self, customer: str, day: date) -> float:
        """Twelve times what is paid, at the month's opening rate; on its last day, the closing."""
        month, local = month_of(day), defaultdict(int)
        is_end = day == last_day("month", month)
        rate = self.rates.closing if is_end else self.rates.opening
        for holding in self.held[customer].on(day):
            local[holding.currency] += holding.net_mrr if holding.pays else 0
        return float(12 * sum(round_to(net * rate(c, month)) for c, net in local.items()))

    def score(self, customer: str, day: date) -> float | None:
        """0 to 100 for one who pays on the day; what is not known weighs nothing."""
        if customer not in self.held or not self.held[customer].pays(day):
            return None
        if (customer, day) not in self._scores:
            score = weigh(self.measure(customer, day), self.scales)
            self._scores[customer, day] = self._as_announced(score, customer, day)
        return self._scores[customer, day]

    def _as_announced(self, score: float | None, customer: str, day: date) -> float | None:
        """Nothing is well about who has given notice of all that he pays (decisions, C8)."""
        held = self.held[customer].on(day)
        leaving = {h.subscription_id for h in held if self.notices.runs(h.subscription_id, day)}
        if not leaving:
            return score
        if all(h.subscription_id in leaving for h in held if h.net_mrr > 0):
            return 0.0
        return None if score is None else min(score, LEAVING_IN_PART)

    def band(self, customer: str, day: date) -> str:
        """What the score is called."""
        score = self.score(customer, day)
        if score is None:
            return "unknown"
        return "at_risk" if score < AT_RISK else "watch" if score < WELL else "healthy"

    def measure(self, customer: str, day: date) -> dict[str, float]:
        """The components that are known."""
        found: dict[str, float] = {}
        used = self.usage.at(customer, day)
        if used:
            found["adoption"] = len(used.features & self.usage.core) / len(self.usage.core)
            if used.seats:
                found["seats"] = used.active_seats / used.seats
            if used.before:
                found["momentum"] = used.monthly / used.before
        if self.supported and self.supported[0] <= day <= self.supported[1]:
            found["support"] = sum(
                ticket.escalated is not None
                and ticket.escalated.date() <= day
                and ticket.is_open_at_end_of(day)
                for ticket in self.tickets[customer]
            )
        moods = [a.mood for a in self.answers[customer] if self._stands(a, day)]
        if moods:
            found["sentiment"] = 100 * sum(moods) / len(moods)
        states = {holding.state for holding in self.held[customer].on(day)}
        return {**found, "payment": "past_due" in states}

    def _stands(self, answer: Answer, day: date) -> bool:
        """Given within the window, and not followed by another of the same person."""
        is_recent = timedelta(0) <= day - answer.at.date() < timedelta(days=WINDOW_DAYS)
        return is_recent and self.later.get(answer.key, date.max) > day


def weigh(measured: dict[str, float], scales: dict[str, Scale]) -> float | None:
    """The mean of scaled components by weight."""
    weighed, weights = 0.0, 0.0
    for component, value in measured.items():
        weight, worst, best = scales[component]
        weighed += weight * 100 * min(1.0, max(0.0, (value - worst) / (best - worst)))
        weights += weight
    return weighed / weights if weights else None


def _followed(answers: list[Answer]) -> list[tuple[Answer, Answer]]:
    """Answers with the next one of the same person."""
    newest: dict[str, Answer] = {}
    found = []
    for answer in answers:
        if answer.person in newest:
            found.append((newest[answer.person], answer))
        newest[answer.person] = answer
    return found


@lru_cache(maxsize=2)
def read_health(company: Company) -> Health:
    """Read once."""
    return Health(company)
