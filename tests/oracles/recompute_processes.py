"""Processes recomputed: which steps came due for a customer, and which were done on time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracles.catalogue import Company, Values
from tests.oracles.crm import Crm
from tests.oracles.operations import reach_of
from tests.oracles.tally import MONTHLY, Dated, answer, by_customer, day_of, share
from tests.oracles.terms import stretches
from tests.oracles.tickets import read_tickets

METRICS = ("onboarding_adherence", "renewal_review_adherence", "process_adherence_rate")
COMMITMENT = 3  # months
EARLIEST, LATEST = timedelta(days=120), timedelta(days=120)


@dataclass(frozen=True)
class Step:
    """A step of a process that came due, and since when it could be done."""

    process: str
    subject: str
    customer: str
    begins: date
    due: date


def recompute(company: Company) -> Values:
    """Every metric of adherence, for the total and by segment."""
    crm = Crm(company)
    done = _completions(crm)
    rows: dict[str, list[Dated]] = defaultdict(list)
    for step in (*_onboarding(company, crm), *_reviews(company)):
        if step.due > company.as_of:
            continue
        times = [
            day
            for day in done[step.customer, step.subject.lower()]
            if step.begins <= day <= step.due + LATEST
        ]
        is_on_time = bool(times) and min(times) <= step.due
        rows[step.process].append((step.due, by_customer(company, step.customer), is_on_time))
    escalations: list[Dated] = [
        (ticket.escalated.date(), ticket.slices, ticket.is_on_path)
        for ticket in read_tickets(company)
        if ticket.escalated
    ]
    everything = [*rows["onboarding"], *rows["renewal_review"], *escalations]
    result: Values = {}
    for metric, of, roles in (
        ("onboarding_adherence", rows["onboarding"], ("app", "crm")),
        ("renewal_review_adherence", rows["renewal_review"], ("billing", "crm")),
        ("process_adherence_rate", everything, ("app", "crm")),
    ):
        slices = {slice_ for _, whose, _ in everything for slice_ in whose}
        result |= answer(
            company,
            metric,
            of,
            share,
            grains=MONTHLY,
            is_dense=True,
            slices=slices,
            reach=reach_of(company, *roles),
        )
    return result


def _completions(crm: Crm) -> dict[tuple[str, str], list[date]]:
    """Days on which tasks of a customer and subject were completed."""
    linked: dict[str, set[str]] = defaultdict(set)
    for row in crm.landing.newest("hubspot.engagement_company"):
        if row["company_id"] in crm.customers:
            linked[row["engagement_id"]].add(crm.customers[row["company_id"]])
    found: dict[tuple[str, str], list[date]] = defaultdict(list)
    for row in crm.living("engagement_task"):
        at = row["property_hs_task_completion_date"] or row["property_hs_timestamp"]
        if (row["property_hs_task_status"] or "").upper() == "COMPLETED" and at:
            for customer in linked[row["engagement_id"]]:
                subject = (row["property_hs_task_subject"] or "").lower()
                found[customer, subject].append(day_of(at))
    return found


def _onboarding(company: Company, crm: Crm) -> Iterator[Step]:
    """Counted from the day on which an account's last promised environment was ready."""
    ready: dict[str, list[date | None]] = defaultdict(list)
    for row in company.landing.newest("app.environment"):
        ready[row["account_id"]].append(day_of(row["ready_at"]) if row["ready_at"] else None)
    provisioned: dict[str, date] = {}
    for account, days in ready.items():
        customer, known = crm.accounts.get(account), [day for day in days if day]
        if customer and len(known) == len(days):
            earlier = provisioned.get(customer, date.max)
            provisioned[customer] = min(earlier, max(known))
    for seed in company.seed("process_steps"):
        if seed["counted_from"] == "provisioned":
            for customer, day in provisioned.items():
                due = day + timedelta(days=int(seed["due_days"]))
                yield Step(seed["process"], seed["task_subject"], customer, day, due)


def _reviews(company: Company) -> Iterator[Step]:
    """Before the end of a term, of every subscription that is still there by then."""
    for seed in company.seed("process_steps"):
        if seed["counted_from"] != "renewal":
            continue
        ahead = timedelta(days=int(seed["due_days"]))
        for customer, life in company.lives.items():
            for stretch in stretches(life):
                for end in stretch.ends() if stretch.months >= COMMITMENT else ():
                    if end + ahead > min(company.as_of, stretch.until):
                        break
                    if end + ahead < stretch.until:
                        yield Step(
                            seed["process"],
                            seed["task_subject"],
                            customer,
                            end - EARLIEST,
                            end + ahead,
                        )
