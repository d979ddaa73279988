"""`make mutate`: plants bugs one at a time, and shows which test finds each of them.

python -m tests.mutate [--only NAME] [--jobs N]

Each is planted in a copy of the checkout, whose tests run from the quickest to the slowest until
one fails. First every one of those tests is run without any bug: what fails then finds nothing.
A bug that no test finds ends the command with 1, one that can no longer be planted with 2.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from orchestration.settings import PROJECT_DIR
from tests.mutate.kept import EVERYTHING, NOTHING, WAREHOUSE
from tests.mutate.mutations import BUILDS, MUTATIONS, UNIT, Mutation

TIMEOUT_SECONDS = 1800
FOUND, MISSED, BROKEN = 0, 1, 2
# What is built from these need not be landed and loaded again to notice.
BUILT_FROM = (
    "dbt_project/",
    "seeds/",
    "expectations/",
    "orchestration/report/",
    "orchestration/notices/",
    "orchestration/statistics/",
    "orchestration/trace/",
    "orchestration/defs/",
)
CODE = (
    "dbt_project",
    "seeds/",
    "expectations/",
    "orchestration/",
    "tests/conftest.py",
    "tests/warehouse.py",
    "tests/orchestration/homes.py",
    "profiles.yml",
)
FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", re.MULTILINE)
FAILED_DBT = re.compile(r"(?:Failure|Error|\[ERROR\]:) in (?:unit_test|test|model|seed) (\S+)")


class PlantError(Exception):
    """A mutation that does not fit the code or the tests any more."""


@dataclass(frozen=True)
class Found:
    """What became of a mutation; `by` is empty where nothing noticed."""

    mutation: Mutation
    by: str
    seconds: float


@dataclass(frozen=True)
class Ended:
    """A stage that has ended."""

    code: int
    said: str


class Copy:
    """A copy of the checkout in which one bug at a time is planted."""

    def __init__(self, folder: Path, kept: Path) -> None:
        """Copy the checkout."""
        self.tree, self.kept = folder / "tree", kept
        for name in files_of_checkout():
            target = self.tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT_DIR / name, target)

    def find(self, mutation: Mutation) -> Found:
        """Plant it, run its tests until one fails, and take it out again."""
        path = self.tree / mutation.file
        sound = path.read_text()
        path.write_text(planted(sound, mutation))
        started = time.monotonic()
        try:
            for stage in mutation.tests:
                ended = self.run(stage, reaches=_reaches(mutation))
                if ended.code not in (0, 1):
                    raise PlantError(f"{stage} could not be run: {_name(stage, ended)}")
                if ended.code != 0:
                    return Found(mutation, _name(stage, ended), time.monotonic() - started)
            return Found(mutation, "", time.monotonic() - started)
        finally:
            path.write_text(sound)

    def run(self, stage: str, *, reaches: str = "") -> Ended:
        """Run a stage in the copy: pytest's arguments, or dbt's unit tests of a selection."""
        if stage.startswith(UNIT):
            home = self.tree.parent / "unit"
            select = ",".join(filter(None, [stage.removeprefix(UNIT), "test_type:unit"]))
            arguments = ["tests.mutate.kept", self.kept, home, select]
        else:
            folders = [f"--kept={self.kept}", f"--reaches={reaches}"]
            arguments = ["pytest", "-x", "-p", "tests.mutate.kept", *folders, *shlex.split(stage)]
        variables = {k: v for k, v in os.environ.items() if not k.startswith("DRIVEWHEEL_")}
        try:
            ended = subprocess.run(
                [sys.executable, "-m", *map(str, arguments)],
                cwd=self.tree,
                env=variables | {"PYTHONPATH": str(self.tree)},
                capture_output=True,
                text=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Ended(1, f"not over after {TIMEOUT_SECONDS} s")
        return Ended(ended.returncode, f"{ended.stdout}{ended.stderr}")


def main() -> int:
    """Print the table; the exit code is that of the worst row."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutate")
    parser.add_argument("--only", default="", help="pattern of the names of mutations")
    parser.add_argument("--jobs", type=int, default=2, help="copies at a time")
    parser.add_argument("--kept", type=Path, help="folder of warehouses, to go on with later")
    parser.add_argument("--trusted", action="store_true", help="no run without a bug first")
    arguments = parser.parse_args()
    chosen = [m for m in MUTATIONS if re.search(arguments.only, m.name)]
    stale = [str(error) for m in chosen if (error := _stale(m))]
    if stale or not chosen:
        print("\n".join(stale) or f"{arguments.only}: no such mutation")
        return BROKEN
    with tempfile.TemporaryDirectory(prefix="drivewheel-mutate-") as work:
        kept = (arguments.kept or Path(work, "kept")).resolve() / code_fingerprint()
        kept.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(arguments.jobs) as pool:
            copies: SimpleQueue[Copy] = SimpleQueue()
            for number in range(arguments.jobs):
                copies.put(Copy(Path(work, str(number)), kept))
            unsound = "" if arguments.trusted else _run_without(chosen, copies, pool, kept)
            if unsound:
                print(f"these fail without any bug; mend them first:\n{unsound}")
                return BROKEN
            print("| mutation | found by | seconds |\n|---|---|---|", flush=True)
            results = list(pool.map(lambda mutation: _lent(copies, mutation), chosen))
    missed = [result.mutation.name for result in results if not result.by]
    print(f"{len(results) - len(missed)} of {len(results)} found")
    if missed:
        print(f"survivors: {', '.join(missed)}")
    return MISSED if missed else FOUND


def planted(text: str, mutation: Mutation) -> str:
    """The text with the bug in it.

    Raises:
        PlantError: the text that it replaces is not there exactly once.
    """
    count = text.count(mutation.old)
    if count != 1:
        raise PlantError(
            f"{mutation.name}: {mutation.file} holds {mutation.old!r} {count} times, not once; "
            "say in tests/mutate/mutations.py what it has become"
        )
    return text.replace(mutation.old, mutation.new)


def _stale(mutation: Mutation) -> PlantError | None:
    try:
        planted((PROJECT_DIR / mutation.file).read_text(), mutation)
    except PlantError as error:
        return error
    return None


def _lent(copies: SimpleQueue[Copy], mutation: Mutation) -> Found:
    copy = copies.get()
    try:
        found = copy.find(mutation)
    except PlantError as error:
        found = Found(mutation, "", 0)
        print(f"{mutation.name}: {error}", flush=True)
    finally:
        copies.put(copy)
    print(f"| {mutation.name} | {found.by or 'NOTHING'} | {found.seconds:.0f} |", flush=True)
    return found


def code_fingerprint() -> str:
    """Of everything that decides what a warehouse holds: it is kept for this code alone."""
    digest = hashlib.sha256()
    for name in filter(lambda name: name.startswith(CODE), files_of_checkout()):
        digest.update(name.encode())
        digest.update((PROJECT_DIR / name).read_bytes())
    return digest.hexdigest()[:16]


def files_of_checkout() -> list[str]:
    """Every file that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return sorted(name for name in listed.split("\0") if name and (PROJECT_DIR / name).is_file())


def _run_without(
    mutations: Iterable[Mutation], copies: SimpleQueue[Copy], pool: ThreadPoolExecutor, kept: Path
) -> str:
    """Run every stage without a bug; what failed. Keeps the warehouses that the others use."""
    stages = list(dict.fromkeys(stage for m in mutations for stage in m.tests))
    units = [stage for stage in stages if stage.startswith(UNIT)]
    tests = [stage for stage in stages if stage not in units]
    started = time.monotonic()

    def run(stage: str) -> str:
        copy = copies.get()
        try:
            ended = copy.run(stage)
        finally:
            copies.put(copy)
        return f"{stage}: {_name(stage, ended)}" if ended.code else ""

    failed = list(pool.map(run, tests))
    if units:
        # They ask a warehouse that another test has built.
        failed += map(run, [*([] if any(kept.glob(f"*/{WAREHOUSE}")) else [BUILDS]), UNIT])
    print(f"{len(stages)} sets of tests pass without a bug: {time.monotonic() - started:.0f} s")
    return "\n".join(filter(None, failed))


def _reaches(mutation: Mutation) -> str:
    """What is built again; a metric's YAML reaches the models that compute metrics."""
    if not mutation.file.startswith(BUILT_FROM):
        return EVERYTHING
    if not mutation.file.startswith(("dbt_project/", "seeds/")):
        return NOTHING
    metrics = " path:dbt_project/models/metrics+" if mutation.file.endswith(".yml") else ""
    return f"state:modified+{metrics}"


def _name(stage: str, ended: Ended) -> str:
    """The test that failed, as far as the output tells."""
    found = FAILED_DBT.search(ended.said) or FAILED.search(ended.said)
    if found:
        return found[1]
    last = [line for line in ended.said.splitlines() if line.strip()][-1:]
    return f"{stage}: {' '.join(last)[:160]}"


if __name__ == "__main__":
    raise SystemExit(main())
