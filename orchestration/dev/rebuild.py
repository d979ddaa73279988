"""Build what was changed on a copy of a home, and see which metrics moved.

The copy lies in `<home>/dev` and is taken anew when the home has been built again. dbt skips
what did not change (decisions, H4b), so the cost is that of the change; nothing is loaded,
checked by gates or published, and the home itself is only read. What descends from the values of
metrics (breaches, steps, scorecards) is built when these have been told; lineage is not followed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.company.folder import read_company, read_declared
from orchestration.landing.manifest import ensure_meta
from orchestration.landing.tables import ensure_tables
from orchestration.settings import PROJECT_DIR, environment_of_children
from orchestration.warehouse.compare import MovedValue, compare_values
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.dbt_ahead import take
from orchestration.warehouse.dbt_process import PARSE_FIRST, WHAT_CHANGED
from orchestration.warehouse.dbt_project import (
    GROWING,
    KEPT,
    BrokenNode,
    DbtParseError,
    bring_parsed,
    broken_nodes,
    prepare_environment,
)
from orchestration.warehouse.lock import hold_warehouse
from orchestration.warehouse.skip import FILE as BUILT_NODES
from orchestration.warehouse.skip import UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestration.settings import Settings

COPY = "dev"
VALUES = "metric_values"
# They read all that was compiled and loaded, and no number follows from them, so they are not
# built. What hangs on them is of before the change, and nothing is asked of it.
LINEAGE = ("int_lineage__steps+", "int_lineage__staged_rows+")
STAMP = "copied_from"
# What a build of the copy begins with, beside the warehouse.
_ARTIFACTS = (*KEPT, *GROWING, "parsed_from", BUILT_NODES)


class NothingBuiltError(Exception):
    """The home has no warehouse to be copied."""


@dataclass(frozen=True)
class Rebuilt:
    """What was built anew on the copy: models and tables, by name, and what failed."""

    built: tuple[str, ...]
    skipped_count: int
    broken: tuple[BrokenNode, ...]


class Rebuild:
    """A build of what changed since the copy was built last, in two steps."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is copied or built yet."""
        self.settings = settings
        self.copy = settings.model_copy(
            update={
                "home": settings.home_dir / COPY,
                "landing": settings.landing_dir,
                "company": settings.company_dir,
            }
        )

    @contextmanager
    def begin(self, *, on_progress: Callable[[str], None]) -> Iterator[Rebuild]:
        """Hold the home while the copy is taken and built.

        Raises:
            NothingBuiltError: the home has never been built.
        """
        if not self.settings.warehouse_path.exists():
            raise NothingBuiltError(
                f"{self.settings.home_dir}: nothing is built yet; run `drivewheel run` first"
            )
        with hold_warehouse(self.settings, holder="drivewheel dev run", on_wait=on_progress):
            if _bring(self.settings, self.copy):
                on_progress(f"copied {self.settings.warehouse_path} to {self.copy.warehouse_path}")
            self._ensure_raw_tables()
            yield self

    def _ensure_raw_tables(self) -> None:
        """A source that was declared since the last load has delivered nothing yet."""
        with open_warehouse(self.copy) as connection:
            ensure_meta(connection)
            contracts = read_declared(self.copy).contracts.values()
            ensure_tables(connection, contracts, is_loading=False)

    def build_values(self) -> Rebuilt:
        """Build everything through the values of metrics.

        Raises:
            DbtParseError, CompanyError: the project or the company's folder cannot be used.
        """
        return self._build(until=VALUES)

    def moved(self) -> tuple[MovedValue, ...]:
        """The values of metrics that are others than the home's."""
        return compare_values(self.settings.warehouse_path, self.copy.warehouse_path)

    def build_rest(self) -> Rebuilt:
        """Build what descends from the values of metrics."""
        return self._build()

    def _build(self, *, until: str = "") -> Rebuilt:
        """What dbt says of it is in its results; a project that changed is parsed by the way."""
        is_parsed = bring_parsed(self.copy)
        prepare_environment(self.copy)
        # A company that lies in the landing folder does not lie in the copy.
        os.environ.update(environment_of_children(self.copy))
        said = _run_dbt(
            *([] if is_parsed else [PARSE_FIRST]),
            *("--quiet", "build", "--exclude-resource-type", "unit_test", "test"),
            *("--exclude", " ".join(LINEAGE)),
            f"{WHAT_CHANGED}{until}",
        )
        path = self.copy.target_dir / "run_results.json"
        if not bring_parsed(self.copy) or not path.exists():
            said = read_company(self.copy).told(said)
            raise DbtParseError(f"dbt built nothing:\n{said}")
        results = json.loads(path.read_text())["results"]
        told = {each["unique_id"].split(".")[2]: str(each["message"]) for each in results}
        skipped = {name for name, message in told.items() if message.endswith(UNCHANGED)}
        return Rebuilt(
            built=tuple(name for name in told if name not in skipped),
            skipped_count=len(skipped),
            broken=tuple(broken_nodes(self.copy)),
        )


def _run_dbt(*arguments: str) -> str:
    """Run dbt to its end, in the process that was started ahead if there is one; what it said."""
    process = take(arguments)
    if process is not None and process.stdout is not None:
        with process:
            return process.stdout.read().decode(errors="replace")
    return subprocess.run(
        [sys.executable, "-m", "orchestration.warehouse.dbt_process", *arguments],
        cwd=PROJECT_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    ).stdout


def _bring(settings: Settings, copy: Settings) -> bool:
    """Whether the home was copied: it has been built since it was copied last."""
    status = settings.warehouse_path.stat()
    stamp, state = copy.home_dir / STAMP, f"{status.st_size} {status.st_mtime_ns}"
    if stamp.exists() and stamp.read_text() == state:
        return False
    shutil.rmtree(copy.home_dir, ignore_errors=True)
    copy.target_dir.mkdir(parents=True)
    shutil.copy2(settings.warehouse_path, copy.warehouse_path)
    for pattern in _ARTIFACTS:
        for file in settings.target_dir.glob(pattern):
            shutil.copy2(file, copy.target_dir / file.name)
    stamp.write_text(state)
    return True
