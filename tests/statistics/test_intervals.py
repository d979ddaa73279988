"""Intervals by resampling, against a published example and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from orchestration.statistics.intervals import quotient_interval, resample_quotients

# Efron and Tibshirani (1993), table 10.1: the patch data, whose quotient is -0.0713.
OLD_LESS_PLACEBO = [8406, 2342, 8187, 8459, 4795, 3516, 4796, 10238]
NEW_LESS_OLD = [-1200, 2601, -2705, 1982, -1290, 351, -638, -2719]


def test_the_published_standard_error_is_found() -> None:
    """Section 10.3: of 400 resamples it is 0.105, within what 400 of them can tell."""
    drawn = resample_quotients(NEW_LESS_OLD, OLD_LESS_PLACEBO, resamples=20_000)
    assert sum(NEW_LESS_OLD) / sum(OLD_LESS_PLACEBO) == pytest.approx(-0.0713, abs=5e-5)
    assert float(np.std(drawn)) == pytest.approx(0.105, abs=0.008)


def test_customers_who_are_all_alike_leave_no_doubt() -> None:
    assert quotient_interval([9, 18, 27], [10, 20, 30]) == (0.9, 0.9)


def test_one_large_customer_makes_it_wide() -> None:
    """Of 1,090 a 1,000 left: without it all is kept, drawn twice next to nothing."""
    low, high = quotient_interval([0, *[10] * 9], [1000, *[10] * 9]) or (None, None)
    assert low is not None and high is not None
    assert low < 0.05
    assert high == 1


def test_nobody_has_no_interval() -> None:
    assert quotient_interval([], []) is None
    assert quotient_interval([0, 0], [0, 0]) is None
