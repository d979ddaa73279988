"""A dbt process that is started ahead: it imports and reads while files are loaded and checked.

Two cores are there and dbt's start takes five seconds, of which nothing depends on the data. It
waits for its arguments on its standard input; where none come it ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestration.settings import PROJECT_DIR, environment_of_children
from orchestration.warehouse.dbt_process import PARSE_FIRST, PARSED_NOW, WAIT, WAIT_TO_PARSE
from orchestration.warehouse.dbt_project import begin_parsing, bring_parsed, dbt_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orchestration.settings import Settings

# As dagster-dbt starts dbt: it reads what dbt says line by line, as JSON.
_FOR_DAGSTER = {"DBT_LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1", "DAGSTER_DBT_CLI": "true"}
start_process = subprocess.Popen
_waiting: list[subprocess.Popen[bytes]] = []
# Those of them that have not said yet that they have parsed.
_parsing: list[subprocess.Popen[bytes]] = []


@contextmanager
def dbt_ahead(settings: Settings) -> Iterator[None]:
    """Start dbt now, for whoever calls `take` before this is left.

    Where the project has to be parsed first it does so; `finish_parsing` waits for that.

    Raises:
        CompanyError: the company's folder cannot be used.
    """
    is_parsed = bring_parsed(settings)
    if not is_parsed:
        begin_parsing(settings)
    with _started(settings, *([] if is_parsed else [PARSE_FIRST]), WAIT, **_FOR_DAGSTER):
        yield


@contextmanager
def dbt_ahead_of_change(settings: Settings) -> Iterator[None]:
    """Start a dbt that will parse what has changed until it is told what to do.

    Raises:
        CompanyError: the company's folder cannot be used.
    """
    with _started(settings, WAIT_TO_PARSE, **environment_of_children(settings)):
        yield


@contextmanager
def _started(settings: Settings, *how: str, **environment: str) -> Iterator[None]:
    process = start_process(
        [sys.executable, "-m", "orchestration.warehouse.dbt_process", *how],
        cwd=PROJECT_DIR,
        env={**os.environ, **dbt_environment(settings), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    _waiting.append(process)
    if PARSE_FIRST in how:
        _parsing.append(process)
    try:
        yield
    finally:
        _parsing.clear()
        while _waiting:
            # It waits, and has nothing open that could be lost.
            process = _waiting.pop()
            process.kill()
            process.communicate()


def finish_parsing() -> None:
    """Wait until the process that was started ahead has parsed the project, if it has to.

    One that could not is forgotten: whoever needs the project parses it, and says why.
    """
    while _parsing:
        process = _parsing.pop()
        said = process.stdout or ()
        if not any(line.strip() == PARSED_NOW.encode() for line in said):
            _waiting.remove(process)
            process.wait()


def take(arguments: Sequence[str]) -> subprocess.Popen[bytes] | None:
    """The process that was started ahead, with its arguments; None where there is none."""
    if not _waiting:
        return None
    process = _waiting.pop()
    if process.stdin is None or process.poll() is not None:
        return None
    process.stdin.write(f"{json.dumps(list(arguments))}\n".encode())
    process.stdin.close()
    return process
