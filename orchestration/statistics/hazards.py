"""Probabilities of what comes next of a customer: discrete-time hazards, fitted and judged.

Days are split into stretches; of each stretch a logistic regression says how probable an outcome
is in it for those to whom it has not come before. Allison (1982), Discrete-time methods for the
analysis of event histories, Sociological Methodology 13; the regression is a maximum a posteriori
one with a normal prior on standardised effects, which keeps a sign that came true every time
finite (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, section 4.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

# Standard deviation of the prior of an effect, in logits per standard deviation of its measure.
PRIOR = 0.1
STEPS, TOLERANCE = 40, 1e-9
# A segment's effects, and its rate without a model, are drawn towards those of all.
SHRINKAGE = 20
# Scores of a probability are not taken of more certainty than this.
LEAST = 1e-4
# Standard errors to the ends of a 90 % and of a 95 % interval.
ONE_SIDED, TWO_SIDED = 1.6448536269514722, 1.959963984540054


@dataclass(frozen=True)
class Scale:
    """Measures as distances from their mean in standard deviations; what is unknown is at it.

    What lies beyond the hundredth at either end counts as that (winsorised). A measure that a tenth
    or more do not have is asked for beside its value.
    """

    lowest: np.ndarray
    highest: np.ndarray
    means: np.ndarray
    deviations: np.ndarray
    asked: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Scale:
        """Of rows by measures, NaN where unknown; a measure that never varies says nothing."""
        known = ~np.isnan(values)
        counts = np.maximum(known.sum(axis=0), 1)
        ends = np.zeros((2, values.shape[1]))
        for column in np.flatnonzero(known.any(axis=0)):
            ends[:, column] = np.nanquantile(values[:, column], [0.01, 0.99])
        # A flag that one in a hundred has is still one.
        rare = ends[0] == ends[1]
        ends[0, rare], ends[1, rare] = -np.inf, np.inf
        values = np.clip(values, *ends)
        filled = np.where(known, values, 0.0)
        means = filled.sum(axis=0) / counts
        spread = np.where(known, values - means, 0.0)
        deviations = np.sqrt((spread**2).sum(axis=0) / counts)
        deviations[deviations < 1e-9] = np.inf
        share = 1 - known.mean(axis=0)
        return cls(
            ends[0], ends[1], means, deviations, np.flatnonzero((share >= 0.1) & (share <= 0.9))
        )

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Rows by measures, and after them whether those that are asked for are unknown."""
        known = ~np.isnan(values)
        values = np.clip(values, self.lowest, self.highest)
        scaled = np.where(known, (values - self.means) / self.deviations, 0.0)
        return np.hstack([scaled, (~known[:, self.asked]).astype(float)])


@dataclass(frozen=True)
class Regression:
    """A logistic regression: an intercept before the effects, and what is uncertain of them."""

    effects: np.ndarray
    covariance: np.ndarray

    def logits(self, design: np.ndarray) -> np.ndarray:
        """Of rows of a design without its intercept."""
        logits: np.ndarray = self.effects[0] + design @ self.effects[1:]
        return logits

    def variances(self, design: np.ndarray) -> np.ndarray:
        """Of the same rows' logits."""
        whole = np.column_stack([np.ones(len(design)), design])
        variances: np.ndarray = np.einsum("ij,jk,ik->i", whole, self.covariance, whole)
        return variances


def fit_logistic(
    design: np.ndarray, came: np.ndarray, customers: np.ndarray, *, prior: float = PRIOR
) -> Regression:
    """The most probable effects, by Newton's steps; rows of one customer belong together.

    Args:
        design: Rows by standardised measures, without an intercept.
        came: Whether the outcome came, 0 or 1.
        customers: A number per row, the same for rows of one customer.
        prior: Standard deviation of the prior of each effect; the intercept has none.

    Raises:
        ValueError: the steps do not end.
    """
    whole = np.column_stack([np.ones(len(design)), design])
    penalty = np.full(whole.shape[1], 1 / prior**2)
    penalty[0] = 1e-6
    share = np.clip(came.mean(), 1e-6, 1 - 1e-6)
    effects = np.zeros(whole.shape[1])
    effects[0] = np.log(share / (1 - share))

    def loss(effects: np.ndarray) -> float:
        logits = whole @ effects
        fit = np.logaddexp(0, logits).sum() - came @ logits
        return float(fit + (penalty * effects**2).sum() / 2)

    now = loss(effects)
    for _ in range(STEPS):
        fitted = expit(whole @ effects)
        gradient = whole.T @ (came - fitted) - penalty * effects
        curvature = whole.T @ (whole * (fitted * (1 - fitted))[:, None]) + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        size, before = 1.0, now
        while (now := loss(effects + size * step)) > before and size > TOLERANCE:
            size /= 2
        effects = effects + size * step
        if before - now <= TOLERANCE * (1 + before):
            break
    else:
        raise ValueError("the regression's steps do not end")
    inverse = np.linalg.inv(curvature)
    scores = np.zeros((int(customers.max()) + 1, whole.shape[1]))
    np.add.at(scores, customers, whole * (came - fitted)[:, None])
    return Regression(effects, inverse @ (scores.T @ scores) @ inverse)


def expit(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits."""
    probabilities: np.ndarray = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return probabilities


def segment_rates(came: np.ndarray, segments: np.ndarray, count: int) -> np.ndarray:
    """What a segment's customers do without a model; of a small one mostly what all do."""
    overall = came.mean()
    sums = np.bincount(segments, weights=came, minlength=count)
    sizes = np.bincount(segments, minlength=count)
    rates: np.ndarray = (sums + SHRINKAGE * overall) / (sizes + SHRINKAGE)
    return rates


def area_under_curve(probabilities: np.ndarray, came: np.ndarray) -> float | None:
    """How often one to whom it came was told to be likelier than one to whom it did not.

    Mann and Whitney's statistic; equal probabilities count half. None where one kind is missing.
    """
    positives = int(came.sum())
    negatives = len(came) - positives
    if not positives or not negatives:
        return None
    _, places, counts = np.unique(probabilities, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    total = float(ranks[places][came == 1].sum())
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def clustered_mean(values: np.ndarray, customers: np.ndarray) -> tuple[float, float]:
    """A mean and its standard error, where rows of one customer belong together."""
    mean = float(values.mean())
    sums = np.bincount(customers, weights=values - mean)
    return mean, float(np.sqrt((sums**2).sum())) / len(values)


def calibration_slope(
    probabilities: np.ndarray, came: np.ndarray, customers: np.ndarray, times: np.ndarray
) -> tuple[float, float] | None:
    """Slope of the outcome on the logit that was told, and its standard error; 1 is calibrated.

    Cox (1958), Two further applications of a model for binary regression, Biometrika 45; with an
    intercept for each time at which something was told, as for conditional comparisons of strata:
    that more left in one quarter than in another says nothing of who was told to be likelier. A
    time at which it came to nobody, or to all, has nothing to compare.
    """
    _, places = np.unique(times, return_inverse=True)
    sizes, sums = np.bincount(places), np.bincount(places, weights=came)
    kept = ((sums > 0) & (sums < sizes))[places]
    if not kept.any() or float(np.ptp(probabilities[kept])) < 1e-9:
        return None
    told = np.clip(probabilities[kept], LEAST, 1 - LEAST)
    strata = np.unique(places[kept], return_inverse=True)[1]
    design = np.column_stack(
        [np.log(told / (1 - told)), *(strata == place for place in range(1, strata.max() + 1))]
    )
    fitted = fit_logistic(design, came[kept], customers[kept], prior=100.0)
    return float(fitted.effects[1]), float(np.sqrt(fitted.covariance[1, 1]))


def combine(stretches: Sequence[np.ndarray]) -> np.ndarray:
    """Probability by the end of the last stretch, of what each stretch has for who came so far."""
    stays = np.ones_like(stretches[0])
    for probability in stretches:
        stays = stays * (1 - probability)
    return 1 - stays
