"""Connections to the warehouse file: one writer, and nobody else while it is open."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.settings import Settings


def engine_config(settings: Settings) -> dict[str, str | int]:
    """What DuckDB is told whenever the warehouse is opened, as in `profiles.yml`."""
    return {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "temp_directory": str(settings.home_dir / "tmp"),
    }


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writing connection to the warehouse, closed on leaving so that dbt may open it."""
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(settings.warehouse_path), config={**engine_config(settings)})
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()
