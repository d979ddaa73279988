"""A Spark session on this machine, told to mean what DuckDB means; nothing else knows PySpark."""

from __future__ import annotations

import logging
import shutil
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Of these the numbers depend, or that there are any: a cluster has to be told the same.
MEANING = {
    # A cast that fails and a division by zero give null, as `try_cast` and `nullif` ask for.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    # A product of decimals keeps all of its places.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # Of three models its optimizer makes plans that give the right rows, and that its own
    # validation refuses.
    "spark.sql.lightweightPlanChangeValidation": "false",
}
# Of any size and anywhere: nobody looks at its pages, and the terminal is the build's.
QUIET = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    # What a page of its own would show of each query, plans and all; kept, it fills the memory.
    "spark.sql.maxPlanStringLength": "1000",
    "spark.sql.ui.retainedExecutions": "1",
    "spark.ui.retainedJobs": "1",
    "spark.ui.retainedStages": "1",
    "spark.ui.retainedTasks": "10",
    "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}
# Small tables in one process: here seconds go where a cluster gains them.
SMALL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.parquet.compression.codec": "uncompressed",
    "spark.sql.files.openCostInBytes": "67108864",
    # Each small table of a join has a page of its own: of 64 MB, two models with thirty joins had
    # no memory left.
    "spark.buffer.pageSize": "1m",
}


# PySpark lies beside the environment, in a folder of its own (`make parity`).
BESIDE = Path(sys.prefix) / "spark"


def missing_part() -> str | None:
    """What Spark lacks on this machine, with the remedy; None where it can run."""
    if BESIDE.is_dir() and str(BESIDE) not in sys.path:
        sys.path.append(str(BESIDE))
    if shutil.which("java") is None:
        return "no Java on the path; install openjdk-17-jre-headless"
    if find_spec("pyspark") is None:
        return f"no PySpark in {BESIDE}; `make spark` puts it there"
    return None


@contextmanager
def open_session(
    folder: Path,
    *,
    cores: int = 2,
    master: str | None = None,
    memory: str = "4g",
    settings: Mapping[str, str] | None = None,
) -> Iterator[Any]:
    """A session that keeps what it writes below a folder, stopped on leaving.

    Args:
        folder: Made where it is missing.
        cores: Tasks at a time in this process, where it has no other master.
        master: Spark's own word for where it runs: `spark://host:7077`, `local-cluster[2,1,4096]`.
        memory: Of the process, in Java's words: `4g`.
        settings: Of Spark, over those of this module.
    """
    from pyspark.sql import SparkSession  # an extra, which nothing else needs

    # PySpark writes each query that fails, plan and all; whoever asked tells what is of use.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    told = {
        **MEANING,
        **QUIET,
        **({} if master else SMALL),
        "spark.driver.memory": memory,
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.local.dir": str(folder / "tmp"),
        **(settings or {}),
    }
    builder = SparkSession.builder.master(master or f"local[{cores}]").appName("drivewheel")
    for name, value in told.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()
