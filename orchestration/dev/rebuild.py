"""Build what was changed on a copy of a home, and see which metrics moved.

The copy lies in `<home>/dev` and is taken anew when the home has been built again. dbt skips
what did not change (decisions, H4b), so the cost is that of the change; nothing is loaded,
checked by gates or published, and the home itself is only read.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.settings import PROJECT_DIR
from orchestration.warehouse.compare import MovedValue, compare_values
from orchestration.warehouse.dbt_project import (
    KEPT,
    BrokenNode,
    broken_nodes,
    prepare_environment,
    prepare_manifest,
)
from orchestration.warehouse.lock import hold_warehouse
from orchestration.warehouse.skip import FILE as BUILT_NODES
from orchestration.warehouse.skip import UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestration.settings import Settings

COPY = "dev"
STAMP = "copied_from"
# What a build of the copy begins with, beside the warehouse.
_ARTIFACTS = (*KEPT, "parsed_from", BUILT_NODES)


class NothingBuiltError(Exception):
    """The home has no warehouse to be copied."""


@dataclass(frozen=True)
class Rebuilt:
    """What a change did to a copy: `built` are the models and tables that were built again."""

    copy: Settings
    built: tuple[str, ...]
    skipped_count: int
    broken: tuple[BrokenNode, ...]
    moved: tuple[MovedValue, ...]


def rebuild(settings: Settings, *, on_progress: Callable[[str], None]) -> Rebuilt:
    """Build on the copy what changed since it was built last.

    Raises:
        NothingBuiltError: the home has never been built.
        DbtParseError, CompanyError: the project or the company's folder cannot be used.
    """
    if not settings.warehouse_path.exists():
        raise NothingBuiltError(
            f"{settings.home_dir}: nothing is built yet; run `drivewheel run` first"
        )
    copy = settings.model_copy(
        update={
            "home": settings.home_dir / COPY,
            "landing": settings.landing_dir,
            "company": settings.company_dir,
        }
    )
    with hold_warehouse(settings, holder="drivewheel dev run", on_wait=on_progress):
        if _bring(settings, copy):
            on_progress(f"copied {settings.warehouse_path} to {copy.warehouse_path}")
        prepare_manifest(copy)
        _build(copy)
        results = json.loads((copy.target_dir / "run_results.json").read_text())["results"]
        told = {each["unique_id"].split(".")[2]: str(each["message"]) for each in results}
        skipped = {name for name, message in told.items() if message.endswith(UNCHANGED)}
        return Rebuilt(
            copy=copy,
            built=tuple(name for name in told if name not in skipped),
            skipped_count=len(skipped),
            broken=tuple(broken_nodes(copy)),
            moved=compare_values(settings.warehouse_path, copy.warehouse_path),
        )


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


def _build(copy: Settings) -> None:
    """What dbt says of it is in its results."""
    prepare_environment(copy)
    subprocess.run(
        [
            *(sys.executable, "-m", "orchestration.warehouse.dbt_process", "--quiet", "build"),
            *("--exclude-resource-type", "unit_test", "test"),
        ],
        cwd=PROJECT_DIR,
        stdout=subprocess.DEVNULL,
        check=False,
    )
