"""Tables on a terminal that lose no digit, however narrow it is.

A table that fits is a table. Where it does not, what is named as dispensable goes first; then its
rows are told one after the other, each figure beside its name. Nothing is cut off with dots, and
what is not a terminal (a pipe, a file) is as wide as the table needs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# As wide as any table of ours is, where nobody looks at its edge.
PIPED_WIDTH = 200
# Between two columns, and at the edges of a table in this box.
GAP, EDGES = 2, 2
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Column:
    """A column: a figure, or text; text that can be done without goes where it is too narrow."""

    name: str
    is_figure: bool = False
    is_dispensable: bool = False


@dataclass(frozen=True)
class Row:
    """A row's cells, as marked-up text; a heading stands above others."""

    cells: tuple[str, ...]
    is_heading: bool = False


def open_console(terminal: IO[str] | None = None) -> Console:
    """The console of a report; wider than any table where its output is piped."""
    console = Console(file=terminal, highlight=False)
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return Console(file=terminal, highlight=False, width=PIPED_WIDTH)


def print_table(
    console: Console, columns: Sequence[Column], rows: Sequence[Row], *, title: str | None = None
) -> None:
    """Print rows as a table where it fits, else one after the other."""
    kept = list(range(len(columns)))
    for dispensable in [i for i, column in enumerate(columns) if column.is_dispensable]:
        if not _fits(console, columns, rows, kept):
            kept.remove(dispensable)
    if title:
        console.print(f"[italic]{title}[/]")
    if _fits(console, columns, rows, kept):
        console.print(_table(columns, rows, kept))
        return
    for row in rows:
        name, *cells = (row.cells[i] for i in kept)
        named = zip((columns[i].name for i in kept[1:]), cells, strict=True)
        said = "  ".join(
            f"{column}{NO_BREAK}{cell}".replace(" ", NO_BREAK) if not row.is_heading else cell
            for column, cell in named
            if cell and Text.from_markup(cell).plain not in ("", "–")
        )
        console.print(f"{name.strip()}  {said}" if row.is_heading else f"{name}\n    {said}")
    console.print()


def _table(columns: Sequence[Column], rows: Sequence[Row], kept: Sequence[int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in (columns[i] for i in kept):
        table.add_column(column.name, justify="right" if column.is_figure else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(row.cells[i] for i in kept))
    return table


def _fits(
    console: Console, columns: Sequence[Column], rows: Sequence[Row], kept: list[int]
) -> bool:
    widths = (
        max(Text.from_markup(text).cell_len for text in (columns[i].name, *_cells(rows, i)))
        for i in kept
    )
    return sum(widths) + GAP * (len(kept) - 1) + EDGES <= console.width


def _cells(rows: Sequence[Row], column: int) -> Iterator[str]:
    return (row.cells[column] for row in rows)
