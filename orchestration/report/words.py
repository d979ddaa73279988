"""Values, periods and statuses as people read them on a terminal."""

from __future__ import annotations

import datetime as dt

from rich.markup import escape

from expectations.printable import printable

STATUSES = {
    "on_target": "on target",
    "watch": "watch",
    "breach": "breach",
    "too_few": "too few",
    "no_target": "no target",
    "no_value": "–",
}
COLOURS = {
    "on_target": "green",
    "watch": "yellow",
    "breach": "red",
    "too_few": "dim",
    "no_value": "dim",
}
MARKS = {
    status: f"[{COLOURS[status]}]{said}[/]" if status in COLOURS else said
    for status, said in STATUSES.items()
}
# Why there is no number, in a word or two; the sentence beside it says more.
STATES = {
    "no_data": "no data",
    "undefined": "undefined",
    "incomplete": "incomplete",
    "immature": "too early",
    "too_few": "too few",
    "not_reached": "not reached",
    "not_burning": "no burn",
    "no_new_customers": "nobody won",
    "burning_without_growth": "burn, no growth",
}
# From here on digits behind the point say nothing more.
WHOLE_FROM = 100
# Short enough for a row of figures in 80 columns.
SHORT_UNITS = {"days": "days", "months": "mo", "hours": "h", "minutes": "min", "milliseconds": "ms"}


def format_value(value: float | None, unit: str) -> str:
    """A value as people read its unit, never so short that something becomes nothing."""
    if value is None:
        return "–"
    if unit == "rate":
        return f"{value:.2%}" if _vanishes(100 * value, 1) else f"{value:.1%}"
    if unit in ("currency", "count"):
        is_whole = float(value).is_integer() or abs(value) >= WHOLE_FROM
        return f"{value:,.0f}" if is_whole else _small(value, 2)
    if unit in SHORT_UNITS:
        return f"{_small(value, 1)} {SHORT_UNITS[unit]}"
    return _small(value, 2)


def _small(value: float, digits: int) -> str:
    return f"{value:.2g}" if _vanishes(value, digits) else f"{value:,.{digits}f}"


def _vanishes(value: float, digits: int) -> bool:
    return value != 0 and round(value, digits) == 0


def format_change(change: float | None, unit: str) -> str:
    """A difference of two values, signed; of rates in percentage points."""
    if change is None:
        return "–"
    sign = "+" if change > 0 else "\N{MINUS SIGN}" if change < 0 else "±"
    if unit == "rate":
        points = abs(100 * change)
        return f"{sign}{_small(points, 1)} points"
    return f"{sign}{format_value(abs(change), unit)}"


def state_words(state: str) -> str:
    """Why there is no number."""
    return STATES.get(state, state.replace("_", " "))


def format_state(value: float | None, unit: str, state: str) -> str:
    """A value, or why there is none."""
    return format_value(value, unit) if state == "ok" else f"[dim]{state_words(state)}[/]"


def plain_text(text: object) -> str:
    """What comes from files, as a terminal may show it: no control characters, no markup."""
    return escape(printable(str(text)))


def format_score(score: float | None) -> str:
    """A score of 100."""
    return "–" if score is None else f"{score:.0f}"


def add_months(day: dt.date, count: int) -> dt.date:
    """The first day of the month that is so many after a day's, or before it."""
    month = day.year * 12 + day.month - 1 + count
    return dt.date(month // 12, month % 12 + 1, 1)


def format_period(start: dt.date | None, grain: str) -> str:
    """2026-06, 2026 Q2, 2026, or week of 2026-06-22."""
    if start is None:
        return "–"
    if grain == "month":
        return f"{start:%Y-%m}"
    if grain == "quarter":
        return f"{start:%Y} Q{(start.month + 2) // 3}"
    if grain == "year":
        return f"{start:%Y}"
    return f"{grain} of {start:%Y-%m-%d}"
