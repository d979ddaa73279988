"""What MRR will come to by what is known of customers: notices, what is signed, and usual paces.

A bridge of each month ahead, as it is told at the end of a month. What is announced takes effect
in its month; everybody else leaves, grows and shrinks as customers like them did lately. As of
each month end nothing is taken that was not known by then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churned")
SIGNS = {"new": 1, "reactivation": 1, "expansion": 1, "contraction": -1, "churned": -1}
# By which customers without a notice leave: as many as of those alike have lately, or the outlook.
LOSSES = ("rates", "outlook")
# Months by which a pace is told, and customers at month ends below which a group has no rate.
PACE_MONTHS, FEWEST_EXPOSED = 12, 50
# Of the months of a pace, a sixth is left out on either side: one large customer is no pace, and
# by the median a skewed amount would be told too low month for month.
TRIMMED = 6
# Month ends that a pace of something further ahead rests on at least.
FEWEST_ORIGINS = 6
# Days through which the outlook knows what leaves, and of a month.
OUTLOOK_DAYS = np.array([0.0, 30.0, 90.0, 180.0])
_MONTH = 365.25 / 12
# Of amounts: that a bridge adds up is asked to the last of them.
DIGITS = 4


@dataclass(frozen=True)
class Book:
    """A company's months, the oldest first; amounts in the reporting currency.

    Attributes:
        closing: months × segments, MRR at the end of the month.
        moved: by movement, months × segments, magnitudes.
        announced: by movement, months × months ahead (0, the month itself, is empty).
        group_segments: group → place of its segment; groups are segments by time since the first
            payment.
        exposed_counts: months × groups, customers who pay at its end and gave no notice.
        exposed: months × groups, their MRR.
        left_counts: months × months ahead × groups, how many of them left in that month.
        outlook: months × 3, what of their MRR is lost within 30, 90 and 180 days by the outlook of
            that day; nan where it knows not all of them.
    """

    closing: Array
    moved: dict[str, Array]
    announced: dict[str, Array]
    group_segments: Array
    exposed_counts: Array
    exposed: Array
    left_counts: Array
    outlook: Array


@dataclass(frozen=True)
class Bridge:
    """Months ahead, the first one first: each opens at what the one before closes at."""

    opening: Array
    moved: dict[str, Array]
    closing: Array


def tell_bridge(book: Book, place: int, ahead: int, losses: str) -> Bridge | None:
    """The bridge of the months after the one at `place`, by what was known at its end.

    Args:
        book: Months of which `place` is one; nothing of later ones is looked at.
        place: The newest known month.
        ahead: Months that are told.
        losses: One of LOSSES.

    Returns:
        Its months; none where the outlook does not know everybody who pays.
    """
    lost = _lost(book, place, ahead, losses)
    if lost is None:
        return None
    rates = {name: _rate(book, place, name) for name in ("expansion", "contraction")}
    counts = book.exposed_counts[place]
    early = float((_hazards(book, place, 1) * counts).sum())
    anybody = early / counts.sum() if counts.sum() else 0.0
    opening, closing = np.empty(ahead), np.empty(ahead)
    moved = {name: np.zeros(ahead) for name in MOVEMENTS}
    balance, won = round(float(book.closing[place].sum()), DIGITS), 0.0
    for step in range(ahead):
        opening[step] = balance
        for name in ("new", "reactivation"):
            usual = _pace(book, place, step + 1, name)
            moved[name][step] = round(_announced(book, place, step, name) + usual, DIGITS)
        # Who is won ahead may leave too.
        leaving = _announced(book, place, step, "churned") + lost[step] + anybody * won
        moved["churned"][step] = round(min(leaving, balance), DIGITS)
        # What is signed by customers is part of what they usually add, or is more than that.
        for name, rate in rates.items():
            known = _announced(book, place, step, name)
            moved[name][step] = round(max(known, rate * balance), DIGITS)
        kept = round(balance - moved["churned"][step], DIGITS)
        moved["contraction"][step] = min(moved["contraction"][step], kept)
        won += moved["new"][step] + moved["reactivation"][step]
        net = sum(SIGNS[name] * moved[name][step] for name in MOVEMENTS)
        balance = round(balance + net, DIGITS)
        closing[step] = balance
    return Bridge(opening, moved, closing)


def _announced(book: Book, place: int, step: int, name: str) -> float:
    known = book.announced[name]
    return float(known[place, step + 1]) if step + 1 < known.shape[1] else 0.0


def _lag(place: int, ahead: int) -> int:
    """How far ahead earlier month ends are asked: as far, or as far as some of them know."""
    return max(min(ahead, place + 1 - FEWEST_ORIGINS), 1)


def _pace(book: Book, place: int, ahead: int, name: str) -> float:
    """The trimmed mean of what a month brought beyond what was announced as long before it."""
    lag = _lag(place, ahead)
    months = np.arange(max(place - PACE_MONTHS + 1, lag), place + 1)
    if not months.size:
        return 0.0
    known = book.announced[name]
    told = known[months - lag, lag] if lag < known.shape[1] else np.zeros(months.size)
    beyond = np.sort(book.moved[name][months].sum(axis=1) - told)
    out = len(beyond) // TRIMMED
    return max(float(beyond[out : len(beyond) - out].mean()), 0.0)


def _rate(book: Book, place: int, name: str) -> float:
    """Of the opening balance, each segment by its own rate of the last year."""
    months = np.arange(max(place - PACE_MONTHS + 1, 1), place + 1)
    opened = book.closing[months - 1].sum(axis=0)
    rates = np.divide(
        book.moved[name][months].sum(axis=0), opened, out=np.zeros_like(opened), where=opened > 0
    )
    whole = float(book.closing[place].sum())
    return float((rates * book.closing[place]).sum()) / whole if whole else 0.0


def _hazards(book: Book, place: int, ahead: int) -> Array:
    """Of each group, the share of those without a notice that leaves so many months later.

    A group with too few customers has the share of its segment, a segment with too few that of
    all.
    """
    lag = _lag(place, ahead)
    origins = np.arange(max(place - lag - PACE_MONTHS + 1, 0), place - lag + 1)
    counts = book.exposed_counts[origins].sum(axis=0)
    left = book.left_counts[origins, min(lag, book.left_counts.shape[1] - 1)].sum(axis=0)
    hazards = np.empty(len(counts))
    for group, segment in enumerate(book.group_segments):
        alike = np.arange(len(counts)) == group
        for asked in (alike, book.group_segments == segment, np.ones_like(alike)):
            exposed = counts[asked].sum()
            if exposed >= FEWEST_EXPOSED:
                break
        hazards[group] = left[asked].sum() / exposed if exposed else 0.0
    return hazards


def _lost(book: Book, place: int, ahead: int, losses: str) -> Array | None:
    """MRR of customers without a notice that is lost in each month ahead."""
    if losses == "rates":
        return np.array(
            [(_hazards(book, place, step + 1) * book.exposed[place]).sum() for step in range(ahead)]
        )
    known = book.outlook[place]
    if np.isnan(known).any():
        return None
    through = np.maximum.accumulate(np.concatenate([[0.0], known]))
    days = _MONTH * np.arange(ahead + 1)
    lost = np.interp(days, OUTLOOK_DAYS, through)
    # Beyond half a year as from the third month to the sixth.
    slope = (through[-1] - through[-2]) / (OUTLOOK_DAYS[-1] - OUTLOOK_DAYS[-2])
    beyond = np.maximum(days - OUTLOOK_DAYS[-1], 0.0) * slope
    by_month: Array = np.diff(np.minimum(lost + beyond, book.exposed[place].sum()))
    return by_month
