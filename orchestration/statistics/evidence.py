"""Whether a driver leads an outcome: verdicts over many comparisons at once.

A comparison is of those for whom a driver was high with those for whom it was low, as counts and,
among customers who are alike, as Mantel and Haenszel's excess with its variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALPHA = 0.05
# On each side; and of outcomes that came, or did not, on the side with fewer cases: seen, or to be
# expected were both sides alike (Cochran's rule).
FEWEST_CASES, FEWEST_OUTCOMES = 30, 5
# What is left of a difference among alike customers where likeness explains it, at most: use is
# measured with error, so that a rest beyond chance may be the same once more.
EXPLAINED = 1 / 2


@dataclass(frozen=True)
class Contrast:
    """A driver held against an outcome.

    `weight`, `excess` and `variance` are sums over strata: `excess` ÷ `weight` is the difference
    of rates among alike customers, `excess` ÷ √`variance` its standard score. The differences of
    the halves are those of the first and second half of the time, in rates too.
    """

    high_count: int
    high_come_count: int
    low_count: int
    low_come_count: int
    weight: float | None
    excess: float | None
    variance: float | None
    difference_first: float | None
    difference_second: float | None


@dataclass(frozen=True)
class Judgement:
    """What a comparison says, beside all others that were tried.

    `p_value` is of the adjusted difference, `corrected_p_value` the same for their number;
    `lower` and `upper` are the ends of the adjusted difference's 95 % interval.
    """

    difference: float | None
    lower: float | None
    upper: float | None
    p_value: float | None
    corrected_p_value: float | None
    is_stable: bool | None
    verdict: str


def two_sided(score: float) -> float:
    """The probability of a standard score at least so far from zero by chance."""
    return erfc(abs(score) / sqrt(2))


def corrected(p_values: Sequence[float]) -> list[float]:
    """Of each p-value how often chance makes one so small among as many, in the order given.

    Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Stat. 6: also
    where some of the others are true.
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    among = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, p_values[place] * (len(order) - rank)))
        among[place] = largest
    return among


def judge_contrasts(contrasts: Iterable[Contrast]) -> list[Judgement]:
    """A judgement per comparison, in order; of those with enough cases the number is corrected for.

    The verdict is `leads` where alike customers differ, in both halves of the time in the same
    direction; `reversed_by_adjustment` where they differ the other way round than all do;
    `explained_by_adjustment` where they have at most half of a difference that all have;
    `no_difference_shown`; or `too_few`.
    """
    asked = list(contrasts)
    enough = [place for place, contrast in enumerate(asked) if _has_enough(contrast)]
    crude = dict(
        zip(
            enough,
            corrected([two_sided(_crude_score(asked[place])) for place in enough]),
            strict=True,
        )
    )
    p_values = [two_sided(_score(asked[place])) for place in enough]
    adjusted = dict(zip(enough, zip(p_values, corrected(p_values), strict=True), strict=True))
    judged = []
    for place, contrast in enumerate(asked):
        if place not in adjusted:
            judged.append(Judgement(None, None, None, None, None, None, "too_few"))
            continue
        p_value, among = adjusted[place]
        difference = _known(contrast.excess) / _known(contrast.weight)
        margin = 1.959963984540054 * sqrt(_known(contrast.variance)) / _known(contrast.weight)
        halves = (contrast.difference_first, contrast.difference_second)
        is_stable = None if None in halves else all(_known(h) * difference > 0 for h in halves)
        judged.append(
            Judgement(
                difference,
                difference - margin,
                difference + margin,
                p_value,
                among,
                is_stable,
                _verdict(
                    _crude(contrast),
                    difference,
                    is_crude_clear=crude[place] <= ALPHA,
                    is_clear=among <= ALPHA,
                    is_stable=bool(is_stable),
                ),
            )
        )
    return judged


def _verdict(
    crude: float, difference: float, *, is_crude_clear: bool, is_clear: bool, is_stable: bool
) -> str:
    if is_clear and is_crude_clear and crude * difference < 0:
        return "reversed_by_adjustment"
    if is_crude_clear and difference / crude <= EXPLAINED:
        return "explained_by_adjustment"
    return "leads" if is_clear and is_stable else "no_difference_shown"


def _has_enough(contrast: Contrast) -> bool:
    if min(contrast.high_count, contrast.low_count) < FEWEST_CASES:
        return False
    size = contrast.high_count + contrast.low_count
    came = contrast.high_come_count + contrast.low_come_count
    count, seen = min(
        (contrast.high_count, contrast.high_come_count),
        (contrast.low_count, contrast.low_come_count),
    )
    come = max(seen, count * came / size)
    stayed = max(count - seen, count * (size - came) / size)
    return bool(
        min(come, stayed) >= FEWEST_OUTCOMES
        and min(came, size - came) >= FEWEST_OUTCOMES
        and contrast.weight
        and contrast.variance
    )


def _crude(contrast: Contrast) -> float:
    high_rate = contrast.high_come_count / contrast.high_count
    return high_rate - contrast.low_come_count / contrast.low_count


def _crude_score(contrast: Contrast) -> float:
    """Of all, whoever they are: the score of two shares, with the variance of their union."""
    size = contrast.high_count + contrast.low_count
    share = (contrast.high_come_count + contrast.low_come_count) / size
    spread = share * (1 - share) * (1 / contrast.high_count + 1 / contrast.low_count)
    return _crude(contrast) / sqrt(spread)


def _score(contrast: Contrast) -> float:
    return _known(contrast.excess) / sqrt(_known(contrast.variance))


def _known(value: float | None) -> float:
    if value is None:
        raise ValueError("a comparison with enough cases lacks a sum")
    return value
