"""Services recomputed: milestones, projects and consultants' hours."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from tests.oracles.catalogue import Company, Values
from tests.oracles.landing import Row
from tests.oracles.rates import read_fx
from tests.oracles.recompute_support import paying_customers
from tests.oracles.results import add_to_month, month_of
from tests.oracles.tally import WEEKLY, Dated, Reach, Slices, answer, by_customer, last_days, share
from tests.oracles.whois import Whois

METRICS = (
    "milestone_on_time_rate",
    "project_pace",
    "delivery_quality",
    "billable_utilization",
    "fulfillment_on_time_rate",
    "value_per_hour",
    "service_package_attach_rate",
)
GRACE = timedelta(days=90)


@dataclass
class Project:
    """A project that has begun, with what it promises."""

    row: Row
    customer: str | None
    currency: str
    slices: Slices
    team: str = "unknown"
    milestones: list[Row] = field(default_factory=list)

    @property
    def delivered(self) -> date | None:
        """When the last milestone was done; none while one is not."""
        days = [m["completed_on"] for m in self.milestones]
        return max(days) if days and all(days) else None


def recompute(company: Company) -> Values:
    """Every metric of services: total and segment, total and team where people are meant."""
    reach, day = Reach.of(company, "harvest"), company.as_of
    projects = read_projects(company)
    promised = [(project, m) for project in projects.values() for m in project.milestones]
    on_time = [
        (m["due_on"], p.slices, bool(m["completed_on"] and m["completed_on"] <= m["due_on"]))
        for p, m in promised
        if m["due_on"] <= day
    ]
    rated = [
        (m["rated_on"], p.slices, m["client_rating"] >= 4)
        for p, m in promised
        if m["rated_on"] and m["rated_on"] <= day
    ]
    delivered = [
        (p.row["ends_on"], _team(p.team), bool(p.delivered and p.delivered <= p.row["ends_on"]))
        for p in projects.values()
        if p.milestones and p.row["ends_on"] and p.row["ends_on"] <= day
    ]
    result: Values = {}
    for metric, rows in (
        ("milestone_on_time_rate", on_time),
        ("delivery_quality", rated),
        ("fulfillment_on_time_rate", delivered),
    ):
        result |= answer(company, metric, rows, share, grains=WEEKLY, reach=reach)
    result |= _pace(company, projects, reach)
    result |= _hours(company, projects, reach)
    return result | _attached(company, projects, reach)


def _team(team: str) -> Slices:
    return (("total", "total"), ("team", team))


def _team_of(row: Row) -> str:
    roles = (row["roles"] or "").strip("[]").replace('"', "").split(",")
    return roles[0].strip() or "unknown"


def read_projects(company: Company) -> dict[str, Project]:
    """Projects that have begun, with their milestones."""
    landing, whois = company.landing, Whois(company)
    clients = {row["id"]: row for row in landing.newest("harvest.client")}
    found: dict[str, Project] = {}
    for row in landing.newest("harvest.project"):
        client = clients.get(row["client_id"], {"external_id": None, "domain": None})
        owner = whois.find(client["external_id"], [client["domain"]])
        if row["starts_on"] <= company.as_of:
            found[row["id"]] = Project(row, owner, client["currency"], by_customer(company, owner))
    for row in landing.newest("harvest.milestone"):
        if row["project_id"] in found:
            done = row["completed_on"]
            if done and done > company.as_of:
                row = {**row, "completed_on": None}
            found[row["project_id"]].milestones.append(row)
    teams = {row["id"]: _team_of(row) for row in landing.newest("harvest.user")}
    spent: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in landing.newest("harvest.time_entry"):
        if row["spent_date"] <= company.as_of:
            spent[row["project_id"]][teams[row["user_id"]]] += row["hours"]
    for key, hours in spent.items():
        if key in found:
            found[key].team = min(hours, key=lambda team: (-hours[team], team))
    return found


def _pace(company: Company, projects: dict[str, Project], reach: Reach) -> Values:
    """Done over due on a period's last day, over projects that run on it."""
    rows: dict[str, list[Dated]] = defaultdict(list)
    for grain, start, day in last_days(company, WEEKLY):
        for project in projects.values():
            ends, starts = project.row["ends_on"], project.row["starts_on"]
            is_over = project.delivered and project.delivered <= day
            if not ends or not project.milestones or is_over or not starts <= day <= ends + GRACE:
                continue
            due = sum(m["due_on"] <= day for m in project.milestones)
            done = sum(
                bool(m["completed_on"] and m["completed_on"] <= day) for m in project.milestones
            )
            rows[grain].append((start, project.slices, (done, due)))
    result: Values = {}
    for grain, found in rows.items():
        result |= answer(company, "project_pace", found, _quotient, grains=(grain,), reach=reach)
    return result


def _quotient(items: list[tuple[float, float]]) -> float | None:
    below = sum(item[1] for item in items)
    return sum(item[0] for item in items) / below if below else None


def _hours(company: Company, projects: dict[str, Project], reach: Reach) -> Values:
    """Billable over available hours, and what was delivered over hours worked."""
    users = {row["id"]: row for row in company.landing.newest("harvest.user")}
    used: list[Dated] = []
    worth: list[Dated] = []
    for row in users.values():
        day = max(row["created_at"].date(), reach.first)
        until = row["updated_at"].date() if row["is_active"] is False else date.max
        while day <= reach.last and day < until:
            if day.isoweekday() <= 5:
                capacity = row["weekly_capacity"] / 3600 / 5
                used.append((day, _team(_team_of(row)), (0.0, capacity)))
            day += timedelta(days=1)
    for row in company.landing.newest("harvest.time_entry"):
        if row["spent_date"] > reach.last:
            continue
        team = _team(_team_of(users[row["user_id"]]))
        project = projects.get(row["project_id"])
        used.append((row["spent_date"], team, (row["hours"] if row["billable"] else 0.0, 0.0)))
        amount = 0.0
        if project and row["billable"] and not project.row["is_fixed_fee"]:
            rate = _rate(company, project.currency, row["spent_date"])
            amount = row["hours"] * float(row["billable_rate"]) * rate
        worth.append((row["spent_date"], team, (amount, row["hours"])))
    for project in projects.values():
        for milestone in project.milestones:
            done = milestone["completed_on"]
            if done:
                amount = float(milestone["amount"]) * _rate(company, project.currency, done)
                worth.append(
                    (done, _team(project.team), (math.floor(100 * amount + 0.5) / 100, 0.0))
                )
    result = answer(company, "billable_utilization", used, _quotient, grains=WEEKLY, reach=reach)
    return result | answer(company, "value_per_hour", worth, _quotient, grains=WEEKLY, reach=reach)


def _rate(company: Company, currency: str, day: date) -> float:
    """What one unit is worth as the month of a day opens."""
    if currency == "usd":
        return 1.0
    fx = read_fx(company.seeds / "fx_rates.csv")
    return float(fx[currency, add_to_month(month_of(day), -1)] or Decimal(0))


def _attached(company: Company, projects: dict[str, Project], reach: Reach) -> Values:
    """Of those who pay on a period's last day, those whose first project has begun."""
    first: dict[str, date] = {}
    for project in projects.values():
        if project.customer:
            starts = project.row["starts_on"]
            first[project.customer] = min(first.get(project.customer, starts), starts)
    with_package = paying_customers(company, WEEKLY, since=first)
    result: Values = {}
    for key, below in paying_customers(company, WEEKLY).items():
        has = reach.has(key[0], key[1])
        result[("service_package_attach_rate", *key)] = (
            with_package.get(key, 0) / below if has else None
        )
    return result
