"""Which column of a file is which declared column. By name; case and blanks do not count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.landing.contract import Column, ObjectContract
from orchestration.landing.errors import UnreadableFileError
from orchestration.landing.sql import identifier, literal

_NAMED = 40


@dataclass(frozen=True)
class FileColumn:
    """A column of a file: its name there, and how SQL refers to it."""

    name: str
    ref: str
    data_type: str = "VARCHAR"
    sample: str | None = None


@dataclass(frozen=True)
class Match:
    """A file's columns against its contract; `pairs` follows the contract's order."""

    pairs: tuple[tuple[Column, FileColumn | None], ...]
    unknown: tuple[FileColumn, ...]

    @property
    def found(self) -> list[tuple[Column, FileColumn]]:
        """The declared columns that the file has."""
        return [(column, cell) for column, cell in self.pairs if cell is not None]

    @property
    def missing(self) -> list[str]:
        """Names of the declared columns that the file lacks."""
        return [column.name for column, cell in self.pairs if cell is None]

    @property
    def unknown_names(self) -> list[str]:
        """The file's columns that nobody declared."""
        return [cell.name for cell in self.unknown]


class MissingColumnsError(UnreadableFileError):
    """A file without columns that its object cannot do without; `match` has what it has."""

    def __init__(self, message: str, match: Match) -> None:
        super().__init__(message)
        self.match = match


def match_columns(contract: ObjectContract, columns: Sequence[FileColumn]) -> Match:
    """Pair declared columns with the file's; of two that are alike the first counts.

    An exact spelling wins over another case, and that over blanks and signs between words
    (`Subscription ID` is `subscription_id`). What is left over is unknown.

    Raises:
        MissingColumnsError: a column of the primary key, or a required one, is absent; or
            nothing but the key is there, and columns that are not known.
    """
    exact = {cell.name: cell for cell in reversed(columns)}
    folded = {cell.name.lower(): cell for cell in reversed(columns)}
    plain = {_plain(cell.name): cell for cell in reversed(columns)}
    pairs = tuple(
        (
            column,
            exact.get(column.name)
            or folded.get(column.name.lower())
            or plain.get(_plain(column.name)),
        )
        for column in contract.columns
    )
    taken = {id(cell) for _, cell in pairs if cell is not None}
    match = Match(pairs=pairs, unknown=tuple(c for c in columns if id(c) not in taken))
    absent = [
        column.name for column, cell in pairs if cell is None and (column.required or column.needed)
    ]
    if absent:
        has = ", ".join(cell.name for cell in columns[:_NAMED]) or "none"
        raise MissingColumnsError(
            f"the file has no column {', '.join(absent)} (required). Its columns are: {has}. "
            "Export it with that column and a header line of the declared names.",
            match,
        )
    _require_content(contract, match)
    return match


def say_columns(declared: int, missing: int, unknown: Sequence[str]) -> str:
    """How much of a contract a file has: `3 of 22 declared columns found; not read: …`."""
    found = f"{declared - missing} of {declared} declared columns found"
    if not unknown:
        return found
    named = ", ".join(unknown[:_NAMED])
    more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    return f"{found}; not read: {named}{more}"


def looks_like_header(contract: ObjectContract, cells: Sequence[str]) -> bool:
    """Whether a row of a file holds names of declared columns."""
    declared = {_plain(column.name) for column in contract.columns}
    return len(declared & {_plain(cell) for cell in cells}) >= min(2, len(declared))


def _require_content(contract: ObjectContract, match: Match) -> None:
    """Refuse a file that has a key, and says nothing that anybody reads of what it is of."""
    keys = {*contract.primary_key, contract.version_by}
    is_said = any(column.name not in keys for column, _ in match.found)
    if is_said or not match.unknown or keys >= {column.name for column in contract.columns}:
        return
    told = say_columns(len(match.pairs), len(match.missing), match.unknown_names)
    raise MissingColumnsError(
        f"the file says nothing but {', '.join(contract.primary_key)}: {told}. The declared "
        f"columns are: {', '.join(match.missing[:_NAMED])}. Export it with these names in the "
        "header line.",
        match,
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def extra_object(cells: Sequence[FileColumn]) -> str:
    """SQL: a JSON object of the cells that are not NULL, NULL when none is left."""
    if not cells:
        return "cast(null as json)"
    members = ", ".join(f"{literal(cell.name)}, {cell.ref}" for cell in cells)
    return f"nullif(json_merge_patch('{{}}', json_object({members})), '{{}}')"


def raw_columns(contract: ObjectContract) -> str:
    """SQL: the raw table's columns, declared ones first, in the order of insertion."""
    names = [identifier(column.name) for column in contract.columns]
    return ", ".join([*names, "_extra", "_file", "_file_row", "_load_id", "_loaded_at"])
