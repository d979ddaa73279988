"""The executive scorecard on the terminal, read from the published file."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from orchestration.report.published import ask_published
from orchestration.report.words import (
    MARKS,
    format_period,
    format_score,
    format_state,
    format_value,
)

if TYPE_CHECKING:
    from orchestration.settings import Settings

OWNER_WIDTH = 100
QUERY = "select * from audiences.executive_scorecard order by driver_family, label"


def print_scorecard(settings: Settings, terminal: IO[str] | None = None) -> None:
    """Print every metric of the executive core as last published, and what is to be said of it."""
    rows = ask_published(settings, QUERY)
    console = Console(file=terminal)
    # Who owns it is the first thing to go on a narrow terminal, not the figures.
    shows_owner = console.width >= OWNER_WIDTH
    table = Table(title=_title(rows), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    columns = ("metric", "period", "value", "before", "target", "status")
    for name in columns:
        is_number = name in ("value", "before", "target")
        table.add_column(name, justify="right" if is_number else "left", no_wrap=True)
    if shows_owner:
        table.add_column("owner", no_wrap=True)
    family = None
    for row in rows:
        if row["driver_family"] != family:
            family = row["driver_family"]
            score = (
                "" if row["family_score"] is None else f"{format_score(row['family_score'])} of 100"
            )
            table.add_row(f"[bold]{family.replace('_', ' ')}[/]", "", score)
        cells = _cells(row)
        table.add_row(*(cells if shows_owner else cells[:-1]))
    console.print(table)
    for row in rows:
        if row["status"] not in ("on_target", "no_target"):
            console.print(f"- {row['narrative']}", highlight=False)


def _title(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "Executive scorecard"
    first = rows[0]
    missing = sum(row["missing_count"] or 0 for row in rows)
    text = f"Executive scorecard as of {first['snapshot_on']}"
    if first["company_score"] is not None:
        text += f": {format_score(first['company_score'])} of 100"
    return f"{text} (left out: {missing} without a score)" if missing else text


def _cells(row: dict[str, Any]) -> list[str]:
    """A scorecard row as text: metric, period, value, before, target, status, owner."""
    return [
        f"  {row['label']}",
        format_period(row["period_start"], row["grain"]),
        format_state(row["value"], row["unit"], row["state"]),
        format_value(row["previous_value"], row["unit"]),
        format_value(row["target"], row["unit"]),
        MARKS.get(row["status"], row["status"]),
        row["owner_role"].replace("_", " "),
    ]
