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
from orchestration.warehouse.dbt_process import WAIT, WAIT_TO_PARSE
from orchestration.warehouse.dbt_project import bring_parsed, dbt_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orchestration.settings import Settings

# As dagster-dbt starts dbt: it reads what dbt says line by line, as JSON.
_FOR_DAGSTER = {"DBT_LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1", "DAGSTER_DBT_CLI": "true"}
start_process = subprocess.Popen
_waiting: list[subprocess.Popen[bytes]] = []


@contextmanager
def dbt_ahead(settings: Settings) -> Iterator[None]:
    """Start dbt now, for whoever calls `take` before this is left.

    Not where the project has to be parsed first: dbt would start with the old one.
    """
    with _started(settings, WAIT if bring_parsed(settings) else None, _FOR_DAGSTER):
        yield


@contextmanager
def dbt_ahead_of_change(settings: Settings) -> Iterator[None]:
    """Start a dbt that will parse what has changed until it is told what to do.

    Raises:
        CompanyError: the company's folder cannot be used.
    """
    with _started(settings, WAIT_TO_PARSE, environment_of_children(settings)):
        yield


@contextmanager
def _started(settings: Settings, how: str | None, environment: Mapping[str, str]) -> Iterator[None]:
    if how:
        _waiting.append(
            start_process(
                [sys.executable, "-m", "orchestration.warehouse.dbt_process", how],
                cwd=PROJECT_DIR,
                env={**os.environ, **dbt_environment(settings), **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        )
    try:
        yield
    finally:
        while _waiting:
            # It waits, and has nothing open that could be lost.
            process = _waiting.pop()
            process.kill()
            process.communicate()


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
