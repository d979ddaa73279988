"""Tables of a DuckDB file, laid before Spark as Parquet under their own names."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import duckdb
import sqlglot
from sqlglot import exp

from orchestration.landing.sql import identifier, literal, path_literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from upath import UPath

# What Parquet or Spark has no type for, or one that holds less.
KEPT_AS = {
    "JSON": "varchar",
    "UUID": "varchar",
    "TIME": "varchar",
    "HUGEINT": "decimal(38, 0)",
}
CATALOG = "warehouse"
COLUMNS = """
select schema_name || '.' || table_name, column_name, data_type
from duckdb_columns()
where database_name = current_database() and not internal
order by schema_name, table_name, column_index
"""


class SparkTables:
    """The tables of one session: DuckDB's own, and those that Spark made of them.

    Attributes:
        columns: `schema.table` → column → its type in DuckDB.
    """

    def __init__(self, warehouse: Path, folder: Path, session: Any) -> None:  # noqa: ANN401
        """Open the warehouse, to be read.

        Args:
            warehouse: A DuckDB file that nobody writes.
            folder: Where the Parquet files are kept.
            session: Spark's.
        """
        self._connection = duckdb.connect(str(warehouse), read_only=True)
        self._connection.execute("set timezone = 'UTC'")
        self._folder, self._session = folder, session
        self._lock = Lock()
        self._there: set[str] = set()
        self.columns: dict[str, dict[str, str]] = {}
        for table, column, data_type in self._connection.execute(COLUMNS).fetchall():
            self.columns.setdefault(table, {})[column] = data_type
        for schema in {table.split(".")[0] for table in self.columns}:
            session.sql(f"create database if not exists `{schema}`")

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Of the warehouse, for one thread."""
        with self._lock:
            return self._connection.cursor()

    def has(self, table: str) -> bool:
        """Whether Spark has a table, which it made or was given."""
        return table in self._there

    def bring(self, table: str) -> None:
        """Have Spark read a table as DuckDB has it, in place of what it may have made itself."""
        folder = self._folder / "given" / table
        with self.cursor() as cursor:
            columns = write_rows(cursor, table, folder)
        lay(self._session, table, folder, columns)
        self._there.add(table)

    def make(self, table: str, query: str) -> Path:
        """Have Spark make a table of a query in its dialect; gives the folder of its Parquet."""
        folder = self._folder / "made" / table
        self._session.sql(f"create table {called(table)} {_stored_in(folder)} as {query}")
        self._there.add(table)
        return folder

    def write(self, name: str, query: str) -> Path:
        """Have Spark write the rows of a query in its dialect; gives the folder of its Parquet."""
        folder = self._folder / "made" / name
        self._session.sql(query).write.parquet(str(folder))
        return folder


def lay(session: Any, table: str, folder: Path | UPath, columns: str = "") -> None:  # noqa: ANN401
    """Have Spark read a table from a folder of Parquet files, in place of what it knew of it.

    Args:
        session: Spark's.
        table: `schema.table`; the schema is there.
        folder: With the files.
        columns: As Spark declares them; where they are left out it looks into the files.
    """
    declared = f"({columns})" if columns else ""
    session.sql(f"drop table if exists {called(table)}")
    session.sql(f"create table {called(table)} {declared} {_stored_in(folder)}")


def lay_view(session: Any, table: str, query: str) -> None:  # noqa: ANN401
    """Have Spark know `schema.table`, whose schema is there, as a query in its own dialect."""
    session.sql(f"create or replace view {called(table)} as {query}")


def _stored_in(folder: Path | UPath) -> str:
    return f"using parquet location {exp.Literal.string(str(folder)).sql('spark')}"


def rows_in(folder: Path) -> str:
    """DuckDB's reading of the Parquet files that Spark wrote to a folder."""
    return f"read_parquet({path_literal(folder)} || '/*.parquet')"


def write_rows(cursor: duckdb.DuckDBPyConnection, table: str, folder: Path) -> str:
    """Write a table of DuckDB's as Parquet in a new folder.

    Gives its columns as Spark declares them: to find them out by itself takes it a job a table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    columns = kept_columns(cursor, table)
    file = literal(str(folder / "rows.parquet"))
    cursor.execute(
        f"copy (select {selected(columns)} from {quoted(table)}) to {file} (format parquet)"
    )
    return declared(columns)


def described(cursor: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    """The columns of what a query of DuckDB's gives, with their types."""
    found = cursor.execute(f"describe {query}").fetchall()
    return {name: said for name, said, *_ in found}


def kept_columns(cursor: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The columns of a table of DuckDB's, with the types in which Parquet keeps them."""
    columns = described(cursor, f"from {quoted(table)}")
    return {name: KEPT_AS.get(said, said) for name, said in columns.items()}


def selected(columns: Mapping[str, str]) -> str:
    """SQL of DuckDB: columns as Parquet keeps them."""
    return ", ".join(
        f"cast({identifier(name)} as {said}) as {identifier(name)}"
        for name, said in columns.items()
    )


def declared(columns: Mapping[str, str]) -> str:
    """Columns as Spark declares them."""
    return ", ".join(f"`{name}` {spark_type(said)}" for name, said in columns.items())


@lru_cache(maxsize=256)
def spark_type(said: str) -> str:
    """A type of DuckDB's, in Spark's words."""
    return str(exp.DataType.build(said, dialect="duckdb").sql("spark"))


def called(table: str) -> str:
    """`schema.table` in Spark's SQL."""
    return ".".join(f"`{part}`" for part in table.split("."))


def tables_of(written: str) -> list[str]:
    """The tables that a query in DuckDB's dialect reads, as `schema.table`, sorted."""
    tree = sqlglot.parse_one(written, dialect="duckdb")
    return sorted({f"{one.db}.{one.name}" for one in tree.find_all(exp.Table) if one.db})


def quoted(table: str) -> str:
    """`schema.table` in DuckDB's SQL."""
    return ".".join(identifier(part) for part in table.split("."))
