"""The warehouse against the oracle, which was written from the definitions alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.conftest import DEMO_END
from tests.end_to_end.conftest import RandomCompany
from tests.oracles.agreement import (
    Agreement,
    ask_oracle,
    compare_metrics,
    compare_months,
    compare_movements,
)
from tests.oracles.mrr import Result

SHOWN = 12


@pytest.fixture(scope="module")
def demo_oracle(demo_home: Path) -> Result:
    return ask_oracle(demo_home / "landing", DEMO_END)


def warehouse(home: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(home / "warehouse.duckdb"), read_only=True)


def assert_agreement(agreement: Agreement, *, at_least: int) -> None:
    found = agreement.differences
    shown = "\n".join(str(difference) for difference in found[:SHOWN])
    assert not found, f"{len(found)} of {agreement.compared} amounts differ:\n{shown}"
    # An empty warehouse agrees with an empty oracle.
    assert agreement.compared >= at_least


def test_months_of_the_demo_agree(demo_home: Path, demo_oracle: Result) -> None:
    with warehouse(demo_home) as connection:
        assert_agreement(compare_months(connection, demo_oracle), at_least=20_000)


def test_movements_of_the_demo_agree(demo_home: Path, demo_oracle: Result) -> None:
    with warehouse(demo_home) as connection:
        assert_agreement(compare_movements(connection, demo_oracle), at_least=1_000)


def test_metrics_of_the_demo_agree(demo_home: Path, demo_oracle: Result) -> None:
    with warehouse(demo_home) as connection:
        agreement = compare_metrics(connection, sorted(demo_oracle.metrics.items()))
    assert_agreement(agreement, at_least=6 * 26)
    assert sum(m.nrr is not None for m in demo_oracle.metrics.values()) >= 13


def test_months_of_a_random_company_agree(random_company: RandomCompany) -> None:
    with random_company.open() as connection:
        agreement = compare_months(connection, random_company.oracle)
    assert_agreement(agreement, at_least=200_000)


def test_movements_of_a_random_company_agree(random_company: RandomCompany) -> None:
    with random_company.open() as connection:
        agreement = compare_movements(connection, random_company.oracle)
    assert_agreement(agreement, at_least=20_000)


def test_a_difference_of_more_than_a_cent_is_found() -> None:
    agreement = Agreement()
    agreement.compare("c", "closing", 100, 100)
    agreement.compare("c", "opening", "100.0099", 100)
    agreement.compare("c", "fx", "100.0101", 100)
    agreement.compare("c", "month", None, 100)
    agreement.compare("c", "rate", None, None)
    assert [difference.what for difference in agreement.differences] == ["fx", "month"]
