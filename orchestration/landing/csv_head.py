"""The first lines of a CSV file: its delimiter, its header and a sample of its values.

DuckDB's own sniffer is not used: it may skip leading rows that it takes for notes, and it
costs more than a small file's load.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import UnreadableFileError
from orchestration.landing.text import read_text_head

_SAMPLE_ROWS = 20
_DELIMITERS = ",;\t|"
# Excel writes into the first line which delimiter the others have.
_SAID = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)


@dataclass(frozen=True)
class CsvHead:
    """How a CSV file begins, and how to read on.

    Attributes:
        names: Unique, in file order.
        samples: The longest of the first values of each column.
        delimiter: One character.
        encoding: As `read_text_head` says it.
        skipped: Lines before the header.
        rows: The first rows as they stand, the header among them.
    """

    names: tuple[str, ...]
    samples: tuple[str | None, ...]
    delimiter: str
    encoding: str
    skipped: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def read_head(file: LandedFile) -> CsvHead | None:
    """The head of a CSV file; None when the file holds nothing at all.

    Raises:
        UnreadableFileError: the compressed file is damaged.
    """
    text, encoding = read_text_head(file)
    said = _SAID.match(text)
    body = text[said.end() :] if said else text
    if not body.strip():
        return None
    first_line = body.lstrip("\r\n").splitlines()[0]
    delimiter = said[1] if said else max(_DELIMITERS, key=lambda mark: _unquoted(first_line, mark))
    rows = _parse(body, delimiter)
    header, samples = rows[0], rows[1:]
    return CsvHead(
        names=_unique([name.strip() for name in header]),
        samples=tuple(
            max((row[i] for row in samples if len(row) > i), key=len, default=None)
            for i in range(len(header))
        ),
        delimiter=delimiter,
        encoding=encoding,
        skipped=1 if said else 0,
        rows=tuple(map(tuple, rows)),
    )


def _parse(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = []
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) > _SAMPLE_ROWS:
                break
    except csv.Error as error:
        if not rows:
            raise UnreadableFileError(
                f'the header line cannot be read: {error}. Quote values with ".'
            ) from error
    return rows


def _unquoted(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: set[str] = set()
    unique = []
    for position, name in enumerate(names, start=1):
        candidate, number = name or f"column_{position}", 2
        while candidate in seen:
            candidate, number = f"{name or 'column'}_{number}", number + 1
        seen.add(candidate)
        unique.append(candidate)
    return tuple(unique)
