"""Who works at the company, in BambooHR's shape (all text), and how they feel about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, first_of_month, random_stream
from drivewheel_demo.finance import Books
from drivewheel_demo.ledger import cost_level
from drivewheel_demo.rows import Delivery

MONTHLY_PAY, FEWEST = 8_500.0, 2
NO_DAY = "0000-00-00"
SURVEY_MONTHS = (2, 5, 8, 11)


@dataclass
class Employee:
    """One person."""

    number: int
    department: str
    hired_on: date
    left_on: date | None = None
    is_voluntary: bool = True


def deliver_people(out: Delivery, books: Books, *, horizon: Horizon, seed: int) -> None:
    """Employees, how they left, what they are paid, and their answers to the survey."""
    rng = random_stream(seed, "people")
    staff = _employ(books, horizon, rng=rng)
    for employee in staff:
        _deliver(out, employee)
    _survey(out, staff, horizon, rng=rng)


def _employ(books: Books, horizon: Horizon, *, rng: np.random.Generator) -> list[Employee]:
    """Each month some leave, and departments hire up to what their pay allows."""
    months = list(horizon.months())
    staff: list[Employee] = []
    departments = {**story.PAYROLL, "Services": story.SERVICES_SHARE * 0.6}
    for month in months:
        level = cost_level(books, months, month)
        length = (first_of_month(month.year, month.month + 1) - month).days
        for department, share in departments.items():
            present = [e for e in staff if e.department == department and e.left_on is None]
            for employee in present:
                if rng.random() < story.YEARLY_LEAVERS / 12 and employee.hired_on < month:
                    employee.left_on = month + timedelta(days=int(length * rng.random()))
                    employee.is_voluntary = bool(rng.random() < story.VOLUNTARY_SHARE)
            here = sum(e.left_on is None for e in present)
            wanted = max(FEWEST, round(share * level / MONTHLY_PAY))
            for _ in range(max(0, wanted - here)):
                first = month == months[0]
                hired = month if first else month + timedelta(days=int(length * rng.random()))
                staff.append(Employee(len(staff) + 1, department, hired))
    return staff


def _deliver(out: Delivery, employee: Employee) -> None:
    hired = at(employee.hired_on, 8 * 3600)
    key = str(200 + employee.number)
    base = {
        "id": key,
        "first_name": f"First{employee.number}",
        "last_name": f"Last{employee.number}",
        "work_email": f"person{employee.number}@drivewheel.example",
        "department": employee.department,
        "division": "All",
        "location": "Remote",
        "job_title": f"{employee.department} specialist",
        "hire_date": employee.hired_on.isoformat(),
        "termination_date": NO_DAY,
        "status": "Active",
        "last_changed": _text(hired),
    }
    out.add("bamboohr.employee", hired, base)
    out.add(
        "bamboohr.employment_status",
        hired,
        {
            "id": f"{key}-1",
            "employee_id": key,
            "date": employee.hired_on.isoformat(),
            "employment_status": "Full-Time",
            "termination_type": None,
            "termination_reason": None,
            "last_changed": _text(hired),
        },
    )
    out.add(
        "bamboohr.compensation",
        hired,
        {
            "id": f"{key}-1",
            "employee_id": key,
            "start_date": employee.hired_on.isoformat(),
            "rate": f"{MONTHLY_PAY * 12:.2f} USD",
            "type": "Salary",
            "last_changed": _text(hired),
        },
    )
    if employee.left_on:
        left = at(employee.left_on, 17 * 3600)
        out.add(
            "bamboohr.employee",
            left,
            {
                **base,
                "termination_date": employee.left_on.isoformat(),
                "status": "Inactive",
                "last_changed": _text(left),
            },
        )
        out.add(
            "bamboohr.employment_status",
            left,
            {
                "id": f"{key}-2",
                "employee_id": key,
                "date": employee.left_on.isoformat(),
                "employment_status": "Terminated",
                "termination_type": "Voluntary" if employee.is_voluntary else "Involuntary",
                "termination_reason": "Another offer" if employee.is_voluntary else "Performance",
                "last_changed": _text(left),
            },
        )


def _survey(
    out: Delivery, staff: list[Employee], horizon: Horizon, *, rng: np.random.Generator
) -> None:
    for month in horizon.months():
        if month.month not in SURVEY_MONTHS:
            continue
        for employee in staff:
            asked = month + timedelta(days=int(10 * rng.random()))
            here = employee.hired_on < asked and (employee.left_on or date.max) > asked
            if not here or rng.random() > 0.8:
                continue
            score = int(np.clip(round(8.2 + 1.7 * rng.standard_normal()), 0, 10))
            moment = at(asked, 9 * 3600 + 3600 * rng.random())
            out.add(
                "engagement.survey_response",
                moment,
                {
                    "id": f"eng_{month:%Y%m}_{employee.number}",
                    "employee_id": str(200 + employee.number),
                    "department": employee.department,
                    "score": score,
                    "responded_at": moment,
                    "comment": None,
                },
            )


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")
