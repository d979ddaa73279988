"""Whether who came still comes: the beta-geometric/NBD model of repeated visits (BG/NBD).

Somebody comes at a rate of its own, gamma distributed over people, and after each visit stays away
for good with a probability of its own, beta distributed. Fader, Hardie and Lee (2005), "Counting
your customers" the easy way, Marketing Science 24(2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, psi

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of logarithms. Where all people are alike, or nobody stays away, a parameter has no end.
LOWEST, HIGHEST = -8.0, 12.0
# Of the mean log-likelihood by a logarithm: steeper than this the search has not found the top. A
# search that rounding ends is at 4e-5 (150 simulated companies).
FLAT = 1e-3
# One that ends on a slope is begun again from there, without what it believes of the slope.
SEARCHES = 5


class NoActivityError(ArithmeticError):
    """The search for the most probable model ended without one."""


@dataclass(frozen=True)
class Activity:
    """A fitted model, in the letters of the paper.

    Attributes:
        r: Shape of the rates of coming.
        alpha: Their scale, in the unit of time: r ÷ alpha visits come in one, on average.
        a: With `b` the beta distribution of staying away for good after a visit, a ÷ (a + b)
            on average.
        b: See `a`.
        log_likelihood: Of the people it was fitted to.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float


def fit_activity(
    repeats: Sequence[int],
    recencies: Sequence[float],
    ages: Sequence[float],
    people: Sequence[int],
) -> Activity | None:
    """The most probable model of who came how often and how recently.

    Args:
        repeats: Visits after the first.
        recencies: Time from the first visit to the last, in any unit.
        ages: Time from the first visit to the end of what was seen, in the same unit.
        people: How many have this history.

    Returns:
        None where nobody came twice: no rate is known.

    Raises:
        NoActivityError: The search for the most probable parameters ended without them.
    """
    again, last, seen, count = (
        np.asarray(each, dtype=float) for each in (repeats, recencies, ages, people)
    )
    if (count * again).sum() <= 0:
        return None
    is_back, earlier = again > 0, np.maximum(again, 1.0) - 1

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        r, alpha, a, b = _parameters(logs)
        there = betaln(a, b + again) - (r + again) * np.log(alpha + seen)
        away = np.where(
            is_back, betaln(a + 1, b + earlier) - (r + again) * np.log(alpha + last), -np.inf
        )
        either = np.logaddexp(there, away)
        share = np.exp(there - either)
        total = gammaln(r + again) - gammaln(r) + r * np.log(alpha) - betaln(a, b) + either
        slopes = (
            psi(r + again)
            - psi(r)
            + np.log(alpha)
            - share * np.log(alpha + seen)
            - (1 - share) * np.log(alpha + last),
            r / alpha - (r + again) * (share / (alpha + seen) + (1 - share) / (alpha + last)),
            share * psi(a) + (1 - share) * psi(a + 1) - psi(a + b + again) - psi(a) + psi(a + b),
            share * psi(b + again)
            + (1 - share) * psi(b + earlier)
            - psi(a + b + again)
            - psi(b)
            + psi(a + b),
        )
        of_r, of_alpha, of_a, of_b = (
            count @ slope * number / count.sum()
            for slope, number in zip(slopes, (r, alpha, a, b), strict=True)
        )
        gradient = np.array([of_r + of_alpha, -of_alpha, of_a, of_b])
        return -float(count @ total) / count.sum(), -gradient

    logs = np.zeros(4)
    for _ in range(SEARCHES):
        found = minimize(
            loss,
            logs,
            jac=True,
            method="L-BFGS-B",
            bounds=[(LOWEST, HIGHEST)] * 4,
            options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 1000},
        )
        logs = found.x
        is_inside = (logs > LOWEST) & (logs < HIGHEST)
        # Neither where a slope is no number.
        if np.abs(found.jac[is_inside]).max(initial=0.0) <= FLAT:
            r, alpha, a, b = (float(number) for number in _parameters(logs))
            return Activity(r, alpha, a, b, -float(found.fun) * float(count.sum()))
    msg = f"no model of {int(count.sum())} histories was found: {found.message}"
    raise NoActivityError(msg)


def _parameters(logs: np.ndarray) -> tuple[float, float, float, float]:
    """The letters of the paper from what is searched: r, r ÷ alpha, a and b, each as a logarithm.

    Where all come equally often r and alpha grow together without an end, and only their quotient
    is told: by r and alpha themselves the search ends on the slope between them.
    """
    r, rate, a, b = np.exp(logs)
    return r, r / rate, a, b
