"""The executive scorecard on the terminal, read from the published file."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import duckdb
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
QUERY = """
select driver_family, label, unit, value, state, previous_value, target, status, score,
    period_start, grain, owner_role, snapshot_on
from audiences.executive_scorecard
order by driver_family, label
"""


def print_scorecard(settings: Settings, terminal: IO[str] | None = None) -> None:
    """Print every metric of the executive core as last published."""
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        rows = connection.execute(QUERY).fetchall()
    as_of = rows[0][12] if rows else "–"
    table = Table(title=f"Executive scorecard as of {as_of}", title_justify="left")
    for name, justify in (
        ("family", "left"),
        ("metric", "left"),
        ("period", "left"),
        ("value", "right"),
        ("before", "right"),
        ("target", "right"),
        ("status", "left"),
        ("owner", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    family = None
    for row in rows:
        (driver_family, label, unit, value, state, previous, target, status, _, start, grain) = row[
            :11
        ]
        table.add_row(
            driver_family.replace("_", " ") if driver_family != family else "",
            label,
            _period(start, grain),
            format_value(value, unit) if state == "ok" else f"[dim]{state}[/]",
            format_value(previous, unit),
            format_value(target, unit),
            MARKS.get(status, status),
            row[11].replace("_", " "),
        )
        family = driver_family
    Console(file=terminal).print(table)


def format_value(value: float | None, unit: str) -> str:
    """A value as people read its unit."""
    if value is None:
        return "–"
    if unit == "rate":
        return f"{value:.1%}"
    if unit == "currency":
        return f"{value:,.0f}"
    if unit in ("days", "months", "hours", "minutes"):
        return f"{value:,.1f} {unit}"
    return f"{value:,.2f}"


def _period(start: object, grain: str) -> str:
    if start is None:
        return "–"
    return f"{start:%Y-%m}" if grain == "month" else f"{grain} of {start:%Y-%m-%d}"
