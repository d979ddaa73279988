"""Forecasts are those of the published method, know nothing of what comes, and say how sure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.forecasting.theta import ThetaModel

from orchestration.statistics import forecasts
from orchestration.statistics.forecasts import Forecast, Goal, naive, theta, walk

YEARS = 30  # months of a series


def told(values: Any, ahead: int = 6, **said: Any) -> list[Forecast]:
    given = {"kind": "plain", "season": 12, "goal": Goal()} | said
    return list(walk(np.asarray(values, dtype=float), ahead, **given))


def smooth(values: np.ndarray, alpha: float) -> float:
    level = values[0]
    for value in values[1:]:
        level += alpha * (value - level)
    return float(level)


@pytest.mark.parametrize("seed", range(3))
def test_points_are_those_of_the_method_as_others_have_programmed_it(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    values = 50 + np.cumsum(np.random.default_rng(seed).normal(0.5, 2, YEARS))
    fitted = ThetaModel(values, period=1, deseasonalize=False, use_test=False).fit(use_mle=False)
    monkeypatch.setattr(forecasts, "ALPHAS", np.array([fitted.params["alpha"]]))
    assert theta(values, 6).points == pytest.approx(np.asarray(fitted.forecast(6)), rel=1e-9)


def test_a_point_is_the_mean_of_a_line_and_of_the_smoothed_line_of_twice_the_curvature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the authors put it in 2000; their smoothing begins at the line, which matters no more."""
    alpha = 0.5
    monkeypatch.setattr(forecasts, "ALPHAS", np.array([alpha]))
    values = 20 + np.arange(60) + np.random.default_rng(5).normal(0, 3, 60)
    slope, start = np.polyfit(np.arange(60), values, 1)
    line = start + slope * np.arange(61)
    curved = smooth(2 * values - line[:60], alpha)
    assert theta(values, 1).points[0] == pytest.approx((line[60] + curved) / 2, abs=1e-6)


def test_the_last_value_stands_and_its_doubt_grows_with_the_root_of_time() -> None:
    """Steps of 2, -2, 2, …: a variance of 4 each, so 2, 2√2, 2√3."""
    found = naive(np.array([0.0, 2, 0, 2, 0, 2]), 3)
    assert found.points.tolist() == [2, 2, 2]
    assert found.errors == pytest.approx([2, 2 * 2**0.5, 2 * 3**0.5])


def test_what_comes_later_changes_nothing_that_was_told_before() -> None:
    chance = np.random.default_rng(3)
    values = 50 + np.cumsum(chance.normal(0, 2, YEARS))
    other = np.concatenate([values[:20], chance.normal(500, 9, 10)])

    def by(rows: list[Forecast], known: int) -> list[tuple[Any, ...]]:
        return [
            (row.known_count, row.ahead, row.model, row.value, row.lower, row.upper, row.scale)
            for row in rows
            if row.known_count <= known
        ]

    assert by(told(values), 20) == by(told(other), 20)
    assert by(told(values), 21) != by(told(other), 21)


def test_what_is_told_today_is_what_a_shorter_history_told_then() -> None:
    """So that a day that is computed again says what it said."""
    values = 50 + np.cumsum(np.random.default_rng(4).normal(0, 2, YEARS))
    then = [row for row in told(values) if row.known_count == 20]
    today = [row for row in told(values[:20]) if row.known_count == 20]
    assert [(row.model, row.value, row.lower, row.upper) for row in then] == [
        (row.model, row.value, row.lower, row.upper) for row in today
    ]
    assert all(row.actual is None and row.probability is not None for row in today)
    assert [row.actual for row in then] == values[20:26].tolist()


@pytest.mark.parametrize(
    ("course", "model"),
    [
        (lambda chance: 50 + np.arange(YEARS) + chance.normal(0, 3, YEARS), "theta"),
        (lambda chance: 50 + chance.normal(0, 3, YEARS), "theta"),
        (lambda chance: 50 + np.cumsum(chance.normal(0, 2, YEARS)), "naive"),
    ],
    ids=["trend", "level", "random walk"],
)
def test_four_of_five_intervals_hold_what_comes(course: Any, model: str) -> None:
    """Of 40 series each, from a year on; a walk is told by its last value more often than noise."""
    chance = np.random.default_rng(11)
    found = [row for _ in range(40) for row in told(course(chance)) if row.known_count >= 12]
    held = [row.lower <= row.actual <= row.upper for row in found if row.actual is not None]
    assert 0.7 <= np.mean(held) <= 0.9
    share = np.mean([row.model == "naive" for row in found if row.known_count == YEARS])
    assert share > 0.5 if model == "naive" else share < 0.2


def test_a_series_that_rises_is_told_better_than_by_the_year_before() -> None:
    chance = np.random.default_rng(2)
    found = [
        row
        for _ in range(20)
        for row in told(50 + np.arange(40) + chance.normal(0, 3, 40))
        if row.known_count >= 20
    ]
    scaled = [abs(row.actual - row.value) / row.scale for row in found if row.actual and row.scale]
    # A year brings 12, and chance alone is missed by 3 × 0.8.
    assert 2.4 / 12 < np.mean(scaled) < 0.4


def test_the_scale_is_the_mean_step_of_a_season() -> None:
    """0, 1, 3, 6, 10, …: steps of 1 to 7, mean 4; over two periods, once known, of 3 to 17."""
    values = np.array([n * (n + 1) / 2 for n in range(10)])
    first = told(values[:8], 1, season=2)[0]
    assert first.scale == pytest.approx(4)
    later = next(row for row in told(values, 1, season=2) if row.known_count == 10)
    assert later.scale == pytest.approx(np.mean([3, 5, 7, 9, 11, 13, 15, 17]))


def test_a_goal_is_met_with_the_share_of_the_normal_that_lies_beyond_it() -> None:
    """The last value is 2 and a step is 2: 1 at least in 69 of 100, 2 at most in 50, both in 19."""
    values = np.array([0.0, 2] * 10)
    [least] = [row for row in told(values, 1, goal=Goal(least=1)) if row.probability is not None]
    widened = (least.upper - least.value) / forecasts.WIDTH
    [most] = [row for row in told(values, 1, goal=Goal(most=2)) if row.probability is not None]
    [band] = [row for row in told(values, 1, goal=Goal(1, 2)) if row.probability is not None]
    normal = forecasts.NormalDist(least.value, widened)
    assert least.probability == pytest.approx(1 - normal.cdf(1))
    assert most.probability == pytest.approx(normal.cdf(2))
    assert band.probability == pytest.approx(normal.cdf(2) - normal.cdf(1))


def test_a_share_stays_a_share_and_a_short_history_says_nothing() -> None:
    rising = np.linspace(0.5, 0.99, 12)
    found = told(rising, 12, kind="share", bounds=(0, 1))
    assert max(row.upper for row in found) <= 1
    assert max(row.value for row in found) == 1
    assert told(rising[:7], 12) == []
    assert len(told(rising[:8], 12)) == 12


def test_what_never_moved_is_told_without_doubt() -> None:
    found = told([5.0] * 20, 2, goal=Goal(5, 5))
    for row in found:
        assert (row.value, row.lower, row.upper) == pytest.approx((5, 5, 5))
        assert row.scale is None
    assert {row.probability for row in found} == {None, 1.0}
    [beyond, _] = [row for row in told([5.0] * 20, 2, goal=Goal(5.1)) if row.actual is None][-2:]
    assert beyond.probability == 0.0
