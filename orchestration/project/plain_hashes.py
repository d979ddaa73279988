"""Hashes of code without comments and layout, kept by what its files hold byte for byte.

To parse the package takes half a second of CPU, in both processes of a refresh and once more for
each of dbt's threads. What is kept follows from a file's bytes and from what reads them, and from
nothing else: whatever has changed is read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.files import write_whole
from orchestration.project import code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PLAIN: dict[str, Callable[[str], str]] = {".py": code.plain_python, ".sql": code.plain_sql}
# Beyond so many, files of earlier states are dropped with the rest; a state has some 1,000.
_KEPT_HASHES = 8_000


def plain_hashes(files: Sequence[Path], kept: Path) -> list[bytes]:
    """A hash of each file without comments and layout, in their order.

    Args:
        files: SQL and Python; of any other every byte counts.
        kept: Where hashes are kept; it may be missing, broken, or not to be written.
    """
    readers = _state_of_readers()
    known = _read(kept, readers)
    new: dict[str, str] = {}
    hashes = []
    for file in files:
        content = file.read_bytes()
        digest = hashlib.sha256(content).digest()
        plain = _PLAIN.get(file.suffix)
        if plain:
            key = f"{digest.hex()}{file.suffix}"
            found = known.get(key) or new.get(key)
            if found is None:
                found = hashlib.sha256(plain(content.decode()).encode()).hexdigest()
                new[key] = found
            digest = bytes.fromhex(found)
        hashes.append(digest)
    if new:
        left = known if len(known) < _KEPT_HASHES else {}
        # Another process, or a checkout that may not be written to: it is worked out again.
        with contextlib.suppress(OSError):
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_whole(kept, json.dumps({"readers": readers, "hashes": left | new}))
    return hashes


def _state_of_readers() -> str:
    """A hash of what takes comments and layout out: our code, and Python with its parser."""
    ours = Path(code.__file__).read_bytes()
    return hashlib.sha256(ours + sys.version.encode()).hexdigest()


def _read(kept: Path, readers: str) -> dict[str, str]:
    try:
        held = json.loads(kept.read_text())
    except (OSError, ValueError):
        return {}
    is_ours = isinstance(held, dict) and held.get("readers") == readers
    return held["hashes"] if is_ours else {}
