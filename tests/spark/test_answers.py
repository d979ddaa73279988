"""The same queries asked of both engines; skipped where Spark cannot run (`make parity` can)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.spark.session import missing_part, open_session
from orchestration.spark.tables import SparkTables
from orchestration.spark.translate import Translator
from tests.spark.cases import CASES, CATALOG, COLUMNS, ROWS, TABLE, Case

# Only who asks for it, by `make parity`, waits for Java.
pytest.importorskip("pyspark", reason="PySpark is not on the path; `make parity` asks these")
if missing := missing_part():
    pytest.skip(f"no Spark: {missing}", allow_module_level=True)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("spark") / "warehouse.duckdb"
    typed = ", ".join(f"cast({name} as {said}) as {name}" for name, said in COLUMNS.items())
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema facts")
        connection.execute(f"create table {TABLE} as select {typed} from ({ROWS})")
    return file


@pytest.fixture(scope="module")
def tables(warehouse: Path) -> Iterator[tuple[Any, SparkTables]]:
    with open_session(warehouse.parent) as session:
        found = SparkTables(warehouse, warehouse.parent, session)
        found.bring(TABLE)
        yield session, found


def in_any_order(rows: list[tuple[Any, ...]]) -> list[str]:
    return sorted(map(repr, rows))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_both_engines_give_the_rows_that_are_right(
    tables: tuple[Any, SparkTables], case: Case
) -> None:
    session, found = tables
    with found.cursor() as cursor:
        ours = cursor.execute(case.sql).fetchall()
    assert in_any_order(ours) == in_any_order(case.rows)
    query = Translator({CATALOG: {TABLE: COLUMNS}}).to_spark(case.sql)
    theirs = [tuple(plain(value) for value in row) for row in session.sql(query).collect()]
    assert in_any_order(theirs) == in_any_order(case.rows)


def plain(value: Any) -> Any:
    """A struct as a dictionary, as DuckDB hands it out."""
    return value.asDict() if hasattr(value, "asDict") else value
