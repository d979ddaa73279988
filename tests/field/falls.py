"""Inputs that loading fell over, each tried on a warehouse of its own without a refresh.

They are too odd to keep as files, and small enough to be made in a moment.
"""

from __future__ import annotations

import re
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import FrameType

import duckdb

from orchestration.landing.ledger import FileResult
from orchestration.landing.loader import unknown_folders
from tests.field.case import NEXT_STEP, REFUSED, RIGHT, WRONG, Answer
from tests.landing.conftest import Shop

SECONDS = 120
NOW = datetime(2026, 4, 1, 6)


class Bench(Shop):
    """A landing folder and a warehouse, and words for what became of files."""

    def fates(self) -> str:
        """What a load makes of every file, and what else is told of the folder."""
        results = self.load(NOW).files
        contracts = {(self.contract.source, self.contract.name): self.contract}
        told = [self.fate(result) for result in results]
        return "; ".join([*told, *unknown_folders(self.landing, contracts)]) or "skipped"

    def fate(self, result: FileResult) -> str:
        """One file's: its status, rows, and why rows were set aside."""
        name = Path(result.path).name.encode(errors="backslashreplace").decode()
        if result.status == "failed":
            return f"{name} failed: {result.reason}"
        reasons = self.connection.execute(
            "select distinct reason from raw_shop.payment__rejected where _load_id = ?",
            [result.load_id],
        ).fetchall()
        rejected = f", {result.rows_rejected} rejected ({reasons[0][0]})" if reasons else ""
        note = f", noted: {result.reason}" if result.reason else ""
        return f"{name} {result.status} {result.rows_loaded} rows{rejected}{note}"

    def fate_of(self, name: str, content: str | bytes) -> str:
        """Of one file alone."""
        self.put(name, content)
        return self.fates()

    def only(self, *columns: str) -> None:
        """Leave these columns in the contract."""
        kept = tuple(c for c in self.contract.columns if c.name in columns)
        self.contract = replace(self.contract, columns=kept, event_time=None)


@dataclass(frozen=True)
class Fall:
    """An input: how it is made and loaded, and the answers that are right.

    `right` is a pattern of the whole answer. So is `refused`, for answers that refuse the file
    or the row by name.
    """

    name: str
    make: Callable[[Bench], str]
    right: str = ""
    refused: str = ""
    wanted: str = ""


def try_falls(falls: tuple[Fall, ...], *, only: str = "") -> Iterator[Answer]:
    """Try one after the other; what one of them raises is its answer."""
    for fall in falls:
        if re.search(only, fall.name):
            yield _try(fall)


def _try(fall: Fall) -> Answer:
    with tempfile.TemporaryDirectory(prefix="drivewheel-fall-") as folder:
        landing = Path(folder, "landing")
        landing.mkdir()
        try:
            with duckdb.connect(f"{folder}/warehouse.duckdb") as connection, _at_most(SECONDS):
                got = fall.make(Bench(connection, landing))
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(last.filename).name}:{last.lineno}"
            got = f"loading ended with {type(error).__name__} at {place}: {error}"
    verdict = WRONG
    if fall.right and re.fullmatch(fall.right, got, re.S):
        verdict = RIGHT
    elif fall.refused and re.fullmatch(fall.refused, got, re.S) and re.search(NEXT_STEP, got):
        verdict = REFUSED
    return Answer(f"fall: {fall.name}", "", got, fall.wanted, verdict)


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """Raise where it takes longer: a fifo is read for ever."""

    def give_up(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not over after {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
