"""How quick the pages of a home are: many readers at once, and all of them as files.

python -m benchmarks.pages --home HOME [--clients 16] [--asks 40]

A server of its own is asked by clients side by side, each for pages drawn by chance with a fixed
seed; a page's first reader waits until it is rendered. Measure beside a refresh by starting one.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from orchestration.pages import addresses
from orchestration.pages.app import build_app
from orchestration.pages.export import export_pages
from orchestration.pages.routes import all_pages
from orchestration.pages.site import Site
from orchestration.settings import Settings
from tests.pages.server import serve_app

# Goals in milliseconds, at the server.
EXECUTIVE_MS, OTHER_MS, EXPORT_SECONDS, LARGEST_BYTES = 150, 400, 30, 300_000


def main(argv: list[str] | None = None) -> None:
    """Print the figures beside their goals."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--asks", type=int, default=40, help="pages that each client asks for")
    arguments = parser.parse_args(argv)
    settings = Settings(home=arguments.home)
    pages = list(all_pages(Site(settings)))
    first, again = _ask(settings, pages, clients=arguments.clients, asks=arguments.asks)
    print(f"{arguments.clients} clients, twice {len(first)} pages, every answer 200")
    for name, took in (("first", first), ("again", again)):
        executive = [ms for page, ms, _ in took if page == addresses.HOME]
        others = [ms for page, ms, _ in took if page != addresses.HOME]
        print(f"{name}: executive page, p95: {_p95(executive):.0f} ms (goal {EXECUTIVE_MS})")
        print(f"{name}: other pages, p95: {_p95(others):.0f} ms (goal {OTHER_MS})")
    print(f"largest page: {max(size for *_, size in first):,} bytes (goal {LARGEST_BYTES:,})")
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        count = export_pages(settings, Path(folder) / "site")
        seconds = time.perf_counter() - begun
    print(f"{count:,} pages as files: {seconds:.1f} s (goal {EXPORT_SECONDS})")


def _ask(
    settings: Settings, pages: list[str], *, clients: int, asks: int
) -> list[list[tuple[str, float, int]]]:
    """Page, milliseconds and size of each answer: of the first time, and of the same again."""

    def read(url: str, number: int) -> list[tuple[str, float, int]]:
        chance, took = random.Random(number), []  # noqa: S311 - no secret
        for ask in range(asks):
            page = addresses.HOME if ask % 4 == 0 else chance.choice(pages)
            begun = time.perf_counter()
            with urllib.request.urlopen(f"{url}/{page}") as answer:  # noqa: S310 - our own
                size = len(answer.read())
            took.append((page, 1000 * (time.perf_counter() - begun), size))
        return took

    with serve_app(build_app(settings)) as url, ThreadPoolExecutor(clients) as readers:
        return [
            [each for took in readers.map(partial(read, url), range(clients)) for each in took]
            for _ in range(2)
        ]


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


if __name__ == "__main__":
    main()
