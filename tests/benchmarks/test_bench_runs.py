"""The benchmark runs to its end: on the smallest company, too small to measure, each step once."""

from __future__ import annotations

import subprocess
import sys

from orchestration.settings import PROJECT_DIR
from tests.orchestration.homes import refresh_company

ARGUMENTS = (
    "--events",
    "3000",
    "--customers",
    "12",
    "--months",
    "6",
    "--days",
    "1",
    "--pairs",
    "1",
)
FIGURES = (
    "full refresh ÷ bare DuckDB",
    "peak memory of a full refresh",
    "nothing new ÷ full refresh",
    "CPU with nothing new",
    "first line on the terminal",
    "one more day on 3,000 events ÷ on 3,000 events",
)


def test_the_benchmark_ends_with_a_table_of_every_figure_beside_its_goal() -> None:
    home = refresh_company().at_work()
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks", *ARGUMENTS, "--quick", str(home.path)],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}{ended.stderr}"
    loading, _, table = ended.stdout.partition("| what | company | figures | result | goal |\n")
    assert "with provenance" in loading
    rows = [line.split(" | ") for line in table.splitlines()[1:]]
    assert {row[0].removeprefix("| ") for row in rows} >= set(FIGURES)
    assert all(float(row[3].split()[0]) > 0 for row in rows)
