"""Decisions to leave, and what shows of them: notice, falling use, rising tickets.

Whether and when a customer leaves is decided elsewhere; here is only what could be seen ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, random_stream


@dataclass(frozen=True)
class Leaving:
    """A decision to leave: when service began, when it is made, when service ends."""

    begun: datetime
    decided: datetime
    ends: datetime
    gives_notice: bool
    falls: bool
    rises: bool


def decide(
    begun: datetime, ends: datetime, *, not_before: datetime, seed: int, number: int
) -> Leaving:
    """The decision behind an end of service; `number` is the subscription's own."""
    draw = random_stream(seed, "leaving", number).random(5)
    fewest, most = story.NOTICE_DAYS
    days = fewest + (most - fewest) * draw[0]
    shows = draw[1] >= story.OUT_OF_THE_BLUE
    return Leaving(
        begun=begun,
        decided=max(not_before, (ends - timedelta(days=days)).replace(microsecond=0)),
        ends=ends,
        gives_notice=bool(shows and draw[2] < story.NOTICE.size),
        falls=bool(shows and draw[3] < story.FALLING_SHARE),
        rises=bool(shows and draw[4] < story.RISING_SHARE),
    )


def use_left(leaving: Leaving, horizon: Horizon) -> np.ndarray:
    """Share of use that is left on each simulated day: it falls before the decision."""
    decided = (leaving.decided.date() - horizon.start).days
    return np.interp(
        np.arange(horizon.days),
        [decided - story.FALLING_DAYS, decided],
        [1.0, story.FALLING_USE.size],
    )


def draw_slump(
    number: int, first: int, last: int, horizon: Horizon, *, seed: int
) -> np.ndarray | None:
    """Use that falls in the same way between two days and recovers, of some customers."""
    draw = random_stream(seed, "slump", number).random(2)
    shape = np.cumsum([story.FALLING_DAYS, story.SLUMP_LOW_DAYS, story.SLUMP_RECOVERY_DAYS])
    spare = last - first - int(shape[-1])
    if spare < 0 or draw[0] >= story.SLUMP.size:
        return None
    begins, low = first + int(spare * draw[1]), story.FALLING_USE.size
    return np.interp(np.arange(horizon.days), [begins, *(begins + shape)], [1.0, low, low, 1.0])
