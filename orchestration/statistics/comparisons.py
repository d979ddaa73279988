"""Which of two scores of the same customers tells better who leaves, within days alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.statistics.hazards import TWO_SIDED

# Losses below which two scores are not told apart.
FEWEST_OUTCOMES = 20


@dataclass(frozen=True)
class Comparison:
    """Areas under the curve of two scores, shares; the bounds are of the gain's 95 % interval."""

    count: int
    come_count: int
    standing_auc: float
    proposed_auc: float
    gain: float
    gain_lower: float
    gain_upper: float

    @property
    def verdict(self) -> str:
        """`better` or `worse` where the proposed score differs beyond chance."""
        if self.come_count < FEWEST_OUTCOMES:
            return "too_few"
        if self.gain_lower > 0:
            return "better"
        return "worse" if self.gain_upper < 0 else "no_difference_shown"


def compare_scores(
    standing: np.ndarray,
    proposed: np.ndarray,
    came: np.ndarray,
    days: np.ndarray,
    customers: np.ndarray,
) -> Comparison | None:
    """How often who left had a lower score than who stayed on the same day; equal ones count half.

    The interval is of the structural components of the difference (DeLong, DeLong and
    Clarke-Pearson (1988), Comparing the areas under two or more correlated receiver operating
    characteristic curves, Biometrics 44), all readings of a customer together (Obuchowski (1997),
    Nonparametric analysis of clustered ROC curve data, Biometrics 53).

    Args:
        standing: Scores of one kind, high where a customer is well.
        proposed: Scores of the other kind.
        came: Whether the customer left, 0 or 1.
        days: A number per day: only customers of one day are held against each other.
        customers: A number per customer, from 0.

    Returns:
        None where there is no day on which some left and some stayed.
    """
    parts = []
    pairs = 0
    for day in np.unique(days):
        left = np.flatnonzero((days == day) & (came == 1))
        stayed = np.flatnonzero((days == day) & (came == 0))
        parts.append((left, stayed, _wins(standing, left, stayed), _wins(proposed, left, stayed)))
        pairs += len(left) * len(stayed)
    if not pairs:
        return None
    standing_auc = sum(float(wins.sum()) for _, _, wins, _ in parts) / pairs
    proposed_auc = sum(float(wins.sum()) for _, _, _, wins in parts) / pairs
    gain = proposed_auc - standing_auc
    added = np.zeros(int(customers.max()) + 1)
    for left, stayed, before, after in parts:
        apart = (after - before - gain) / pairs
        np.add.at(added, customers[left], apart.sum(axis=1))
        np.add.at(added, customers[stayed], apart.sum(axis=0))
    margin = TWO_SIDED * float(np.sqrt((added**2).sum()))
    return Comparison(
        count=len(came),
        come_count=int(came.sum()),
        standing_auc=standing_auc,
        proposed_auc=proposed_auc,
        gain=gain,
        gain_lower=gain - margin,
        gain_upper=gain + margin,
    )


def _wins(scores: np.ndarray, left: np.ndarray, stayed: np.ndarray) -> np.ndarray:
    """Per who left (rows) and who stayed (columns): 1 where the former has less, ½ if equal."""
    apart = scores[stayed][None, :] - scores[left][:, None]
    wins: np.ndarray = (np.sign(apart) + 1) / 2
    return wins
