"""`make test-field`: situations from the field, and what comes out of each.

python -m tests.field [--only PATTERN] [--cases FOLDER] [--jobs N]

Where the folder of cases is absent only the inputs that are made here are tried.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from orchestration.settings import PROJECT_DIR
from tests.field.case import SHOWN, WRONG, Answer, Case
from tests.field.cases import CASES
from tests.field.falls import try_falls
from tests.field.hard_falls import FALLS
from tests.field.refresh import Lane
from tests.field.scales import try_scales

CASES_DIR = PROJECT_DIR / "../shared/cases"


def main() -> int:
    """Print the table; 1 where an answer is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.field")
    parser.add_argument("--only", default="", help="pattern of the names of cases")
    parser.add_argument("--cases", type=Path, help="folder of cases")
    parser.add_argument("--jobs", type=int, default=2, help="refreshes at a time")
    arguments = parser.parse_args()
    folder = (arguments.cases or Path(os.environ.get("CASES", CASES_DIR))).resolve()
    answers = list(try_falls(FALLS, only=arguments.only))
    cases = [case for case in CASES if re.search(arguments.only, case.name)]
    here = [case for case in cases if case.folder is None or (folder / case.folder).is_dir()]
    if len(here) < len(cases):
        print(
            f"{folder}: {len(cases) - len(here)} cases are not there and are skipped; name their "
            "folder: make test-field CASES=FOLDER"
        )
    answers += answer_groups(here, folder, jobs=arguments.jobs)
    answers += try_scales(only=arguments.only)
    print_table(answers)
    return int(any(answer.verdict == WRONG for answer in answers))


def answer_groups(cases: list[Case], folder: Path, *, jobs: int) -> Iterable[Answer]:
    """Refresh the groups, some at a time, and give the answers in the order of the cases."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.group, []).append(case)
    with tempfile.TemporaryDirectory(prefix="drivewheel-field-") as work:
        lanes: SimpleQueue[Lane] = SimpleQueue()
        for number in range(jobs):
            lanes.put(Lane(Path(work, str(number)), folder))

        def answer(group: list[Case]) -> list[Answer]:
            lane = lanes.get()
            try:
                return lane.answer(group)
            finally:
                lanes.put(lane)

        with ThreadPoolExecutor(jobs) as pool:
            answered = list(pool.map(answer, groups.values()))
    order = {case.name: number for number, case in enumerate(cases)}
    return sorted((a for group in answered for a in group), key=lambda a: order[a.case])


def print_table(answers: list[Answer]) -> None:
    """One line per question, and how many of each verdict there are."""
    print("| case | asked | got | right | verdict |\n|---|---|---|---|---|")
    for answer in answers:
        cells = (answer.case, answer.what, answer.got, answer.right, answer.verdict)
        print(f"| {' | '.join(_one_line(cell) for cell in cells)} |")
    counts = Counter(answer.verdict for answer in answers)
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))


def _one_line(text: str) -> str:
    line = " ".join(text.split()).replace("|", "\\|")
    return line if len(line) <= SHOWN else f"{line[:SHOWN]} …"


if __name__ == "__main__":
    raise SystemExit(main())
