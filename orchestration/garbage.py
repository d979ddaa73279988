"""When Python looks for garbage in processes that import much and end soon."""

from __future__ import annotations

import gc
from typing import NoReturn


def collect_seldom() -> None:
    """Look for garbage, but never in a small build, whose garbage is 30 MB.

    What is there stays to the end and is not looked through. Importing Great Expectations takes
    2.0 s so, and 2.5 s as Python has it.
    """
    gc.freeze()
    gc.set_threshold(500_000, 50, 1000)
    gc.enable()


def leave(code: int) -> NoReturn:
    """End the process with an exit code, without looking for garbage once more.

    The interpreter does so of everything that was imported, for nothing: 1.4 s after a refresh,
    and two thirds of a second after dbt.

    Raises:
        SystemExit: always.
    """
    gc.freeze()
    raise SystemExit(code)
