"""Curves of how long customers stay, against published fits and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from orchestration.statistics.survival import SurvivalCurve, expect_periods, fit_survival

# Fader and Hardie (2007): of each 1,000 customers those who are left after each year, and what they
# fit to the first seven.
REGULAR = [631, 468, 382, 326, 289, 262, 241]
HIGH_END = [869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]
YEARS_SEEN = 7


def fit(left: list[int]) -> SurvivalCurve:
    before = [1000, *left[:-1]]
    lost = [earlier - later for earlier, later in zip(before, left, strict=True)]
    found = fit_survival(range(len(left)), before, lost)
    assert found
    return found


@pytest.mark.parametrize(
    ("left", "alpha", "beta"),
    [(REGULAR, 0.704, 1.182), (HIGH_END, 0.668, 3.806)],
    ids=["regular", "high_end"],
)
def test_published_curves_are_found(left: list[int], alpha: float, beta: float) -> None:
    found = fit(left[:YEARS_SEEN])
    assert (found.alpha, found.beta) == pytest.approx((alpha, beta), abs=6e-4)


def test_years_that_were_held_out_are_foretold() -> None:
    """Within two in a hundred in each of five years that the fit has not seen."""
    told = 1000 * fit(HIGH_END[:YEARS_SEEN]).survival(0, len(HIGH_END))
    assert told[YEARS_SEEN:] == pytest.approx(HIGH_END[YEARS_SEEN:], abs=20)


def test_a_curve_is_read_from_where_a_customer_stands() -> None:
    """With 1 and 1 a half leaves after the first period, a third after the second, a quarter."""
    curve = SurvivalCurve(1.0, 1.0, np.zeros((2, 2)))
    assert curve.hazards(0, 3).tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 4])
    assert curve.survival(0, 3).tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 4])
    assert curve.survival(1, 2).tolist() == pytest.approx([2 / 3, 1 / 2])


def test_customers_who_are_alike_have_a_curve_that_does_not_bend() -> None:
    """A tenth leaves in each period: the hazard of a customer of twenty periods is a tenth too."""
    at_risk = [10_000, 9_000, 8_100, 7_290]
    found = fit_survival(range(4), at_risk, [count // 10 for count in at_risk])
    assert found
    assert found.hazards(20, 1)[0] == pytest.approx(0.1, abs=0.001)


def test_rows_of_one_tenure_are_added_up() -> None:
    """Cohorts that are seen from their third period on say as much as those from their first."""
    whole = fit_survival([0, 1, 2], [100, 80, 70], [20, 10, 5])
    parted = fit_survival([0, 0, 1, 2, 2], [40, 60, 80, 30, 40], [5, 15, 10, 3, 2])
    assert whole
    assert parted
    assert (parted.alpha, parted.beta) == pytest.approx((whole.alpha, whole.beta), rel=1e-6)


def test_where_nobody_left_no_curve_is_known() -> None:
    assert fit_survival([0, 1], [10, 10], [0, 0]) is None
    assert fit_survival([0], [10], [10]) is None


def test_periods_that_are_expected_are_discounted() -> None:
    """The first for certain, a half and a third of the next two; at 100 % half and a quarter."""
    curve = SurvivalCurve(1.0, 1.0, np.zeros((2, 2)))
    assert expect_periods(curve, 0, 3).periods == pytest.approx(1 + 1 / 2 + 1 / 3)
    told = expect_periods(curve, 0, 3, rate=1.0)
    assert told.periods == pytest.approx(1 + 1 / 4 + 1 / 12)
    assert told.lower == told.upper == told.periods


def test_an_interval_is_as_wide_as_the_curve_is_uncertain() -> None:
    """Of two periods 1 + β ÷ (α + β): with α = β = 1 its slope by log α is −1/4, by log β 1/4.

    Variances of 0.01 and 0.03, uncorrelated, make (0.01 + 0.03) ÷ 16 = 0.05².
    """
    told = expect_periods(SurvivalCurve(1.0, 1.0, np.diag([0.01, 0.03])), 0, 2)
    assert told.periods == pytest.approx(1.5)
    assert (told.lower, told.upper) == pytest.approx((1.5 - 0.098, 1.5 + 0.098), abs=1e-4)
    wide = expect_periods(SurvivalCurve(1.0, 1.0, np.diag([9.0, 9.0])), 0, 2)
    assert (wide.lower, wide.upper) == (1.0, 2.0)
