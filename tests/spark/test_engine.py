"""A model's rows by Spark while a build runs; skipped where Spark cannot run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from orchestration.spark import engine as engine_module
from orchestration.spark.engine import SparkEngine, is_made_by_spark, rows_behind
from orchestration.spark.known import KNOWN
from orchestration.spark.session import missing_part
from orchestration.spark.tables import tables_of

SOURCE = "select * from (values (1, 'a', 7), (2, 'a', 8)) as visits (n, team, _load_id)"
VIEW = "select visits.n, visits.team from warehouse.raw_web.visits as visits where visits.n < 2"
MODEL = """
select views.team, sum(views.n) as n, date '2026-03-02' as day_on
from warehouse.staging.views as views
group by views.team
"""


def test_the_tables_of_a_query_are_those_with_a_schema() -> None:
    assert tables_of(f"with views as ({MODEL}) select * from views") == ["staging.views"]


def test_spark_makes_tables_of_sql_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KNOWN, "fct_known", "a reason")

    def is_made(materialized: str, language: str = "sql", name: str = "fct_visits") -> bool:
        config = SimpleNamespace(materialized=materialized)
        return is_made_by_spark(
            SimpleNamespace(resource_type="model", language=language, config=config, name=name)
        )

    assert is_made("table") and is_made("incremental")
    assert not is_made("view")
    assert not is_made("table", language="python")
    assert not is_made("table", name="fct_known")


@pytest.mark.parametrize(("master", "large"), [(None, 1_000_000), ("local-cluster[2,1,1024]", 0)])
def test_rows_come_from_spark_in_the_types_of_duckdb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, master: str | None, large: int
) -> None:
    pytest.importorskip("pyspark", reason="PySpark is not on the path; `make parity` asks this")
    if missing := missing_part():
        pytest.skip(f"no Spark: {missing}")
    monkeypatch.setattr(engine_module, "LARGE", large)
    # What SQL and addresses take for something else; Spark takes a bracket for a pattern.
    folder = tmp_path / "it's 50%20 höme" / "spark"
    lake = f"file://{tmp_path}/lake" if master else tmp_path / "lake"
    engine = SparkEngine(folder, lake=lake, cores=1, master=master)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema raw_web; create schema raw_meta; create schema staging")
        connection.execute(f"create table raw_web.visits as {SOURCE}")
        connection.execute("create table raw_meta.files as select 7 as load_id, 'ab' as sha256")
        connection.execute(f"create view staging.views as {VIEW}")
        rows = engine.rows_of(connection, MODEL, {"staging.views": VIEW}, table="core.fct_visits")
        assert "read_parquet" in rows
        described = [column[:2] for column in connection.execute(f"describe {rows}").fetchall()]
        assert described == [("team", "VARCHAR"), ("n", "HUGEINT"), ("day_on", "DATE")]
        assert connection.execute(f"select team, n from ({rows})").fetchall() == [("a", 1)]
        # A query of metrics over few rows is left to DuckDB.
        asked = "select team, sum(n) as n from warehouse.raw_web.visits as visits group by team"
        rows = engine.rows_of_many(connection, asked)
        assert (rows == asked) == (large > 0)
        assert connection.execute(f"select team, n from ({rows})").fetchall() == [("a", 3)]
        # A view is written down, unless much is behind it.
        assert len(list((folder / "rows").iterdir())) == 2
        assert rows_behind(connection, MODEL, {"staging.views": VIEW}) == 2
    engine.close()
    assert not folder.exists()
    # Each load was copied by itself, and stays for the next build.
    kept = sorted(path.name for path in (tmp_path / "lake").rglob("*.parquet"))
    assert kept == ["00000007-ab.1-of-1.parquet", "00000008-0.1-of-1.parquet"]
