"""The health score on the terminal: what it weighs, what is shown of that, and what it tells."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from orchestration.company.proposed import write_proposed
from orchestration.report.published import ask_published
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.words import format_change, format_value, plain_text

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.settings import Settings

PROPOSALS = "select * from governance.health_weight_proposals order by component"
READOUT = "select * from governance.health_weight_readouts where fold is null"
VERDICTS = {
    "leads": "who is well in it stays",
    "leads_to_losses": "who is well in it leaves",
    "explained_by_adjustment": "explained by who is alike",
    "reversed_by_adjustment": "the other way round among alike ones",
    "no_difference_shown": "no difference shown",
    "too_few": "too few",
}
COMPARED = {
    "better": "better",
    "worse": "worse",
    "no_difference_shown": "no difference is shown",
    "too_few": "too few left to tell them apart",
}
COLUMNS = (
    Column("component"),
    Column("weighs", is_figure=True),
    Column("proposed", is_figure=True),
    Column("left where high", is_figure=True),
    Column("left where low", is_figure=True),
    Column("among alike ones", is_figure=True, is_dispensable=True),
    Column("what is shown"),
)


class NothingProposedError(Exception):
    """There is nothing to be written; the message says why."""


def read_proposals(settings: Settings) -> list[dict[str, Any]]:
    """Components with their evidence and weights, in order of their names."""
    return ask_published(settings, PROPOSALS)


def print_health(settings: Settings, *, terminal: IO[str] | None = None) -> None:
    """Print weights beside what is proposed, and how well the score tells who leaves by either."""
    rows = read_proposals(settings)
    console = open_console(terminal)
    print_table(
        console,
        COLUMNS,
        [Row(_cells(row)) for row in rows],
        title="What the health score weighs, and who left within 90 days",
    )
    for sentence in (
        _told_of_proposal(rows),
        *map(_told_of_score, ask_published(settings, READOUT)),
    ):
        console.print(sentence)


def write_weights(settings: Settings) -> Path:
    """Write the proposed weights into the company's folder; gives the file.

    Raises:
        NothingProposedError: nothing leads, so that the weights stay.
        CompanyError: there is no folder, or it has weights of its own.
    """
    proposed = {
        row["component"]: row["proposed_weight"]
        for row in read_proposals(settings)
        if row["proposed_weight"] is not None
    }
    if not proposed:
        message = (
            "nothing is proposed: no component is shown to lead to who leaves; all weights stay"
        )
        raise NothingProposedError(message)
    return write_proposed(settings, "health_weights", column="weight", proposed=proposed)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """A component as text, in the order of the columns."""
    return (
        plain_text(row["component"]),
        f"{row['weight']:g}",
        "–" if row["proposed_weight"] is None else f"{row['proposed_weight']:g}",
        _rate(row, "high"),
        _rate(row, "low"),
        format_change(row["adjusted_difference"], "rate"),
        VERDICTS[row["verdict"]],
    )


def _rate(row: dict[str, Any], side: str) -> str:
    """A share with its cases: of a few it says little."""
    if not row[f"{side}_count"]:
        return "–"
    cases = f"{row[f'{side}_left_count']:,} of {row[f'{side}_count']:,}"
    return f"{format_value(row[f'{side}_rate'], 'rate')} ({cases})"


def _told_of_proposal(rows: list[dict[str, Any]]) -> str:
    if any(row["proposed_weight"] is not None for row in rows):
        return "Nothing takes a proposal by itself: `drivewheel health --write` does."
    return "Nothing is proposed: no component is shown to lead to who leaves."


def _told_of_score(readout: dict[str, Any]) -> str:
    """How often who left had the lower score, by either weights."""
    told = (
        f"Of two customers, one of whom left within 90 days, it had the lower score in "
        f"{format_value(readout['standing_auc'], 'rate')} of pairs (by chance 50.0%), "
        f"{readout['left_count']:,} losses in all"
    )
    if readout["verdict"] not in COMPARED:
        return f"{told}."
    return (
        f"{told}; by weights as proposed before in "
        f"{format_value(readout['proposed_auc'], 'rate')} "
        f"({format_change(readout['gain_lower'], 'rate')} to "
        f"{format_change(readout['gain_upper'], 'rate')}): {COMPARED[readout['verdict']]}."
    )
