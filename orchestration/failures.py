"""What went wrong outside of the data, as one line that says what to do about it.

Errors of the project's own carry their message already; here are those of the engine, the file
system and the network that a person meets who does nothing wrong with files: a locked or broken
file, a home that cannot be written, a full disk. Whatever is not known here keeps its traceback.
"""

from __future__ import annotations

import errno
import re
from pathlib import Path

import duckdb

from orchestration.settings import PERSONS_FILE

_FULL = {errno.ENOSPC, errno.EDQUOT}
_LOCKED = re.compile(
    r'lock on file "(.*?)": .*? is held in (.*?)\.? (?:See also|However)', re.DOTALL
)
_NO_DATABASE = re.compile(r'file "(.*?)" exists, but it is not a valid DuckDB database')
_DENIED = re.compile(r'Cannot open file "(.*?)": (Permission denied|Read-only file system)')
_PUBLISH = "publish by a full refresh (`drivewheel run --full`)"
_RESTORE = "put back the last backup (`drivewheel restore FILE`)"


def explain(error: BaseException) -> str | None:
    """One line with a remedy; None where nothing is known of such an error."""
    if isinstance(error, duckdb.Error):
        return _of_the_engine(str(error))
    if isinstance(error, OSError):
        return _of_the_machine(error)
    return None


def _of_the_engine(said: str) -> str | None:
    if locked := _LOCKED.search(said):
        path, holder = locked.groups()
        return (
            f"{path}: open for writing in {holder}. Close it there (a tool that only reads opens "
            "it read-only: `duckdb -readonly`, `read_only=True`), and try again"
        )
    if broken := _NO_DATABASE.search(said):
        return f"{broken[1]}: is no DuckDB database (any more); {_remedy(broken[1])}"
    if "Corrupt database file" in said or "is corrupt" in said:
        return (
            f"a database file is damaged: {said.splitlines()[0]}; {_RESTORE}, or where it is the "
            f"published one, {_PUBLISH}"
        )
    if denied := _DENIED.search(said):
        return _denied(denied[1])
    if "No space left" in said or "disk is full" in said:
        return f"the disk is full; make room where DRIVEWHEEL_HOME lies. {said.splitlines()[0]}"
    return None


def _remedy(path: str) -> str:
    return _PUBLISH if Path(path).name in ("drivewheel.duckdb", PERSONS_FILE) else _RESTORE


def _of_the_machine(error: OSError) -> str | None:
    where = f"{error.filename}: " if error.filename else ""
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return _denied(str(error.filename or "the home"))
    if error.errno in _FULL:
        return f"{where}the disk is full; make room where DRIVEWHEEL_HOME lies, and try again"
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"{where}is not there, and cannot be made; name another with --home or --landing"
    if isinstance(error, NotADirectoryError | FileExistsError):
        return f"{where}is a file where a folder is needed; name another with --home or --landing"
    if isinstance(error, IsADirectoryError):
        return f"{where}is a folder where a file is needed; name a file"
    return None


def _denied(path: str) -> str:
    if Path(path).name == PERSONS_FILE:
        return (
            f"{path}: holds names, and may not be read by this user; have its owner take you into "
            "its group, or unset DRIVEWHEEL_SHOW_NAMES"
        )
    return (
        f"{path}: may not be written by this user; choose another --home (DRIVEWHEEL_HOME), or "
        "have its owner give you the right"
    )
