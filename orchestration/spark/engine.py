"""Models computed by Spark while dbt builds; what they yield is written to the warehouse.

dbt does all else as ever: it decides what is built, in which order, by which contract, and asks
its tests. A model's query is translated and run by Spark; in its place DuckDB reads the rows
that came of it, in the types that the query has in DuckDB. Views stay DuckDB's; Spark computes
one when a model reads it, once a build, unless so many rows are behind it that to read them again
is less than to write them down. Raw tables it reads from the lake, load by load; what
else it did not make in this build (the company's, Python's, what was skipped) from the warehouse.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Any

from orchestration.landing.sql import identifier
from orchestration.project.dbt_internals import cursor_of, wrap_executing
from orchestration.project.engine import compute_by
from orchestration.spark.known import KNOWN
from orchestration.spark.lake import Lake
from orchestration.spark.session import missing_part, open_session
from orchestration.spark.tables import (
    CATALOG,
    described,
    lay,
    lay_view,
    quoted,
    rows_in,
    tables_of,
    write_rows,
)
from orchestration.spark.translate import Translator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb
    from upath import UPath

    from orchestration.project.dbt_internals import Step

MADE_BY_SPARK = ("table", "incremental")
# A view over at least so many rows stays a view of Spark's, and a query of metrics over so many is
# computed by it. Of all other views Spark would have to plan what they are made of in every query,
# and of two unions over all of staging it did not end; to ask it takes longer than to compute one
# of the hundreds of queries over a few rows.
LARGE = 1_000_000
SIZES = """
select coalesce(sum(estimated_size), 0) from duckdb_tables()
where list_contains(?::varchar[], schema_name || '.' || table_name)
"""


class SparkEngineError(Exception):
    """Spark cannot be had; the message says what is missing."""


class SparkEngine:
    """One build's session, and what of the warehouse it has seen."""

    def __init__(
        self, folder: Path, *, lake: str | Path, cores: int = 2, master: str | None = None
    ) -> None:
        """Know where to work; a session is opened when the first model asks.

        Args:
            folder: Emptied at the beginning and at the end.
            lake: Of the loads, which stay there: a path, or a URL that fsspec knows.
            cores: Tasks at a time in this process, where Spark has no other master, and cursors
                of DuckDB that write to the lake.
            master: Spark's, where it runs beyond this process.
        """
        self._folder, self._lake = folder, Lake(lake, workers=cores)
        self._cores, self._master = cores, master
        self._stack = ExitStack()
        self._session: Any = None
        self._lock = Lock()
        self._there: set[str] = set()
        self._views: dict[str, str] = {}
        self._made = 0

    def install(self) -> None:
        """Have dbt build models by this engine, and Python models ask it.

        Raises:
            SparkEngineError: Spark cannot run here.
        """
        if missing := missing_part():
            raise SparkEngineError(f"the engine is spark, and there is {missing}")

        def computing(execute: Step) -> Step:
            def execute_computed(runner: Any, node: Any, manifest: Any) -> Any:  # noqa: ANN401
                if not is_made_by_spark(node):
                    return execute(runner, node, manifest)
                written = node.compiled_code
                self._views = {
                    f"{one.schema}.{one.alias}": one.compiled_code
                    for one in manifest.nodes.values()
                    if one.resource_type == "model" and one.config.materialized == "view"
                }
                table = f"{node.schema}.{node.alias}"
                try:
                    node.compiled_code = self.rows_of(
                        cursor_of(runner), written, self._views, table=table
                    )
                    return execute(runner, node, manifest)
                finally:
                    node.compiled_code = written

            return execute_computed

        wrap_executing(computing)
        compute_by(self.rows_of_many)

    def rows_of_many(self, cursor: duckdb.DuckDBPyConnection, written: str) -> str:
        """As `rows_of`, where a query reads that many rows; else the query itself."""
        is_large = rows_behind(cursor, written, self._views) >= LARGE
        return self.rows_of(cursor, written, self._views) if is_large else written

    def rows_of(
        self,
        cursor: duckdb.DuckDBPyConnection,
        written: str,
        views: Mapping[str, str],
        *,
        table: str | None = None,
    ) -> str:
        """Have Spark run a query; gives DuckDB's query of the rows that came of it.

        Args:
            cursor: Of the warehouse, with all that the query reads.
            written: The query, in DuckDB's dialect.
            views: Views that it may read, and what they are.
            table: `schema.table` that is made of it, if one is.
        """
        types = described(cursor, written)
        with self._lock:
            session = self._opened()
            self._bring(cursor, written, views)
            folder = self._new_folder()
        query = _translated(cursor, written)
        session.sql(query).write.parquet(str(folder))
        if table is not None:
            with self._lock:
                self._see(table, folder)
        columns = ", ".join(
            f"cast({identifier(name)} as {said}) as {identifier(name)}"
            for name, said in types.items()
        )
        return f"select {columns} from {rows_in(folder)}"

    def close(self) -> None:
        """End the session, and leave nothing behind."""
        self._stack.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _opened(self) -> Any:  # noqa: ANN401 - Spark's session
        if self._session is None:
            shutil.rmtree(self._folder, ignore_errors=True)
            session = open_session(self._folder, cores=self._cores, master=self._master)
            self._session = self._stack.enter_context(session)
        return self._session

    def _bring(
        self, cursor: duckdb.DuckDBPyConnection, written: str, views: Mapping[str, str]
    ) -> None:
        """Have Spark see all that a query reads."""
        for read in tables_of(written):
            if read in self._there:
                continue
            if read in views:
                self._bring_view(cursor, read, views)
            elif self._lake.holds(read):
                self._see(read, *self._lake.bring(cursor, read))
            else:
                folder = self._new_folder()
                self._see(read, folder, write_rows(cursor, read, folder))

    def _bring_view(
        self, cursor: duckdb.DuckDBPyConnection, view: str, views: Mapping[str, str]
    ) -> None:
        self._bring(cursor, views[view], views)
        query = _translated(cursor, views[view])
        if rows_behind(cursor, views[view], views) >= LARGE:
            self._name(view)
            lay_view(self._session, view, query)
        else:
            folder = self._new_folder()
            self._session.sql(query).write.parquet(str(folder))
            self._see(view, folder)

    def _see(self, table: str, folder: Path | UPath, columns: str = "") -> None:
        self._name(table)
        lay(self._session, table, folder, columns)

    def _name(self, table: str) -> None:
        self._there.add(table)
        self._session.sql(f"create database if not exists `{table.split('.')[0]}`")

    def _new_folder(self) -> Path:
        self._made += 1
        return self._folder / "rows" / f"{self._made:04}"


def rows_behind(cursor: duckdb.DuckDBPyConnection, written: str, views: Mapping[str, str]) -> int:
    """About how many rows a query's tables have, those behind its views included."""
    read = tables_of(written)
    ((rows,),) = cursor.execute(SIZES, [[table for table in read if table not in views]]).fetchall()
    return int(rows) + sum(
        rows_behind(cursor, views[table], views) for table in read if table in views
    )


def _translated(cursor: duckdb.DuckDBPyConnection, written: str) -> str:
    columns = {table: described(cursor, f"from {quoted(table)}") for table in tables_of(written)}
    return Translator({CATALOG: columns}).to_spark(written)


def is_made_by_spark(node: Any) -> bool:  # noqa: ANN401 - dbt's own
    """Whether a node of dbt's is a table of SQL that Spark runs to the same rows."""
    return (
        node.resource_type == "model"
        and node.language == "sql"
        and node.config.materialized in MADE_BY_SPARK
        and node.name not in KNOWN
    )
