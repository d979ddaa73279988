"""What tells one version of a file from another, computed while the file loads.

A large file is hashed in a thread beside the load (which leaves a core free: sha256 takes
0.13 s for 160 MB whose load takes 1.5 s).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from orchestration.landing.discover import LandedFile, sha256
from orchestration.landing.errors import UnreadableFileError
from orchestration.landing.line_endings import open_bytes

_BESIDE_BYTES = 1024**2
_CHUNK_BYTES = 4 * 1024**2


class Fingerprints:
    """Starts the hash of a file; the result is asked for when the rows are in."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def start(self, file: LandedFile) -> Callable[[], str]:
        """A function that gives the file's sha256 when it is ready.

        It raises UnreadableFileError when the file changed since it was listed, or is a
        truncated .zst, which DuckDB 2.0 reads up to the break without a word.
        """
        if file.size_bytes < _BESIDE_BYTES:
            return lambda: _digest(file)
        return self._pool.submit(_digest, file).result


def _digest(file: LandedFile) -> str:
    if file.compression == "zstd":
        _require_whole(file)
    digest = sha256(file.absolute)
    stat = file.absolute.stat()
    if (stat.st_size, stat.st_mtime_ns) != (file.size_bytes, file.mtime_ns):
        raise UnreadableFileError(
            "was still being written while it was read. It is tried again in the next run; "
            "write files under another name and rename them when they are whole."
        )
    return digest


def _require_whole(file: LandedFile) -> None:
    try:
        with open_bytes(file) as stream:
            while stream.read(_CHUNK_BYTES):
                pass
    except OSError as error:
        raise UnreadableFileError(
            f"is damaged or cut short: {error}. Deliver the file again."
        ) from error
