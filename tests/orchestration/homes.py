"""The smallest company, refreshed once per session, and what tests do with copies of it.

Three customers in one spreadsheet of contracts: enough for every layer, and no source but
one. A copy at the path of the original saves dbt's parsing of the project.
"""

from __future__ import annotations

import atexit
import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb

from orchestration.instance import prepare_instance_dir
from orchestration.settings import PROJECT_DIR, Settings
from tests.ready import TIMEOUT_SECONDS, run_drivewheel_in_fork

AS_OF = dt.date(2026, 3, 31)
PERIODS = "contracts/subscription_periods"
HEADER = "subscription_id,customer_id,started_on,ended_on,amount,quantity,interval,currency,status"
# Monthly, ended, and yearly in another currency.
GOOD_ROWS = (
    "s1,c1,2025-10-10,,100,1,month,usd,active",
    "s2,c2,2025-11-01,2026-02-01,50,2,month,usd,active",
    "s3,c3,2025-12-15,,1200,1,year,eur,active",
)


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    terminal: str


@dataclass(frozen=True)
class Home:
    """A home folder, its landing inside."""

    path: Path
    as_of: dt.date | None = AS_OF

    @cached_property
    def settings(self) -> Settings:
        """The settings that its runs see."""
        return Settings(
            home=self.path, landing=self.path / "landing", as_of=self.as_of, _env_file=None
        )

    @property
    def environment(self) -> dict[str, str]:
        """Of a process that shall find this home."""
        day = {"DRIVEWHEEL_AS_OF": str(self.as_of)} if self.as_of else {}
        return (
            os.environ
            | day
            | {
                "DRIVEWHEEL_HOME": str(self.path),
                "DRIVEWHEEL_LOCK_TIMEOUT_SECONDS": "120",
                "DAGSTER_HOME": str(self.path / "dagster"),
            }
        )

    @contextmanager
    def found_by_this_process(self) -> Iterator[None]:
        """Have this process find the home; afterwards its environment is what it was."""
        before = dict(os.environ)
        try:
            os.environ.update(self.environment)
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def land(self, name: str, *rows: str, folder: str = PERIODS, header: str = HEADER) -> Path:
        """Write one landing file."""
        path = self.path / "landing" / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([header, *rows, ""]))
        return path

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start `python -m …` on this home."""
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=PROJECT_DIR,
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A group of its own, so that what it started can be ended with it.
            start_new_session=True,
        )

    def run(self, *arguments: str, **variables: str) -> Ended:
        """Run `python -m …` on this home to its end."""
        process = self.start(*arguments, **variables)
        try:
            terminal, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            process.kill()
        return Ended(process.returncode, terminal)

    def drivewheel(self, *arguments: str, **variables: str) -> Ended:
        """Run `drivewheel …` on this home to its end."""
        return Ended(*run_drivewheel_in_fork(self.environment | variables, *arguments))

    def ask(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a query over the warehouse."""
        with duckdb.connect(str(self.settings.warehouse_path), read_only=True) as connection:
            return connection.execute(query, list(parameters)).fetchall()

    def spoil(self, *statements: str) -> None:
        """Change the warehouse behind everybody's back."""
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            for statement in statements:
                connection.execute(statement)

    @property
    def published(self) -> str | None:
        """The version that readers see; None where there is none."""
        link = self.settings.serving_path
        return link.readlink().parent.name if link.is_symlink() else None

    def published_rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every published table, in order of its rows."""
        with duckdb.connect(str(self.settings.serving_path), read_only=True) as connection:
            return {
                f"{schema}.{table}": connection.execute(
                    f'select * from "{schema}"."{table}" order by all'
                ).fetchall()
                for schema, table in connection.execute(
                    "select schema_name, table_name from duckdb_tables() order by all"
                ).fetchall()
            }

    def copy_to(self, path: Path, *, is_built_again: bool = True) -> Home:
        """The same home elsewhere, in place of whatever is there.

        Without what dbt ran: a thousand small files cost seven times what all the rest does.
        What it compiled is read where lineage is worked out, which is once a build has ended.
        """
        left_out = {"run"} if is_built_again else {"run", "compiled"}

        def ignore(folder: str, names: list[str]) -> set[str]:
            return left_out & {*names} if Path(folder) == self.settings.target_dir else set()

        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.path, path, symlinks=True, ignore=ignore)
        copy = Home(path)
        if copy.settings.dagster_dir.exists():
            prepare_instance_dir(copy.settings)
        return copy


@dataclass(frozen=True)
class Refreshed:
    """The company after its first refresh; `home` is never written to."""

    home: Home
    workplace: Path
    ended: Ended

    def at_work(self) -> Home:
        """A copy at the path where it was built; it replaces the one before."""
        return self.home.copy_to(self.workplace)


@cache
def refresh_company() -> Refreshed:
    """Land the company and run the command line on it, once per session."""
    folder = Path(tempfile.mkdtemp(prefix="drivewheel-company-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # A path with what shells, SQL and URLs take for something else.
    home = Home(folder / "it's 100%20 $HOME höme")
    home.land("periods.csv", *GOOD_ROWS)
    # As its users start it, from nothing.
    ended = home.run("orchestration", "run", DRIVEWHEEL_THREADS="2")
    return Refreshed(home.copy_to(folder / "kept"), home.path, ended)
