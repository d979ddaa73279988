"""Equal files and an equal day give equal tables: on any number of threads, in any order.

Without it nobody could tell a change of the code from the order in which two threads met.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.project.manifest import read_manifest
from orchestration.semantic.compiler import CompiledQueries
from orchestration.semantic.registry import load_registry
from orchestration.semantic.selects import total_queries
from orchestration.semantic.windows import is_windowed, window_selects
from orchestration.settings import COMPANY_FOLDER, Settings
from orchestration.warehouse.compare import compare_files
from tests.conftest import DEMO_END
from tests.warehouse import build_home, clock_and_key, load_home

# What adds up doubles: in another order it gives another last bit.
ADDING = {
    "avg",
    "corr",
    "covar_pop",
    "covar_samp",
    "favg",
    "fsum",
    "geomean",
    "kahan_sum",
    "product",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "sum",
    "sumkahan",
    "var_pop",
    "var_samp",
    "variance",
}
DOUBLES = ("DOUBLE", "FLOAT")


@pytest.fixture(scope="module")
def warehouse(demo_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo company's warehouse, to be read."""
    path = demo_home / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def test_a_build_repeats_whatever_the_threads_and_the_order_of_files(
    demo_home: Path, tmp_path: Path
) -> None:
    """Built again on two threads for one, from files that arrived the other way round.

    Remedy: `drivewheel compare` shows rows and columns. Give ties a total order, sums exact
    types (`as_exact`), lists an order.
    """
    home = tmp_path / "again"
    now, _ = clock_and_key(demo_home)
    deliver_backwards(demo_home / "landing", home, now=now)
    build_home(home, as_of=DEMO_END, threads=2, is_tested=False, same_as=demo_home)
    found = compare_files(demo_home / "warehouse.duckdb", home / "warehouse.duckdb")
    differing = {
        difference.table: (difference.columns, difference.examples_a, difference.examples_b)
        for difference in found.tables
    }
    assert differing == {}
    assert not (found.only_a or found.only_b or found.columns)
    assert found.table_count > 400


def deliver_backwards(landing: Path, home: Path, *, now: dt.datetime) -> None:
    """Land the later half of every object's files first, and load it before the other half."""
    settings = Settings(home=home, landing=home / "landing", _env_file=None)
    shutil.copytree(landing / COMPANY_FOLDER, settings.landing_dir / COMPANY_FOLDER)
    late: list[Path] = []
    early: list[Path] = []
    objects = (folder for folder in landing.glob("*/*") if folder.is_dir())
    for folder in sorted(objects):
        files = sorted(folder.iterdir())
        early += files[: len(files) // 2]
        late += files[len(files) // 2 :]
    for half in (late, early):
        for file in half:
            target = settings.landing_dir / file.relative_to(landing)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
        load_home(settings, now=now)


def test_no_model_adds_up_doubles_in_any_order(
    demo_home: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """What differs once in a thousand builds, the comparison above may miss.

    Remedy: `exact_sum`, `as_exact`, or an `order by` within the aggregate.
    """
    found = {
        f"{path.name}: {name}({', '.join(types)})"
        for path in sorted((demo_home / "target/compiled").rglob("models/**/*.sql"))
        for name, types in unordered(warehouse, path.read_text())
    }
    assert found == set()


def test_no_metric_adds_up_doubles(demo_home: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    """Remedy: give the fact's column an exact type, or cast the metric's expression to one."""
    target = demo_home / "target"
    compiler = CompiledQueries(target / "semantic_manifest.json")
    registry = load_registry(target / "manifest.json")
    windowed = [spec for spec in registry if is_windowed(spec)]
    metrics = read_manifest(target / "manifest.json").metrics
    queries = [
        *total_queries(compiler, registry),
        *((sql, ("windows",)) for sql in window_selects(compiler, windowed, metrics)),
    ]
    found = {
        f"one of {', '.join(sorted(metrics))}: {name}({', '.join(types)})"
        for sql, metrics in queries
        for name, types in unordered(warehouse, sql)
    }
    assert found == set()


@pytest.mark.parametrize(
    ("query", "is_ordered"),
    [
        ("select sum(x) from (select 0.1::double as x)", False),
        ("select sum(x) over () from (select 0.1::double as x)", False),
        ("select sum(x order by x) from (select 0.1::double as x)", True),
        ("select sum(x) over (order by x) from (select 0.1::double as x)", True),
        ("select sum(x) from (select 0.1::decimal(3, 2) as x)", True),
        ("select max(x) from (select 0.1::double as x)", True),
    ],
)
def test_sums_whose_order_matters_are_found(query: str, is_ordered: bool) -> None:
    with duckdb.connect() as connection:
        assert (unordered(connection, query) == []) == is_ordered


def unordered(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, list[str]]]:
    """Aggregates of a query that add up doubles and have no order, with their arguments' types."""
    row = connection.execute("select json_serialize_plan(?)", [sql]).fetchone()
    assert row
    plan = json.loads(row[0])
    assert not plan["error"], plan
    found = []
    for node in nodes(plan):
        if node.get("expression_class") not in ("BOUND_AGGREGATE", "BOUND_WINDOW"):
            continue
        name = (node.get("qname") or {}).get("path", [""])[-1]
        types = [child.get("return_type", {}).get("id", "") for child in node["children"]]
        orders = ("order_bys", "arg_orders", "orders")
        if name in ADDING and set(types) & set(DOUBLES) and not any(map(node.get, orders)):
            found.append((name, types))
    return found


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    """All objects of a plan."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            yield from nodes(item)
