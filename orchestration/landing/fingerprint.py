"""One pass over a file's bytes beside its load: what tells versions apart, and how many lines.

A large file is read in a thread beside the load (which leaves a core free: sha256 takes
0.13 s for 160 MB whose load takes 1.5 s). Compressed text is decompressed there too, to its
end: DuckDB 2.0 reads a truncated .zst up to the break without a word, and asks no archive for
its checksum. The lines are counted because DuckDB's CSV reader may lose some in silence: one
of 32 MB, and, in its lenient mode, all that stands between two broken quotes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from orchestration.landing.discover import LandedFile
from orchestration.landing.errors import UnreadableFileError
from orchestration.landing.text import CHUNK_BYTES, read_chunks

_BESIDE_BYTES = 1024**2
_FEED, _RETURN, _QUOTE = 10, 13, 34


@dataclass(frozen=True)
class Fingerprint:
    """A file's sha256, and of a text how its lines lie.

    Attributes:
        sha256: Hex digest of the bytes as they lie in the folder.
        line_count: Lines, blank ones too; None of Parquet.
        has_long_line: Whether one may be longer than a megabyte.
    """

    sha256: str
    line_count: int | None = None
    has_long_line: bool = False


class Fingerprints:
    """Starts the pass over a file; the result is asked for when the rows are in."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def start(self, file: LandedFile) -> Callable[[], Fingerprint]:
        """A function that gives the file's fingerprint when it is ready.

        It raises UnreadableFileError when the file changed since it was listed, or is a
        compressed one that is damaged or cut short.
        """
        if file.size_bytes < _BESIDE_BYTES:
            return lambda: take_fingerprint(file)
        return self._pool.submit(take_fingerprint, file).result


def sha256(path: Path) -> str:
    """Hex digest of the file's bytes; releases the GIL while it reads."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def count_records(file: LandedFile) -> int:
    """Lines that hold anything, of a UTF-8 text in which line feeds within quotes end none."""
    count, is_open, ahead = 0, False, bytes([_FEED, _FEED])
    for chunk in read_chunks(file):
        # The two characters before the chunk stand before it, so that each has some.
        marks = np.frombuffer(ahead + chunk, dtype=np.uint8)
        quotes = np.flatnonzero(marks[2:] == _QUOTE)
        feeds = np.flatnonzero(marks[2:] == _FEED)
        is_outside = (np.searchsorted(quotes, feeds) + is_open) % 2 == 0
        before, two_before = marks[1:-1][feeds], marks[:-2][feeds]
        is_blank = (before == _FEED) | ((before == _RETURN) & (two_before == _FEED))
        count += int(np.count_nonzero(is_outside & ~is_blank))
        is_open = bool((len(quotes) + is_open) % 2)
        ahead = (ahead + chunk)[-2:]
    return count + (not ahead.endswith(b"\n"))


def take_fingerprint(file: LandedFile) -> Fingerprint:
    """Hash a file, and count its lines where it is text, in one pass."""
    if file.format == "parquet":
        fingerprint = Fingerprint(sha256(file.absolute))
    elif file.compression:
        fingerprint = _count(read_chunks(file), sha256(file.absolute))
    else:
        digest = hashlib.sha256()
        fingerprint = _count(_hashed(read_chunks(file), digest), digest)
    status = file.absolute.stat()
    if (status.st_size, status.st_mtime_ns) != (file.size_bytes, file.mtime_ns):
        raise UnreadableFileError(
            "was still being written while it was read. It is tried again in the next run; "
            "write files under another name and rename them when they are whole."
        )
    return fingerprint


def _count(chunks: Iterator[bytes], digest: str | hashlib._Hash) -> Fingerprint:
    count, has_long_line, last = 0, False, b"\n"
    for chunk in chunks:
        feeds = chunk.count(b"\n")
        count += feeds
        # A line that is longer than two chunks has one without a line feed in it.
        has_long_line = has_long_line or (feeds == 0 and len(chunk) == CHUNK_BYTES)
        last = chunk[-1:]
    count += last != b"\n"
    return Fingerprint(
        digest if isinstance(digest, str) else digest.hexdigest(), count, has_long_line
    )


def _hashed(chunks: Iterator[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
