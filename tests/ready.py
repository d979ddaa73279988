"""dbt and `drivewheel`, each imported once for all runs of a session: a run is a fork of it.

Importing dbt costs more than building a few models, and importing Dagster more than most
commands. A fork runs what the program runs in a process of its own, ends as such a process does,
and leaves nothing behind for the next.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse.dbt_project import dbt_environment

DBT, DRIVEWHEEL = "dbt", "drivewheel"
TIMEOUT_SECONDS = 240
# More than a run has open.
FILES_OPEN = 1024


def run_dbt_in_fork(settings: Settings, *arguments: str) -> tuple[int, str]:
    """Run dbt on a home; gives its exit code and what it said."""
    return _run(DBT, os.environ | dbt_environment(settings), arguments)


def run_drivewheel_in_fork(environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Run `drivewheel …` in an environment; gives its exit code and what it said."""
    return _run(DRIVEWHEEL, environment, arguments)


def _run(program: str, environment: Mapping[str, str], arguments: Sequence[str]) -> tuple[int, str]:
    with tempfile.NamedTemporaryFile(prefix=f"{program}-said-") as said:
        process = _ready(program)
        assert process.stdin and process.stdout
        asked = {"arguments": arguments, "environment": {**environment}, "said": said.name}
        process.stdin.write(f"{json.dumps(asked)}\n")
        process.stdin.flush()
        code = process.stdout.readline()
        if not code:
            raise RuntimeError(f"{__name__} {program} has ended: {process.wait()}")
        return int(code), Path(said.name).read_text()


@cache
def _ready(program: str) -> subprocess.Popen[str]:
    """The process that forks; it ends with this one."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, program],
        cwd=PROJECT_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)
    return process


def serve(program: str) -> int:
    """Fork for every line that is asked; a fork returns the program's exit code."""
    is_warm = False
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        os.environ.clear()
        os.environ.update(asked["environment"])
        if not is_warm:
            is_warm = _warm_up_dbt() if program == DBT else _warm_up_drivewheel()
            # What is there now is shared, and is not looked through again in every fork.
            gc.freeze()
        if program == DRIVEWHEEL and "run" in asked["arguments"]:
            _fork_dbt()
        child = os.fork()
        if child == 0:
            said = os.open(asked["said"], os.O_WRONLY | os.O_APPEND)
            os.dup2(said, 1)
            os.dup2(said, 2)
            run = _run_dbt if program == DBT else _run_drivewheel
            return run(asked["arguments"])
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return 0


def _warm_up_dbt() -> bool:
    import dbt.adapters.duckdb  # noqa: F401

    from orchestration.warehouse import dbt_process

    _import_what_models_ask_for()
    return dbt_process.warm_up()


def _warm_up_drivewheel() -> bool:
    import great_expectations  # noqa: F401 - what a gate asks for first

    import orchestration.definitions
    import orchestration.run  # noqa: F401

    return True


def _import_what_models_ask_for() -> None:
    """Of Python models, which import as they are built."""
    import pandas  # noqa: F401
    import statsmodels.stats.proportion
    import statsmodels.stats.weightstats  # noqa: F401

    import orchestration.statistics.materialize  # noqa: F401


@cache
def _fork_dbt() -> None:
    """Import for all runs what the dbt of each would import, which becomes a fork of the run."""
    import dbt.adapters.duckdb
    import dbt.cli.main  # noqa: F401

    import orchestration.semantic.materialize  # noqa: F401
    from orchestration.warehouse import dbt_ahead

    _import_what_models_ask_for()
    dbt_ahead.start_process = _ForkOfDbt
    gc.freeze()


class _ForkOfDbt(subprocess.Popen[bytes]):
    """The dbt process that a run starts ahead, as a fork of the run: dbt is imported there.

    Only how the process comes to be is another than in the base class; its pipes are those, and
    so is whoever waits for it. Where the run has other threads it is started as a user's is.
    """

    def _execute_child(self, *asked: Any) -> None:
        if len([*Path("/proc/self").glob("task/*")]) != 1:
            super()._execute_child(*asked)
            return
        folder, environment, stdin, stdout = asked[5], asked[6], asked[10], asked[13]
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid:
            self._child_created = True
            self._close_pipe_fds(*asked[10:16])
            return
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for piped, its in ((stdin, 0), (stdout, 1), (stdout, 2)):
                os.dup2(piped, its)
            os.closerange(3, FILES_OPEN)
            sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w", buffering=1)
            sys.stderr = os.fdopen(2, "w", buffering=1)
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            code = _run_dbt(self.args[3:])
            sys.stdout.flush()
        except BaseException:
            traceback.print_exc()
        finally:
            # Never back into the run, of which it is a fork.
            os._exit(code)


def _run_dbt(arguments: list[str]) -> int:
    from orchestration.warehouse import dbt_process

    return dbt_process.run(arguments)


def _run_drivewheel(arguments: list[str]) -> int:
    from orchestration.cli import main

    # Of a run that never ends, the test fails.
    signal.alarm(TIMEOUT_SECONDS)
    # Ends by `SystemExit`, as from the command line.
    main(arguments, prog_name="drivewheel")
    return 0


if __name__ == "__main__":
    raise SystemExit(serve(sys.argv[1]))
