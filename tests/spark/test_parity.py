"""Comparing what Spark made with what DuckDB has, and what is said of it. No Java is needed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.spark import parity
from orchestration.spark.differences import Difference, compare_tables
from orchestration.spark.parity import (
    DIFFERENT,
    EQUAL,
    FAILED,
    LINEAGE,
    METRICS,
    NEAR,
    Verdict,
    first_words,
    tally,
)
from orchestration.spark.tables import write_rows
from tests.parity.__main__ import conclude

COLUMNS = {"id": "INTEGER", "amount": "DECIMAL(18,2)", "share": "DOUBLE", "path": "DOUBLE[]"}
ROWS = "(1, 10.00, 0.5, [1.0]), (1, 10.00, 0.5, [1.0]), (2, 20.00, null, null)"


def compared(tmp_path: Path, made: str) -> Difference:
    """The difference between `ROWS` and what Spark is said to have made."""
    typed = ", ".join(f"cast({name} as {said}) as {name}" for name, said in COLUMNS.items())
    with duckdb.connect() as connection:
        for table, rows in (("main.visits", ROWS), ("main.made", made)):
            connection.execute(
                f"create table {table} as select {typed} "
                f"from (values {rows}) as visits ({', '.join(COLUMNS)})"
            )
        write_rows(connection, "main.made", tmp_path / "made")
        return compare_tables(connection, "main.visits", COLUMNS, tmp_path / "made")


def test_rows_in_another_order_are_equal(tmp_path: Path) -> None:
    made = "(2, 20.00, null, null), (1, 10.00, 0.5, [1.0]), (1, 10.00, 0.5, [1.0])"
    assert compared(tmp_path, made) == Difference(0, 0)


def test_a_row_that_is_there_once_too_often_differs(tmp_path: Path) -> None:
    found = compared(tmp_path, f"{ROWS}, (1, 10.00, 0.5, [1.0])")
    assert (found.only_duckdb, found.only_spark, found.is_equal) == (0, 1, False)


def test_the_last_bits_of_a_double_are_near(tmp_path: Path) -> None:
    found = compared(
        tmp_path, ROWS.replace("0.5", "0.5000000001").replace("[1.0]", "[1.0000000001]")
    )
    assert found == Difference(0, 0, near=("share", "path"))


@pytest.mark.parametrize(
    ("of", "instead"),
    [("0.5", "0.500000001"), ("null, null", "0.0, null"), ("[1.0]", "[1.0, 1.0]")],
)
def test_more_than_the_last_bits_differs(tmp_path: Path, of: str, instead: str) -> None:
    assert not compared(tmp_path, ROWS.replace(of, instead)).is_equal


def test_money_is_exact(tmp_path: Path) -> None:
    found = compared(tmp_path, ROWS.replace("20.00", "20.01"))
    assert not found.is_equal
    assert found.columns == ("amount: 20.00 / 20.01",)


def test_a_known_difference_that_is_gone_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(parity.KNOWN, "kept", "a reason")
    monkeypatch.setattr("tests.parity.__main__.KNOWN", parity.KNOWN)

    def verdict(name: str, what: str) -> Verdict:
        return Verdict(f"core.{name}", name, what, "", 0.1)

    assert conclude([verdict("kept", FAILED), verdict("other", NEAR)], seconds=1) == 0
    assert conclude([verdict("kept", EQUAL)], seconds=1) == 1
    assert "core.kept is equal now: take it out" in capsys.readouterr().out
    assert conclude([verdict("other", DIFFERENT)], seconds=1) == 1


def test_the_tally_counts_what_is_the_same() -> None:
    verdicts = [Verdict("a.b", "b", verdict, "", 0.1) for verdict in (EQUAL, NEAR, FAILED, "given")]
    assert tally(verdicts) == (
        "2 of 3 models are the same on Spark (1 equal, 1 near, 1 FAILED); 1 tables given"
    )
    query = Verdict(METRICS, "query 1 of 1, mrr by month", DIFFERENT, "", 0.1)
    assert tally([*verdicts, query]).split("; ")[1:] == [
        "0 of 1 queries of metrics are the same on Spark (1 DIFFERENT)",
        "1 tables given",
    ]
    counts = Verdict(LINEAGE, "query 1 of 1, counts 1 to 2, 7 rows", EQUAL, "", 0.1)
    assert tally([query, counts, counts]) == (
        "0 of 1 queries of metrics are the same on Spark (1 DIFFERENT); "
        "2 of 2 queries of lineage are the same on Spark (2 equal); 0 tables given"
    )
    assert query.line == "DIFFERENT   0.1 s  metrics query 1 of 1, mrr by month"


def test_of_an_error_its_cause_is_told() -> None:
    said = "Job aborted:\n Task 0 (TID 1) (127.0.0.1 executor driver): java.lang.Error: no\n number"
    assert first_words(said) == "java.lang.Error: no number"
