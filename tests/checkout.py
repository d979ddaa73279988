"""Copies of the checkout, to be changed and run."""

from __future__ import annotations

import shutil
from pathlib import Path

from orchestration.settings import PROJECT_DIR

NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".drivewheel", "target", "logs", ".*_cache")


def copy_checkout(folder: Path) -> None:
    """Copy the project to a folder that is not there yet, without what it has made."""
    shutil.copytree(PROJECT_DIR, folder, ignore=NOT_COPIED)
