"""A random company that the tests here share."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.oracles.random_company import write_random_company
from tests.warehouse import build_home

# Within the month, so that the last one is not complete.
AS_OF = dt.date(2026, 6, 17)
FACTS = "+fct_customer_months +fct_mrr_movements"
CUSTOMERS = 1000


@pytest.fixture(scope="session")
def build_random_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Makes a home of `CUSTOMERS` random customers, with the two facts of MRR built."""

    def build(seed: int) -> Path:
        home = tmp_path_factory.mktemp(f"random-{seed}-")
        write_random_company(home / "landing", rng=random.Random(seed), customers=CUSTOMERS)
        build_home(home, select=FACTS, as_of=AS_OF)
        return home

    return build


@pytest.fixture(scope="session")
def random_home(build_random_home: Callable[[int], Path]) -> Path:
    """One such home; read it, never write."""
    return build_random_home(20260617)
