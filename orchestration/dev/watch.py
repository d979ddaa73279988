"""`drivewheel dev run --watch`: what is saved is built at once.

A process waits for each change with all imported that a build needs, dbt included. It ends with
its build, and another one takes its place: what is kept in a process is never of a project that
has changed since.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import click
from watchfiles import watch as watch_files

from orchestration.company import CompanyError
from orchestration.settings import PROJECT_DIR
from orchestration.warehouse.dbt_ahead import dbt_ahead_of_change
from orchestration.warehouse.dbt_project import PACKAGE, SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.settings import Settings


LOOK_MILLISECONDS = 200


def watch(settings: Settings, *, limit: int) -> None:
    """Build once, and again whenever a file of the project or the company is saved, until Ctrl-C.

    Args:
        settings: Of the home of which a copy is built.
        limit: How many moved values each build shows.
    """
    code = [PROJECT_DIR / name for name in PACKAGE]
    folders = [path for path in (*map(PROJECT_DIR.joinpath, SOURCES), *code) if path.exists()]
    if settings.company_dir and settings.company_dir.exists():
        folders.append(settings.company_dir)
    saves = watch_files(
        *folders, yield_on_timeout=True, rust_timeout=LOOK_MILLISECONDS, raise_interrupt=False
    )
    # From here on nothing that is saved is missed, while something is built either.
    next(saves)
    worker = _start(limit)
    try:
        _tell(worker)
        worker = _start(limit)
        click.echo("waiting for what you save; Ctrl-C ends")
        for changes in filter(None, saves):
            saved = {path for _, path in changes}
            click.echo(f"\nsaved: {', '.join(sorted(_short(path) for path in saved))}")
            if any(path.startswith(str(folder)) for path in saved for folder in code):
                # It has imported the code of before.
                worker.kill()
                worker.wait()
                worker = _start(limit)
            _tell(worker)
            worker = _start(limit)
    except KeyboardInterrupt:
        return
    finally:
        worker.kill()
        worker.wait()


@contextmanager
def wait_until_told(copy: Settings) -> Iterator[None]:
    """Start a dbt, and go on when a line comes; where none comes the process ends."""
    with ExitStack() as stack:
        # What is wrong with the company is told by the build.
        with suppress(CompanyError):
            stack.enter_context(dbt_ahead_of_change(copy))
        if not sys.stdin.readline():
            raise SystemExit
        yield


def _start(limit: int) -> subprocess.Popen[str]:
    arguments = ("dev", "run", "--when-told", "--limit", str(limit))
    return subprocess.Popen(
        [sys.executable, "-m", "orchestration", *arguments], stdin=subprocess.PIPE, text=True
    )


def _tell(worker: subprocess.Popen[str]) -> None:
    """Have a worker build, and wait for its end."""
    # One that could not start has said why.
    with suppress(BrokenPipeError):
        worker.communicate("go\n")


def _short(path: str) -> str:
    return path.removeprefix(f"{PROJECT_DIR}/")
