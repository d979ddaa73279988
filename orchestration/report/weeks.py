"""A week's review on the terminal: what was first published of the executive core in a week."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from rich.markup import escape

from orchestration.report.published import ask_published
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.words import (
    MARKS,
    format_change,
    format_period,
    format_state,
    format_value,
)

if TYPE_CHECKING:
    from orchestration.settings import Settings

WEEKS = "select distinct week from audiences.executive_weeks order by week desc"
QUERY = """
select * from audiences.executive_weeks where week = $week order by driver_family, label
"""
COLUMNS = (
    Column("metric"),
    Column("period"),
    Column("value", is_figure=True),
    Column("on the week", is_figure=True),
    Column("so far", is_figure=True),
    Column("target", is_figure=True),
    Column("status"),
    Column("was", is_dispensable=True),
    Column("owner", is_dispensable=True),
)
# How many weeks the message names that says which there are.
NAMED = 6


class NoSuchWeekError(Exception):
    """Nothing was published of the week asked for; the message says of which there is."""


def read_weeks(settings: Settings) -> list[str]:
    """The weeks of which something was published, the newest first: 2026-W26."""
    return [row["week"] for row in ask_published(settings, WEEKS)]


def read_week(settings: Settings, week: str) -> list[dict[str, Any]]:
    """Every metric of the executive core as first published of a week, a row each.

    Raises:
        NoSuchWeekError: nothing was.
    """
    rows = ask_published(settings, QUERY, {"week": week})
    if not rows:
        weeks = read_weeks(settings)
        more = f" and {len(weeks) - NAMED} before" if len(weeks) > NAMED else ""
        message = (
            f"nothing was published of the week {week}; there is {', '.join(weeks[:NAMED])}{more}"
        )
        raise NoSuchWeekError(message)
    return rows


def print_week(settings: Settings, week: str, terminal: IO[str] | None = None) -> None:
    """Print what was first published of a week.

    Raises:
        NoSuchWeekError: nothing was.
    """
    rows = read_week(settings, week)
    console = open_console(terminal)
    title = f"The week {week} as of {rows[0]['snapshot_on']}"
    print_table(console, COLUMNS, [Row(_cells(row)) for row in rows], title=title)
    for row in rows:
        if said := sums_of_weeks(row):
            console.print(f"- {escape(said)}")
    for row in rows:
        if row["status"] not in ("on_target", "no_target"):
            console.print(f"- {escape(row['narrative'])}")


def sums_of_weeks(row: dict[str, Any]) -> str:
    """What an amount came to in the week and in the weeks that end with it; else nothing."""
    told = [
        f"{format_value(row[column], row['unit'])} {said}"
        for column, said in (
            ("week_value", "in the week"),
            ("last_4_weeks", "in four weeks"),
            ("last_13_weeks", "in thirteen"),
        )
        if row[column] is not None
    ]
    return f"{row['label']}: {', '.join(told)}" if told else ""


def so_far(row: dict[str, Any]) -> str:
    """What the period that runs has come to, and which it is; else nothing."""
    if row["to_date_value"] is None:
        return ""
    period = format_period(row["to_date_start"], row["grain"])
    return f"{format_value(row['to_date_value'], row['unit'])} ({period})"


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """A metric as text, in the order of the columns."""
    is_window = row["judged_over"] not in (None, "period")
    return (
        f"{row['label']}, {row['judged_over']}" if is_window else row["label"],
        format_period(row["period_start"], row["grain"]),
        format_state(row["value"], row["unit"], row["state"]),
        format_change(row["change_on_week"], row["unit"]),
        so_far(row),
        format_value(row["target"], row["unit"]),
        MARKS.get(row["status"], row["status"]),
        MARKS.get(row["status_week_before"], "–") if row["status_week_before"] else "–",
        row["owner_role"].replace("_", " "),
    )
