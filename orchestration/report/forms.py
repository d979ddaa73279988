"""In which form a command says what it found: on the terminal, as JSON, as CSV, or as a page."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from orchestration.options import echo_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orchestration.settings import Settings

Command = TypeVar("Command", bound="Callable[..., object]")
_OPTIONS = {
    "json": "Print it as JSON, for a program.",
    "csv": "Print its rows as CSV, with all columns, for a spreadsheet.",
    "html": "Print its page as one file that can be sent.",
}
# What makes a spreadsheet compute a cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def in_forms(*forms: str) -> Callable[[Command], Command]:
    """Options of a command by which it says what it found otherwise than on the terminal.

    The command takes `form`, None for the terminal; the last one that is given holds.
    """

    def add(command: Command) -> Command:
        for form in reversed(forms):
            option = click.option(f"--{form}", "form", flag_value=form, help=_OPTIONS[form])
            command = option(command)
        return command

    return add


def say(
    form: str | None,
    found: Sequence[Any] | Mapping[str, Any],
    *,
    show: Callable[[], object],
    settings: Settings,
    page: str | None = None,
) -> None:
    """Say what was found.

    Args:
        form: One of those that the command has; None: the terminal.
        found: Rows, or something that holds some; a list where `--csv` is offered.
        show: Prints it on the terminal.
        settings: Whose pages, for `--html`.
        page: The address of the page that shows it.
    """
    if form == "json":
        echo_json(found)
    elif form == "csv" and not isinstance(found, Mapping):
        write_csv(found)
    elif form == "html" and page is not None:
        from orchestration.pages.alone import render_alone

        click.echo(render_alone(settings, page))
    else:
        show()


def write_csv(rows: Sequence[Any]) -> None:
    """Rows with all columns; lists and what they hold as JSON, nothing as nothing."""
    if not rows:
        return
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: cell_of(value) for name, value in row.items()})


def cell_of(value: object) -> object:
    """What stands in a cell; text as a spreadsheet shows it, and does not compute it."""
    if isinstance(value, list | dict):
        return json.dumps(value, default=str, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
