"""Deals, contacts and follow-up tasks of the CRM.

Sales-led customers come out of won deals; prospects lose theirs or still have them open.
Onboarding steps, renewal reviews and success calls are tasks; in one quarter the reviews slip.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, add_months, at, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.contracts import Period
from drivewheel_demo.crm import OWNERS
from drivewheel_demo.rows import Delivery, Row
from drivewheel_demo.subscriptions import CYCLE_MONTHS, Subscription
from drivewheel_demo.usage import Usage

STAGES = {
    "qualified": (False, False),
    "proposal": (False, False),
    "negotiation": (False, False),
    "won": (True, True),
    "lost": (True, False),
}  # closed, won
CYCLE_DAYS = {"smb": 25, "mid_market": 50, "enterprise": 85}
TEAMS = {"11": "Onboarding", "12": "Renewals", "13": "Success"}
ONBOARDING_STEPS = (
    ("Onboarding: kickoff", 3),
    ("Onboarding: training", 14),
    ("Onboarding: value review", 30),
)
REVIEW, CALL, USE_DAYS = "Renewal review", "Success call", 90


@dataclass
class Crm:
    """Writes rows of the CRM, numbering deals and tasks."""

    out: Delivery
    deals: int = 0
    tasks: int = 0

    def add(self, name: str, seen: datetime, row: Row) -> None:
        """A row with what the connector puts on every one."""
        self.out.add(f"hubspot.{name}", seen, {"_fivetran_synced": seen, **row})

    def deal(
        self,
        company: str,
        amount: float,
        *,
        stages: list[tuple[datetime, str]],
        is_deleted: bool = False,
    ) -> None:
        """A deal with the stages it entered, first to last."""
        self.deals += 1
        key, created = str(3_000_000 + self.deals), stages[0][0]
        row = {
            "deal_id": key,
            "deal_pipeline_id": "default",
            "owner_id": OWNERS[self.deals % len(OWNERS)],
            "property_dealname": f"Deal {self.deals}",
            "property_amount": round(amount, 2),
            "property_createdate": created,
            "is_deleted": False,
        }
        for moment, stage in stages:
            closed = moment if STAGES[stage][0] else None
            self.add(
                "deal",
                moment,
                {**row, "deal_pipeline_stage_id": stage, "property_closedate": closed},
            )
            self.add("deal_stage", moment, {"deal_id": key, "value": stage, "date_entered": moment})
        if is_deleted:
            gone = stages[-1][0] + timedelta(days=2)
            self.add(
                "deal",
                gone,
                {
                    **row,
                    "deal_pipeline_stage_id": stages[-1][1],
                    "property_closedate": None,
                    "is_deleted": True,
                },
            )
        link = {"deal_id": key, "company_id": company, "category": "HUBSPOT_DEFINED"}
        self.add("deal_company", created, {**link, "type_id": "5"})

    def task(
        self, company: str, subject: str, *, due: date, done: datetime | None, team: str
    ) -> None:
        """A task that is made two weeks ahead, and done or not."""
        self.tasks += 1
        key, made = str(5_000_000 + self.tasks), at(due - timedelta(days=14), 8 * 3600)
        row = {
            "engagement_id": key,
            "property_hs_createdate": made,
            "property_hs_timestamp": at(due, 17 * 3600),
            "property_hs_task_subject": subject,
            "property_hs_task_status": "NOT_STARTED",
            "property_hs_task_completion_date": None,
            "property_hubspot_owner_id": OWNERS[self.tasks % len(OWNERS)],
            "property_hubspot_team_id": team,
            "is_deleted": False,
        }
        self.add("engagement_task", made, row)
        self.add("engagement_company", made, {"engagement_id": key, "company_id": company})
        if done:
            self.add(
                "engagement_task",
                max(done, made),
                {
                    **row,
                    "property_hs_task_status": "COMPLETED",
                    "property_hs_task_completion_date": done,
                },
            )


def deliver_sales(
    out: Delivery,
    customers: tuple[Customer, ...],
    subscriptions: list[Subscription],
    terms: dict[int, list[Period]],
    usage: Usage,
    *,
    horizon: Horizon,
    seed: int,
) -> None:
    """Everything of the CRM beyond companies."""
    rng = random_stream(seed, "sales")
    crm = Crm(out)
    start = at(horizon.start, 5 * 3600)
    for number, (stage, (is_closed, is_won)) in enumerate(STAGES.items()):
        crm.add(
            "deal_pipeline_stage",
            start,
            {
                "stage_id": stage,
                "pipeline_id": "default",
                "label": stage.title(),
                "display_order": number,
                "is_closed": is_closed,
                "closed_won": is_won,
                "active": True,
                "probability": 1.0 if is_won else 0.0 if is_closed else 0.2 + 0.2 * number,
                "_fivetran_deleted": False,
            },
        )
    for key, name in TEAMS.items():
        crm.add("team", start, {"id": key, "name": name, "is_deleted": False})
    won = 0
    for customer in customers:
        _contacts(
            crm,
            customer.company_id,
            customer.domain,
            at(customer.signed_up_on - timedelta(days=CYCLE_DAYS[customer.segment]), 36_000),
            size=1 if customer.segment == "smb" else 2,
        )
        if customer.segment != "smb":
            won += 1
            plan = story.PLANS[customer.plan]
            _win(crm, customer, 12.0 * plan.monthly * customer.seats, rng=rng)
    _lose(crm, won, horizon, rng=rng)
    for row, customer in enumerate(customers):
        provisioned = horizon.start + timedelta(days=int(usage.provisioned[row]))
        _onboard(crm, customer, provisioned, rng=rng)
    _review(crm, customers, subscriptions, terms, horizon=horizon, rng=rng)
    if horizon.tells(story.SUCCESS_CALLS):
        _call(crm, customers, usage, horizon=horizon, seed=seed)


def _contacts(crm: Crm, company: str, domain: str, created: datetime, *, size: int) -> None:
    for number in range(size):
        moment = created + timedelta(days=5 * number)
        crm.add(
            "contact",
            moment,
            {
                "id": f"{company}{number}",
                "property_email": f"contact{number}@{domain}",
                "property_firstname": f"Contact{number}",
                "property_lastname": f"Person{number}",
                "property_createdate": moment,
                "property_hs_merged_object_ids": None,
                "is_deleted": False,
            },
        )


def _win(crm: Crm, customer: Customer, amount: float, *, rng: np.random.Generator) -> None:
    days = CYCLE_DAYS[customer.segment] * (0.5 + rng.random())
    signed = at(customer.signed_up_on, 7 * 3600)
    first = signed - timedelta(days=days)
    moments = [first + (signed - first) * share for share in (0.0, 0.3, 0.7, 1.0)]
    stages = ["qualified", "proposal", "negotiation", "won"]
    crm.deal(customer.company_id, amount, stages=list(zip(moments, stages, strict=True)))


def _lose(crm: Crm, won: int, horizon: Horizon, *, rng: np.random.Generator) -> None:
    """Three deals in four are lost; some are opened again, and lost again."""
    companies = [row for _, row in crm.out.rows["hubspot.company"] if int(row["id"]) > 800_000]
    if not companies:
        return
    for number in range(int(won * (1 / story.WIN_RATE - 1))):
        company = companies[number % len(companies)]
        first = max(at(horizon.start), company["property_createdate"])
        first += timedelta(days=float(rng.random()) * max(1, (horizon.last - first.date()).days))
        days = CYCLE_DAYS[company["property_customer_segment"]] * (0.5 + rng.random())
        lost = first + timedelta(days=days)
        stages = [(first, "qualified"), (first + (lost - first) / 2, "proposal"), (lost, "lost")]
        if number % story.REOPENED_EVERY == 3:
            again = lost + timedelta(days=20)
            stages += [(again, "negotiation"), (again + timedelta(days=25), "lost")]
        amount = 12.0 * story.PLANS["growth"].monthly * (5 + 40 * rng.random())
        crm.deal(
            company["id"],
            amount,
            stages=stages,
            is_deleted=0 < number <= story.DIRT["deleted_deals"],
        )
    for company in companies:
        _contacts(
            crm,
            company["id"],
            company["property_domain"],
            company["property_createdate"] + timedelta(days=1),
            size=1,
        )


def _onboard(crm: Crm, customer: Customer, provisioned: date, *, rng: np.random.Generator) -> None:
    for subject, days in ONBOARDING_STEPS:
        due, draw = provisioned + timedelta(days=days), rng.random(2)
        done = at(due - timedelta(days=int(3 * draw[0])), 15 * 3600)
        if draw[1] > story.STEPS_ON_TIME:
            done += timedelta(days=9)
        crm.task(
            customer.company_id,
            subject,
            due=due,
            done=done if draw[1] < story.STEPS_DONE else None,
            team="11",
        )


def _review(
    crm: Crm,
    customers: tuple[Customer, ...],
    subscriptions: list[Subscription],
    terms: dict[int, list[Period]],
    *,
    horizon: Horizon,
    rng: np.random.Generator,
) -> None:
    """A review before each end of a yearly term; in the story's quarter most come too late."""
    ends: list[tuple[int, date]] = []
    for sub in subscriptions:
        if CYCLE_MONTHS.get(sub.cycle, 1) >= 12:
            ends += [
                (sub.customer_number, end.date()) for _, _, end in sub.periods(at(horizon.last))
            ]
    for number, periods in terms.items():
        begun = at(periods[0].started_on)
        last = periods[-1].ended_on or date.max
        anniversaries = [add_months(begun, 12 * years).date() for years in (1, 2, 3)]
        ends += [(number, end) for end in anniversaries if end <= last]
    for number, end in sorted(ends):
        due, draw = end - timedelta(days=30), rng.random(2)
        slips = horizon.tells_on(story.REVIEW_SLIP, due)
        on_time = story.REVIEW_SLIP.size if slips else story.STEPS_ON_TIME
        done = at(due - timedelta(days=int(1 + 10 * draw[0])), 14 * 3600)
        if draw[1] > on_time:
            done += timedelta(days=22)
        crm.task(customers[number - 1].company_id, REVIEW, due=due, done=done, team="12")


def _call(
    crm: Crm, customers: tuple[Customer, ...], usage: Usage, *, horizon: Horizon, seed: int
) -> None:
    """A call in each quarter with those who used the product most in the days before it."""
    rng = random_stream(seed, "success calls")
    used = usage.weight * usage.left
    for month in horizon.months():
        day = horizon.index(month)
        if month.month % 3 != 1 or day < USE_DAYS:
            continue
        there = np.flatnonzero(usage.users[:, day])
        recent = used[there, day - USE_DAYS : day].sum(axis=1)
        most = recent.argsort(kind="stable")[::-1][: round(story.SUCCESS_CALLS.size * there.size)]
        days = rng.integers(7, 84, len(customers))
        for row in there[np.sort(most)]:
            due = month + timedelta(days=int(days[row]))
            done = at(due, 11 * 3600)
            crm.task(customers[row].company_id, CALL, due=due, done=done, team="13")
