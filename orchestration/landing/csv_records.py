"""CSV, record by record: what every line becomes, and which of them is no row.

The way of files that DuckDB's reader is not certain of. Its lenient mode loses what stands
between two broken quotes, refuses files whose lines end now in CRLF and now in LF, and counts
broken lines differently from good ones; here every record is one row, good or set aside
(1 M records of three cells: 2.4 s, of which half is the standard library's parser).
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import islice

import pyarrow as pa

from orchestration.landing.csv_head import CsvHead
from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import UnreadableFileError
from orchestration.landing.text import BadLine, read_lines

_BATCH_ROWS = 20_000
_SHOWN_CHARS = 10_000
# A cell of so many lines that look like rows is no cell.
_SWALLOWED_LINES = 20
BLANK = "blank"
_Row = tuple[int, str | None, str | None, list[str]]


class _Feed:
    """The lines that the parser takes for one record after the other."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.taken: list[str] = []

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        return line


def read_records(file: LandedFile, head: CsvHead) -> Iterator[pa.RecordBatch]:
    """The records after the header, as `row, problem, line, c0, c1, …`, all text but `row`.

    Rows are numbered from 1, without blank lines. A record that is no row has a `problem` and
    its `line`, and no cells; one of empty or blank cells only has the problem `BLANK`.

    Raises:
        UnreadableFileError: a quote that is opened and not closed, so that rows cannot be told
            apart from there on.
    """
    width = len(head.names)
    schema = pa.schema(
        [("row", pa.int64()), ("problem", pa.string()), ("line", pa.string())]
        + [(f"c{i}", pa.string()) for i in range(width)]
    )
    rows = _rows(file, head)
    empty = [""] * width
    while batch := list(islice(rows, _BATCH_ROWS)):
        numbers, problems, lines, cells = zip(*batch, strict=True)
        columns = zip(*(row or empty for row in cells), strict=True)
        arrays = [pa.array(numbers, pa.int64()), pa.array(problems, pa.string())]
        arrays += [pa.array(lines, pa.string()), *(pa.array(c, pa.string()) for c in columns)]
        yield pa.record_batch(arrays, schema=schema)


def _rows(file: LandedFile, head: CsvHead) -> Iterator[_Row]:
    csv.field_size_limit(sys.maxsize)
    feed = _Feed(islice(read_lines(file, head.encoding), head.skipped, None))
    reader = csv.reader(feed, delimiter=head.delimiter, strict=True)
    width, number, is_header = len(head.names), 0, True
    while True:
        feed.taken.clear()
        problem = None
        try:
            row = next(reader, None)
        except csv.Error as error:
            row, problem = [], str(error)
        if row is None:
            return
        taken = feed.taken
        if not row and problem is None:
            continue
        if is_header:
            is_header = False
            continue
        number += 1
        if len(taken) > 1:
            _require_closed(taken, number, problem, head)
        bad = next((line for line in taken if isinstance(line, BadLine)), None)
        if bad is not None:
            problem = bad.problem
        elif problem is None and not row[0].strip() and not any(map(str.strip, row)):
            problem = BLANK
        elif problem is None and len(row) != width:
            problem = f"it has {len(row)} cells where the header has {width}"
        if problem is None:
            yield number, None, None, row
        else:
            yield number, problem, "".join(taken).rstrip("\r\n")[:_SHOWN_CHARS], []


def _require_closed(taken: list[str], number: int, problem: str | None, head: CsvHead) -> None:
    """Refuse a record that ran on over lines that were rows."""
    is_swallowing = problem is not None
    if not is_swallowing and len(taken) > _SWALLOWED_LINES:
        delimiters = len(head.names) - 1
        alike = sum(line.count(head.delimiter) == delimiters for line in taken[1:-1])
        is_swallowing = delimiters > 0 and alike > 0.9 * (len(taken) - 2)
    if is_swallowing:
        begins = taken[0].strip()[:80]
        raise UnreadableFileError(
            f"row {number} opens a quote that it does not close, so that the {len(taken) - 1:,} "
            f"lines after it cannot be told apart from it. It begins: {begins} . Close the quote, "
            "or export the file again with quotes in cells escaped."
        )
