"""The outlook of each customer, walking forward: what a model would have said, and says today.

A quarter of month ends is foretold by a model of what had all come by its first day: windows that
were still running are left out (a gap as long as the window). Only quarters with a year before
them are foretold: a model that has not seen one knows nothing of yearly terms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from orchestration.statistics.hazards import (
    ONE_SIDED,
    PRIOR,
    TWO_SIDED,
    Regression,
    Scale,
    area_under_curve,
    calibration_slope,
    clustered_mean,
    combine,
    expit,
    fit_logistic,
    segment_rates,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTCOMES = ("churn", "downgrade", "expansion")
HORIZONS = (30, 90, 180)
# Days after which something is asked, to those by which it has come, or not.
STRETCHES = ((0, 30), (30, 90), (90, 180))
HISTORY_MONTHS, FOLD_MONTHS, MONTH_DAYS = 12, 3, 30
# Outcomes of a stretch below which nothing can be learned of it.
FEWEST_OUTCOMES = 20
# Of a score that chance alone would hardly make.
REASONS, LEAST_REASON = 3, 0.05
SEGMENT = "segment"


@dataclass(frozen=True)
class Known:
    """Customers on days: rows in order of customer and day.

    Days are numbers; `next_on` holds per outcome the day on which it next came, or a day beyond
    all. `names` are of the columns of `values`, which are NaN where unknown.
    """

    customers: np.ndarray
    days: np.ndarray
    segments: np.ndarray
    is_month_end: np.ndarray
    is_today: np.ndarray
    as_of: int
    values: np.ndarray
    names: tuple[str, ...]
    next_on: dict[str, np.ndarray]

    @property
    def segment_count(self) -> int:
        """How many segments there are."""
        return int(self.segments.max()) + 1 if len(self.segments) else 0


@dataclass(frozen=True)
class Model:
    """A regression of each stretch, or none where too few outcomes came, beside plain rates."""

    fitted: tuple[tuple[Scale, Regression] | None, ...]
    rates: tuple[np.ndarray, ...]


@dataclass
class Foretold:
    """Rows of one outcome and horizon: of a fold, or of today (a fold of None)."""

    outcome: str
    horizon: int
    fold: int | None
    rows: np.ndarray
    probability: np.ndarray
    base_rate: np.ndarray
    is_modelled: bool
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None
    reasons: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Readout:
    """How well what was foretold came true; shares and scores, None where they are not defined."""

    count: int
    come_count: int
    probability: float
    auc: float | None
    brier: float
    base_brier: float
    skill: float | None
    skill_lower: float | None
    slope: float | None
    slope_lower: float | None
    slope_upper: float | None
    lift: float | None

    @property
    def verdict(self) -> str:
        """`skilled` where the model knows more than plain rates do, beyond chance."""
        if self.come_count < FEWEST_OUTCOMES:
            return "too_few"
        return "skilled" if self.skill_lower is not None and self.skill_lower > 0 else "no_skill"


def foretell(known: Known) -> Iterator[Foretold]:
    """Each fold of each outcome and horizon, then today."""
    months = np.unique(known.days[known.is_month_end])
    starts = range(HISTORY_MONTHS, len(months), FOLD_MONTHS)
    for outcome in OUTCOMES:
        for start in starts:
            asked = np.isin(known.days, months[start : start + FOLD_MONTHS]) & known.is_month_end
            model = _fit(known, outcome, by=int(months[start]))
            yield from _told(known, outcome, model, np.flatnonzero(asked), fold=int(months[start]))
        model = _fit(known, outcome, by=known.as_of)
        yield from _told(known, outcome, model, np.flatnonzero(known.is_today), fold=None)


def _fit(known: Known, outcome: str, *, by: int) -> Model:
    """Of what had all come, or not, by a day."""
    after = known.next_on[outcome] - known.days
    fitted: list[tuple[Scale, Regression] | None] = []
    rates = []
    for begins, ends in STRETCHES:
        rows = np.flatnonzero(known.is_month_end & (known.days + ends <= by) & (after > begins))
        came = (after[rows] <= ends).astype(float)
        segments = known.segments[rows]
        rates.append(
            segment_rates(came, segments, known.segment_count)
            if len(rows)
            else np.full(known.segment_count, np.nan)
        )
        if min(came.sum(), len(came) - came.sum()) < FEWEST_OUTCOMES:
            fitted.append(None)
            continue
        values = known.values[rows]
        scale = Scale.of(values)
        # An outcome lies in the stretches of as many month ends as months are in one: it is told
        # so many times, and may weigh as one that is told once.
        prior = PRIOR / np.sqrt((ends - begins) / MONTH_DAYS)
        design = scale.apply(values)
        fitted.append((scale, fit_logistic(design, came, known.customers[rows], prior=prior)))
    return Model(tuple(fitted), tuple(rates))


def _told(
    known: Known, outcome: str, model: Model, rows: np.ndarray, *, fold: int | None
) -> Iterator[Foretold]:
    values, segments = known.values[rows], known.segments[rows]
    rates: list[np.ndarray] = []
    hazards: list[np.ndarray] = []
    spread = np.zeros(len(rows))
    pull = np.zeros((len(rows), len(known.names)))
    for (_, horizon), fitted, rate in zip(STRETCHES, model.fitted, model.rates, strict=True):
        rates.append(rate[segments])
        base = combine(rates)
        if np.isnan(base).any():
            # Nothing of that length has passed yet.
            return
        if fitted is None or len(hazards) < len(rates) - 1:
            yield Foretold(outcome, horizon, fold, rows, base, base, is_modelled=False)
            continue
        scale, regression = fitted
        design = scale.apply(values)
        hazard = expit(regression.logits(design))
        hazards.append(hazard)
        told = Foretold(outcome, horizon, fold, rows, combine(hazards), base, is_modelled=True)
        if fold is None:
            # Of the logarithm of staying, whose parts add up (delta method).
            spread = spread + hazard**2 * regression.variances(design)
            stays = np.log1p(-told.probability)
            margin = TWO_SIDED * np.sqrt(spread)
            told.lower = 1 - np.exp(np.minimum(stays + margin, 0))
            told.upper = 1 - np.exp(stays - margin)
            pull = pull + hazard[:, None] * _pull(scale, regression, design, known.names)
            told.reasons = _reasons(pull / np.sum(hazards, axis=0)[:, None], known.names)
        yield told


def _pull(
    scale: Scale, regression: Regression, design: np.ndarray, names: tuple[str, ...]
) -> np.ndarray:
    """What each measure adds to a row's logit; that it is unknown counts with it.

    Which segment a customer is in is one thing, in the place of the first of them.
    """
    parts = design * regression.effects[1:]
    pull: np.ndarray = parts[:, : len(names)].copy()
    pull[:, scale.asked] += parts[:, len(names) :]
    segments = [place for place, name in enumerate(names) if name == SEGMENT]
    if segments:
        pull[:, segments[0]] = pull[:, segments].sum(axis=1)
        pull[:, segments[1:]] = 0
    return pull


def _reasons(pull: np.ndarray, names: tuple[str, ...]) -> list[list[str]]:
    """Of each row the measures that add most, the most first; the first however little it is."""
    order = np.argsort(-np.round(pull, 9), axis=1, kind="stable")[:, :REASONS]
    return [
        [
            names[place]
            for number, place in enumerate(places)
            if row[place] >= (LEAST_REASON if number else 1e-9)
        ]
        for row, places in zip(pull, order, strict=True)
    ]


def read_out(
    probability: np.ndarray,
    base_rate: np.ndarray,
    came: np.ndarray,
    *,
    customers: np.ndarray,
    folds: np.ndarray,
) -> Readout:
    """Of rows whose days have passed, against plain rates of their segments.

    Skill is Brier's: 1 - score ÷ score of the plain rates; its lower bound is one-sided, 95 %.
    The slope is within folds, each of which another model has told. Lift is of the tenth that was
    told to be likeliest, over all.
    """
    squares, plain = (probability - came) ** 2, (base_rate - came) ** 2
    numbers = np.unique(customers, return_inverse=True)[1]
    gain, error = clustered_mean(plain - squares, numbers)
    brier, base = float(squares.mean()), float(plain.mean())
    slope = calibration_slope(probability, came, numbers, folds)
    tenth = np.argsort(-probability, kind="stable")[: max(1, len(came) // 10)]
    share = float(came.mean())
    return Readout(
        count=len(came),
        come_count=int(came.sum()),
        probability=float(probability.mean()),
        auc=area_under_curve(probability, came),
        brier=brier,
        base_brier=base,
        skill=1 - brier / base if base else None,
        skill_lower=(gain - ONE_SIDED * error) / base if base else None,
        slope=slope[0] if slope else None,
        slope_lower=slope[0] - ONE_SIDED * slope[1] if slope else None,
        slope_upper=slope[0] + ONE_SIDED * slope[1] if slope else None,
        lift=float(came[tenth].mean()) / share if share else None,
    )
