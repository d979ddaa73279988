"""Properties of MRR in random companies, and of the checks that look for them.

An example is 1,500 random customers through one real dbt build, most of which costs the same for
fewer. Examples are the same in every run; a wider search is a larger `EXAMPLES`. What is found is
not shrunk but sorted out: the failing customer with the fewest landing rows is shown with its rows.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.end_to_end.conftest import CUSTOMERS, BuildCompany, RandomCompany
from tests.end_to_end.properties import (
    MONTHS,
    MOVEMENTS,
    Violation,
    all_violations,
    every_slice,
)
from tests.end_to_end.smallest import LandedRows
from tests.oracles.agreement import compare_months, compare_movements
from tests.oracles.mrr import Result

EXAMPLES = 1
SHOWN = 10


def failures(connection: duckdb.DuckDBPyConnection, oracle: Result) -> list[tuple[str | None, str]]:
    """Everything that is wrong in a warehouse: whose it is (a slice is nobody's), and what."""
    found = [(v.customer_id, str(v)) for v in all_violations(connection)]
    for agreement in (compare_months(connection, oracle), compare_movements(connection, oracle)):
        found += [(d.customer_id, str(d)) for d in agreement.differences]
    return found


def explain(home: Path, found: list[tuple[str | None, str]]) -> str:
    """The smallest failing customer first, then the others in short."""
    customers = {customer for customer, _ in found if customer}
    lines = [f"{len(found)} failures of {len(customers)} customers in {home}"]
    if customers:
        landed = LandedRows(home / "landing")
        smallest = landed.smallest(customers)
        lines += [what for customer, what in found if customer == smallest]
        lines.append(landed.describe(smallest))
    lines += [what for customer, what in found if customer is None][:SHOWN]
    return "\n".join(lines)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(min_value=1, max_value=2**32))
def test_random_companies_keep_every_property(build_company: BuildCompany, seed: int) -> None:
    company = build_company(seed)
    with company.open() as connection:
        (customers,) = connection.execute(
            f"select count(distinct customer_id) from {MONTHS}"
        ).fetchone() or (0,)
        # Some have no subscription that pays or is tried; nobody else may be missing.
        assert customers > 0.9 * CUSTOMERS
        found = failures(connection, company.oracle)
    if found:
        pytest.fail(f"seed {seed}: {explain(company.home, found)}", pytrace=False)


def test_published_retention_keeps_its_bounds_in_every_slice(demo_home: Path) -> None:
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as connection:
        compared, wrong = connection.execute("""
            select count(*), count(*) filter (not (grr.value between 0 and 1 and
                grr.value <= nrr.value))
            from governance.metric_values as grr
            inner join governance.metric_values as nrr
                using (grain, period_start, dimension, dimension_value)
            where grr.metric_id = 'grr' and nrr.metric_id = 'nrr' and grr.value is not null
        """).fetchone() or (0, 0)
    assert wrong == 0
    assert compared > 100


# The checks themselves: silent on what was built, loud on what was spoiled --------------------


@pytest.fixture
def spoiled(random_company: RandomCompany, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the random company's warehouse, to be written to."""
    copy = tmp_path / "warehouse.duckdb"
    shutil.copy2(random_company.home / "warehouse.duckdb", copy)
    with duckdb.connect(str(copy)) as connection:
        yield connection


def test_a_company_as_built_has_no_failures(random_company: RandomCompany) -> None:
    with random_company.open() as connection:
        found = failures(connection, random_company.oracle)
    if found:
        pytest.fail(explain(random_company.home, found), pytrace=False)


# The first customer that has paid for more than a year, and the month in question.
CHOSEN = f"""
    (customer_id, month_start) = (
        select (customer_id, month_start) from {MONTHS}
        where opening_mrr_12m > 0 and month_start < date '2026-06-01' order by all limit 1
    )
"""
EVERY_SLICE = None


@pytest.mark.parametrize(
    ("spoil", "name", "slices"),
    [
        (
            f"update {MONTHS} set expansion_mrr = expansion_mrr + 0.0001 where {CHOSEN}",
            "bridge",
            EVERY_SLICE,
        ),
        (f"update {MONTHS} set fx_mrr = null where {CHOSEN}", "bridge", {"customer"}),
        (
            f"update {MONTHS} set closing_mrr = closing_mrr + 1, new_mrr = new_mrr + 1 "
            f"where {CHOSEN}",
            "opening",
            EVERY_SLICE,
        ),
        (
            f"update {MONTHS} set retained_mrr_12m_capped = opening_mrr_12m + 0.0001 "
            f"where {CHOSEN}",
            "retention",
            {"customer"},
        ),
        (
            f"update {MONTHS} set retained_mrr_12m_capped = -0.0001 where {CHOSEN}",
            "retention",
            {"customer"},
        ),
        (
            f"update {MONTHS} set retained_mrr_12m = 0, retained_mrr_12m_capped = opening_mrr_12m "
            "where true",
            "retention",
            EVERY_SLICE,
        ),
        (
            f"update {MOVEMENTS} set mrr_change = mrr_change + 0.0001 where occurred_on = "
            f"(select min(occurred_on) from {MOVEMENTS})",
            "net",
            EVERY_SLICE,
        ),
        (f"delete from {MOVEMENTS} where movement_type = 'fx'", "net", EVERY_SLICE),
    ],
    ids=[
        "bridge",
        "bridge with a gap",
        "opening",
        "grr above one",
        "grr below zero",
        "grr above nrr",
        "net",
        "net without fx",
    ],
)
def test_a_spoiled_warehouse_is_found_out(
    spoiled: duckdb.DuckDBPyConnection, spoil: str, name: str, slices: set[str] | None
) -> None:
    spoiled.execute(spoil)
    found = [violation for violation in all_violations(spoiled) if violation.name == name]
    assert (slices or every_slice(spoiled)) <= {violation.slice for violation in found}


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (
            f"update {MOVEMENTS} set movement_reason = 'tier' where movement_reason = 'seats'",
            "amount of",
        ),
        (
            f"update {MOVEMENTS} set mrr_change_local = mrr_change where currency = 'jpy'",
            "local amount of",
        ),
        (f"delete from {MONTHS} where {CHOSEN}", "month "),
        (f"update {MONTHS} set interruption_count = 9 where {CHOSEN}", "interruption_count of"),
        (
            f"update {MONTHS} set closing_list_mrr = closing_list_mrr - 0.02 where {CHOSEN}",
            "closing_list_mrr of",
        ),
    ],
    ids=["reason", "local amount", "missing month", "interruptions", "list"],
)
def test_what_only_the_oracle_knows_is_found_out(
    random_company: RandomCompany, spoiled: duckdb.DuckDBPyConnection, spoil: str, what: str
) -> None:
    spoiled.execute(spoil)
    found = compare_months(spoiled, random_company.oracle).differences
    found += compare_movements(spoiled, random_company.oracle).differences
    assert any(difference.what.startswith(what) for difference in found)


def test_the_smallest_failing_customer_is_shown_with_its_rows(
    random_company: RandomCompany,
) -> None:
    landed = LandedRows(random_company.home / "landing")
    customers = sorted(key for key in landed.own if key.startswith("cus_"))[:50]
    smallest = min(customers, key=landed.count)
    found: list[tuple[str | None, str]] = [(customer, "wrong") for customer in customers]
    total = Violation("bridge", "total", "total", "2026-01", "1 + 1 is not 3")
    message = explain(random_company.home, [*found, (None, str(total))])
    assert message.startswith(f"51 failures of {len(customers)} customers")
    assert f"{smallest}: {landed.count(smallest)} rows of its own" in message
    assert f"id={smallest} " in message
    assert "1 + 1 is not 3" in message
