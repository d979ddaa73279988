"""Signal or noise: by simulation, against published examples, and by hand at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from orchestration.statistics.process_limits import (
    SHIFT,
    SIGNALS,
    SPIKE,
    TOO_FEW,
    TREND,
    WITHIN_USUAL,
    judge_series,
)
from tests.statistics.series import Noise, growing, normal, passed_on, poisson, seasonal, simulate


def numbers(text: str) -> list[float]:
    """The numbers of a text."""
    return [float(number) for number in text.split()]


# NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.3: a tabular CUSUM with a target of 325
# signals first in the 14th group, after its upper sum left zero in the 13th.
NIST_CUSUM = numbers(
    """
    324.925 324.675 324.725 324.350 325.350 325.225 324.125 324.525 325.225 324.600
    324.625 325.150 328.325 327.250 327.825 328.500 326.675 327.775 326.875 328.350
    """
)
# The same, 6.3.2.4: in control by its EWMA chart, λ = 0.3 and limits at 3.
NIST_EWMA = numbers(
    """
    52.0 47.0 53.0 49.3 50.1 47.0 51.0 50.1 51.2 50.5
    49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1
    """
)
# Montgomery, Introduction to Statistical Quality Control, table 9.1: the twenty values before the
# mean moves, of a normal distribution with mean 10 and standard deviation 1.
MONTGOMERY_IN_CONTROL = numbers(
    """
    9.45 7.99 9.29 11.66 12.16 10.18 8.04 11.46 9.20 10.34
    9.03 11.47 10.51 9.40 10.08 9.37 10.62 10.31 8.52 10.84
    """
)
# Mean 100, every step of one size, and nothing passed on.
STEADY = [100.0 + off for off in (1, -1, -1, 1, 1, -1, 1, -1, -1, 1, -1, 1, 1, -1, -1, 1)]
NOISES = {"normal": normal, "poisson": poisson, "passed_on": passed_on, "growing": growing}


def states(values: list[float], *, grain: str = "week", first: int = 9) -> dict[int, str]:
    """The signal of each period, by those before it; periods count from 1."""
    return {
        count: SIGNALS[judge_series(np.array([values[:count]]), grain=grain).signal[0]]
        for count in range(first, len(values) + 1)
    }


@pytest.mark.parametrize(
    ("noise", "grain", "history"),
    [
        *((noise, "month", 36) for noise in [*NOISES.values(), seasonal(12)]),
        *((noise, "week", 104) for noise in (normal, poisson, passed_on)),
    ],
)
def test_noise_raises_at_most_one_alarm_in_a_year(noise: Noise, grain: str, history: int) -> None:
    series = 150 if grain == "month" else 40
    assert simulate(noise, grain=grain, history=history, series=series, shifts=1).alarms_a_year <= 1


@pytest.mark.parametrize(("grain", "history"), [("month", 36), ("week", 104)])
def test_two_standard_deviations_are_found_within_three_periods(grain: str, history: int) -> None:
    """Of a thousand series of independent normal values at least 80 %."""
    assert simulate(normal, grain=grain, history=history, series=1, shifts=1000).found >= 0.8


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noise", "grain", "history", "found"),
    [
        # What was found of a thousand, 2026-11-28, less what a thousand can tell.
        (normal, "month", 24, 0.75),
        (normal, "month", 30, 0.78),
        (normal, "month", 36, 0.78),
        (poisson, "month", 36, 0.62),
        (passed_on, "month", 36, 0.63),
        (growing, "month", 36, 0.69),
        (seasonal(12), "month", 36, 0.57),
        (normal, "week", 104, 0.78),
        (poisson, "week", 104, 0.55),
        (passed_on, "week", 104, 0.57),
        (growing, "week", 104, 0.73),
        (seasonal(52), "week", 130, 0.51),
    ],
)
def test_many_series_say_the_same(noise: Noise, grain: str, history: int, found: float) -> None:
    series = 2000 if grain == "month" else 400
    came = simulate(noise, grain=grain, history=history, series=series, shifts=1000, seed=7)
    assert came.alarms_a_year <= 1
    assert came.found >= found


def test_the_shift_of_the_handbook_is_found_where_its_chart_finds_it() -> None:
    found = states(NIST_CUSUM)
    assert {found[count] for count in range(9, 13)} == {"within_usual"}
    assert found[13] == "spike"
    assert found[14] == "shift"
    for count in (14, 15, 16):
        judged = judge_series(np.array([NIST_CUSUM[:count]]), grain="week")
        assert count - judged.lasted[0] + 1 == 13
        assert judged.direction[0] == 1


@pytest.mark.parametrize("values", [NIST_EWMA, MONTGOMERY_IN_CONTROL])
def test_what_is_published_as_in_control_is_within_usual(values: list[float]) -> None:
    assert set(states(values).values()) == {"within_usual"}


def test_the_newest_period_widens_no_limits() -> None:
    near, far = (
        judge_series(np.array([[*STEADY, newest]]), grain="month") for newest in (100.5, 5000.0)
    )
    assert near.signal[0] == WITHIN_USUAL
    assert far.signal[0] == SPIKE
    assert (near.lower[0], near.upper[0]) == (far.lower[0], far.upper[0])


def test_limits_are_three_spreads_of_what_is_forecast() -> None:
    """Sixteen of mean 100 and square sum 16: σ² = 16 ÷ (15 known pairs - 2 for the line).

    A value to come is off by √(1 + 1 ÷ 16) of that. The line is flat, and nothing is passed on.
    With 13 degrees of freedom Student's distribution is 3.69 away where the normal one is 3.
    """
    judged = judge_series(np.array([[*STEADY, 100.0]]), grain="month")
    reach = 3.69 * np.sqrt(15 / 13 / 0.97756) * np.sqrt(1 + 1 / 16)
    assert judged.expected[0] == pytest.approx(100)
    assert judged.upper[0] == pytest.approx(100 + reach, abs=0.05)
    assert not judged.is_detrended[0]


def test_one_wild_period_is_a_spike_and_leaves_no_shift_behind() -> None:
    assert states([*STEADY, 120.0, 100.0, 101.0, 99.0], grain="month", first=17) == {
        17: "spike",
        18: "within_usual",
        19: "within_usual",
        20: "within_usual",
    }


def test_what_stays_has_shifted_and_what_goes_on_is_a_trend() -> None:
    stays = judge_series(np.array([[*STEADY, 104, 105, 104, 104]]), grain="month")
    rise = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]
    goes_on, falls = (
        judge_series(np.array([[*STEADY, *(100 + side * step for step in rise)]]), grain="month")
        for side in (1, -1)
    )
    assert (stays.signal[0], stays.lasted[0], stays.direction[0]) == (SHIFT, 4, 1)
    assert (goes_on.signal[0], goes_on.direction[0]) == (TREND, 1)
    assert (falls.signal[0], falls.direction[0]) == (TREND, -1)
    # A creep is half over before it shows: its onset is told to two periods.
    assert 6 <= goes_on.lasted[0] == falls.lasted[0] <= 8


def test_what_has_come_back_is_over() -> None:
    judged = judge_series(np.array([[*STEADY, 104, 105, 104, 104, 99.5]]), grain="month")
    assert judged.signal[0] == WITHIN_USUAL


def test_growth_in_a_line_is_usual_and_its_end_is_not() -> None:
    line = [value + 3.0 * count for count, value in enumerate(STEADY)]
    judged = judge_series(np.array([[*line, 100 + 3 * 16.0], [*line, line[-1] - 8]]), grain="month")
    assert judged.signal.tolist() == [WITHIN_USUAL, SPIKE]
    assert judged.is_detrended.all()
    assert judged.expected[0] == pytest.approx(148, abs=0.5)


def test_no_course_leads_to_what_cannot_be() -> None:
    """What fell by 6 a period to 8 is at zero now; minus 16 would make a shift of that."""
    fall = [value - 100 + 98 - 6.0 * count for count, value in enumerate(STEADY)]
    rest = [0.0, 0.0, 0.0, 0.0]
    unbounded, bounded = (
        judge_series(np.array([[*fall, *rest]]), grain="month", bounds=bounds)
        for bounds in ((-np.inf, np.inf), (0.0, np.inf))
    )
    assert unbounded.signal[0] > WITHIN_USUAL
    assert bounded.signal[0] == WITHIN_USUAL


def test_a_season_is_taken_off_where_two_years_know_it() -> None:
    """Every December is 20 above; the third is no signal, and a third one without it is."""
    known = [
        value + (20 if month % 12 == 11 else 0) for month, value in enumerate((STEADY * 3)[:35])
    ]
    judged = judge_series(np.array([[*known, 120.0], [*known, 100.0]]), grain="month")
    assert judged.is_seasonal.all()
    assert judged.signal.tolist() == [WITHIN_USUAL, SPIKE]
    short = judge_series(np.array([known[:23]]), grain="month")
    assert not short.is_seasonal[0]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([1.0, 3, 2, 1, 3, 2, 1, 9], "seven periods before the newest"),
        ([5.0] * 20, "a series that never changed"),
        ([5.0] * 12 + [6.0, 5.0, 5.0, 9.0], "a series that changed twice before"),
        ([*STEADY, np.nan], "no value in the newest period"),
        ([np.nan] * 20, "no value at all"),
    ],
)
def test_too_little_is_no_judgement(values: list[float], why: str) -> None:
    judged = judge_series(np.array([values]), grain="month")
    assert judged.signal[0] == TOO_FEW, why
    assert np.isnan([judged.expected[0], judged.lower[0], judged.deviation[0]]).all()
    assert judged.direction[0] == judged.lasted[0] == 0


def test_a_gap_is_passed_over() -> None:
    """A missing period is no zero: neither it nor what follows it is a signal."""
    gap = [*STEADY[:6], np.nan, *STEADY[6:], np.nan, 100.0]
    judged = judge_series(np.array([gap]), grain="month")
    assert judged.signal[0] == WITHIN_USUAL
    assert judged.count[0] == len(STEADY)


def test_a_spread_is_never_below_what_chance_alone_makes() -> None:
    """Shares of 10 cases are off by 0.15 by chance: 1 of 10 after years of 5 or so is no wonder."""
    values = np.array([[0.5 + off for off in (0.01, -0.01) * 8] + [0.1]])
    assert judge_series(values, grain="month").signal[0] == SPIKE
    few, many = (
        judge_series(values, np.full(values.shape, error), grain="month") for error in (0.15, 0.05)
    )
    assert few.signal[0] == WITHIN_USUAL
    assert many.signal[0] == SPIKE


def test_series_are_judged_alike_together_and_alone() -> None:
    values = normal(np.random.default_rng(1), 20, 30)
    together = judge_series(values, grain="month")
    for row in range(20):
        alone = judge_series(values[row : row + 1], grain="month")
        assert alone.signal[0] == together.signal[row]
        assert alone.upper[0] == together.upper[row]
