"""A build skips what would come out as it is, and ends as a full one would.

One home is built whole, again with nothing new, and again after a late file, with a table that
somebody changed by hand and another that is gone; a fresh home of the same files is built once.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from orchestration.project.manifest import Manifest
from orchestration.warehouse.compare import compare_files
from orchestration.warehouse.compiled import CompiledNodes
from orchestration.warehouse.skip import UNCHANGED, Nodes, code_of, is_asked_for
from tests.oracles.cases import write
from tests.warehouse import build_home

LAST = dt.date(2026, 6, 30)
# They tell of files and runs, to which the second build is added.
OF_THE_RUN = {
    "fct_source_days",
    "int_calendar__run",
    "int_lineage__staged_rows",
    "metric_restatements",
    "source_rows",
}
# Incremental, and what is new to them: the code of their first build is another.
REMEMBERING = {
    "int_lineage__event_counts",
    "int_product__affected_days",
    "int_product__affected_snapshots",
    "int_product__feature_days",
    "int_product__feature_snapshots",
    "int_product__usage_days",
    "int_product__user_days",
    "int_product__user_snapshots",
    "int_telemetry__account_days",
    "int_telemetry__affected_days",
}
PERIODS = "contracts__subscription_periods"


def period(number: int, amount: int, started_on: str = "2026-01-01") -> dict[str, Any]:
    return {
        "subscription_id": f"s{number}",
        "customer_id": f"c{number}",
        "started_on": started_on,
        "amount": amount,
    }


def land(folder: Path, *, is_late_there: bool) -> None:
    """Contracts of three customers and some use; the late file brings a fourth."""
    events = [
        {
            "id": f"e{n}",
            "event": "report_created",
            "user_id": "u1",
            "group_id": "a1",
            "timestamp": f"2026-05-{n:02d} 12:00:00",
            "received_at": f"2026-05-{n:02d} 12:00:00",
        }
        for n in range(1, 29)
    ]
    write(
        folder / "first",
        **{PERIODS: [period(n, 100 * n) for n in (1, 2, 3)]},
        segment__tracks=events,
    )
    for file in (folder / "first").rglob("*.csv"):
        target = folder / "landing" / file.relative_to(folder / "first")
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)
    if is_late_there:
        late(folder)


def late(folder: Path) -> None:
    write(folder / "late", **{PERIODS: [period(4, 400, "2026-02-01")]})
    [file] = (folder / "late").rglob("*.csv")
    file.rename(folder / "landing/contracts/subscription_periods/2.csv")


def built(home: Path, same_as: Path | None = None) -> dict[str, str]:
    """Build a home; what dbt said of each model and seed, by name."""
    build_home(home, as_of=LAST, is_tested=False, same_as=same_as)
    results = json.loads((home / "target/run_results.json").read_text())["results"]
    assert {result["status"] for result in results} == {"success"}
    return {result["unique_id"].split(".")[2]: result["message"] for result in results}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home, built whole."""
    folder = tmp_path_factory.mktemp("lived")
    land(folder, is_late_there=False)
    assert not any(UNCHANGED in told for told in built(folder).values())
    return folder


def test_what_did_not_change_is_skipped_and_the_rest_ends_as_in_a_full_build(
    home: Path, tmp_path: Path
) -> None:
    again = built(home, same_as=home)
    anew = {name for name, told in again.items() if UNCHANGED not in told}
    assert {name for name in anew if not name.startswith(("stg_raw_meta__", "int_"))} <= OF_THE_RUN
    assert {name for name in anew if name.startswith("int_")} <= REMEMBERING | OF_THE_RUN
    late(home)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("delete from core.time_spine_daily where date_day > '2026-06-01'")
        connection.execute("drop table governance.metric_hints")
        for family in ("revenue_velocity", "customer_health", "operating_resilience"):
            connection.execute(f"update metrics.metrics_{family} set value = value + 1")
    told = built(home, same_as=home)
    for name in ("fct_mrr_balances", "time_spine_daily", "metric_hints", "metric_values"):
        assert UNCHANGED not in told[name], name
    for name in ("fct_vendor_days", "fct_people_snapshots", "playbooks"):
        assert told[name].endswith(UNCHANGED), (name, told[name])
    land(tmp_path, is_late_there=True)
    built(tmp_path, same_as=home)
    found = compare_files(home / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    # These say what was new to the last build.
    affected = {f"intermediate.{name}" for name in REMEMBERING if "_affected_" in name}
    assert {difference.table for difference in found.tables} <= affected
    assert not (found.only_a or found.only_b or found.columns)


def test_comments_and_layout_are_no_code() -> None:
    def code(compiled: str, **config: str) -> str:
        config = {"materialized": "table"} | config
        return code_of(
            SimpleNamespace(
                compiled_code=compiled, columns={}, config=SimpleNamespace(to_dict=lambda: config)
            )
        )

    plain = code("select 'a  -- b' as x, 1 from t")
    assert code("-- why\nselect\n    'a  -- b' as x, /* one */ 1\nfrom t") == plain
    assert code("select 'a -- b' as x, 1 from t") != plain
    assert code("select 'a  -- b' as x, 2 from t") != plain
    assert code("select 'a  -- b' as x, 1 from t", materialized="view") != plain


def test_a_python_model_follows_what_metrics_say_and_the_project_only_if_it_reads_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key(*tags: str, metrics: str, project: str) -> str:
        monkeypatch.setattr("orchestration.warehouse.skip.code_state", lambda: project)
        (tmp_path / "semantic_manifest.json").write_text(metrics)
        node = SimpleNamespace(
            compiled_code="def model(dbt, session): ...",
            columns={},
            tags=tags,
            config=SimpleNamespace(to_dict=dict),
            depends_on=SimpleNamespace(nodes=()),
            language="python",
        )
        nodes = Nodes(tmp_path / "built_nodes.json", is_skipping=True)
        return nodes.key(None, node, SimpleNamespace(macros={}, sources={}))

    before = key(metrics="sum", project="a")
    assert key(metrics="sum", project="b") == before
    assert key(metrics="max", project="a") != before
    before = key("reads_project", metrics="sum", project="a")
    assert key("reads_project", metrics="sum", project="b") != before


def test_a_change_reaches_what_descends_from_it_and_nothing_else(tmp_path: Path) -> None:
    parents = {"paid": [], "sent": [], "revenue": ["paid"], "mrr": ["revenue"], "visits": ["sent"]}

    def project(rounded: str = "round(x)", **code: str) -> Manifest:
        """Five models; `sent` calls a macro."""
        said: dict[str, Any] = {
            "resource_type": "model",
            "config": {"tags": []},
            "columns": {},
            "language": "sql",
        }
        nodes = {
            name: said
            | {
                "name": name,
                "raw_code": code.get(name, f"select 1 as {name}"),
                "depends_on": {"nodes": of, "macros": ["rounded"] if name == "sent" else []},
            }
            for name, of in parents.items()
        }
        macro = {
            "package_name": "drivewheel",
            "name": "rounded",
            "macro_sql": rounded,
            "depends_on": {"macros": []},
        }
        children = {name: [key for key, of in parents.items() if name in of] for name in parents}
        return Manifest(
            {
                "nodes": nodes,
                "macros": {"rounded": macro},
                "child_map": children,
                "parent_map": parents,
            }
        )

    path = tmp_path / "built_nodes.json"

    def reached(until: str | None = None, **code: str) -> set[str]:
        """What a build looks at, and makes."""
        nodes, changed = Nodes(path, is_skipping=True), project(**code)
        nodes.read(changed)
        found = nodes.reached(changed, until=until)
        for name in found:
            nodes.known[name] = ["key", "content"]
            nodes._contents[name] = "content"
        nodes.save()
        return found

    assert reached() == {*parents}
    assert reached() == set()
    assert reached(paid="select 1 as paid -- in cash") == set()
    assert reached(rounded="floor(x)") == {"sent", "visits"}
    assert reached() == {"sent", "visits"}
    # Of a build that makes a part of it the rest is left to the next.
    assert reached("revenue", paid="select 2 as paid") == {"paid", "revenue"}
    assert reached(paid="select 2 as paid") == {"mrr"}
    # And so is what changed beside it.
    both = {"paid": "select 3 as paid", "sent": "select 2 as sent"}
    assert reached("revenue", **both) == {"paid", "revenue"}
    assert reached(**both) == {"mrr", "sent", "visits"}


def test_what_another_state_of_the_project_compiled_to_is_not_taken(tmp_path: Path) -> None:
    """A home keeps its artifacts while the checkout changes under it."""
    before = CompiledNodes(tmp_path / "compiled.json", "before")
    before.kept, before.is_new = {"warehouse": {"model.a": "select 1"}}, True
    before.save()
    assert CompiledNodes(before.path, "before").kept == before.kept
    assert CompiledNodes(before.path, "after").kept == {}


@pytest.mark.parametrize(
    ("arguments", "is_skipping"),
    [
        (["build", "--exclude-resource-type", "unit_test"], True),
        (["build", "--full-refresh"], False),
        (["build", "--select", "dim_customers"], False),
        (["test"], False),
    ],
)
def test_who_asks_for_something_gets_it(arguments: list[str], is_skipping: bool) -> None:
    assert is_asked_for(arguments) == is_skipping
