"""Which column of a file is which declared column. By name; case does not count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.landing.contract import Column, ObjectContract
from orchestration.landing.errors import UnreadableFileError
from orchestration.landing.sql import identifier, literal


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


def match_columns(contract: ObjectContract, columns: Sequence[FileColumn]) -> Match:
    """Pair declared columns with the file's; of two that differ in case the first counts.

    An exact spelling wins over another case. What is left over is unknown.

    Raises:
        UnreadableFileError: a column of the primary key, or a required one, is absent.
    """
    exact = {cell.name: cell for cell in reversed(columns)}
    folded = {cell.name.lower(): cell for cell in reversed(columns)}
    pairs = tuple(
        (column, exact.get(column.name) or folded.get(column.name.lower()))
        for column in contract.columns
    )
    absent = [column.name for column, cell in pairs if cell is None and column.required]
    if absent:
        has = ", ".join(cell.name for cell in columns[:40]) or "none"
        raise UnreadableFileError(
            f"the file has no column {', '.join(absent)} (required). Its columns are: {has}. "
            "Export it with that column and a header line of the declared names."
        )
    taken = {id(cell) for _, cell in pairs if cell is not None}
    return Match(pairs=pairs, unknown=tuple(c for c in columns if id(c) not in taken))


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
