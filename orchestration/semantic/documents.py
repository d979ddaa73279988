"""dbt's JSON documents, read once by a process: a build asks for the manifest a dozen times."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def read_document(path: Path) -> Any:  # noqa: ANN401 - whatever the document holds
    """What a JSON file holds as it is now; to be read, never changed.

    Raises:
        FileNotFoundError: where there is none.
    """
    return _read(path, path.stat().st_mtime_ns)


def reached(edges: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    """Some nodes and all that edges lead to from them: the manifest's parent or child map."""
    seen: set[str] = set()
    pending = [*starts]
    while pending:
        key = pending.pop()
        if key not in seen:
            seen.add(key)
            pending += edges.get(key, [])
    return seen


@lru_cache(maxsize=8)
def _read(path: Path, _: int) -> Any:  # noqa: ANN401
    return json.loads(path.read_text())
