"""Which of two scores tells better who leaves, by hand, and in tables."""

from __future__ import annotations

from math import sqrt
from typing import Any

import duckdb
import numpy as np
import pytest

from orchestration.statistics.comparisons import compare_scores
from orchestration.statistics.hazards import TWO_SIDED
from orchestration.statistics.health_tables import materialize_health_readouts
from orchestration.statistics.materialize import materialize_judgements


def compared(rows: list[tuple[float, float, int, int, int]]) -> Any:
    """Of rows of standing score, proposed score, whether it left, day and customer."""
    return compare_scores(*(np.array(column) for column in zip(*rows, strict=True)))


def test_customers_are_held_against_those_of_their_own_day() -> None:
    """Three pairs, not the six that there would be without days.

    A day of one loss and two who stay: 10 is below 20 and above 5, so 1 of 2; by the other score
    10 equals 10 and is below 20: 1.5 of 2. Another day has one pair, right both times.
    """
    found = compared(
        [
            (10, 10, 1, 1, 0),
            (20, 10, 0, 1, 1),
            (5, 20, 0, 1, 2),
            (1, 1, 1, 2, 3),
            (2, 2, 0, 2, 4),
        ]
    )
    assert (found.standing_auc, found.proposed_auc) == (2 / 3, 2.5 / 3)
    assert (found.count, found.come_count, found.verdict) == (5, 2, "too_few")


def test_the_interval_is_of_customers_and_not_of_their_days() -> None:
    """A customer's parts add up, on however many days.

    By the standing score 5 is above 3 and below 9, by the other 1 is below both: gains of 1 and 0,
    0.5 in all, each 0.5 away from it, over two pairs. The loss adds 0.25 − 0.25, those who stayed
    0.25 each way: √0.125.
    """
    apart = compared([(5, 1, 1, 1, 0), (3, 3, 0, 1, 1), (9, 9, 0, 1, 2)])
    assert apart.gain == 0.5
    assert apart.gain_upper - apart.gain == pytest.approx(TWO_SIDED * sqrt(0.125))
    # The same on two days: each customer's parts add up, 0.125 twice, and nothing is more certain.
    rows = [(5, 1, 1, 1, 0), (3, 3, 0, 1, 1), (9, 9, 0, 1, 2)]
    again = compared([*rows, *((s, p, came, 2, c) for s, p, came, _, c in rows)])
    assert again.gain_upper == pytest.approx(apart.gain_upper)


@pytest.mark.parametrize(
    ("standing", "proposed", "verdict"),
    [(1, -1, "better"), (-1, 1, "worse"), (1, 1, "no_difference_shown")],
)
def test_scores_are_told_apart_beyond_chance(standing: int, proposed: int, verdict: str) -> None:
    """Of forty on a day those who left are told apart by their places, or the other way round."""
    rows = [
        (standing * (1000 if place < 20 else n), proposed * (1000 if place < 20 else n), came, 1, n)
        for n, (place, came) in enumerate((place, int(place < 20)) for place in range(40))
    ]
    assert compared(rows).verdict == verdict


def test_where_all_stayed_nothing_is_compared() -> None:
    assert compared([(1, 2, 0, 1, 0), (2, 1, 0, 1, 1)]) is None


SCORES = """
    select * from (values
        (date '2025-12-31', 'a', 10.0, 10.0, true, false),
        (date '2025-12-31', 'b', 20.0, 20.0, false, false),
        (date '2026-03-31', 'c', 20.0, 10.0, true, true),
        (date '2026-03-31', 'd', 10.0, 20.0, false, true),
        (date '2026-03-31', 'e', 1.0, null, false, true)
    ) as rows (known_on, customer_id, standing_score, proposed_score, has_come, is_proposed)
    where {}
"""


def test_days_without_a_proposal_say_so_and_who_has_no_score_is_left_out() -> None:
    """In all 1 of 2 pairs, and 2 of 2.

    In December a is told rightly by weights that stay; in March c wrongly, and rightly by those
    that were proposed. e has one score alone.
    """
    with duckdb.connect() as connection:
        rows = materialize_health_readouts(
            connection, scores=connection.sql(SCORES.format("true"))
        ).fetchall()
        empty = materialize_health_readouts(
            connection, scores=connection.sql(SCORES.format("false"))
        )
        assert empty.fetchall() == []
        assert str(empty.types[0]) == "DATE"
    told = {str(row[0]): (row[1], row[2], row[3], row[4], row[8], row[9]) for row in rows}
    assert told == {
        "None": (4, 2, 0.5, 1.0, 1, "too_few"),
        "2025-12-31": (2, 1, 1.0, 1.0, 0, "nothing_proposed"),
        "2026-03-31": (2, 1, 0.0, 1.0, 1, "too_few"),
    }


def test_what_is_judged_on_another_day_makes_nothing_less_certain() -> None:
    """Two comparisons of one family: the smaller p-value counts twice (Holm), of two families once.

    40 high and 40 low, of whom 0 and 10 left: clear in both.
    """
    rows = """
        select driver, 'churn' as outcome, 90 as horizon_days, 40 as high_count,
            0 as high_come_count, 40 as low_count, 10 as low_come_count, 20e0 as weight,
            -5e0 as excess, 2.2e0 as variance, -0.25e0 as difference_first,
            -0.25e0 as difference_second
        from (values ('seats|1'), ('seats|2')) as drivers (driver)
    """
    with duckdb.connect() as connection:
        contrasts = connection.sql(rows)
        families = [None, lambda driver: driver.split("|")[1]]
        one, two = (
            [
                (row[6], row[7])
                for row in materialize_judgements(
                    connection, contrasts=contrasts, family_of=family
                ).fetchall()
            ]
            for family in families
        )
    assert all(corrected == pytest.approx(2 * p) for p, corrected in one)
    assert all(corrected == p for p, corrected in two)
