"""The tables that people edit: what each may hold, and the rows of a file of one.

What a table holds is declared once, in `seeds/_seeds.yml`: its columns with their types, and
under `config.meta` its `key`, the columns that are `required`, the words that a column may hold
(`values`) and what it must name (`references`: a column of another table, or `metrics`).
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

DECLARATIONS = "_seeds.yml"
COMMENT = "#"


@dataclass(frozen=True)
class Table:
    """What the rows of a table are."""

    name: str
    description: str
    types: Mapping[str, str]
    key: tuple[str, ...]
    required: frozenset[str]
    values: Mapping[str, tuple[str, ...]]
    references: Mapping[str, str]

    @property
    def file_name(self) -> str:
        """The name of its file, in any folder."""
        return f"{self.name}.csv"


@dataclass(frozen=True)
class Row:
    """One row: the number of its line in the file, and its cells as text, empty where unknown."""

    line: int
    cells: Mapping[str, str]


@dataclass
class Content:
    """The rows of one file, and what is wrong with it.

    `is_given` is false where there is nothing but comments: a table that is left out.
    """

    path: Path
    rows: list[Row] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    is_given: bool = True

    def add_fault(self, line: int, reason: str) -> None:
        """Note what is wrong with a row."""
        self.problems.append(f"{self.path}, row {line}: {reason}")


def load_tables(seeds_dir: Path) -> dict[str, Table]:
    """Every table of a folder's `_seeds.yml`, by name."""
    document = read_yaml(seeds_dir / DECLARATIONS)
    return {seed["name"]: _table(seed) for seed in document["seeds"]}


def _table(seed: Mapping[str, Any]) -> Table:
    meta = seed["config"].get("meta", {})
    key = tuple(meta.get("key", ()))
    return Table(
        name=seed["name"],
        description=" ".join(seed["description"].split()),
        types=seed["config"]["column_types"],
        key=key,
        required=frozenset({*meta.get("required", ())}),
        values={name: tuple(words) for name, words in meta.get("values", {}).items()},
        references=meta.get("references", {}),
    )


def read_table(path: Path, table: Table) -> Content:
    """The rows of a file, each checked by itself and against its neighbours.

    Commas or semicolons separate; lines that begin with `#` are comments; names of columns
    match in any case; columns that are left out are empty.
    """
    content = Content(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        content.problems.append(
            f"{path}: is no UTF-8 text; save it as CSV UTF-8 (in a spreadsheet: save as, CSV UTF-8)"
        )
        return content
    lines = [*_lines(text)]
    if not lines:
        content.is_given = False
        return content
    (first, header), *others = lines
    columns = _columns(content, table, first, header)
    if not content.problems:
        for number, cells in others:
            _read_row(content, table, columns, number, cells)
        _check_key(content, table)
    return content


def _lines(text: str) -> Iterable[tuple[int, list[str]]]:
    """Rows that are neither empty nor comments, each with the number of its first line."""
    told = [line for line in text.splitlines() if line.strip() and not line.startswith(COMMENT)]
    delimiter = ";" if told and ";" in told[0] and "," not in told[0] else ","
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith(COMMENT):
            yield begins, cells
        begins = reader.line_num + 1


def _columns(content: Content, table: Table, line: int, header: Sequence[str]) -> list[str]:
    """The declared names of a header's columns."""
    known = {name.lower(): name for name in table.types}
    names = [name.strip().lower() for name in header]
    for name in names:
        if name not in known:
            content.add_fault(line, f"no column is called {name!r}; {nearest(name, table.types)}")
    for name in sorted({name for name in names if names.count(name) > 1}):
        content.add_fault(line, f"two columns are called {name!r}; keep one")
    missing = sorted(table.required - {known.get(name, "") for name in names})
    if missing:
        content.add_fault(line, f"lacks the column {', '.join(missing)}; add it")
    return [known.get(name, name) for name in names]


def nearest(name: str, known: Iterable[str]) -> str:
    """What somebody may have meant, or what there is."""
    names = [*known]
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"


def _read_row(
    content: Content, table: Table, columns: Sequence[str], line: int, found: Sequence[str]
) -> None:
    if len(found) != len(columns):
        content.add_fault(
            line,
            f"has {len(found)} cells for {len(columns)} columns; put a text that holds a comma "
            "in quotes",
        )
        return
    cells = dict.fromkeys(table.types, "")
    for name, cell in zip(columns, found, strict=True):
        cells[name] = cell.strip()
        reason = _wrong(table, name, cells[name])
        if reason:
            content.add_fault(line, reason)
    content.rows.append(Row(line, cells))


def _wrong(table: Table, name: str, cell: str) -> str | None:
    """What is wrong with a cell; None where nothing is."""
    if not cell:
        return f"{name} is empty; fill it in" if name in table.required else None
    read, example = _READERS[table.types[name]]
    try:
        read(cell)
    except ValueError:
        return f"{name} is {cell!r}; write {example}"
    words = table.values.get(name)
    if words and cell not in words:
        return f"{name} is {cell!r}; it is one of {', '.join(words)}"
    return None


def _check_key(content: Content, table: Table) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for row in content.rows:
        if not table.key:
            return
        key = tuple(row.cells[name] for name in table.key)
        if key in seen:
            content.add_fault(
                row.line,
                f"speaks of the same {', '.join(table.key)} as row {seen[key]}; remove one",
            )
        seen.setdefault(key, row.line)


def check_references(contents: Mapping[str, Content], tables: Mapping[str, Table]) -> list[str]:
    """What rows name that is not there: in another table of the company, or as shipped."""
    problems = []
    for name, content in contents.items():
        for column, target in tables[name].references.items():
            if "." not in target:
                continue
            other, other_column = target.split(".")
            known = {row.cells[other_column] for row in contents[other].rows}
            for row in content.rows:
                cell = row.cells[column]
                if cell and cell not in known:
                    problems.append(
                        f"{content.path}, row {row.line}: {column} is {cell!r}, which is no "
                        f"{other_column} of {contents[other].path}; {nearest(cell, known)}"
                    )
    return problems


def _read_number(cell: str) -> None:
    if not math.isfinite(float(cell)):
        raise ValueError(cell)


def _read_truth(cell: str) -> None:
    if cell.lower() not in ("true", "false"):
        raise ValueError(cell)


_READERS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "varchar": (str, "a text"),
    "integer": (int, "a whole number, as 14"),
    "double": (_read_number, "a number with a point, as 0.95"),
    "boolean": (_read_truth, "true or false"),
    "date": (dt.date.fromisoformat, "a day as 2026-06-30"),
    "time": (dt.time.fromisoformat, "a time of day as 09:00"),
}
