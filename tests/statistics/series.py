"""Simulated series of periods, and how they are judged as time goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from orchestration.statistics.process_limits import SEASONS, WITHIN_USUAL, judge_series
from orchestration.statistics.stabilizing import FORMS

Array = np.ndarray
Noise = Callable[[np.random.Generator, int, int], Array]
SIZE = 2.0  # standard deviations of a planted shift
WITHIN = 3  # periods in which it is to be found


def normal(generator: np.random.Generator, series: int, periods: int) -> Array:
    """Independent values with a standard deviation of 1."""
    return generator.normal(size=(series, periods))


def poisson(generator: np.random.Generator, series: int, periods: int) -> Array:
    """Independent counts with a mean of 5."""
    return generator.poisson(5.0, size=(series, periods)).astype(float)


def passed_on(generator: np.random.Generator, series: int, periods: int) -> Array:
    """An autoregression of first order with φ = 0.5 and a standard deviation of 1."""
    values = generator.normal(size=(series, periods))
    for period in range(1, periods):
        values[:, period] = 0.5 * values[:, period - 1] + np.sqrt(0.75) * values[:, period]
    return values


def growing(generator: np.random.Generator, series: int, periods: int) -> Array:
    """Half a standard deviation more in every period."""
    return normal(generator, series, periods) + 0.5 * np.arange(periods)


def seasonal(season: int) -> Noise:
    """A wave of a year that is three standard deviations high."""

    def make(generator: np.random.Generator, series: int, periods: int) -> Array:
        wave = 3 * np.sin(2 * np.pi * np.arange(periods) / season)
        return normal(generator, series, periods) + wave

    return make


@dataclass(frozen=True)
class Simulation:
    """What came of judging simulated series: alarms that began in a year, and shifts found."""

    alarms_a_year: float
    found: float


def simulate(
    noise: Noise, *, grain: str, history: int, series: int, shifts: int, seed: int = 20_260_630
) -> Simulation:
    """Judge series every period of a year, and others in the periods after a shift.

    An alarm is a period whose state is other than that of the period before it, and not the usual.
    """
    generator = np.random.default_rng(seed)
    year = SEASONS[grain]
    is_count = noise is poisson
    calm = noise(generator, series, history + year + 1)
    states = _states(calm, history=history, grain=grain, is_count=is_count)
    begun = (states[:, 1:] > WITHIN_USUAL) & (states[:, 1:] != states[:, :-1])
    shifted = noise(generator, shifts, history + WITHIN)
    shifted[:, history:] += SIZE * (np.sqrt(5) if is_count else 1)
    after = _states(shifted, history=history, grain=grain, is_count=is_count)
    return Simulation(
        alarms_a_year=float(begun.mean() * year),
        found=float((after > WITHIN_USUAL).any(axis=1).mean()),
    )


def _states(values: Array, *, history: int, grain: str, is_count: bool) -> Array:
    """Series x periods after `history`: the state of each, by as many periods before it."""
    if is_count:
        values = FORMS["count_root"].there(values)
    windows = np.lib.stride_tricks.sliding_window_view(values, history + 1, axis=1)
    flat = windows.reshape(-1, history + 1)
    judged = judge_series(flat, np.ones_like(flat) if is_count else None, grain=grain)
    return judged.signal.reshape(len(values), -1)
