"""Hazards and their scores, against a textbook, the statistics library and by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from statsmodels.api import Logit, add_constant
from statsmodels.datasets import spector

from orchestration.statistics.hazards import (
    Scale,
    area_under_curve,
    calibration_slope,
    clustered_mean,
    combine,
    expit,
    fit_logistic,
    segment_rates,
)

ROSSI = Path(__file__).parents[1] / "fixtures/rossi.csv"


def test_a_published_regression_is_found() -> None:
    """Spector and Mazzeo (1980), in Greene's Econometric Analysis, table 17.1: the logit model."""
    data = spector.load()
    design, came = data.exog.to_numpy(), data.endog.to_numpy()
    found = fit_logistic(design, came, np.arange(len(came)), prior=1e6)
    assert found.effects == pytest.approx([-13.021, 2.826, 0.095, 2.379], abs=5e-4)


def test_discrete_hazards_are_those_of_a_published_proportional_hazards_model() -> None:
    """Rossi, Berk and Lenihan (1980): arrests of 432 men in the year after their release.

    The coefficients of Cox's model are those that textbooks and libraries print for these data
    (Allison, Survival analysis using SAS, chapter 5). A regression by weeks, whose baseline is one
    logit for all weeks of a month, comes within a tenth of a standard error or so: a week is short.
    """
    published = {
        "fin": -0.379,
        "age": -0.057,
        "race": 0.314,
        "wexp": -0.150,
        "mar": -0.434,
        "paro": -0.085,
        "prio": 0.091,
    }
    with ROSSI.open() as file:
        men = [{name: int(value) for name, value in row.items()} for row in csv.DictReader(file)]
    assert len(men) == 432
    assert sum(man["arrest"] for man in men) == 114
    rows, came, number = [], [], []
    for place, man in enumerate(men):
        for week in range(1, man["week"] + 1):
            months = [float((week - 1) // 4 == month) for month in range(1, 13)]
            rows.append([float(man[name]) for name in published] + months)
            came.append(float(man["arrest"] and week == man["week"]))
            number.append(place)
    found = fit_logistic(np.array(rows), np.array(came), np.array(number), prior=100.0)
    effects = found.effects[1 : len(published) + 1]
    errors = np.sqrt(np.diag(found.covariance))[1 : len(published) + 1]
    told = np.array([*published.values()])
    assert np.all(np.sign(effects) == np.sign(told))
    assert np.argsort(effects).tolist() == np.argsort(told).tolist()
    assert np.max(np.abs(effects - told) / errors) < 0.1


def test_rows_of_one_customer_are_no_more_than_one() -> None:
    """The library's covariance by clusters, without a correction for how few they are."""
    draw = np.random.default_rng(3)
    customers = np.repeat(np.arange(60), 5)
    design = np.repeat(draw.normal(size=(60, 2)), 5, axis=0)
    came = (draw.random(300) < expit(design[:, 0])).astype(float)
    found = fit_logistic(design, came, customers, prior=1e6)
    library = Logit(came, add_constant(design)).fit(
        disp=False,
        cov_type="cluster",
        cov_kwds={"groups": customers, "use_correction": False},
    )
    assert found.effects == pytest.approx(library.params, abs=1e-4)
    assert found.covariance == pytest.approx(library.cov_params(), abs=1e-4)


def test_a_sign_that_always_came_true_has_an_effect_that_is_finite() -> None:
    design = np.array([[0.0]] * 20 + [[1.0]] * 5)
    came = np.array([0.0] * 18 + [1.0] * 7)
    found = fit_logistic(design, came, np.arange(25))
    assert 0 < found.effects[1] < 1


def test_unknown_is_at_the_mean_and_asked_for_where_many_do_not_have_it() -> None:
    """Of 0, 2, 4 and unknown the mean is 2; a tenth or more unknown is a measure of its own."""
    values = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0], [np.nan, 1.0]])
    scaled = Scale.of(values).apply(values)
    assert scaled.shape == (4, 3)
    assert scaled[3].tolist() == [0, 0, 1]
    assert scaled[0, 0] == pytest.approx(-scaled[2, 0])
    assert scaled[1, 0] == pytest.approx(0)
    # What is the same for all says nothing.
    assert not scaled[:, 1].any()


def test_one_extreme_customer_does_not_stretch_the_scale() -> None:
    values = np.array([[float(n % 10)] for n in range(500)] + [[1e9]])
    assert Scale.of(values).apply(values)[:500, 0].std() == pytest.approx(1, abs=0.05)


def test_who_is_likelier_is_told_in_pairs() -> None:
    """0.9 and 0.4 came, 0.1, 0.4 and 0.5 did not: 3 + 1.5 of 6 pairs."""
    told = np.array([0.9, 0.4, 0.1, 0.4, 0.5])
    came = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    assert area_under_curve(told, came) == 4.5 / 6
    assert area_under_curve(told, np.zeros(5)) is None


def test_a_mean_of_days_of_two_customers_is_one_of_two() -> None:
    mean, error = clustered_mean(np.array([1.0, 1.0, 0.0, 0.0]), np.array([0, 0, 1, 1]))
    assert (mean, error) == (0.5, pytest.approx(np.sqrt(2) / 4))


def test_what_has_not_come_may_come_in_the_next_stretch() -> None:
    """A tenth in the first, a fifth of the rest in the second: 1 - 0.9 × 0.8."""
    assert combine([np.array([0.1]), np.array([0.2])]) == pytest.approx([0.28])


def test_a_small_segment_does_mostly_what_all_do() -> None:
    """One of one left, of all 2 of 101: (1 + 20 × 2 ÷ 101) ÷ 21."""
    came = np.array([1.0, 1.0] + [0.0] * 99)
    segments = np.array([0] + [1] * 100)
    rates = segment_rates(came, segments, 2)
    assert rates[0] == pytest.approx((1 + 20 * 2 / 101) / 21)


def test_who_is_twice_too_sure_has_half_a_slope() -> None:
    draw = np.random.default_rng(5)
    logits = draw.normal(size=20_000) - 1
    came = (draw.random(20_000) < expit(logits)).astype(float)
    for factor in (1, 2):
        told = expit(factor * logits)
        slope, error = calibration_slope(told, came, np.arange(20_000), np.zeros(20_000)) or (0, 0)
        assert slope == pytest.approx(1 / factor, abs=3 * error)
        assert 0 < error < 0.05
    alike, came = np.full(9, 0.5), np.array([0.0] * 8 + [1.0])
    assert calibration_slope(alike, came, np.arange(9), np.zeros(9)) is None


def test_a_quarter_in_which_more_leave_makes_nobody_too_sure() -> None:
    """Odds in each quarter are those that were told times 4, or a quarter of them: slope 1.

    Told were 0.2 and 0.5 (odds 1/4 and 1) before, 0.5 and 0.8 (1 and 4) when fewer left; came 1/2
    and 4/5 (odds 1 and 4), then 1/5 and 1/2. In one pot those told 0.5 are 4/5 and 1/5 on average
    1/2, those told 0.2 and 0.8 too: a slope of 0. A quarter without a loss says nothing.
    """
    told = np.repeat([0.2, 0.5, 0.5, 0.8, 0.2], 10)
    left = np.concatenate([np.arange(10) < of_ten for of_ten in (5, 8, 2, 5, 0)]).astype(float)
    quarters, customers = np.repeat([1, 1, 2, 2, 3], 10), np.arange(50)
    slope, _ = calibration_slope(told, left, customers, quarters) or (0, 0)
    assert slope == pytest.approx(1, abs=1e-3)
    pot, _ = calibration_slope(told[:40], left[:40], customers[:40], np.zeros(40)) or (9, 0)
    assert pot == pytest.approx(0, abs=1e-3)
