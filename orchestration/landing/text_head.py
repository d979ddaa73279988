"""The first characters of a text file, decompressed and decoded."""

from __future__ import annotations

import gzip

import duckdb

from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import UnreadableFileError
from orchestration.landing.sql import path_literal

_HEAD_BYTES = 64 * 1024
_ZSTD_LINES = 21
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_text_head(connection: duckdb.DuckDBPyConnection, file: LandedFile) -> tuple[str, str]:
    """The beginning of a file and its encoding (`utf-8`, or `utf-16` when it says so).

    Raises:
        UnreadableFileError: the compressed file is damaged.
    """
    if file.compression == "zstd":
        # The standard library reads no zstd before Python 3.14; DuckDB does.
        lines = connection.execute(
            f"select line from read_csv({path_literal(file.absolute)}, auto_detect=false, "
            "header=false, delim='\\x01', quote='', escape='', compression='zstd', "
            f"columns={{'line': 'varchar'}}) limit {_ZSTD_LINES}"
        ).fetchall()
        return "\n".join(line or "" for (line,) in lines), "utf-8"
    try:
        with gzip.open(file.absolute) if file.compression else file.absolute.open("rb") as handle:
            head = handle.read(_HEAD_BYTES)
    except (OSError, EOFError) as error:
        raise UnreadableFileError(
            f"cannot be decompressed: {error}. Deliver the file again."
        ) from error
    if head.startswith(_UTF16_MARKS):
        return head.decode("utf-16", errors="replace"), "utf-16"
    return head.decode("utf-8-sig", errors="replace"), "utf-8"
