"""The board lens on the terminal, read from the published file."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from rich.markup import escape

from orchestration.report.movers import read_movers, what_happened
from orchestration.report.published import ask_published
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.words import (
    MARKS,
    format_change,
    format_period,
    format_state,
    format_value,
    plain_text,
)

if TYPE_CHECKING:
    import datetime as dt

    from rich.console import Console

    from orchestration.settings import Settings

# The newest period of which everything but cohorts that still have time is known.
QUERY = """
select * from audiences.board_lens
where grain = $grain and period_start = coalesce(
    $period_start::date,
    (select max(period_start) from audiences.board_lens
     where grain = $grain and section in ('bridge', 'core'))
)
order by position
"""
# Each section's name, and which columns say something of it.
SECTIONS = {
    "core": ("the core", ("value", "before", "target", "status")),
    "bridge": ("bridge of MRR", ("value", "before", "this year")),
    "plan": ("plan against actual", ("value", "plan", "first", "this year", "its plan", "status")),
    "forward": ("committed ahead", ("value", "before", "a year ago")),
    "cohorts": ("what is left of those won", ("value", "before")),
}
LOSSES = ("contraction_mrr", "churned_mrr")
FIELDS = {
    "value": "value",
    "before": "previous_value",
    "a year ago": "year_before_value",
    "target": "target",
    "plan": "planned",
    "first": "planned_originally",
    "this year": "year_to_date",
    "its plan": "year_to_date_planned",
}


class NothingToShowError(Exception):
    """The period asked for is not in the lens; the message says which are."""


def read_board(
    settings: Settings, *, grain: str, period_start: dt.date | None = None
) -> list[dict[str, Any]]:
    """The lines of a month, quarter or year, the newest where none is named.

    Raises:
        NothingToShowError: the lens has no such period.
    """
    rows = ask_published(settings, QUERY, {"grain": grain, "period_start": period_start})
    if not rows:
        period = f" that starts on {period_start}" if period_start else ""
        message = f"the board lens has no complete {grain}{period}"
        raise NothingToShowError(message)
    return rows


def print_board(
    settings: Settings,
    *,
    grain: str,
    period_start: dt.date | None = None,
    terminal: IO[str] | None = None,
) -> None:
    """Print the lens of a month, quarter or year, the newest where none is named.

    Raises:
        NothingToShowError: the lens has no such period.
    """
    rows = read_board(settings, grain=grain, period_start=period_start)
    console = open_console(terminal)
    console.print(f"Board lens of {format_period(rows[0]['period_start'], grain)}", style="italic")
    for section, (title, names) in SECTIONS.items():
        columns = [
            Column(title),
            *(
                Column(name, is_figure=name != "status", is_dispensable=name == "first")
                for name in names
            ),
        ]
        told = [
            Row((_label(row), *(_cell(row, name) for name in names)))
            for row in rows
            if row["section"] == section
        ]
        if told:
            print_table(console, columns, told)
    _print_movers(console, read_movers(settings, rows[0]["period_start"], rows[0]["period_end"]))
    for row in rows:
        if row["section"] == "core":
            console.print(f"- {escape(row['narrative'])}")


def _print_movers(console: Console, movers: list[dict[str, Any]]) -> None:
    """Who left and who came, the largest of each."""
    columns = [
        Column("who moved it most"),
        Column("day"),
        Column("MRR", is_figure=True),
        Column("what"),
        Column("notice given"),
        Column("health a month before", is_figure=True),
        Column("called for", is_dispensable=True),
    ]
    told = [
        Row(
            (
                plain_text(row["customer_id"]),
                f"{row['occurred_on']}",
                format_change(float(row["mrr_change"]), "currency"),
                plain_text(what_happened(row)),
                f"{row['notice_on'] or ''}",
                "" if row["health_score"] is None else f"{row['health_score']:.0f}",
                plain_text(", ".join(dict.fromkeys(each["step"] for each in row["steps"]))),
            )
        )
        for row in movers
    ]
    if told:
        print_table(console, columns, told)


def _label(row: dict[str, Any]) -> str:
    """Its name, with the month that is told where the period cannot be judged yet."""
    told = row["told_grain"], row["told_period_start"]
    if told == (row["grain"], row["period_start"]):
        return str(row["label"])
    return f"{row['label']}, {format_period(row['told_period_start'], row['told_grain'])}"


def _cell(row: dict[str, Any], column: str) -> str:
    if column == "status":
        return MARKS[row["status"]]
    value = row[FIELDS[column]]
    # What is lost in the bridge carries the sign with which its lines add up.
    if value is not None and row["section"] == "bridge" and row["metric_id"] in LOSSES:
        value = -value
    if column == "value":
        return format_state(value, row["unit"], row["state"])
    return format_value(value, row["unit"])
