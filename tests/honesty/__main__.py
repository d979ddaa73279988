"""`make honesty`: whether foresight keeps its promises, on companies of 3,000 customers.

python -m tests.honesty [--seed N …] [--customers N] [--home FOLDER]

Each seed makes a company with all causes and one without any; a line for each proposition. Ends
with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import duckdb

from tests.honesty.company import CAUSES, CUSTOMERS, build_company
from tests.honesty.propositions import Ask, with_causes, without_causes

# On none of them foresight was developed, as it was on 7, 4711, 20261129 and 31337.
SEEDS = (90210, 1729, 2718)
COMPANIES: dict[str, tuple[tuple[str, ...], Ask]] = {
    "all causes": ((), with_causes),
    "no causes": (CAUSES, without_causes),
}


def main() -> int:
    """Print a line per proposition; 1 where any goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.honesty")
    parser.add_argument("--seed", type=int, nargs="+", default=SEEDS, help="seeds of companies")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of each company")
    parser.add_argument("--home", type=Path, help="folder in which the companies are kept")
    arguments = parser.parse_args()
    missed = asked = 0
    print("| seed | company | proposition | figure | goal | |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="drivewheel-honesty-") as folder:
        for seed in arguments.seed:
            for name, (without, ask) in COMPANIES.items():
                home = (arguments.home or Path(folder)) / f"{seed}-{name.replace(' ', '-')}"
                warehouse = home / "warehouse.duckdb"
                if not warehouse.exists():
                    build_company(home, seed=seed, customers=arguments.customers, without=without)
                with duckdb.connect(str(warehouse), read_only=True) as connection:
                    for answer in ask(connection):
                        cells = (answer.proposition, answer.figure, answer.goal)
                        verdict = "met" if answer.is_met else "MISSED"
                        print(f"| {' | '.join((str(seed), name, *cells, verdict))} |", flush=True)
                        asked += 1
                        missed += not answer.is_met
                if arguments.home is None:
                    shutil.rmtree(home)
    print(f"\n{asked - missed} of {asked} goals met")
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
