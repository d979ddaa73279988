"""Which files lie in the landing folder. Looks at names and sizes only, never inside.

Layout: `<landing>/<source>/<object>/<file>`. Names that begin with `.`, `_` or `~` are
what tools leave behind (`.DS_Store`, `_SUCCESS`, `~$sheet.xlsx`) and no data.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.landing.contract import ObjectContract
from orchestration.landing.errors import LandingError

FORMATS = ("csv", "parquet", "jsonl", "json")
SMALL_BYTES = 256 * 1024
GROUP_FILES = 256
COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}
_ENDINGS = re.compile(
    rf"([.]({'|'.join(FORMATS)}))?([.]({'|'.join(COMPRESSIONS)}))?$", re.IGNORECASE
)
_DIGITS = 20


@dataclass(frozen=True)
class LandedFile:
    """A file as the folder shows it; `format` is None where the ending is not known."""

    absolute: Path
    path: str
    size_bytes: int
    mtime_ns: int
    format: str | None
    compression: str | None


def require_landing(landing: Path) -> Path:
    """The landing folder, absolute.

    Raises:
        LandingError: it does not exist or is no folder.
    """
    if not landing.is_dir():
        raise LandingError(
            f"{landing}: no such landing folder. Create <landing>/<source>/<object>/ with "
            "files in it, or point DRIVEWHEEL_LANDING at the folder that holds them."
        )
    return landing.resolve()


def list_files(landing: Path, contract: ObjectContract) -> list[LandedFile]:
    """The object's files in the order of their names; none when its folder is absent."""
    folder = landing / contract.source / contract.name
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    files = []
    for entry in sorted(entries, key=lambda entry: entry.name):
        if entry.name.startswith((".", "_", "~")) or not entry.is_file():
            continue
        stat = entry.stat()
        file_format, compression = _kind(entry.name)
        files.append(
            LandedFile(
                absolute=folder / entry.name,
                path=f"{contract.source}/{contract.name}/{entry.name}",
                size_bytes=stat.st_size,
                mtime_ns=stat.st_mtime_ns,
                format=file_format,
                compression=compression,
            )
        )
    return files


def sort_key(path: str) -> str:
    """By what files of an object are put in order: their names as people count.

    Endings do not matter, numbers go by their size, and a name comes before those that it
    begins: `contracts.csv`, `contracts-fixed.csv`, `contracts-v2.csv`, `contracts-v10.csv`.
    """
    stem = _ENDINGS.sub("", path.rsplit("/", 1)[-1])
    return re.sub(r"[0-9]+", lambda digits: digits[0].zfill(_DIGITS), stem)


def groups(files: Iterable[LandedFile]) -> Iterator[tuple[LandedFile, ...]]:
    """Neighbouring small files of one kind together, any other file by itself."""
    together: list[LandedFile] = []
    for file in files:
        small = file.format is not None and file.size_bytes < SMALL_BYTES
        if together and not (
            small
            and len(together) < GROUP_FILES
            and (file.format, file.compression) == (together[0].format, together[0].compression)
        ):
            yield tuple(together)
            together = []
        if small:
            together.append(file)
        else:
            yield (file,)
    if together:
        yield tuple(together)


def unknown_folders(
    landing: Path, contracts: Mapping[tuple[str, str], ObjectContract]
) -> list[str]:
    """What lies in the landing folder and no contract reads, each with its remedy."""
    root = require_landing(landing)
    sources = {source for source, _ in contracts}
    warnings = []
    for source in _visible(root):
        if not source.is_dir():
            warnings.append(
                f"{source.name}: a file outside <source>/<object>/ is not loaded; move it."
            )
        elif source.name not in sources:
            warnings.append(
                f"{source.name}/: no such source. Rename it to one of "
                f"{', '.join(sorted(sources))}, or declare it in dbt_project/models/staging."
            )
        else:
            warnings.extend(_unknown_objects(source, contracts))
    return warnings


def sha256(path: Path) -> str:
    """Hex digest of the file's bytes; releases the GIL while it reads."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _unknown_objects(
    source: Path, contracts: Mapping[tuple[str, str], ObjectContract]
) -> list[str]:
    objects = sorted(name for owner, name in contracts if owner == source.name)
    warnings = []
    for entry in _visible(source):
        name = f"{source.name}/{entry.name}"
        if not entry.is_dir():
            warnings.append(f"{name}: lies beside the objects' folders; move it into one.")
        elif entry.name not in objects:
            warnings.append(
                f"{name}/: no such object. {source.name} has {', '.join(objects)}; rename "
                f"the folder, or declare it in _{source.name}__sources.yml."
            )
        else:
            warnings.extend(
                f"{name}/{below.name}/: folders inside an object's folder are not read; "
                "move the files up."
                for below in _visible(entry)
                if below.is_dir()
            )
    return warnings


def _visible(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith((".", "_", "~")))


def _kind(name: str) -> tuple[str | None, str | None]:
    parts = name.lower().split(".")
    compression = COMPRESSIONS.get(parts[-1])
    ending = parts[-2] if compression and len(parts) > 1 else parts[-1]
    if ending not in FORMATS or len(parts) < 2 or (compression and ending == "parquet"):
        return None, compression
    return ending, compression
