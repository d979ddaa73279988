"""Great Expectations asked of DuckDB: what passes, what fails, and what cannot be asked."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from expectations.expect import Between, Expectation, InSet, RowCountBetween, no_rows
from expectations.runner import (
    Batch,
    Suite,
    SuiteError,
    _data_source,
    _met_at_once,
    _run,
    run_suites,
)
from orchestration.settings import PROJECT_DIR

WRITE = """
import sys, duckdb
duckdb.connect(sys.argv[1], config={"threads": 1}).execute("insert into amounts values (5)")
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file with the numbers 1 to 3."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table amounts as select * from range(1, 4) as t (amount)")
    return path


def suite(*expectations: object, query: str = "select * from amounts") -> Suite:
    """A blocking suite of these."""
    return Suite("gate_1", "gate_1", ("shop", "amounts"), [Batch(query, expectations)], True)


def between(low: float, high: float, column: str = "amount") -> object:
    """An expectation of a range."""
    return Between(column, low, high, "in range")


def test_what_is_as_expected_passes_and_what_is_not_fails(database: Path) -> None:
    good, bad = run_suites(
        database,
        [
            suite(between(1, 3), no_rows("select * from {batch} where amount > 3", "small")),
            suite(between(1, 2), no_rows("select * from {batch} where amount > 2", "small")),
        ],
    )
    assert (good.passed, good.detail, good.expectation_count) == (True, "as expected", 2)
    assert not bad.passed
    assert bad.detail == ("in range (found 1, first amount 3); small (found 1, first amount 3)")


def test_the_file_is_free_afterwards_here_and_elsewhere(database: Path) -> None:
    run_suites(database, [suite(between(1, 3))])
    with duckdb.connect(str(database), config={"threads": 1, "memory_limit": "100MB"}) as again:
        again.execute("insert into amounts values (4)")
    subprocess.run([sys.executable, "-c", WRITE, str(database)], check=True)
    with duckdb.connect(str(database)) as again:
        assert again.execute("select max(amount) from amounts").fetchall() == [(5,)]


def test_the_file_is_free_after_an_expectation_that_could_not_be_asked(database: Path) -> None:
    with pytest.raises(SuiteError):
        run_suites(database, [suite(between(1, 3, column="price"))])
    with duckdb.connect(str(database), config={"threads": 1}) as again:
        again.execute("insert into amounts values (4)")


def test_plain_dialect_cannot_be_asked(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # When this fails, duckdb-engine or GX has mended it and our dialect may go.
    monkeypatch.setattr(
        "expectations.dialect.register", lambda database, config: f"duckdb:///{database}"
    )
    with pytest.raises(SuiteError):
        run_suites(database, [suite(between(1, 2))])


NUMBERS = ("amount", "missing", "odd")
OF_NUMBERS = (
    lambda column: Between(column, 1, 3, "r"),
    lambda column: Between(column, None, 2, "r"),
    lambda column: Between(column, 2, None, "r"),
    lambda column: no_rows(f'select * from {{batch}} where "{column}" > 2', "r"),
)
MIXED = (
    *(build(column) for build in OF_NUMBERS for column in NUMBERS),
    InSet("word", ["a", "o'b"], "r"),
    InSet("word", ["a"], "r"),
    RowCountBetween(1, 3, "r"),
    RowCountBetween(4, 9, "r"),
)


@pytest.mark.parametrize("expectation", MIXED, ids=str)
def test_asked_at_once_it_says_what_great_expectations_says(
    database: Path, expectation: Expectation
) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create table mixed as from (values (1, 'a', null::int, 'nan'::double), "
            "(3, 'o''b', null, 2)) as t (amount, word, missing, odd)"
        )
    asked = suite(expectation, query="select * from mixed")
    at_once = bool(_met_at_once(database, [asked], {}))
    with _data_source(database, {}) as source:
        assert at_once == _run(source, 0, asked).passed


@pytest.mark.parametrize("folder", ["it's home", "a%20b", "$HOME inside", "Büro"])
def test_the_file_that_is_asked_may_lie_anywhere(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "warehouse.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table amounts as select 7 as amount")
    (outcome,) = run_suites(
        path, [suite(between(1, 3))], config={"memory_limit": "200MB", "threads": 1}
    )
    assert outcome.detail == "in range (found 1, first amount 7)"


def test_great_expectations_is_not_waited_for_where_nothing_is_wrong(database: Path) -> None:
    ask = (
        "import sys; from pathlib import Path; from expectations.expect import Between\n"
        "from expectations.runner import Batch, Suite, run_suites\n"
        "batch = Batch('from amounts', [Between('amount', 1, 3, 'r')])\n"
        "suite = Suite('gate_1', 'gate_1', ('a', 'b'), [batch], True)\n"
        "assert run_suites(Path(sys.argv[1]), [suite], site=Path(sys.argv[1] + '.d'))[0].passed\n"
        "print('great_expectations' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", ask, str(database)],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "False"


@pytest.mark.parametrize(
    "expectation",
    [
        between(1, 3, column="price"),
        no_rows("select price from {batch}", "no such column"),
        no_rows("select * from nowhere", "no such table"),
        InSet("price", ["a"], "one of them"),
    ],
    ids=["range", "column", "table", "set"],
)
def test_an_expectation_that_cannot_be_asked_neither_passes_nor_fails(
    database: Path, expectation: object
) -> None:
    with pytest.raises(SuiteError, match=r"shop/amounts: .* could not be asked"):
        run_suites(database, [suite(expectation)])


def test_unexpected_rows_are_values_that_json_knows(database: Path) -> None:
    query = (
        "select date '2026-03-31' as day, 1.50::decimal(18, 6) as price, 'nan'::double as value, "
        "timestamp '2026-03-31 10:00' as at, [1] as list, true as flag, null as gone"
    )
    (outcome,) = run_suites(
        database, [suite(no_rows("select * from {batch}", "none"), query=query)]
    )
    assert json.loads(json.dumps(outcome.unexpected_rows)) == [
        {
            "day": str(dt.date(2026, 3, 31)),
            "price": "1.500000",
            "value": "nan",
            "at": "2026-03-31 10:00:00",
            "list": "[1]",
            "flag": True,
            "gone": None,
        }
    ]
