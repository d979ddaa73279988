"""What a series will come to, how far off that may be, and how well it would have been foretold.

The Theta method (Assimakopoulos and Nikolopoulos, 2000) in the form of Hyndman and Billah (2003):
simple exponential smoothing with half of the slope of a straight line as its drift. Where walking
forward the last value alone has come nearer, that stands instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from orchestration.statistics.stabilizing import FORMS, choose_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Array = np.ndarray
# Known periods in a row below which nothing is foretold.
FEWEST_PERIODS = 8
# Forecasts that came true or not: to choose a method by, and to widen intervals by.
FEWEST_TO_CHOOSE, FEWEST_TO_CALIBRATE = 10, 20
# Of 80 %, both sides.
COVERAGE = 0.8
WIDTH = NormalDist().inv_cdf((1 + COVERAGE) / 2)
ALPHAS = np.linspace(0.05, 1, 20)
MODELS = ("theta", "naive")
_NOTHING = 1e-9  # what arithmetic alone makes


@dataclass(frozen=True)
class Told:
    """Points and their standard errors, one for each period ahead from the first on."""

    points: Array
    errors: Array


@dataclass(frozen=True)
class Goal:
    """What is to be reached: at least `least` and at most `most`."""

    least: float = -np.inf
    most: float = np.inf


@dataclass(frozen=True)
class Forecast:
    """One period as it was foretold after `known_count` periods, `ahead` of the last of them.

    `actual` is empty where it is not known yet, `probability` (0 to 1, of being within the goal)
    where it is. `scale` is the mean absolute error in sample of taking the value of a season before
    (of the period before, where no season has passed), in the unit of the values.
    """

    known_count: int
    ahead: int
    model: str
    value: float
    lower: float
    upper: float
    scale: float | None
    probability: float | None = None
    actual: float | None = None


def theta(values: Array, ahead: int, levels: Array | None = None) -> Told:
    """Smoothing with half of the trend as drift; values in order, three at least.

    `levels` are those of `smooth`, where they are known; of more values too.
    """
    count = len(values)
    slope = float(np.polyfit(np.arange(count), values, 1)[0])
    levels = smooth(values) if levels is None else levels[:count]
    errors = values[1:, None] - levels[:-1]
    best = int(np.argmin(np.round((errors**2).sum(axis=0), 12)))
    alpha = ALPHAS[best]
    passed = np.arange(1, count)
    drift = slope / 2 * (1 - (1 - alpha) ** passed) / alpha
    spread = float(np.sqrt(((errors[:, best] - drift) ** 2).sum() / max(count - 2, 1)))
    steps = np.arange(1, ahead + 1)
    points = levels[-1, best] + slope / 2 * (steps - 1 + 1 / alpha - (1 - alpha) ** count / alpha)
    return Told(points, spread * np.sqrt(1 + (steps - 1) * alpha**2))


def smooth(values: Array) -> Array:
    """Exponential smoothing after each value (rows), by each of ALPHAS (columns)."""
    levels = np.empty((len(values), len(ALPHAS)))
    levels[0] = values[0]
    for place in range(1, len(values)):
        levels[place] = ALPHAS * values[place] + (1 - ALPHAS) * levels[place - 1]
    return levels


def naive(values: Array, ahead: int) -> Told:
    """The last value; each period adds the variance of a step."""
    spread = float(np.sqrt((np.diff(values) ** 2).mean()))
    return Told(np.full(ahead, values[-1]), spread * np.sqrt(np.arange(1, ahead + 1)))


def walk(
    values: Array,
    ahead: int,
    *,
    kind: str,
    season: int,
    goal: Goal,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Iterator[Forecast]:
    """What would have been foretold after each period, and what is foretold now.

    Args:
        values: Known values of periods in a row, the oldest first.
        ahead: Periods that are foretold each time, one at least.
        kind: Of values, as `choose_form` takes it.
        season: Periods of a year.
        goal: What is to be reached, in the unit of the values.
        bounds: What can be at all.

    Returns:
        Forecasts in order of what was known. The method is chosen, and intervals are widened or
        narrowed to the coverage that they should have had, by what had come true by then.
    """
    if len(values) < FEWEST_PERIODS:
        return
    form = FORMS[choose_form(values, kind)]
    scaled = form.there(values)
    levels = smooth(scaled)
    tried = _Tried(len(values) * ahead)
    for known in range(FEWEST_PERIODS, len(values) + 1):
        told = [theta(scaled[:known], ahead, levels), naive(scaled[:known], ahead)]
        missed, apart = tried.come_true(known)
        model = _choose(missed)
        widen = _calibrate(apart[:, model])
        margins = WIDTH * widen * told[model].errors
        points = told[model].points
        ends = [form.back(points + sign * margins) for sign in (0, -1, 1)]
        value, lower, upper = (np.clip(end, *bounds) for end in ends)
        scale = measure_scale(values[:known], season)
        # Whether a goal is met is asked of what is foretold now.
        within: Sequence[float | None] = [None] * ahead
        if known == len(values):
            within = share_within(points, widen * told[model].errors, form.there, goal)
        for step in range(ahead):
            place = known + step
            yield Forecast(
                known_count=known,
                ahead=step + 1,
                model=MODELS[model],
                value=float(value[step]),
                lower=float(lower[step]),
                upper=float(upper[step]),
                scale=scale,
                probability=within[step],
                actual=float(values[place]) if place < len(values) else None,
            )
        tried.add(known, scaled, told)


class _Tried:
    """What was foretold by each of MODELS, in order, beside what came."""

    def __init__(self, most: int) -> None:
        """Room for so many forecasts."""
        self.count = 0
        self.places = np.empty(most, dtype=int)
        self.missed, self.errors = np.empty((2, most, len(MODELS)))

    def add(self, known: int, scaled: Array, told: Sequence[Told]) -> None:
        """What is foretold after the first periods, of those whose values are there."""
        size = min(len(told[0].points), len(scaled) - known)
        new = slice(self.count, self.count + size)
        self.places[new] = np.arange(known, known + size)
        for model, each in enumerate(told):
            self.missed[new, model] = np.abs(scaled[known : known + size] - each.points[:size])
            self.errors[new, model] = each.errors[:size]
        self.count += size

    def come_true(self, known: int) -> tuple[Array, Array]:
        """What was to come within the first periods: how far off, and in standard errors."""
        is_over = self.places[: self.count] < known
        missed = self.missed[: self.count][is_over]
        errors = self.errors[: self.count][is_over]
        return missed, np.divide(missed, errors, out=np.zeros_like(missed), where=errors > 0)


def _choose(missed: Array) -> int:
    """The method that came nearer, Theta while that is not known."""
    if len(missed) < FEWEST_TO_CHOOSE:
        return 0
    return int(np.argmin(np.round(missed.mean(axis=0), 12)))


def _calibrate(apart: Array) -> float:
    """By how much intervals are widened, so that four of five held what came."""
    if len(apart) < FEWEST_TO_CALIBRATE:
        return 1.0
    return float(np.quantile(apart, COVERAGE)) / WIDTH


def measure_scale(values: Array, season: int) -> float | None:
    """Hyndman and Koehler's (2006), in sample; None where nothing ever moved."""
    lag = season if len(values) >= season + FEWEST_PERIODS else 1
    scale = float(np.abs(values[lag:] - values[:-lag]).mean())
    return scale or None


def share_within(
    points: Array, errors: Array, there: Callable[[Array], Array], goal: Goal
) -> list[float]:
    """How probable it is that a value is within the goal; without any spread, whether it is."""
    least, most = (_on_scale(end, there) for end in (goal.least, goal.most))
    return [
        max(
            _share_up_to(most, point, error, slack=_NOTHING)
            - _share_up_to(least, point, error, slack=-_NOTHING),
            0.0,
        )
        for point, error in zip(points.tolist(), errors.tolist(), strict=True)
    ]


def _on_scale(end: float, there: Callable[[Array], Array]) -> float:
    """An end of the goal; what no value can be lies below all."""
    if np.isinf(end):
        return end
    with np.errstate(all="ignore"):
        placed = float(there(np.array([end]))[0])
    return -np.inf if np.isnan(placed) else placed


def _share_up_to(end: float, point: float, error: float, *, slack: float) -> float:
    """Of a value without spread, whether it is; `slack` says of an end that it meets, too."""
    if np.isinf(end):
        return float(end > 0)
    return NormalDist(point, error).cdf(end) if error > _NOTHING else float(point <= end + slack)
