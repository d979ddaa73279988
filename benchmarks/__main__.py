"""`make bench`: every ratio of the project, measured side by side in one run.

python -m benchmarks [--events 1000000 10000000] [--large]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import company, load, refresh

SMALL, MIDDLE, LARGE = 1_000_000, 10_000_000, refresh.MANY


def main(argv: list[str] | None = None) -> None:
    """Print the ratios of loading, then those of refreshing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument(
        "--events", type=int, nargs="+", default=[SMALL, MIDDLE], help="events of each company"
    )
    parser.add_argument("--large", action="store_true", help=f"one of {LARGE:,} events besides")
    parser.add_argument("--customers", type=int, default=400)
    parser.add_argument("--months", type=int, default=30)
    parser.add_argument("--days", type=int, default=3, help="days that are added to each")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of loads")
    parser.add_argument(
        "--quick",
        type=Path,
        metavar="HOME",
        help="each step once, on this refreshed home of the smallest company: measures nothing",
    )
    arguments = parser.parse_args(argv)
    events = sorted({*arguments.events, *([LARGE] if arguments.large else [])})
    load.main(
        [
            *("--rows", str(min(MIDDLE, events[-1]))),
            *("--pairs", str(arguments.pairs)),
            *("--customers", str(arguments.customers)),
        ]
    )
    sizes = company.Sizes(
        events=tuple(events),
        customers=arguments.customers,
        months=arguments.months,
        days=arguments.days,
        quick_home=arguments.quick,
    )
    refresh.main(sizes)


if __name__ == "__main__":
    main()
