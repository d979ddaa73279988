"""The executive scorecard on the terminal, read from the published file."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from rich.markup import escape

from orchestration.report.published import ask_published
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.words import (
    MARKS,
    format_period,
    format_score,
    format_state,
    format_value,
)

if TYPE_CHECKING:
    from orchestration.settings import Settings

QUERY = "select * from audiences.executive_scorecard order by driver_family, label"
COLUMNS = (
    Column("metric"),
    Column("period"),
    Column("value", is_figure=True),
    Column("period alone", is_figure=True, is_dispensable=True),
    Column("before", is_figure=True),
    Column("target", is_figure=True),
    Column("status"),
    Column("owner", is_dispensable=True),
)


def read_scorecard(settings: Settings) -> list[dict[str, Any]]:
    """Every metric of the executive core as last published, a row each."""
    return ask_published(settings, QUERY)


def print_scorecard(settings: Settings, terminal: IO[str] | None = None) -> None:
    """Print every metric of the executive core as last published, and what is to be said of it."""
    rows = read_scorecard(settings)
    console = open_console(terminal)
    told: list[Row] = []
    family = None
    for row in rows:
        if row["driver_family"] != family:
            family = row["driver_family"]
            score = (
                "" if row["family_score"] is None else f"{format_score(row['family_score'])} of 100"
            )
            heading = (f"[bold]{family.replace('_', ' ')}[/]", "", score)
            told.append(Row((*heading, *("",) * (len(COLUMNS) - len(heading))), is_heading=True))
        told.append(Row(_cells(row)))
    print_table(console, COLUMNS, told, title=_title(rows))
    for row in rows:
        if row["status"] not in ("on_target", "no_target"):
            console.print(f"- {escape(row['narrative'])}")


def _title(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "Executive scorecard"
    first = rows[0]
    missing = sum(row["missing_count"] or 0 for row in rows)
    text = f"Executive scorecard as of {first['snapshot_on']}"
    if first["company_score"] is not None:
        mark = MARKS.get(first["company_status"], first["company_status"])
        text += f": {format_score(first['company_score'])} of 100, {mark}"
    if first["core_breach_count"]:
        critical = first["core_critical_count"]
        text += f"; {first['core_breach_count']} of {len(rows)} in breach"
        text += f", {critical} of them critical" if critical else ""
    return f"{text} (left out: {missing} without a score)" if missing else text


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """A scorecard row as text, in the order of the columns."""
    is_window = row["judged_over"] not in (None, "period")
    return (
        f"  {row['label']}, {row['judged_over']}" if is_window else f"  {row['label']}",
        format_period(row["period_start"], row["grain"]),
        format_state(row["value"], row["unit"], row["state"]),
        format_value(row["period_value"], row["unit"]) if is_window else "",
        format_value(row["previous_value"], row["unit"]),
        format_value(row["target"], row["unit"]),
        MARKS.get(row["status"], row["status"]),
        row["owner_role"].replace("_", " "),
    )
