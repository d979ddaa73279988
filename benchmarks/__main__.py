"""`make bench`: every ratio of the project, measured side by side in one run.

python -m benchmarks [--small 1000000] [--large 10000000]
"""

from __future__ import annotations

import argparse

from benchmarks import load, refresh


def main() -> None:
    """Print the ratios of loading, then those of refreshing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1_000_000, help="events of the small company")
    parser.add_argument("--large", type=int, default=10_000_000, help="events of the large one")
    arguments = parser.parse_args()
    load.main(["--rows", str(arguments.small)])
    refresh.main(small=arguments.small, large=arguments.large)


if __name__ == "__main__":
    main()
