"""What columns of the project come from is kept, until a query or a table that it names changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from orchestration.lineage import project
from orchestration.lineage.columns import Column, trace
from orchestration.project.manifest import PROJECT, Manifest

PAID = "select customer, amount from paid"
COUNTED = 'select count(*) as visits from "seen"'


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The folder that dbt writes to, with two compiled models."""
    compiled = tmp_path / "compiled" / PROJECT
    compiled.mkdir(parents=True)
    (compiled / "sums.sql").write_text(PAID)
    (compiled / "visits.sql").write_text(COUNTED)
    return tmp_path


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create table paid (customer varchar, amount integer)")
        connection.execute("create table seen (customer varchar)")
        yield connection


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that are read, in their order; empty it to begin anew."""
    asked: list[str] = []

    def noted(sql: str, schema: Any) -> Any:
        asked.append(sql)
        return trace(sql, schema)

    monkeypatch.setattr(project, "trace", noted)
    return asked


def origins(target: Path, connection: duckdb.DuckDBPyConnection) -> dict[Column, Any]:
    models = {
        name: SimpleNamespace(
            unique_id=name,
            kind="model",
            language="sql",
            path=f"{name}.sql",
            schema="main",
            alias=name,
            meta=SimpleNamespace(features=None),
        )
        for name in ("sums", "visits")
    }
    manifest = cast("Manifest", SimpleNamespace(models=models))
    return dict(project.read_project(manifest, target, connection).origins)


def test_what_did_not_change_is_not_read_again_and_tells_the_same(
    target: Path, connection: duckdb.DuckDBPyConnection, traced: list[str]
) -> None:
    first = origins(target, connection)
    assert traced == [PAID, COUNTED]
    traced.clear()
    assert origins(target, connection) == first
    assert traced == []


@pytest.mark.parametrize(
    ("statement", "read_again"),
    [
        ("alter table paid add column currency varchar", [PAID]),
        ("alter table paid alter column amount type bigint", [PAID]),
        ("create table others (customer varchar)", []),
    ],
)
def test_a_table_that_changed_has_its_readers_read_again(
    target: Path,
    connection: duckdb.DuckDBPyConnection,
    traced: list[str],
    statement: str,
    read_again: list[str],
) -> None:
    origins(target, connection)
    connection.execute(statement)
    traced.clear()
    origins(target, connection)
    assert traced == read_again


def test_a_query_that_changed_is_read_again(
    target: Path, connection: duckdb.DuckDBPyConnection, traced: list[str]
) -> None:
    origins(target, connection)
    changed = "select customer, 2 * amount as amount, 1 as one from paid"
    (target / "compiled" / PROJECT / "sums.sql").write_text(changed)
    traced.clear()
    found = origins(target, connection)
    assert traced == [changed]
    assert {origin.column.name for origin in found[Column("main", "sums", "one")]} == {"*"}


def test_what_follows_columns_in_another_way_reads_everything_again(
    target: Path,
    connection: duckdb.DuckDBPyConnection,
    traced: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = origins(target, connection)
    kept = json.loads((target / project.TRACED).read_text())
    assert kept.keys() == {"sums", "visits"}
    traced.clear()
    monkeypatch.setattr(project, "_code", lambda: "another")
    assert origins(target, connection) == first
    assert traced == [PAID, COUNTED]
