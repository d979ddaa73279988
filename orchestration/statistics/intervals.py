"""Intervals of quotients of amounts, by resampling the customers that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.95
RESAMPLES = 2000
# Equal customers have equal intervals, whoever asks.
SEED = 20_260_630
# Digits beyond which sums in another order may differ.
DIGITS = 9


def resample_quotients(
    numerators: Sequence[float], denominators: Sequence[float], *, resamples: int = RESAMPLES
) -> np.ndarray:
    """Sum over sum, of as many customers drawn with replacement, `resamples` times.

    A draw whose denominators are zero altogether is left out.
    """
    upper, lower = np.asarray(numerators, float), np.asarray(denominators, float)
    size = len(upper)
    drawn = np.random.default_rng(SEED).multinomial(size, [1 / size] * size, size=resamples)
    sums = drawn @ lower
    quotients: np.ndarray = (drawn @ upper)[sums > 0] / sums[sums > 0]
    return quotients


def quotient_interval(
    numerators: Sequence[float], denominators: Sequence[float]
) -> tuple[float, float] | None:
    """The percentile bootstrap's 95 % interval of sum over sum; None where nothing can be drawn.

    Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13: a quotient of money
    whose customers differ by two orders of magnitude has no normal error.
    """
    drawn = resample_quotients(numerators, denominators) if len(numerators) else np.empty(0)
    if not drawn.size:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return round(float(low), DIGITS), round(float(high), DIGITS)
