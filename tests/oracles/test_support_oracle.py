"""The recomputation of support, surveys and services on cases that can be worked out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.oracles.business_clock import BusinessClock
from tests.oracles.catalogue import Company
from tests.oracles.landing import Landing
from tests.oracles.recompute_services import recompute as recompute_services
from tests.oracles.recompute_surveys import recompute as recompute_surveys
from tests.oracles.tally import quantile
from tests.oracles.tickets import Promise, Ticket
from tests.tables import tables_dir

# Monday to Friday, 9 to 17.
WEEK = [(day * 1440 + 540, day * 1440 + 1020) for day in range(1, 6)]
AS_OF = date(2026, 6, 30)
SEEDS = tables_dir()
TOTAL = ("total", "total")


def clock(zone: str = "UTC", closed: set[date] | None = None) -> BusinessClock:
    return BusinessClock(zone, WEEK, closed or set())


def test_business_time_skips_nights_weekends_and_holidays() -> None:
    # Friday 16:00 to Monday 10:00: 1 h + 1 h; with Monday closed to Tuesday 10:00 the same.
    friday, monday = datetime(2026, 3, 6, 16), datetime(2026, 3, 9, 10)
    assert clock().between(friday, monday) == 2 * 3600
    closed = clock(closed={date(2026, 3, 9)})
    assert closed.between(friday, monday) == 3600
    assert closed.between(friday, monday + timedelta(days=1)) == 2 * 3600


def test_business_time_follows_daylight_saving() -> None:
    # New York opens at 14:00 UTC on Friday and, an hour forward, at 13:00 UTC on Monday.
    here = clock("America/New_York")
    assert here.between(datetime(2026, 3, 6, 13), datetime(2026, 3, 6, 15)) == 3600
    assert here.between(datetime(2026, 3, 9, 12), datetime(2026, 3, 9, 15)) == 2 * 3600


def test_a_target_that_ends_at_closing_ends_at_the_next_opening() -> None:
    friday = datetime(2026, 3, 6, 16)
    assert clock().after(friday, 3599) == datetime(2026, 3, 6, 16, 59, 59)
    assert clock().after(friday, 3600) == datetime(2026, 3, 9, 9)
    assert clock().after(datetime(2026, 3, 7, 12), 0) == datetime(2026, 3, 9, 9)


def ticket(**changes: object) -> Ticket:
    values = {
        "key": "t",
        "created": datetime(2026, 3, 2, 10),
        "priority": "urgent",
        "team": "a",
        "slices": (TOTAL,),
        "clock": clock(),
        **changes,
    }
    return Ticket(**values)  # type: ignore[arg-type]


def test_a_reopened_ticket_counts_by_its_last_state() -> None:
    solved, back = datetime(2026, 3, 3, 10), datetime(2026, 3, 5, 10)
    found = ticket(solutions=[solved], reopenings=[back])
    assert found.solved is None
    days = [found.is_open_at_end_of(date(2026, 3, day)) for day in (1, 2, 3, 4, 5)]
    assert days == [False, True, False, False, True]
    assert ticket(solutions=[solved, back], reopenings=[solved]).solved == back


def test_an_escalation_is_a_raise_or_an_urgent_ticket_that_is_late() -> None:
    due, raised = datetime(2026, 3, 2, 11), datetime(2026, 3, 2, 12)
    late = ticket(promises=[Promise(due, is_met=False)])
    assert (late.escalated, late.is_on_path) == (due, False)
    assert ticket(priority="high", promises=[Promise(due, is_met=False)]).escalated is None
    both = ticket(promises=[Promise(due, is_met=False)], raises=[(raised, 1)])
    assert (both.escalated, both.is_on_path) == (due, True)
    assert not ticket(raises=[(raised, 1), (raised, 2)]).is_on_path


def test_a_percentile_lies_between_its_neighbours() -> None:
    # 90 % of the way from the first to the last of five: place 3.6, between 4 and 5.
    assert quantile(0.9)([5, 1, 2, 3, 4]) == pytest.approx(4.6)
    assert quantile(0.5)([1, 2, 4, 8]) == 3
    assert quantile(0.5)([]) is None


def company(**objects: list[dict[str, object]]) -> Company:
    """A company of some rows, each the only version of its record."""
    landing = Landing()
    for name, rows in objects.items():
        versions = {(number,): [row] for number, row in enumerate(rows)}
        landing.versions[name.replace("__", ".")] = versions
    return Company(landing, AS_OF, {}, SEEDS, first_month=date(2026, 6, 1))


def answer(number: int, score: int, day: int) -> dict[str, object]:
    return {
        "id": str(number),
        "person": str(number % 40),
        "survey_type": "nps",
        "score": score,
        "person_properties": "{}",
        "notes": "[]",
        "tags": "[]",
        "created_at": datetime(2026, 6, day),
    }


def test_nps_is_the_latest_answer_of_each_person_and_needs_thirty() -> None:
    # 40 people answer 9; ten of them answer 6 ten days later: 30 promoters, 10 detractors,
    # 100 x (30 - 10) / 40 = 50.
    rows = [answer(n, 9, 10) for n in range(40)] + [answer(40 + n, 6, 20) for n in range(10)]
    found = recompute_surveys(company(delighted__survey_response=rows))
    key = ("month", date(2026, 6, 1), *TOTAL)
    assert found[("nps", *key)] == 50
    assert [found[(f"nps_{m}", *key)] for m in ("promoters", "passives", "detractors")] == [
        30,
        0,
        10,
    ]
    few = recompute_surveys(company(delighted__survey_response=rows[:29]))
    assert few[("nps", *key)] is None
    assert few[("nps_promoters", *key)] == 29


def test_utilisation_is_billable_over_a_fifth_of_the_week() -> None:
    # 40 h a week are 8 a day. June 29 and 30 of 2026 are a Monday and a Tuesday: 12 of 16.
    entry = {"project_id": "p", "hours": 6.0, "billable": True, "billable_rate": None}
    found = recompute_services(
        company(
            harvest__user=[
                {
                    "id": "u",
                    "roles": '["Onboarding"]',
                    "weekly_capacity": 144_000,
                    "is_active": True,
                    "created_at": datetime(2026, 1, 1),
                    "updated_at": datetime(2026, 1, 1),
                }
            ],
            harvest__time_entry=[
                {**entry, "user_id": "u", "spent_date": date(2026, 6, day)} for day in (29, 30)
            ],
        )
    )
    week = ("billable_utilization", "week", date(2026, 6, 29), *TOTAL)
    assert found[week] == pytest.approx(12 / 16)
