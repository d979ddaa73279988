"""Rows of metrics are taken over where their query would give the same, and never else."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.semantic import materialize

TICKETS = 'select * from "memory"."marts"."tickets"'
HOURS = 'select * from "memory"."marts"."hours"'


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    monkeypatch.setattr(materialize, "is_full_refresh", lambda: False)
    with duckdb.connect() as connection:
        for schema in ("marts", "metrics"):
            connection.execute(f"create schema {schema}")
        connection.execute("create table marts.tickets as select 1 as number, 'a' as team")
        connection.execute("create table marts.hours as select 8 as hours")
        yield connection
