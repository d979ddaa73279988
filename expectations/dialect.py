"""DuckDB for Great Expectations, through SQLAlchemy, in autocommit.

GX gives its connection back, and so rolls it back, before it has read the result; DuckDB
then has none, and every check fails with "list index out of range". A dialect that neither
begins, commits nor rolls back leaves the result alone. Nothing is written through it.
"""

from __future__ import annotations

from typing import Any

import duckdb_engine
from sqlalchemy.dialects import registry

NAME = "duckdb.autocommit"


class AutocommitDialect(duckdb_engine.Dialect):  # type: ignore[misc]  # untyped upstream
    """duckdb-engine's dialect without transactions."""

    supports_statement_cache = False

    def do_begin(self, dbapi_connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hook
        """Leave the connection as it is."""

    def do_commit(self, dbapi_connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hook
        """Leave the connection as it is."""

    def do_rollback(self, dbapi_connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hook
        """Leave the connection as it is."""


def register() -> str:
    """Register the dialect; the URL scheme that uses it."""
    registry.register(NAME, __name__, AutocommitDialect.__name__)
    return "duckdb+autocommit"
