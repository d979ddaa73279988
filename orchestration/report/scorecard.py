"""The executive scorecard on the terminal, read from the published file."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import duckdb
from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from orchestration.settings import Settings

MARKS = {
    "on_target": "[green]on target[/]",
    "watch": "[yellow]watch[/]",
    "breach": "[red]breach[/]",
    "no_target": "no target",
    "no_value": "[dim]–[/]",
}
OWNER_WIDTH = 100
# Short enough for a row of figures in 80 columns.
SHORT_UNITS = {"days": "days", "months": "mo", "hours": "h", "minutes": "min"}
QUERY = """
select driver_family, label, unit, value, state, previous_value, target, status,
    period_start, grain, owner_role, snapshot_on
from audiences.executive_scorecard
order by driver_family, label
"""


def print_scorecard(settings: Settings, terminal: IO[str] | None = None) -> None:
    """Print every metric of the executive core as last published."""
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        rows = connection.execute(QUERY).fetchall()
    as_of = rows[0][11] if rows else "–"
    console = Console(file=terminal)
    table = Table(
        title=f"Executive scorecard as of {as_of}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    columns = ("metric", "period", "value", "before", "target", "status")
    for name in columns:
        is_number = name in ("value", "before", "target")
        table.add_column(name, justify="right" if is_number else "left", no_wrap=True)
    # Who owns it is the first thing to go on a narrow terminal, not the figures.
    shows_owner = console.width >= OWNER_WIDTH
    if shows_owner:
        table.add_column("owner", no_wrap=True)
    family = None
    for row in rows:
        if row[0] != family:
            family = row[0]
            table.add_row(f"[bold]{family.replace('_', ' ')}[/]")
        cells = _cells(row)
        table.add_row(*(cells if shows_owner else cells[:-1]))
    console.print(table)


def _cells(row: tuple[Any, ...]) -> list[str]:
    """A scorecard row as text: metric, period, value, before, target, status, owner."""
    _, label, unit, value, state, previous, target, status, start, grain, owner, _ = row
    return [
        f"  {label}",
        _period(start, grain),
        format_value(value, unit) if state == "ok" else f"[dim]{state}[/]",
        format_value(previous, unit),
        format_value(target, unit),
        MARKS.get(status, status),
        owner.replace("_", " "),
    ]


def format_value(value: float | None, unit: str) -> str:
    """A value as people read its unit."""
    if value is None:
        return "–"
    if unit == "rate":
        return f"{value:.1%}"
    if unit == "currency":
        return f"{value:,.0f}"
    if unit in SHORT_UNITS:
        return f"{value:,.1f} {SHORT_UNITS[unit]}"
    return f"{value:,.2f}"


def _period(start: object, grain: str) -> str:
    if start is None:
        return "–"
    return f"{start:%Y-%m}" if grain == "month" else f"{grain} of {start:%Y-%m-%d}"
