"""Who still comes, against a published fit and by hand."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import duckdb
import pytest

from orchestration.statistics.activity import NoActivityError, fit_activity
from orchestration.statistics.activity_tables import materialize_activity

CDNOW = Path(__file__).parents[1] / "fixtures/cdnow.csv"


def test_a_published_model_is_found() -> None:
    """Fader, Hardie and Lee (2005), table 1: 2,357 new customers of a music shop, in weeks."""
    with CDNOW.open() as file:
        rows = list(csv.DictReader(file))
    people = [int(row["customers"]) for row in rows]
    found = fit_activity(
        [int(row["repeats"]) for row in rows],
        [float(row["recency"]) for row in rows],
        [float(row["age"]) for row in rows],
        people,
    )
    assert sum(people) == 2357
    assert found
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx(
        (0.243, 4.414, 0.793, 2.426), abs=6e-4
    )
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)


def test_a_unit_of_time_changes_the_scale_alone() -> None:
    repeats, recencies, ages, people = [0, 2, 5, 1], [0, 30, 33, 4], [39, 39, 34, 36], [5, 4, 2, 3]
    weeks = fit_activity(repeats, recencies, ages, people)
    days = fit_activity(repeats, [7 * t for t in recencies], [7 * t for t in ages], people)
    assert weeks
    assert days
    assert (days.r, days.alpha / 7, days.a, days.b) == pytest.approx(
        (weeks.r, weeks.alpha, weeks.a, weeks.b), rel=1e-3
    )


def test_people_who_are_alike_and_stay_come_at_one_rate() -> None:
    """Five hundred histories of 20 weeks, told by a Poisson law of one visit in two weeks."""
    counts = {n: round(5e5 * math.exp(-10) * 10**n / math.factorial(n)) for n in range(31)}
    # Between its ends the last of n visits comes, on average, at n ÷ (n + 1) of the time.
    found = fit_activity(
        list(counts), [20 * n / (n + 1) for n in counts], [20] * len(counts), list(counts.values())
    )
    assert found
    assert found.r / found.alpha == pytest.approx(0.5, rel=0.01)
    assert found.a / (found.a + found.b) < 0.01


def test_where_nobody_came_twice_no_model_is_known() -> None:
    assert fit_activity([0, 0], [0, 0], [10, 20], [3, 4]) is None


@pytest.mark.parametrize("every", [1, 2, 7, 30])
def test_people_who_come_by_the_calendar_have_a_model(every: int) -> None:
    """Whoever began within half a year and came every day, every second, week or month since.

    Nobody differs from anybody and nobody stays away: only how often they come has an end.
    """
    starts = range(180)
    repeats = [(180 - start - 1) // every for start in starts]
    found = fit_activity(
        repeats,
        [every * n for n in repeats],
        [180 - start for start in starts],
        [26] * len(starts),
    )
    assert found
    whole = sum(repeats) / sum(180 - start for start in starts)
    assert found.r / found.alpha == pytest.approx(whole, rel=0.02)
    assert found.a / (found.a + found.b) < 1e-6


def test_a_company_that_came_every_day_has_a_model() -> None:
    """One history of all: 182 days in 183, by 4,604 users."""
    found = fit_activity([182], [182], [183], [4604])
    assert found
    assert found.r / found.alpha == pytest.approx(182 / 183, rel=1e-4)


@pytest.mark.filterwarnings("ignore:invalid value")  # what numpy says of the same
def test_a_search_without_an_end_is_no_model() -> None:
    with pytest.raises(NoActivityError, match="no model of 7 histories was found"):
        fit_activity([1, 2], [3, math.nan], [10, 20], [3, 4])


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_quarter_without_a_model_says_so_and_stops_nobody() -> None:
    rows = fitted(
        "strftime(cutoff_on, '%m'), returned_count, r is null or b is null, state",
        "('2026-04-01', 3, cast('nan' as double), 90, 120)",
        "('2026-07-01', 3, 60, 90, 100)",
        "('2026-07-01', 0, 0, 90, 50)",
    )
    assert rows == [("04", 120, True, "not_found"), ("07", 100, False, "fitted")]


def test_of_fewer_than_a_hundred_who_came_twice_nothing_is_told() -> None:
    """A hundred users who came again in April's half year, 99 in July's; others add nothing."""
    rows = fitted(
        "strftime(cutoff_on, '%m'), user_count, returned_count",
        "('2026-04-01', 3, 60, 90, 60)",
        "('2026-04-01', 1, 10, 90, 40)",
        "('2026-04-01', 0, 0, 90, 9)",
        "('2026-07-01', 3, 60, 90, 99)",
        "('2026-07-01', 0, 0, 90, 500)",
    )
    assert rows == [("04", 109, 100)]


def fitted(columns: str, *histories: str) -> list[tuple[object, ...]]:
    """Columns of the table of fits to histories, as rows of SQL in the order of their table."""
    with duckdb.connect() as connection:
        given = connection.sql(
            "select cast(cutoff_on as date) as cutoff_on, repeat_count, recency_days, age_days, "
            f"user_count from (values {', '.join(histories)}) "
            "as t (cutoff_on, repeat_count, recency_days, age_days, user_count)"
        )
        told = materialize_activity(connection, histories=given)
        return told.project(columns).fetchall()
