"""A plugin of pytest: tests of a planted bug begin with the warehouses of the code without it.

Only the models that the bug reaches are built again, each from what it reads. Nothing is kept
of a company that is landed or loaded otherwise.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestration.settings import Settings
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.publications import record_publication
from orchestration.warehouse.publish import publish
from tests import warehouse

MANIFEST, WAREHOUSE = "manifest.json", "warehouse.duckdb"
# What a bug reaches, where it is no selection of dbt's.
EVERYTHING, NOTHING = "everything", "nothing"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where warehouses are kept, and what the bug reaches."""
    parser.addoption("--kept", type=Path, required=True)
    parser.addoption("--reaches", default="", help="without it, what is built is kept")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before any conftest takes `build_home` by its name."""
    options = early_config.known_args_namespace
    warehouse.build_home = KeptBuild(options.kept, options.reaches)


class KeptBuild:
    """`tests.warehouse.build_home`, which builds a landing once."""

    def __init__(self, kept: Path, reaches: str) -> None:
        """The folder exists."""
        self.kept, self.reaches = kept, reaches
        self.build_home = warehouse.build_home

    def __call__(
        self,
        home: Path,
        *,
        select: str | None = None,
        as_of: dt.date | None = None,
        is_published: bool = False,
        is_tested: bool = True,
        **unlike_others: Any,
    ) -> Settings:
        """Build a home, from the kept warehouse of its landing where there is one."""
        settings = Settings(home=home, landing=home / "landing", as_of=as_of, _env_file=None)
        is_kept = not (select or unlike_others or settings.warehouse_path.exists())
        if not is_kept or self.reaches == EVERYTHING:
            return self.build_home(
                home,
                select=select,
                as_of=as_of,
                is_published=is_published,
                is_tested=is_tested,
                **unlike_others,
            )
        known = self.kept / _fingerprint(settings.landing_dir, as_of)
        # Who needs the same warehouse at the same time waits for the first to have built it.
        with known.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            is_known = known.exists()
            if not is_known:
                self.build_home(home, as_of=as_of, is_tested=is_tested)
                if self.reaches == "":
                    self._keep(settings, known)
        if is_known:
            shutil.copytree(known, settings.home_dir, dirs_exist_ok=True)
            self._build_again(settings)
        if is_published:
            with open_warehouse(settings) as connection:
                [[build_id]] = connection.execute(
                    "select build_id from raw_meta.runs order by started_at desc limit 1"
                ).fetchall()
                publish(connection, settings, build_id)
                record_publication(connection, build_id, now=dt.datetime.now(dt.UTC))
        return settings

    def _build_again(self, settings: Settings) -> None:
        if self.reaches in ("", NOTHING):
            return
        arguments = ["--full-refresh", "--state", str(self.kept)]
        arguments += ["--exclude-resource-type", "unit_test", "--select", *self.reaches.split()]
        warehouse.run_dbt(settings, "build", *arguments)

    def _keep(self, settings: Settings, known: Path) -> None:
        partial = known.with_suffix(".partial")
        shutil.copytree(settings.target_dir, partial / settings.target_dir.name)
        shutil.copyfile(settings.warehouse_path, partial / settings.warehouse_path.name)
        partial.replace(known)
        shutil.copyfile(settings.target_dir / MANIFEST, self.kept / MANIFEST)


def _fingerprint(landing: Path, as_of: dt.date | None) -> str:
    """Of the files and the day; equal landings give equal warehouses."""
    digest = hashlib.sha256(str(as_of).encode())
    for path in sorted(p for p in landing.rglob("*") if p.is_file()):
        digest.update(path.relative_to(landing).as_posix().encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def ask_unit_tests(kept: Path, home: Path, select: str) -> str:
    """Run dbt's unit tests on the smallest kept warehouse: they read its columns, not its rows."""
    known = sorted(kept.glob(f"*/{WAREHOUSE}"), key=lambda path: path.stat().st_size)
    if not known:
        raise LookupError(f"{kept}: no warehouse is kept yet; run without --trusted")
    settings = Settings(home=home, _env_file=None)
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(known[0], settings.warehouse_path)
    try:
        said = warehouse.run_dbt(settings, "test", "--select", select)
    finally:
        shutil.rmtree(home)
    if "PASS=" not in said or "PASS=0" in said:
        raise LookupError(f"{select}: dbt knows no such unit test")
    return said


if __name__ == "__main__":
    try:
        print(ask_unit_tests(*map(Path, sys.argv[1:3]), sys.argv[3]))
    except warehouse.BuildError as error:
        raise SystemExit(str(error)) from error
    except LookupError as error:
        print(error)
        raise SystemExit(2) from error
