"""How long customers stay: the shifted-beta-geometric curve, fitted and read.

Each customer leaves after a period with a probability of its own, the same in every period; over
customers it is beta distributed. Those who leave easily are gone first, so that the hazard of who
is left falls with every period: α ÷ (α + β + periods so far). Fader and Hardie (2007), How to
project customer retention, Journal of Interactive Marketing 21.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestration.statistics.hazards import TWO_SIDED, expit

if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS, TOLERANCE = 200, 1e-10
# Logarithms of α and β; where all customers are alike β grows without end, and a curve with the
# largest is a geometric one.
LOWEST, HIGHEST = -7.0, 9.0
# Of logarithms, to either side, for slopes.
STEP = 1e-4


@dataclass(frozen=True)
class SurvivalCurve:
    """A fitted curve; `covariance` is that of the logarithms of `alpha` and `beta`."""

    alpha: float
    beta: float
    covariance: np.ndarray

    def hazards(self, tenure: int, periods: int) -> np.ndarray:
        """Of who has stayed `tenure` periods: the probability to leave after each of the next."""
        so_far = tenure + np.arange(periods)
        hazards: np.ndarray = self.alpha / (self.alpha + self.beta + so_far)
        return hazards

    def survival(self, tenure: int, periods: int) -> np.ndarray:
        """Of who has stayed `tenure` periods: the share that is there after each of the next."""
        shares: np.ndarray = np.cumprod(1 - self.hazards(tenure, periods))
        return shares


@dataclass(frozen=True)
class Expected:
    """A number of periods that are to come, and the ends of its 95 % interval.

    The interval is of the curve, not of one customer: how uncertain α and β are, by the delta
    method.
    """

    periods: float
    lower: float
    upper: float


def expect_periods(
    curve: SurvivalCurve, tenure: int, periods: int, *, rate: float = 0.0
) -> Expected:
    """Periods that who has stayed `tenure` of them still pays, of the next `periods`.

    The first is paid for certain; a later one counts by the share that is there, and by
    (1 + rate)^-1 for each period of waiting, `rate` per period.
    """
    worth = (1 + rate) ** -np.arange(periods)

    def total(logs: np.ndarray) -> float:
        alpha, beta = np.exp(logs)
        shares = SurvivalCurve(alpha, beta, curve.covariance).survival(tenure, periods - 1)
        return float(worth @ np.concatenate([[1.0], shares]))

    logs = np.log([curve.alpha, curve.beta])
    steps = STEP * np.eye(2)
    slopes = np.array([(total(logs + step) - total(logs - step)) / (2 * STEP) for step in steps])
    margin = TWO_SIDED * float(np.sqrt(max(0.0, slopes @ curve.covariance @ slopes)))
    told, most = total(logs), float(worth.sum())
    return Expected(told, max(1.0, told - margin), min(most, told + margin))


def fit_survival(
    tenures: Sequence[int], at_risk: Sequence[int], lost: Sequence[int]
) -> SurvivalCurve | None:
    """The most probable curve, by Fisher's scoring on the logarithms of α and β.

    The logit of a hazard is log α − log(β + tenure), so who came before anybody counted, and who is
    still there, say what they say and no more.

    Args:
        tenures: Periods that were completed before the one in which customers could leave.
        at_risk: How many could, in each; a tenure may come several times.
        lost: How many of them did.

    Returns:
        None where nobody left, or nobody stayed: no curve is known.
    """
    so_far, there, gone = (np.asarray(each, dtype=float) for each in (tenures, at_risk, lost))
    if gone.sum() <= 0 or gone.sum() >= there.sum():
        return None

    def logits(logs: np.ndarray) -> np.ndarray:
        told: np.ndarray = logs[0] - np.log(np.exp(logs[1]) + so_far)
        return told

    def loss(logs: np.ndarray) -> float:
        told = logits(logs)
        return float((there * np.logaddexp(0, told) - gone * told).sum())

    share = gone.sum() / there.sum()
    logs = np.log(np.array([share, 1 - share]) / 0.5)
    now, information = loss(logs), np.eye(2)
    for _ in range(STEPS):
        hazards = expit(logits(logs))
        slopes = np.stack([np.ones_like(so_far), -np.exp(logs[1]) / (np.exp(logs[1]) + so_far)])
        gradient = slopes @ (gone - there * hazards)
        information = (slopes * (there * hazards * (1 - hazards))) @ slopes.T
        step = np.linalg.solve(information + 1e-9 * np.eye(2), gradient)
        size, before = 1.0, now
        while (now := loss(np.clip(logs + size * step, LOWEST, HIGHEST))) > before:
            size /= 2
            if size < TOLERANCE:
                break
        if now > before:
            break
        logs = np.clip(logs + size * step, LOWEST, HIGHEST)
        if before - now <= TOLERANCE * (1 + before):
            break
    covariance = np.linalg.inv(information + 1e-9 * np.eye(2))
    return SurvivalCurve(float(np.exp(logs[0])), float(np.exp(logs[1])), covariance)
