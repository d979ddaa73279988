"""Files that are seen whole or not at all, whenever the process that writes them is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write a file beside its place, and put it there in one step; gives the path."""
    partial = path.with_suffix(".partial")
    if isinstance(content, bytes):
        partial.write_bytes(content)
    else:
        partial.write_text(content)
    return partial.replace(path)
