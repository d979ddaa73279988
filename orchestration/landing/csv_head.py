"""The first lines of a CSV file: its delimiter, its header and a sample of its values.

DuckDB's own sniffer is not used: it may skip leading rows that it takes for notes, and it
costs more than a small file's load.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import duckdb

from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import UnreadableFileError
from orchestration.landing.text_head import read_text_head

_SAMPLE_ROWS = 20
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class CsvHead:
    """Names (unique, in file order), the longest of the first values, and how to read on."""

    names: tuple[str, ...]
    samples: tuple[str | None, ...]
    delimiter: str
    encoding: str


def read_head(connection: duckdb.DuckDBPyConnection, file: LandedFile) -> CsvHead | None:
    """The head of a CSV file; None when the file holds nothing at all.

    Raises:
        UnreadableFileError: the compressed file is damaged.
    """
    text, encoding = read_text_head(connection, file)
    if not text.strip():
        return None
    first_line = text.lstrip("\r\n").splitlines()[0]
    delimiter = max(_DELIMITERS, key=lambda mark: _unquoted(first_line, mark))
    rows = list(_parse(text, delimiter))
    header, samples = rows[0], rows[1 : _SAMPLE_ROWS + 1]
    return CsvHead(
        names=_unique([name.strip() for name in header]),
        samples=tuple(
            max((row[i] for row in samples if len(row) > i), key=len, default=None)
            for i in range(len(header))
        ),
        delimiter=delimiter,
        encoding=encoding,
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
