"""Refreshing groups of cases: landed together, refreshed, and then asked.

A file that gate 1 refuses is withdrawn, as its owner would, so that the rest of the group is
built; what was said of it is kept. A group that is not built for another reason is halved, until
the case that breaks it is alone.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import duckdb

from expectations.runner import tell_row
from orchestration.landing.contract import load_contracts
from orchestration.landing.loader import load_landing
from orchestration.landing.row_rules import quarantine_rows
from orchestration.landing.sql import literal
from orchestration.settings import PROJECT_DIR, Settings
from tests.field.case import Answer, Case, judge

AS_OF = "2026-03-31"
MOST_RUNS = 4
TIMEOUT_SECONDS = 1200
CHECK = re.compile(r"^check \S+ on (\S+) failed$")
# Great Expectations is asked by one thread at a time.
GATE = threading.Lock()
CONTRACTS = cache(lambda: load_contracts(PROJECT_DIR / "dbt_project/models/staging"))


@dataclass
class Outcome:
    """What became of a landing: what was said, of each refused file too."""

    is_published: bool = False
    terminal: str = ""
    refused: dict[str, str] = field(default_factory=dict)


def what_gate_1_says(file: Path, path: str) -> list[str]:
    """Details and rows of the checks that refuse a file, were it delivered alone.

    A check of an object names the first of its files; each file is asked about by itself.
    """
    from expectations.gate_1 import ask

    source, name, _ = path.split("/", 2)
    contracts = {(source, name): CONTRACTS()[source, name]}
    with GATE, tempfile.TemporaryDirectory(prefix="drivewheel-alone-") as folder:
        landing, database = Path(folder, "landing"), Path(folder, "warehouse.duckdb")
        landing.joinpath(source, name).mkdir(parents=True)
        shutil.copyfile(file, landing / path)
        with duckdb.connect(str(database)) as connection:
            load_landing(connection, landing, contracts, now=dt.datetime.now(dt.UTC))
            quarantine_rows(connection, contracts)
            rejected = connection.execute(
                f"select distinct reason from raw_{source}.{name}__rejected order by 1"
            ).fetchall()
        failed = [o for o in ask(database, contracts) if o.refused_loads and not o.passed]
    lines = [line for o in failed for line in (o.detail, *map(tell_row, o.unexpected_rows))]
    return [*lines, *(reason for (reason,) in rejected)] if failed else []


class Lane:
    """A place where groups are refreshed one after the other, at one path.

    dbt parses the project anew for every path; what it parsed there is handed on.
    """

    def __init__(self, folder: Path, cases_dir: Path) -> None:
        """Nothing is written yet."""
        self.folder = folder
        self.home = folder
        self.cases_dir = cases_dir

    def answer(self, cases: Sequence[Case]) -> list[Answer]:
        """Land the cases, refresh, and answer what each of them asks."""
        self.home = self.folder / cases[0].home
        self._clear()
        for case in cases:
            self._land(case)
        outcome = self._refresh()
        if not outcome.is_published and len(cases) > 1:
            middle = len(cases) // 2
            return self.answer(cases[:middle]) + self.answer(cases[middle:])
        return [answer for case in cases for answer in self._ask(case, outcome)]

    def _clear(self) -> None:
        for entry in self.home.iterdir() if self.home.exists() else ():
            if entry.is_dir() and entry.name != "target":
                shutil.rmtree(entry)
            elif entry.is_file():
                entry.unlink()

    def _land(self, case: Case) -> None:
        landing = self.home / "landing"
        for path in self._files(case):
            target = landing / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                raise SystemExit(f"{path}: of {case.name} and of another case of its group")
            if path in case.files:
                target.write_text(case.files[path])
            else:
                shutil.copyfile(self._folder(case) / path, target)

    def _folder(self, case: Case) -> Path:
        return self.cases_dir / (case.folder or "") / "landing"

    def _files(self, case: Case) -> list[str]:
        """Paths below the landing folder."""
        folder = self._folder(case)
        kept = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
        return sorted([*(kept if case.folder else []), *case.files])

    def _refresh(self) -> Outcome:
        """Run until something is published, or nothing is left to decide on."""
        outcome = Outcome()
        for _ in range(MOST_RUNS):
            code, said = self._drivewheel(
                "run", "--landing", f"{self.home}/landing", "--as-of", AS_OF
            )
            outcome.terminal += said
            refused = self._refused(said)
            outcome.refused |= refused
            if code == 0:
                outcome.is_published = True
                return outcome
            silent = {match[1] for line in said.splitlines() if (match := CHECK.match(line))}
            silent -= {path.rpartition("/")[0] for path in refused}
            decided = [
                self._drivewheel("withdraw", path, "--why", "refused")[0] for path in refused
            ]
            decided += [
                self._drivewheel("accept", name, "--why", "known")[0]
                for name in silent
                if "/" in name
            ]
            if not decided or any(decided):
                return outcome
        return outcome

    def _refused(self, said: str) -> dict[str, str]:
        """What is said of each file that gate 1 refused, and what to do about it."""
        remedy = [line for line in said.splitlines() if line.startswith("remedy:")]
        paths = self._rows(
            "select path from raw_meta.files where status in ('failed', 'pending') order by 1"
        )
        refused = {}
        for (path,) in paths:
            named = [line.strip() for line in said.splitlines() if line.strip().startswith(path)]
            lines = what_gate_1_says(self.home / "landing" / path, path) or named
            refused[path] = "; ".join(dict.fromkeys([*lines, *remedy]))
        return refused

    def _rows(self, query: str) -> list[tuple]:
        path = Settings(home=self.home, _env_file=None).warehouse_path
        if not path.exists():
            return []
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def _ask(self, case: Case, outcome: Outcome) -> list[Answer]:
        files = self._files(case)
        refused = {path: text for path, text in outcome.refused.items() if path in files}
        with self._opened(outcome) as connection:
            return [
                judge(
                    case,
                    ask,
                    value=self._value(connection, ask.query, outcome),
                    terminal=outcome.terminal,
                    refused=refused,
                )
                for ask in case.asks
            ]

    def _opened(self, outcome: Outcome) -> duckdb.DuckDBPyConnection:
        """The published file, and the warehouse beside it."""
        settings = Settings(home=self.home, _env_file=None)
        connection = duckdb.connect()
        if settings.warehouse_path.exists():
            connection.execute(
                f"attach {literal(str(settings.warehouse_path))} as warehouse (read_only)"
            )
        if outcome.is_published:
            connection.execute(
                f"attach {literal(str(settings.serving_path))} as published (read_only)"
            )
            connection.execute("use published")
        return connection

    def _value(self, connection: duckdb.DuckDBPyConnection, query: str, outcome: Outcome) -> object:
        if not query:
            return None
        if not outcome.is_published and "warehouse." not in query:
            last = [line for line in outcome.terminal.splitlines() if line.strip()][:-1]
            return RuntimeError(f"nothing was published: {' '.join(last[-4:])}")
        try:
            row = connection.execute(query).fetchone()
        except duckdb.Error as error:
            return error
        return row[0] if row else None

    def _drivewheel(self, command: str, *arguments: str) -> tuple[int, str]:
        """Exit code and terminal of a command on this home."""
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration", command, "--home", str(self.home), *arguments],
            cwd=PROJECT_DIR,
            env={k: v for k, v in os.environ.items() if not k.startswith("DRIVEWHEEL_")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            said, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return 1, f"not over after {TIMEOUT_SECONDS} s\n"
        return process.returncode, said
