"""Who computes what a Python model asks: DuckDB, unless a build was given another engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    # Of a cursor of the warehouse and a query in DuckDB's dialect: DuckDB's query of its rows.
    Compute = Callable[[Any, str], str]

_given: list[Compute] = []


def compute_by(compute: Compute) -> None:
    """Have queries of Python models computed in this process by another engine than DuckDB."""
    _given[:] = [compute]


def computed(cursor: Any, query: str) -> str:  # noqa: ANN401 - DuckDB's own
    """DuckDB's query of the rows that a query yields: itself, where DuckDB computes it."""
    return _given[0](cursor, query) if _given else query
