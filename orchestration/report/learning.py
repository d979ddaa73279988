"""The learning log on the terminal: what was tried, what came of it, and who says otherwise."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from orchestration.report.names import company_names
from orchestration.report.published import ask_published
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.words import format_value, plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.settings import Settings

QUERY = """
select log.*, tried.label as metric, followed.label as followed, followed.unit
from governance.learning_log as log
left join governance.dim_metrics as tried on log.metric_id = tried.metric_id
left join governance.dim_metrics as followed on log.followed_by = followed.metric_id
where not $contradicted or log.contradiction is not null
order by log.started_on desc nulls last, log.kind, log.source_id
"""
# What the numbers say against what was said or decided.
CONTRADICTIONS = {
    "said_to_work_and_worse": "said to have worked; it got worse, or the customer left",
    "said_to_be_worse_and_better": "said to be worse, and it got better",
    "decided_without_evidence": "scaled, though nothing was shown",
    "decided_against_readout": "decided against the readout",
}
COLUMNS = (
    Column("what was tried"),
    Column("since"),
    Column("for"),
    Column("before", is_figure=True),
    Column("after", is_figure=True),
    Column("which is"),
    Column("its owner says", is_dispensable=True),
    Column("decided", is_dispensable=True),
    Column("contradiction"),
)


def read_learning(settings: Settings, *, contradicted: bool = False) -> list[dict[str, Any]]:
    """What was tried, the newest first; only what is contradicted, where that is asked for."""
    return ask_published(settings, QUERY, {"contradicted": contradicted})


def print_learning(
    settings: Settings,
    *,
    contradicted: bool = False,
    limit: int,
    terminal: IO[str] | None = None,
) -> None:
    """Print what was tried, how many of it is contradicted, and by what."""
    rows = read_learning(settings, contradicted=contradicted)
    console = open_console(terminal)
    count = sum(row["contradiction"] is not None for row in rows)
    title = f"What was tried: {len(rows)}, of which {count} are contradicted by the numbers"
    names = company_names(settings)
    told = [Row(_cells(row, names)) for row in rows[:limit]]
    print_table(console, COLUMNS, told, title=title)
    if len(rows) > limit:
        console.print(f"and {len(rows) - limit} more (--limit)")


def _cells(row: dict[str, Any], names: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """Something that was tried as text, in the order of the columns."""
    place = row["dimension"], row["dimension_value"]
    whom = "" if place[0] == "total" else f" of {names.get(place, place[1])}"
    return (
        plain_text(row["what_was_tried"].replace("_", " ")),
        str(row["started_on"] or "–"),
        plain_text(f"{row['followed'] or row['metric'] or row['metric_id']}{whom}"),
        format_value(row["value_before"], row["unit"] or ""),
        format_value(row["value_after"], row["unit"] or ""),
        row["what_happened"].replace("_", " "),
        (row["outcome"] or "–").replace("_", " "),
        (row["what_changed"] or "–").replace("_", " "),
        CONTRADICTIONS.get(row["contradiction"], ""),
    )
