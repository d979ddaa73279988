"""Signal or noise: process limits of series of periods, and what the newest period says by them.

What belongs here: one judgement of many series at once, as arrays. Which series there are, and what
becomes of the judgement, is for the models that ask.

The newest periods are held against what the periods before them foretell, so that no period widens
its own limits (Montgomery, Introduction to Statistical Quality Control, on phase I and phase II;
Wheeler, Understanding Variation):

1. The usual course is a line, fitted robustly to the periods before; its slope counts as far as it
   is known. A season counts as far as it is known, from two full years on.
2. What a period passes on to the next is an autoregression of first order, by which both the
   forecast and the spread are those of what is new in each period (Alwan and Roberts 1988).
3. Each candidate (a spike of the newest period, a shift or a trend that began some periods ago) is
   the likelihood ratio of its shape against none, with what is not known of the line, the season
   and the spread in its error (a change point of unknown place: Hawkins, Qiu and Kang 2003).

How often that is wrong, and how soon it is right, `tests/statistics/test_process_limits.py`
simulates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIGNALS = ("too_few", "within_usual", "spike", "shift", "trend")
TOO_FEW, WITHIN_USUAL, SPIKE, SHIFT, TREND = range(5)
SEASONS = {"week": 52, "month": 12, "quarter": 4}
# How many of the newest periods are looked at: what was usual before is no longer.
PERIODS = {"week": 156, "month": 36, "quarter": 16}

# What may have happened: since how many periods, and in which shape.
CANDIDATES = (
    (1, SPIKE),
    *((periods, SHIFT) for periods in (2, 3, 4, 6, 8)),
    *((periods, TREND) for periods in (6, 8)),
)
# Beyond how many standard deviations a candidate of so many periods is a signal. One period has
# Shewhart's three (1931) or a little more; three together the least, as by the run rules of the
# Western Electric handbook (1956), because within three periods a shift is to be found. All by
# simulation: a week is asked four times as often as a month, and may be wrong as often in a year.
_LIMITS_OF_MONTHS = {1: 3.0, 2: 2.6, 3: 2.15, 4: 2.7, 6: 2.8, 8: 2.9}
LIMITS = {
    "week": {1: 3.3, 2: 3.0, 3: 2.5, 4: 3.2, 6: 3.4, 8: 3.5},
    "month": _LIMITS_OF_MONTHS,
    "quarter": _LIMITS_OF_MONTHS,
}
# Fewer periods before tell no spread, and a series that hardly ever changed tells none either.
FEWEST_PERIODS = 8
FEWEST_CHANGES = 4
# Full years before a season is looked for; how far its places must differ (as by chance once in
# twenty-five: F of 11 and 12); and how often line and season are fitted to what the other leaves.
FULL_YEARS = 2
SEASON_F = 3.0
SEASON_ROUNDS = 3
# Huber's bend (95 % efficient where errors are normal), and how often a line is fitted.
BEND = 1.345
LINE_ROUNDS = 4
# Where the spread's values are cut off, and the variance of a standard normal one that is.
CUT = 2.5
CUT_VARIANCE = 0.97756
# Of a run no period counts for more, so that one wild period is a spike and makes no shift.
RUN_CUT = 3.0
# What is passed on at most: beyond it a level is never come back to.
MOST_CARRIED = 0.95

Array = np.ndarray


@dataclass(frozen=True)
class Judgement:
    """What the newest period of each series says; each an array with one entry per series.

    `signal` is an index of `SIGNALS`, `direction` 1 above, -1 below and 0 within, `lasted` the
    periods from the onset to the newest one, `count` the known periods before the onset. In units
    of the values are `expected`, `lower` and `upper`; `deviation` is the root of the likelihood
    ratio, in standard deviations. All four are NaN where there are too few.
    """

    signal: Array
    direction: Array
    lasted: Array
    count: Array
    expected: Array
    lower: Array
    upper: Array
    deviation: Array
    is_seasonal: Array
    is_detrended: Array


@dataclass(frozen=True)
class _Course:
    """What the periods before foretell of the newest `ahead` ones, in standard deviations."""

    news: Array  # series x ahead: what is new in each, less what was passed on
    carry: Array  # series: the share that a period passes on to the next
    spread: Array  # series: the standard deviation of what is new, for a scale of 1
    path_error: Array  # series: variance of the newest period around it, in squared spreads
    level_error: Array  # series: variance of the forecast level, in squared spreads
    season_error: Array  # series: that of a period's season
    known: Array  # series x ahead
    newest: Array  # series: how far the newest period is from the course
    expected: Array  # series: forecast of the newest period
    count: Array
    freedom: Array
    is_seasonal: Array
    is_detrended: Array
    can_judge: Array


def judge_series(
    values: Array,
    scales: Array | None = None,
    *,
    grain: str,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Judgement:
    """Judge the newest period of each series.

    Args:
        values: Series x periods, the newest last; NaN where a period has no value.
        scales: As large: how far a period's value may be off by chance alone, as the standard error
            of a share of more or fewer cases (Laney 2002); no spread lies below what they say.
            Left out, periods are alike and nothing is known of their spread beforehand.
        grain: `week`, `month` or `quarter`: what a year has of them, and which limits hold.
        bounds: The least and the most that a value can be: no course leads beyond.
    """
    # Room for the longest candidate and for the fewest periods before it.
    room = max(0, FEWEST_PERIODS + max(LIMITS[grain]) - np.shape(values)[1])
    values = np.pad(np.asarray(values, float), ((0, 0), (room, 0)), constant_values=np.nan)
    weights = np.ones_like(values)
    if scales is not None:
        weights[:, room:] = scales
    courses = {
        ahead: _course(
            values,
            weights,
            ahead=ahead,
            season=SEASONS[grain],
            bounds=bounds,
            has_floor=scales is not None,
        )
        for ahead in LIMITS[grain]
    }
    ratios = np.stack([_ratio(courses[ahead], kind) for ahead, kind in CANDIDATES])
    limits = np.array([LIMITS[grain][ahead] for ahead, _ in CANDIDATES])
    is_beyond = np.abs(ratios) > limits[:, None]
    rows = np.arange(len(values))
    first = courses[1]
    can_judge = first.can_judge & first.known[:, -1]
    is_signal = can_judge & is_beyond.any(axis=0)
    # Where anything is beyond, what is likeliest: of all runs, and of a spike that is one.
    is_spike = np.array([kind == SPIKE for _, kind in CANDIDATES])[:, None]
    best = np.where(is_spike & ~is_beyond, -1.0, np.abs(ratios)).argmax(axis=0)
    # Without a signal the limits are those by all periods before the newest.
    best = np.where(is_signal, best, CANDIDATES.index((1, SPIKE)))
    aheads, kinds = (np.array(column) for column in zip(*CANDIDATES, strict=True))

    def of_best(name: str) -> Array:
        every = np.stack([getattr(courses[ahead], name) for ahead, _ in CANDIDATES])
        chosen: Array = every[best, rows]
        return chosen

    expected = np.where(can_judge, of_best("expected"), np.nan)
    error = np.sqrt(of_best("path_error") + of_best("season_error") + of_best("level_error"))
    reach = _as_student(LIMITS[grain][1], of_best("freedom")) * of_best("spread") * error
    reach = reach * weights[:, -1]
    return Judgement(
        signal=np.where(is_signal, kinds[best], np.where(can_judge, WITHIN_USUAL, TOO_FEW)),
        direction=np.where(is_signal, np.sign(ratios[best, rows]), 0).astype(int),
        lasted=np.where(is_signal, aheads[best], 0),
        count=of_best("count"),
        expected=expected,
        lower=expected - reach,
        upper=expected + reach,
        deviation=np.where(can_judge, ratios[best, rows], np.nan),
        is_seasonal=of_best("is_seasonal") & can_judge,
        is_detrended=of_best("is_detrended") & can_judge,
    )


def _ratio(course: _Course, kind: int) -> Array:
    """How many standard deviations what is new lies along the shape of a spike, shift or trend."""
    ahead = course.news.shape[1]
    steps = np.arange(1, ahead + 1) if kind == TREND else np.ones(ahead)
    before = np.concatenate([[0.0], steps[:-1]])
    # The shape as it shows in what is new: a level that stays is passed on, too.
    shape = np.where(course.known, steps - course.carry[:, None] * before, 0.0)
    news = course.news if kind == SPIKE else np.clip(course.news, -RUN_CUT, RUN_CUT)
    along = (shape * np.where(course.known, news, 0.0)).sum(axis=1)
    error = (shape**2).sum(axis=1) * (1 + course.season_error)
    error += shape.sum(axis=1) ** 2 * course.level_error
    ratio = _as_normal(along / np.sqrt(np.maximum(error, 1e-12)), course.freedom)
    # What has come back is over, whatever lies between.
    is_on = course.known[:, -1] & (np.sign(course.newest) == np.sign(ratio))
    return np.where(course.can_judge & is_on, ratio, 0.0)


def _as_normal(student: Array, freedom: Array) -> Array:
    """The standard normal value that is as far out as Student's, to a hundredth (Wallace 1959)."""
    freedom = np.maximum(freedom, 1.0)
    root = np.sqrt(freedom * np.log1p(student**2 / freedom))
    normal: Array = np.sign(student) * root * (8 * freedom + 1) / (8 * freedom + 3)
    return normal


def _as_student(normal: float, freedom: Array) -> Array:
    """The value of Student's distribution that is as far out: the other way round."""
    freedom = np.maximum(freedom, 1.0)
    root = normal * (8 * freedom + 3) / (8 * freedom + 1)
    student: Array = np.sqrt(freedom * np.expm1(root**2 / freedom))
    return student


def _course(
    values: Array,
    weights: Array,
    *,
    ahead: int,
    season: int,
    bounds: tuple[float, float],
    has_floor: bool,
) -> _Course:
    past, new = values[:, :-ahead], values[:, -ahead:]
    past_scales, new_scales = weights[:, :-ahead], weights[:, -ahead:]
    is_known = np.isfinite(past)
    count = is_known.sum(axis=1)
    periods = np.arange(values.shape[1], dtype=float)
    periods, later = periods[:-ahead], periods[-ahead:]
    filled = np.where(is_known, past, 0.0)

    share = np.zeros(len(values))
    level, slope, center, slope_error = _line(filled, is_known / past_scales**2, periods)
    has_years = past.shape[1] >= FULL_YEARS * season
    adjusted, ahead_season = filled, np.zeros_like(new)
    if has_years:
        places = np.arange(values.shape[1]) % season
        # Line and season each from what the other leaves, for years are not always full.
        for _ in range(SEASON_ROUNDS):
            seasonal, share = _season(
                filled - level[:, None] - slope[:, None] * (periods - center[:, None]),
                is_known,
                season=season,
            )
            adjusted = filled - seasonal[:, places[:-ahead]]
            level, slope, center, slope_error = _line(adjusted, is_known / past_scales**2, periods)
        ahead_season = seasonal[:, places[-ahead:]]
    line = level[:, None] + slope[:, None] * (periods - center[:, None])
    off = np.where(is_known, (adjusted - line) / past_scales, 0.0)

    is_pair = is_known[:, 1:] & is_known[:, :-1]
    carry = _carry(off, is_pair, count)
    fresh = off[:, 1:] - carry[:, None] * off[:, :-1]
    used = 1.0 + (slope_error < np.inf) + share * (season - 1)
    spread = _spread(fresh, is_pair, used)
    if has_floor:
        spread = np.maximum(spread, 1.0)
    changes = (is_pair & (np.diff(filled, axis=1) != 0)).sum(axis=1)
    can_judge = (count >= FEWEST_PERIODS) & (spread > 0)
    if not has_floor:
        can_judge &= changes >= FEWEST_CHANGES
    safe = np.where(can_judge, spread, 1.0)

    foretold = level[:, None] + slope[:, None] * (later - center[:, None]) + ahead_season
    foretold = np.clip(foretold, *bounds)
    is_new = np.isfinite(new)
    off_new = np.where(is_new, (np.where(is_new, new, 0.0) - foretold) / new_scales, 0.0)
    before = np.concatenate([off[:, -1:], off_new[:, :-1]], axis=1)
    # What the last period before the onset passes on to the newest one.
    passed = carry**ahead * off[:, -1]
    distance = later.mean() - center
    level_error = 1 / np.maximum(count, 1) + slope_error * distance**2
    # Of the places of a year each is known by itself, by as many years as there are.
    years = np.maximum(count // season, 1)
    return _Course(
        news=(off_new - carry[:, None] * before) / safe[:, None],
        carry=carry,
        spread=spread,
        level_error=level_error,
        season_error=share**2 / years,
        known=is_new,
        newest=off_new[:, -1] - passed,
        path_error=(1 - carry ** (2 * ahead)) / (1 - carry**2),
        expected=foretold[:, -1] + passed * new_scales[:, -1],
        count=count,
        freedom=count - used - 1,
        is_seasonal=share > 0,
        is_detrended=slope != 0,
        can_judge=can_judge,
    )


def _line(values: Array, weights: Array, periods: Array) -> tuple[Array, Array, Array, Array]:
    """Level at the centre, slope, centre and the slope's variance in squared spreads.

    Huber's regression by reweighting. A slope counts as far as it is known: by James and Stein's
    factor 1 - 1 / t², and not at all where t² is below 1.
    """
    known = weights > 0
    robust = np.ones_like(values)
    level = slope = np.zeros(len(values))
    for _ in range(LINE_ROUNDS):
        heavy = weights * robust
        total = np.maximum(heavy.sum(axis=1), 1e-300)
        center = (heavy * periods).sum(axis=1) / total
        level = (heavy * values).sum(axis=1) / total
        lever = periods - center[:, None]
        square = (heavy * lever**2).sum(axis=1)
        slope = (heavy * lever * values).sum(axis=1) / np.maximum(square, 1e-300)
        off = (values - level[:, None] - slope[:, None] * lever) * np.sqrt(weights)
        size = 1.4826 * _median(np.abs(off), known)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            robust = np.where(
                (size > 0) & (np.abs(off) > BEND * size), BEND * size / np.abs(off), 1.0
            )
    count = known.sum(axis=1)
    variance = (robust * off**2).sum(axis=1) / np.maximum(count - 2, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = slope**2 * square / variance
        factor = np.where(squared > 1, 1 - 1 / squared, 0.0)
        error = np.where(square > 0, total / np.maximum(count, 1) / square, 0.0)
    factor = np.where(variance > 0, factor, 1.0)
    return level, slope * factor, center, error * factor


def _season(off: Array, known: Array, *, season: int) -> tuple[Array, Array]:
    """What each place in the year adds, and the share of it that is known.

    The mean of the years, drawn towards none by James and Stein's factor 1 - 1 / F, F the variance
    between places against that within; no season where F is not significant.
    """
    length = off.shape[1]
    rows = -(-length // season)
    pad = rows * season - length
    padded = np.pad(off, ((0, 0), (0, pad))).reshape(len(off), rows, season)
    there = np.pad(known, ((0, 0), (0, pad))).reshape(len(off), rows, season)
    counts = there.sum(axis=1)
    means = (padded * there).sum(axis=1) / np.maximum(counts, 1)
    within = (there * (padded - means[:, None, :]) ** 2).sum(axis=(1, 2))
    between = (counts * means**2).sum(axis=1)
    freedom = np.maximum(counts.sum(axis=1) - season, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (between / (season - 1)) / (within / freedom)
    is_told = (counts >= FULL_YEARS).all(axis=1) & (ratio > SEASON_F)
    share = np.where(is_told, 1 - 1 / np.maximum(ratio, 1.0), 0.0)
    return means * share[:, None], share


def _carry(off: Array, is_pair: Array, count: Array) -> Array:
    """The share of a period that the next one keeps, from 0 to 0.95.

    The estimate of a short series is too low by (2 + 4 φ) ÷ n where a line was fitted (Kendall
    1954, Marriott and Pope 1954). What is within its standard error, 1 ÷ √n, counts as nothing.
    """
    square = (off**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(square > 0, (is_pair * off[:, 1:] * off[:, :-1]).sum(axis=1) / square, 0.0)
    size = np.maximum(count, 6)
    found = np.clip((found * size + 2) / (size - 4), 0.0, MOST_CARRIED)
    return np.where(found * np.sqrt(size) > 1, found, 0.0)


def _spread(fresh: Array, known: Array, used: Array) -> Array:
    """Standard deviation of what is new, of values cut off at 2.5 robust ones; 0 where none."""
    size = 1.4826 * _median(np.abs(fresh), known)[:, None]
    plain = np.sqrt((known * fresh**2).sum(axis=1) / np.maximum(known.sum(axis=1), 1))[:, None]
    edge = CUT * np.where(size > 0, size, plain)
    cut = np.clip(fresh, -edge, edge)
    freedom = np.maximum(known.sum(axis=1) - used, 1)
    spread: Array = np.sqrt((known * cut**2).sum(axis=1) / freedom / CUT_VARIANCE)
    return spread


def _median(values: Array, known: Array) -> Array:
    """Median of the known values of each row; 0 where there are none."""
    ordered = np.sort(np.where(known, values, np.inf), axis=1)
    count = known.sum(axis=1)
    low, high = np.maximum((count - 1) // 2, 0), np.minimum(count // 2, values.shape[1] - 1)
    rows = np.arange(len(values))
    middle = (ordered[rows, low] + ordered[rows, high]) / 2
    return np.where(count > 0, middle, 0.0)
