"""Every metric of the catalogue against its independent recomputation, on the demo company."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR
from tests.conftest import DEMO_END
from tests.oracles.catalogue import Company
from tests.oracles.landing import every_source, read_landing
from tests.tables import tables_dir

ORACLES = PROJECT_DIR / "tests/oracles"
MODULES = sorted(path.stem for path in ORACLES.glob("recompute_*.py"))
# MRR agrees to four ten-thousandths of a unit; what it divides in a small slice, to this.
RELATIVE = 1e-5
CENT = 0.01  # amounts are sums of amounts that were rounded
SHOWN = 15


@pytest.fixture(scope="module")
def published(demo_home: Path) -> Any:
    with duckdb.connect(str(demo_home / "serving/drivewheel.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def company(demo_home: Path, published: duckdb.DuckDBPyConnection) -> Company:
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as warehouse:
        customers = warehouse.execute(
            "select customer_id, map_from_entries(list((dimension, dimension_value))) "
            "from intermediate.int_customers__slices group by customer_id"
        ).fetchall()
    (first_month,) = published.execute(
        "select min(period_start) from governance.metric_values where grain = 'month'"
    ).fetchone() or (None,)
    assert first_month is not None
    return Company(
        landing=read_landing(demo_home / "landing", every_source()),
        as_of=DEMO_END,
        customers=dict(customers),
        seeds=tables_dir(),
        first_month=first_month,
    )


def load(name: str) -> ModuleType:
    return importlib.import_module(f"tests.oracles.{name}")


@pytest.mark.parametrize("name", MODULES)
def test_the_recomputation_agrees(
    name: str, company: Company, published: duckdb.DuckDBPyConnection
) -> None:
    """Total and a slice, at every grain and period; nothing that only one of both has."""
    module = load(name)
    expected = module.recompute(company)
    assert {key[0] for key in expected} <= set(module.METRICS), "answers what it does not name"
    dimensions = {key[0]: set[str]() for key in expected}
    for key in expected:
        dimensions[key[0]].add(key[3])
    found = {
        row[:5]: row[5]
        for row in published.execute(
            "select metric_id, grain, period_start, dimension, dimension_value, value "
            "from governance.metric_values where list_contains(?, metric_id)",
            [list(module.METRICS)],
        ).fetchall()
        if row[3] in dimensions.get(row[0], ())
    }
    money = {
        metric
        for (metric,) in published.execute(
            "select metric_id from governance.dim_metrics where unit = 'currency'"
        ).fetchall()
    }
    silent = set(module.METRICS) - dimensions.keys()
    assert not silent, f"no answer for {sorted(silent)}"
    differences, largest, judged = [], 0.0, {metric: 0 for metric in module.METRICS}
    for key in sorted(found.keys() | expected.keys()):
        here, there = found.get(key), expected.get(key)
        if here is None or there is None:
            # A slice of which nothing is known may stay without a row, or be a zero.
            is_empty = key not in found and not there
            if not is_empty and here is not there:
                differences.append((*key, here, there))
            continue
        judged[key[0]] += 1
        distance = abs(here - there) / max(1.0, abs(there))
        largest = max(largest, distance)
        is_rounding = key[0] in money and abs(here - there) < CENT
        if distance > RELATIVE and not is_rounding:
            differences.append((*key, here, there))
    lines = "\n".join(str(difference) for difference in differences[:SHOWN])
    assert not differences, f"{len(differences)} of {len(found)} differ, the first:\n{lines}"
    never = [metric for metric, count in judged.items() if not count]
    assert not never, f"never a value on both sides: {never}"
    print(f"{name}: {sum(judged.values())} values, largest relative difference {largest:.1e}")
