"""Values, periods and statuses as people read them on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

MARKS = {
    "on_target": "[green]on target[/]",
    "watch": "[yellow]watch[/]",
    "breach": "[red]breach[/]",
    "no_target": "no target",
    "no_value": "[dim]–[/]",
}
# Short enough for a row of figures in 80 columns.
SHORT_UNITS = {"days": "days", "months": "mo", "hours": "h", "minutes": "min",
               "milliseconds": "ms"}  # fmt: skip


def format_value(value: float | None, unit: str) -> str:
    """A value as people read its unit."""
    if value is None:
        return "–"
    if unit == "rate":
        return f"{value:.1%}"
    if unit in ("currency", "count"):
        return f"{value:,.0f}"
    if unit in SHORT_UNITS:
        return f"{value:,.1f} {SHORT_UNITS[unit]}"
    return f"{value:,.2f}"


def format_state(value: float | None, unit: str, state: str) -> str:
    """A value, or why there is none."""
    return format_value(value, unit) if state == "ok" else f"[dim]{state}[/]"


def format_score(score: float | None) -> str:
    """A score of 100."""
    return "–" if score is None else f"{score:.0f}"


def format_period(start: dt.date | None, grain: str) -> str:
    """2026-06, 2026 Q2, or week of 2026-06-22."""
    if start is None:
        return "–"
    if grain == "month":
        return f"{start:%Y-%m}"
    if grain == "quarter":
        return f"{start:%Y} Q{(start.month + 2) // 3}"
    return f"{grain} of {start:%Y-%m-%d}"
