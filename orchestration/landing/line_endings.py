"""CSV files whose lines end now in CRLF, now in LF: an export that somebody edited by hand.

DuckDB 2.0 refuses them as a whole ("state machine reached an invalid state"), and its
lenient mode merges rows with broken quotes in silence. So such a file, and only such a
one, is read from a copy with one kind of line ending. Line breaks inside quoted cells
become LF too.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import pyarrow as pa

from orchestration.landing.discover import LandedFile

REFUSAL = "state machine reached an invalid state"
_CHUNK_BYTES = 4 * 1024**2


@contextmanager
def with_one_line_ending(file: LandedFile) -> Iterator[LandedFile]:
    """The file as an uncompressed copy whose lines end in LF."""
    with TemporaryDirectory(prefix="drivewheel-") as folder:
        copy = Path(folder) / "copy.csv"
        with open_bytes(file) as source, copy.open("wb") as target:
            held = b""
            while chunk := source.read(_CHUNK_BYTES):
                chunk = held + chunk
                held = b"\r" if chunk.endswith(b"\r") else b""
                target.write(chunk.removesuffix(held).replace(b"\r\n", b"\n"))
            target.write(held)
        yield replace(file, absolute=copy, compression=None)


def open_bytes(file: LandedFile) -> IO[bytes] | gzip.GzipFile:
    """The file's bytes, decompressed."""
    if file.compression == "zstd":
        stream: IO[bytes] = pa.input_stream(str(file.absolute), compression="zstd")
        return stream
    if file.compression == "gzip":
        return gzip.open(file.absolute)
    return file.absolute.open("rb")
