"""Effects of experiments: difference to the control arm, its interval, and what it could show.

The statistics are those of statsmodels and scipy, imported on use: they take a second that
a company without experiments need not spend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALPHA, POWER = 0.05, 0.8
# Fewer in an arm have no spread that could be estimated.
FEWEST = 2


@dataclass(frozen=True)
class Estimate:
    """An arm against control; `effect` is arm - control in the metric's own unit."""

    method: str
    arm_value: float
    control_value: float
    effect: float
    lower: float
    upper: float
    p_value: float
    relative_effect: float | None
    relative_lower: float | None
    relative_upper: float | None
    detectable_effect: float | None


def compare_rates(arm: Sequence[float], control: Sequence[float]) -> Estimate:
    """Two shares of 0 and 1: Newcombe's interval of the difference, a score interval of the ratio.

    Raises:
        ValueError: an arm has fewer than two values.
    """
    _check(arm, control)
    import numpy as np
    from statsmodels.stats.power import NormalIndPower
    from statsmodels.stats.proportion import (
        confint_proportions_2indep,
        test_proportions_2indep,
    )

    hits, size, control_hits, control_size = sum(arm), len(arm), sum(control), len(control)
    share, control_share = hits / size, control_hits / control_size
    lower, upper = confint_proportions_2indep(
        hits, size, control_hits, control_size, compare="diff", method="newcomb", alpha=ALPHA
    )
    is_constant = share == control_share and share in (0.0, 1.0)
    p_value = (
        1.0
        if is_constant
        else test_proportions_2indep(
            hits, size, control_hits, control_size, compare="diff", method="agresti-caffo"
        ).pvalue
    )
    relative: tuple[float | None, float | None, float | None] = (None, None, None)
    if control_hits and hits and max(share, control_share) == 1:
        # There statsmodels' score interval of a ratio leaves the real numbers: unknown.
        relative = (share / control_share - 1, None, None)
    elif control_hits and hits:
        low, high = confint_proportions_2indep(
            hits, size, control_hits, control_size, compare="ratio", method="score", alpha=ALPHA
        )
        relative = (share / control_share - 1, low - 1, high - 1)
    # Cohen's h is the difference of two arcsines; turned back into a difference of shares.
    h = NormalIndPower().solve_power(
        nobs1=control_size, ratio=size / control_size, alpha=ALPHA, power=POWER
    )
    angle = min(np.arcsin(np.sqrt(control_share)) + h / 2, np.pi / 2)
    return Estimate(
        "newcombe",
        share,
        control_share,
        share - control_share,
        float(lower),
        float(upper),
        float(p_value),
        *relative,
        float(np.sin(angle) ** 2 - control_share),
    )


def compare_means(arm: Sequence[float], control: Sequence[float]) -> Estimate:
    """Two means of unequal spread: Welch's interval and test.

    Raises:
        ValueError: an arm has fewer than two values.
    """
    return _welch("welch", arm, control, base=None)


def compare_changes(
    arm: Sequence[tuple[float, float]],
    control: Sequence[tuple[float, float]],
    *,
    is_randomised: bool,
) -> Estimate:
    """Welch's on each one's change from before to after: the difference in differences.

    Where chance made the arms it only takes off what differed before; where it did not, it
    holds if both would have moved alike, and the method says so. `control_value` is the
    arm's own value before plus the change of control: what it would have been.

    Raises:
        ValueError: an arm has fewer than two values.
    """
    _check(arm, control)
    changes = [after - before for before, after in arm]
    before = sum(before for before, _ in arm) / len(arm)
    return _welch(
        "welch_of_changes" if is_randomised else "difference_in_differences",
        changes,
        [after - before for before, after in control],
        base=before,
    )


def sample_ratio_p_value(counts: Mapping[str, int], planned: Mapping[str, float]) -> float | None:
    """How likely the arms' sizes are under the planned shares; None where that cannot be said."""
    total, weight = sum(counts.values()), sum(planned.get(arm, 0.0) for arm in counts)
    if len(counts) < FEWEST or total == 0 or any(planned.get(arm, 0) <= 0 for arm in counts):
        return None
    from scipy.stats import chisquare

    expected = [total * planned[arm] / weight for arm in counts]
    return float(chisquare(list(counts.values()), expected).pvalue)


def _welch(
    method: str, arm: Sequence[float], control: Sequence[float], *, base: float | None
) -> Estimate:
    _check(arm, control)
    import numpy as np
    from statsmodels.stats.power import TTestIndPower
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    treated, untreated = (
        DescrStatsW(np.asarray(arm, float)),
        DescrStatsW(np.asarray(control, float)),
    )
    effect = float(treated.mean - untreated.mean)
    if treated.var == 0 and untreated.var == 0:
        lower = upper = effect
        p_value, detectable = (1.0 if effect == 0 else 0.0), None
    else:
        compared = CompareMeans(treated, untreated)
        lower, upper = compared.tconfint_diff(alpha=ALPHA, usevar="unequal")
        p_value = compared.ttest_ind(usevar="unequal")[1]
        size = TTestIndPower().solve_power(
            nobs1=len(control), ratio=len(arm) / len(control), alpha=ALPHA, power=POWER
        )
        spread = np.sqrt((np.var(arm, ddof=1) + np.var(control, ddof=1)) / 2)
        detectable = float(size * spread)
    reference = untreated.mean if base is None else base + untreated.mean
    relative: tuple[float | None, float | None, float | None] = (
        (float(effect / reference), float(lower / reference), float(upper / reference))
        if reference > 0
        else (None, None, None)
    )
    return Estimate(
        method,
        float(reference + effect),
        float(reference),
        effect,
        float(lower),
        float(upper),
        float(p_value),
        *relative,
        detectable,
    )


def _check(arm: Sequence[object], control: Sequence[object]) -> None:
    if min(len(arm), len(control)) < FEWEST:
        message = f"arms of {len(arm)} and {len(control)}: give at least {FEWEST} each"
        raise ValueError(message)
