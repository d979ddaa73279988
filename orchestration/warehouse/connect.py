"""Connections to the warehouse file: one writer, and nobody else while it is open."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.settings import Settings


OWNER_ONLY = 0o600


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
    is_new = not settings.warehouse_path.exists()
    connection = duckdb.connect(str(settings.warehouse_path), config={**engine_config(settings)})
    if is_new:
        # Names, reasons and the key of the hashes are in it.
        settings.warehouse_path.chmod(OWNER_ONLY)
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()
