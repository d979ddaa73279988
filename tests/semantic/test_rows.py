"""Rows of metrics are taken over where their query would give the same, and never else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from orchestration.project import engine
from orchestration.semantic import rows
from orchestration.semantic.rows import MetricRows
from orchestration.warehouse import skip
from orchestration.warehouse.skip import Nodes

FORGED = -1.0
TICKETS = """
    select 'tickets', 'month', day, 'total', 'total', count(*), null, null, null, null, null
    from "memory"."marts"."tickets" group by day
"""
HOURS = """
    select 'hours', 'month', day, 'total', 'total', sum(hours), null, null, null, null, null
    from "memory"."marts"."hours" group by day
"""


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in which the metrics of two facts were built, and their values forged since.

    What is taken over can so be told from what is computed.
    """
    monkeypatch.setattr(rows, "is_full_refresh", lambda: False)
    with duckdb.connect() as connection:
        for statement in (
            "create schema marts",
            "create schema metrics",
            "create table marts.tickets as select date '2026-03-01' as day, 'open' as state",
            "create table marts.hours as select date '2026-03-01' as day, 8 as hours",
        ):
            connection.execute(statement)
        assert build(connection, TICKETS, HOURS) == {"tickets": 1, "hours": 8}
        connection.execute(f"update metrics.metrics_support set value = {FORGED}")
        yield connection


@pytest.fixture(autouse=True)
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nodes:
    """What skipping knows of the build that runs."""
    nodes = Nodes(tmp_path / "built_nodes.json", is_skipping=True)
    monkeypatch.setattr(skip, "_installed", [nodes])
    return nodes


MODEL = SimpleNamespace(
    unique_id="model.metrics_support",
    resource_type="model",
    schema="metrics",
    alias="metrics_support",
    config=SimpleNamespace(materialized="table"),
)


@pytest.fixture(autouse=True)
def _left(connection: duckdb.DuckDBPyConnection, nodes: Nodes) -> None:
    """The forged values are what the last build left, and the model is about to be built."""
    nodes.record(connection.cursor(), MODEL, "key")
    nodes.invalidate(MODEL)


def build(connection: duckdb.DuckDBPyConnection, *queries: str) -> dict[str, float]:
    """Build the model, as dbt puts it in place of the last one; its values by metric."""
    made = MetricRows(connection, "metrics_support")
    for query in queries:
        made.add(query)
    made.finish().create("metrics.next")
    connection.execute("drop table if exists metrics.metrics_support")
    connection.execute("alter table metrics.next rename to metrics_support")
    return dict(
        connection.execute("select metric_id, value from metrics.metrics_support").fetchall()
    )


def test_what_would_be_the_same_is_taken_over(
    connection: duckdb.DuckDBPyConnection, nodes: Nodes
) -> None:
    assert build(connection, TICKETS, HOURS) == {"tickets": FORGED, "hours": FORGED}
    # And can be by the build after it.
    nodes.record(connection.cursor(), MODEL, "key")
    nodes.invalidate(MODEL)
    assert build(connection, TICKETS, HOURS) == {"tickets": FORGED, "hours": FORGED}


@pytest.mark.parametrize(
    "change",
    [
        "insert into marts.tickets values (date '2026-03-01', 'open')",
        # That no query asks for the column nobody knows.
        "update marts.tickets set state = 'closed'",
        "alter table marts.tickets add column priority integer",
    ],
)
def test_queries_of_a_changed_table_run_again_and_the_others_do_not(
    connection: duckdb.DuckDBPyConnection, change: str
) -> None:
    connection.execute(change)
    (count,) = connection.execute("select count(*) from marts.tickets").fetchone() or (0,)
    assert build(connection, TICKETS, HOURS) == {"tickets": count, "hours": FORGED}


def test_a_changed_query_runs_again(connection: duckdb.DuckDBPyConnection) -> None:
    twice = HOURS.replace("sum(hours)", "2 * sum(hours)")
    assert build(connection, TICKETS, twice) == {"tickets": FORGED, "hours": 16}


def test_what_is_not_asked_for_any_more_goes(connection: duckdb.DuckDBPyConnection) -> None:
    assert build(connection, HOURS) == {"hours": FORGED}


def test_a_full_refresh_takes_nothing_over(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "is_full_refresh", lambda: True)
    assert build(connection, TICKETS, HOURS) == {"tickets": 1, "hours": 8}


def test_a_table_that_was_changed_by_hand_is_built_anew(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("update metrics.metrics_support set value = 7 where metric_id = 'hours'")
    assert build(connection, TICKETS, HOURS) == {"tickets": 1, "hours": 8}


def test_of_what_nobody_knows_who_left_it_nothing_is_taken_over(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skip, "_installed", [])
    assert build(connection, TICKETS, HOURS) == {"tickets": 1, "hours": 8}


def test_a_table_of_before_rows_said_so_is_built_anew(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("alter table metrics.metrics_support drop column _made_from")
    assert build(connection, TICKETS, HOURS) == {"tickets": 1, "hours": 8}


def test_the_engine_of_a_build_computes_what_runs_again_and_nothing_else(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_given", [])
    asked: list[str] = []

    def compute(_: object, query: str) -> str:
        asked.append(query)
        return query.replace("count(*)", "70")

    engine.compute_by(compute)
    connection.execute("insert into marts.tickets values (date '2026-03-01', 'open')")
    assert build(connection, TICKETS, HOURS) == {"tickets": 70, "hours": FORGED}
    assert asked == [TICKETS]
