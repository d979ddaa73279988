"""`make fuzz`: many files made by chance, loaded, and held to what must hold of any file.

python -m tests.fuzz [--files 5000] [--seed 1] [--seconds 600]

No load ends with an error; every file has a fate, and what is refused or set aside a reason; a
file's rows are loaded or set aside, all of them, counted by whoever made it or line by line; a
loaded cell is worth what was written; a file that is not empty and gave no row is not `loaded`.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz.held import try_files

BATCH_FILES = 100


def main(argv: list[str] | None = None) -> int:
    """Print how many files of which fate there were, and every one that broke a rule."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1, help="the first file's; others follow")
    parser.add_argument("--seconds", type=int, default=600, help="after which no more are made")
    arguments = parser.parse_args(argv)
    started = time.monotonic()
    fates: dict[str, int] = {}
    broken: list[str] = []
    done = 0
    while done < arguments.files and time.monotonic() - started < arguments.seconds:
        count = min(BATCH_FILES, arguments.files - done)
        tried = try_files(range(arguments.seed + done, arguments.seed + done + count))
        for fate in tried.fates:
            fates[fate] = fates.get(fate, 0) + 1
        for line in tried.broken:
            print(line, flush=True)
        broken += tried.broken
        done += count
    seconds = time.monotonic() - started
    counts = ", ".join(f"{count:,} {fate}" for fate, count in sorted(fates.items()))
    print(f"{done:,} files in {seconds:.0f} s: {counts}; {len(broken)} rules broken")
    return 1 if broken or done < arguments.files else 0


if __name__ == "__main__":
    sys.exit(main())
