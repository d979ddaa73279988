"""One run at a time: a file lock that the whole run holds.

The lock is the kernel's, so a killed run leaves none behind. The file says who holds it.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orchestration.settings import Settings

POLL_SECONDS = 0.2


class LockedError(Exception):
    """Another run holds the warehouse; the message says which, and what to do."""


@contextmanager
def hold_warehouse(
    settings: Settings, *, holder: str, on_wait: Callable[[str], None]
) -> Iterator[None]:
    """Hold the lock, with the warehouse file free: the dbt of a killed run outlives it.

    Raises:
        LockedError: after the time-out of the settings.
    """
    with hold_lock(
        settings.lock_path,
        holder=holder,
        timeout_seconds=settings.lock_timeout_seconds,
        on_wait=on_wait,
    ):
        _wait_for_file(
            settings.warehouse_path,
            timeout_seconds=settings.lock_timeout_seconds,
            on_wait=on_wait,
        )
        yield


def _wait_for_file(path: Path, *, timeout_seconds: float, on_wait: Callable[[str], None]) -> None:
    """Wait until no other process has the warehouse open."""
    deadline = time.monotonic() + timeout_seconds
    has_told = False
    while path.exists():
        try:
            duckdb.connect(str(path)).close()
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise
            if time.monotonic() >= deadline:
                message = (
                    f"{path}: another process has had it open for more than "
                    f"{timeout_seconds:.0f} s; end it, and run again: {error}"
                )
                raise LockedError(message) from None
            if not has_told:
                on_wait(f"waiting for another process to close {path.name}: {error}")
                has_told = True
            time.sleep(POLL_SECONDS)
        else:
            return


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
