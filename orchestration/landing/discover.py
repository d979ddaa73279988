"""Which files lie in the landing folder. Looks at names and sizes only, never inside.

Layout: `<landing>/<source>/<object>/<file>`. Names that begin with `.`, `_` or `~` are
what tools leave behind (`.DS_Store`, `_SUCCESS`, `~$sheet.xlsx`) and no data. What still is
written, or is no file at all, is skipped and told of; a name or a link that cannot be
followed is a file that cannot be read, for somebody meant to deliver it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from expectations.printable import printable
from orchestration.landing.contract import ObjectContract
from orchestration.landing.errors import LandingError
from orchestration.settings import COMPANY_FOLDER

FORMATS = ("csv", "parquet", "jsonl", "json")
# Other names of the same: the delimiter is found in the header.
_ALIASES = {"tsv": "csv", "ndjson": "jsonl"}
SMALL_BYTES = 256 * 1024
GROUP_FILES = 256
COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}
_ENDINGS = re.compile(
    rf"([.]({'|'.join([*FORMATS, *_ALIASES])}))?([.]({'|'.join(COMPRESSIONS)}))?$", re.IGNORECASE
)
_DIGITS = 20
# What browsers, copying tools and editors call a file that they have not finished.
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".swp", "~")
_NO_FILES = {
    stat.S_ISFIFO: "a named pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}


@dataclass(frozen=True)
class LandedFile:
    """A file as the folder shows it; `format` is None where the ending is not known.

    `stamp` is the inode with the time of its last change, which no tool sets back: a file of
    the same size and time with another stamp is looked at again. `problem` says why it cannot
    be opened by its name at all.
    """

    absolute: Path
    path: str
    size_bytes: int
    mtime_ns: int
    format: str | None
    compression: str | None
    stamp: str = ""
    problem: str | None = None


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
    return _look(landing, contract)[0]


def _look(landing: Path, contract: ObjectContract) -> tuple[list[LandedFile], list[str]]:
    """The object's files, and what is skipped in its folder, each with its remedy."""
    folder = landing / contract.source / contract.name
    name = f"{contract.source}/{contract.name}"
    if (problem := _symlink_problem(folder, landing)) is not None:
        return [], [f"{name}/: {problem}"]
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    except PermissionError:
        return [], [f"{name}/: may not be read by this user; its rights have to be given."]
    files, notes = [], []
    for entry in sorted(entries, key=lambda entry: entry.name):
        if entry.name.startswith((".", "_", "~")):
            continue
        path = f"{name}/{printable(entry.name)}"
        if (note := _skipped(entry)) is not None:
            notes.append(f"{path}: {note}")
        elif entry.is_file():
            files.append(_landed(entry, path, landing))
        elif entry.is_dir():
            notes.append(
                f"{path}/: folders inside an object's folder are not read; move the files up."
            )
    return files, notes


def _landed(entry: os.DirEntry[str], path: str, landing: Path) -> LandedFile:
    status = entry.stat()
    file_format, compression = _kind(entry.name)
    problem = None
    if path.rsplit("/", 1)[-1] != entry.name:
        problem = (
            "has a name that is no printable UTF-8. Rename the file, best to letters, digits, "
            "- and _."
        )
    elif entry.is_symlink():
        problem = _symlink_problem(Path(entry.path), landing)
    return LandedFile(
        absolute=Path(entry.path),
        path=path,
        size_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        format=file_format,
        compression=compression,
        stamp=f"{status.st_ino}:{status.st_ctime_ns}",
        problem=problem,
    )


def _skipped(entry: os.DirEntry[str]) -> str | None:
    """Why an entry is no delivery, with its remedy; None where it is one, or a folder."""
    if entry.name.lower().endswith(_UNFINISHED):
        return (
            "skipped: what a browser, a copy or an editor has not finished is called so. "
            "Rename it when it is whole, or remove it."
        )
    try:
        mode = entry.stat().st_mode
    except FileNotFoundError:
        return "skipped: a link to a file that is gone. Deliver the file itself."
    except OSError:
        return "skipped: a link that leads in a circle. Deliver the file itself."
    kind = next((name for is_it, name in _NO_FILES.items() if is_it(mode)), None)
    return kind and f"skipped: {kind} and no file. Deliver a file."


def _symlink_problem(path: Path, landing: Path) -> str | None:
    """Why a path does not end where it stands, as a link may; None where it does or is absent."""
    try:
        real = path.resolve(strict=True)
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError):
        return "skipped: a link that leads in a circle. Deliver the files themselves."
    if real == landing or not real.is_relative_to(landing):
        return (
            "is a link that leads out of the landing folder, which is not followed. Deliver "
            "what it leads to itself, or point DRIVEWHEEL_LANDING at where it lies."
        )
    return None


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
        is_readable = file.format is not None and file.problem is None
        small = is_readable and file.size_bytes < SMALL_BYTES
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
    """What lies in the landing folder and is not read, each with its remedy."""
    root = require_landing(landing)
    sources = {source for source, _ in contracts}
    warnings = []
    for source in _visible(root):
        name = printable(source.name)
        if source.name == COMPANY_FOLDER:
            continue
        if not source.is_dir():
            warnings.append(f"{name}: a file outside <source>/<object>/ is not loaded; move it.")
        elif source.name not in sources:
            warnings.append(
                f"{name}/: no such source. Rename it to one of "
                f"{', '.join(sorted(sources))}, or declare it in dbt_project/models/staging."
            )
        elif (problem := _symlink_problem(source, root)) is not None:
            warnings.append(f"{name}/: {problem}")
        else:
            warnings.extend(_unknown_objects(root, source, contracts))
    return warnings


def _unknown_objects(
    root: Path, source: Path, contracts: Mapping[tuple[str, str], ObjectContract]
) -> list[str]:
    objects = sorted(name for owner, name in contracts if owner == source.name)
    warnings = []
    for entry in _visible(source):
        name = f"{source.name}/{printable(entry.name)}"
        if entry.name in objects:
            warnings.extend(_look(root, contracts[source.name, entry.name])[1])
        elif not entry.is_dir():
            warnings.append(f"{name}: lies beside the objects' folders; move it into one.")
        else:
            warnings.append(
                f"{name}/: no such object. {source.name} has {', '.join(objects)}; rename "
                f"the folder, or declare it in _{source.name}__sources.yml."
            )
    return warnings


def _visible(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if not p.name.startswith((".", "_", "~")))


def _kind(name: str) -> tuple[str | None, str | None]:
    parts = name.lower().split(".")
    compression = COMPRESSIONS.get(parts[-1])
    ending = parts[-2] if compression and len(parts) > 1 else parts[-1]
    ending = _ALIASES.get(ending, ending)
    if ending not in FORMATS or len(parts) < 2 or (compression and ending == "parquet"):
        return None, compression
    return ending, compression
