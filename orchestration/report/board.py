"""The board lens on the terminal, read from the published file."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from orchestration.report.published import ask_published
from orchestration.report.words import MARKS, format_period, format_state, format_value

if TYPE_CHECKING:
    import datetime as dt

    from orchestration.settings import Settings

# The newest month or quarter of which everything but cohorts that still have time is known.
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
    "plan": ("plan against actual", ("value", "plan", "this year", "its plan", "status")),
    "forward": ("committed ahead", ("value", "before", "a year ago")),
    "cohorts": ("what is left of those won", ("value", "before")),
}
FIELDS = {
    "value": "value",
    "before": "previous_value",
    "a year ago": "year_before_value",
    "target": "target",
    "plan": "planned",
    "this year": "year_to_date",
    "its plan": "year_to_date_planned",
}


class NothingToShowError(Exception):
    """The period asked for is not in the lens; the message says which are."""


def print_board(
    settings: Settings,
    *,
    grain: str,
    period_start: dt.date | None = None,
    terminal: IO[str] | None = None,
) -> None:
    """Print the lens of a month or quarter, the newest where none is named.

    Raises:
        NothingToShowError: the lens has no such period.
    """
    rows = ask_published(settings, QUERY, {"grain": grain, "period_start": period_start})
    if not rows:
        message = f"the board lens has no complete {grain} that starts on {period_start}"
        raise NothingToShowError(message)
    console = Console(file=terminal)
    console.print(f"Board lens of {format_period(rows[0]['period_start'], grain)}", style="italic")
    for section, (title, columns) in SECTIONS.items():
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column(title, no_wrap=True, min_width=20)
        for name in columns:
            table.add_column(name, justify="left" if name == "status" else "right", no_wrap=True)
        for row in rows:
            if row["section"] == section:
                table.add_row(row["label"], *(_cell(row, name) for name in columns))
        if table.row_count:
            console.print(table)
    for row in rows:
        if row["section"] == "core":
            console.print(f"- {row['narrative']}", highlight=False)


def _cell(row: dict[str, Any], column: str) -> str:
    if column == "status":
        return MARKS[row["status"]]
    if column == "value":
        return format_state(row["value"], row["unit"], row["state"])
    return format_value(row[FIELDS[column]], row["unit"])
