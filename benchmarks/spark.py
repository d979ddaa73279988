"""Models over events on Spark beside DuckDB: seconds, memory, bytes shuffled.

    python -m benchmarks.spark HOME [--master local-cluster[2,1,3072]] [--memory 4GB] [MODEL …]

HOME is one that was refreshed, with as many events as are to be measured. The first build of each
model is run by either engine, one after the other, on what the warehouse holds: by DuckDB into a
temporary table, by Spark as a build does it, from Parquet to Parquet. Copying loads into the lake
is a row of its own, for it is done once a load. Rows are counted and hashed on both sides.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.company import build_config
from orchestration.landing.sql import identifier
from orchestration.lineage.project import compiled_models
from orchestration.project.manifest import MANIFEST, read_manifest
from orchestration.settings import Settings
from orchestration.spark.engine import SparkEngine
from orchestration.spark.lake import Lake
from orchestration.spark.session import missing_part
from tests.warehouse import run_dbt

MODELS = (
    "int_product__usage_days",
    "int_product__user_days",
    "int_product__feature_days",
    "int_product__user_snapshots",
    "int_product__feature_snapshots",
)
EVENTS = "raw_segment.tracks"
# Two workers of one core and 3 GiB each, of which two thirds are an executor's heap.
MASTER, HEAP = "local-cluster[2,1,3072]", "2g"
GIB = 1024**3


@dataclass(frozen=True)
class Row:
    """What one step took by either engine; `rows` are what came of it."""

    what: str
    duckdb: float
    spark: float
    shuffled: int = 0
    rows: str = ""

    def __str__(self) -> str:
        """A line of the table."""
        ours = f"{self.duckdb:.1f} s" if self.duckdb else ""
        shuffled = f"{self.shuffled / GIB:.2f} GiB" if self.shuffled else ""
        return f"| {self.what} | {ours} | {self.spark:.1f} s | {shuffled} | {self.rows} |"


def main(argv: Sequence[str] | None = None) -> None:
    """Print a row for each model, then what it took in all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark")
    parser.add_argument("home", type=Path, help="a home that was refreshed")
    parser.add_argument("models", nargs="*", default=MODELS, metavar="MODEL")
    parser.add_argument("--master", default=MASTER, help="where Spark runs, in its words")
    parser.add_argument("--heap", default=HEAP, help="of an executor, in Java's words")
    parser.add_argument("--memory", default="4GB", help="DuckDB's memory_limit")
    arguments = parser.parse_args(argv)
    if missing := missing_part():
        print(f"nothing is measured: there is {missing}")
        return
    home = arguments.home.resolve()
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        f"--conf spark.executor.memory={arguments.heap} pyspark-shell"
    )
    settings = Settings(home=home, memory_limit=arguments.memory, _env_file=None)
    with tempfile.TemporaryDirectory(dir=home, prefix="spark-") as folder:
        bench = Bench(settings, Path(folder), arguments.master)
        print("| what | DuckDB | Spark | shuffled | rows |\n|---|---|---|---|---|")
        rows = []
        for row in bench.measure(arguments.models):
            print(row, flush=True)
            rows.append(row)
        models = rows[1:]
        print(
            Row(
                "all models",
                sum(row.duckdb for row in models),
                sum(row.spark for row in models),
                sum(row.shuffled for row in models),
            )
        )
        print(f"\npeak memory: DuckDB {bench.duckdb_peak}; Spark {bench.spark_peak} GiB")
        bench.close()


class Bench:
    """A warehouse that is read, and a session of Spark's."""

    def __init__(self, settings: Settings, folder: Path, master: str) -> None:
        """Compile what is built first."""
        run_dbt(settings, "compile", "--full-refresh")
        manifest = read_manifest(settings.target_dir / MANIFEST)
        self._written: dict[str, tuple[str, str]] = {}
        self._views: dict[str, str] = {}
        for model, path in compiled_models(manifest, settings.target_dir):
            table, written = f"{model.schema}.{model.alias}", path.read_text()
            self._written[model.name] = table, written
            if model.materialized == "view":
                self._views[table] = written
        self._connection = duckdb.connect(
            str(settings.warehouse_path),
            read_only=True,
            config=build_config(settings),
        )
        self._connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        self._lake_folder = settings.home_dir / "lake"
        self._engine = SparkEngine(folder / "spark", lake=self._lake_folder, master=master)
        self.duckdb_peak, self.spark_peak = "", ""

    def measure(self, models: Sequence[str]) -> Iterator[Row]:
        """A row for the loads, and one for each model."""
        began = time.perf_counter()
        Lake(self._lake_folder).bring(self._connection, EVENTS)
        ((count,),) = self._connection.execute(f"select count(*) from {EVENTS}").fetchall()
        yield Row("loads to the lake", 0, time.perf_counter() - began, rows=f"{count:,}")
        for model in models:
            yield self._measured(model)

    def close(self) -> None:
        """End the session."""
        self._engine.close()
        self._connection.close()

    def _measured(self, model: str) -> Row:
        table, written = self._written[model]
        began = time.perf_counter()
        self._connection.execute(f"create or replace temp table made as {written}")
        ours = time.perf_counter() - began
        before = shuffled_bytes()
        began = time.perf_counter()
        rows = self._engine.rows_of(self._connection, written, self._views, table=table)
        theirs = time.perf_counter() - began
        shuffled = shuffled_bytes() - before
        same = self._digest("made") == self._digest(f"({rows})")
        ((count,),) = self._connection.execute("select count(*) from made").fetchall()
        self._connection.execute("drop table made")
        self.duckdb_peak = f"{peak_of(os.getpid()) / GIB:.1f} GiB"
        peaks = sorted(map(peak_of, processes_below(os.getpid())), reverse=True)
        self.spark_peak = " + ".join(f"{peak / GIB:.1f}" for peak in peaks if peak > GIB / 10)
        return Row(
            model, ours, theirs, shuffled, f"{count:,}, {'the same' if same else 'DIFFERENT'}"
        )

    def _digest(self, relation: str) -> tuple[object, ...] | None:
        """How many rows, and a sum of their hashes: equal for equal rows in any order."""
        columns = self._connection.execute(f"describe select * from {relation}").fetchall()
        names = ", ".join(identifier(name) for name, *_ in columns)
        return self._connection.execute(
            f"select count(*), sum(cast(hash({names}) as hugeint)) from {relation}"
        ).fetchone()


def shuffled_bytes() -> int:
    """What Spark's executors have written for others so far; 0 where there is no session."""
    from pyspark.sql import SparkSession  # beside the environment

    session = SparkSession.getActiveSession()
    if session is None:
        return 0
    executors = session.sparkContext._jsc.sc().statusStore().executorList(False)
    return sum(executors.apply(i).totalShuffleWrite() for i in range(executors.size()))


def peak_of(process: int) -> int:
    """Bytes of memory that a process had at most (Linux); 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def processes_below(process: int) -> list[int]:
    """A process's children, with theirs."""
    children = [
        int(child)
        for task in Path(f"/proc/{process}/task").glob("*/children")
        for child in task.read_text().split()
    ]
    return children + [below for child in children for below in processes_below(child)]


if __name__ == "__main__":
    main()
