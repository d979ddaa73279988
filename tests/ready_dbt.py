"""dbt, imported once for all builds of a session: each of them is a fork of one process.

Importing dbt costs more than building a few models. A fork runs what `dbt_process` runs in a
process of its own, ends as such a process does, and leaves nothing behind for the next.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse.dbt_project import dbt_environment


def run_in_fork(settings: Settings, *arguments: str) -> tuple[int, str]:
    """Run dbt on a home; gives its exit code and what it said."""
    with tempfile.NamedTemporaryFile(prefix="dbt-said-") as said:
        process = _ready()
        assert process.stdin and process.stdout
        environment = os.environ | dbt_environment(settings)
        asked = {"arguments": arguments, "environment": environment, "said": said.name}
        process.stdin.write(f"{json.dumps(asked)}\n")
        process.stdin.flush()
        code = process.stdout.readline()
        if not code:
            raise RuntimeError(f"{__name__} has ended: {process.wait()}")
        return int(code), Path(said.name).read_text()


@cache
def _ready() -> subprocess.Popen[str]:
    """The process that forks; it ends with this one."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        cwd=PROJECT_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)
    return process


def serve() -> int:
    """Fork for every line that is asked; a fork returns dbt's exit code."""
    import dbt.adapters.duckdb  # noqa: F401

    from orchestration.warehouse import dbt_process

    is_warm = False
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        os.environ.clear()
        os.environ.update(asked["environment"])
        if not is_warm:
            is_warm = dbt_process.warm_up()
            # What is there now is shared, and is not looked through again in every fork.
            gc.freeze()
        child = os.fork()
        if child == 0:
            said = os.open(asked["said"], os.O_WRONLY)
            os.dup2(said, 1)
            os.dup2(said, 2)
            return dbt_process.run(asked["arguments"])
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(serve())
