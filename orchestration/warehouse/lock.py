"""One run at a time: a file lock that the whole run holds.

The lock is the kernel's, so a killed run leaves none behind. The file says who holds it.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

POLL_SECONDS = 0.2


class LockedError(Exception):
    """Another run holds the warehouse; the message says which, and what to do."""


@contextmanager
def hold_lock(
    path: Path,
    *,
    holder: str,
    timeout_seconds: float,
    on_wait: Callable[[str], None],
) -> Iterator[None]:
    """Hold the lock at `path`, waiting for another holder to end.

    Args:
        path: The lock file; created where absent.
        holder: What the file says while the lock is held.
        timeout_seconds: How long to wait.
        on_wait: Told once who holds the lock, when it is not free.

    Raises:
        LockedError: after the time-out.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        deadline = time.monotonic() + timeout_seconds
        has_told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                other = path.read_text().strip() or "another run"
                if time.monotonic() >= deadline:
                    message = (
                        f"{path}: {other} has held the warehouse for more than "
                        f"{timeout_seconds:.0f} s; wait for it, or end it, and run again"
                    )
                    raise LockedError(message) from None
                if not has_told:
                    on_wait(f"waiting for {other} to end")
                    has_told = True
                time.sleep(POLL_SECONDS)
        file.truncate(0)
        file.write(f"{holder} (process {os.getpid()})\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
