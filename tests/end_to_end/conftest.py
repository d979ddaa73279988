"""Random companies: built by dbt and, at the same time in another process, by the oracle."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.oracles.agreement import ask_oracle
from tests.oracles.chargebee_company import write_chargebee_company
from tests.oracles.mrr import Result
from tests.oracles.random_company import write_random_company
from tests.warehouse import build_home

# Within the month, so that the last one is not complete.
AS_OF = dt.date(2026, 6, 17)
FACTS = "+fct_customer_months +fct_mrr_movements int_customers__slices"
# What else is asked of billing sources; all but one of it are views.
BILLING = "+int_billing__payments +int_billing__refunds +int_subscriptions__doubtful_items"
CUSTOMERS = 1500


@dataclass(frozen=True)
class RandomCompany:
    """A home with the two facts of MRR built, and what the oracle makes of its landing."""

    home: Path
    oracle: Result

    def open(self) -> duckdb.DuckDBPyConnection:
        """The warehouse, to be read."""
        return duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True)


BuildCompany = Callable[[int], RandomCompany]


@pytest.fixture(scope="session")
def build_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildCompany]:
    """Makes a company of `CUSTOMERS` random customers from a seed."""
    # Not forked: this process has DuckDB's threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:

        def build(seed: int) -> RandomCompany:
            home = tmp_path_factory.mktemp(f"random-{seed}-")
            write_random_company(home / "landing", rng=random.Random(seed), customers=CUSTOMERS)
            write_chargebee_company(home / "landing")
            answer = pool.submit(ask_oracle, home / "landing", AS_OF)
            build_home(home, select=f"{FACTS} {BILLING}", as_of=AS_OF)
            return RandomCompany(home, answer.result())

        yield build


@pytest.fixture(scope="session")
def random_company(build_company: BuildCompany) -> Iterator[RandomCompany]:
    """One such company; read it, never write."""
    company = build_company(20260617)
    # Who opens it again meanwhile shares what was read of it.
    with company.open():
        yield company
