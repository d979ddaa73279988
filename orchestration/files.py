"""Files: written whole or not at all, whenever the process is killed; YAML, read quickly."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path


# The safe loader, in C where it is there.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:  # noqa: ANN401 - whatever the document holds
    """What a YAML file holds.

    Raises:
        yaml.YAMLError, UnicodeDecodeError: it is none.
    """
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506


def keep_newest(folder: Path, count: int) -> None:
    """Remove all that a folder holds but the newest; hidden names are still being written."""
    found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for stale in found[count:]:
        shutil.rmtree(stale, ignore_errors=True)


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write a file beside its place, and put it there in one step; gives the path."""
    partial = path.with_suffix(".partial")
    if isinstance(content, bytes):
        partial.write_bytes(content)
    else:
        partial.write_text(content)
    return partial.replace(path)
