"""Values on a scale on which chance has the same size at every level, and back again.

What belongs here: the transformation of a series before it is judged, by what its values are. A
company that grows has larger values and larger swings; on these scales growth by a rate is a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray
# From here on a count is as normal by its logarithm as by its root, and grows in a line.
MANY = 30.0
# Anscombe (1948): 2 √(x + 3/8) of a Poisson count has a standard deviation of 1.
ANSCOMBE = 0.375
UNBOUNDED = (-np.inf, np.inf)


@dataclass(frozen=True)
class Form:
    """A scale: there, back, what chance alone moves a value on it, and what can be on it.

    `scales` takes values and denominators and gives standard errors on the scale; it is left out
    where nothing is known of them.
    """

    there: Callable[[Array], Array]
    back: Callable[[Array], Array]
    scales: Callable[[Array, Array], Array] | None = None
    bounds: tuple[float, float] = UNBOUNDED


def _share_errors(values: Array, cases: Array) -> Array:
    """√(p (1 − p) ÷ n) with p of all periods; by half a case away from none and all of them."""
    known = np.isfinite(values) & (cases > 0)
    cases = np.where(known, cases, 0.0)
    hits = (np.where(known, values, 0.0) * cases).sum(axis=1)
    total = cases.sum(axis=1)
    share = ((hits + 0.5) / (total + 1))[:, None]
    return np.where(known, np.sqrt(share * (1 - share) / np.where(known, cases, 1.0)), 1.0)


def _root_errors(values: Array, cases: Array) -> Array:
    return np.ones_like(values)


def _count_errors(values: Array, cases: Array) -> Array:
    """1 ÷ √x, of the logarithm of a count."""
    return np.where(values > 0, 1 / np.sqrt(np.where(values > 0, values, 1.0)), 1.0)


FORMS = {
    "plain": Form(there=np.array, back=np.array),
    "logarithm": Form(there=np.log, back=np.exp),
    "root": Form(
        there=np.sqrt, back=lambda values: np.maximum(values, 0.0) ** 2, bounds=(0.0, np.inf)
    ),
    "share": Form(there=np.array, back=np.array, scales=_share_errors, bounds=(0.0, 1.0)),
    "count_root": Form(
        there=lambda values: 2 * np.sqrt(values + ANSCOMBE),
        back=lambda values: np.maximum((np.maximum(values, 0.0) / 2) ** 2 - ANSCOMBE, 0.0),
        scales=_root_errors,
        bounds=(2 * np.sqrt(ANSCOMBE), np.inf),
    ),
    "count_logarithm": Form(there=np.log, back=np.exp, scales=_count_errors),
}


def choose_form(values: Array, kind: str) -> str:
    """The scale of one series.

    Args:
        values: Its known values, at least one.
        kind: `share` of cases, `count` of events, `amount` of money, time or what there is; `plain`
            is what may lie on both sides of zero, and a rate of no cases.
    """
    if kind == "share":
        return "share"
    if kind == "count" and values.min() >= 0:
        return "count_logarithm" if values.min() > 0 and np.median(values) >= MANY else "count_root"
    if kind == "amount" and values.min() >= 0:
        return "logarithm" if values.min() > 0 else "root"
    return "plain"
