"""DuckDB for Great Expectations, through SQLAlchemy, in autocommit.

GX gives its connection back, and so rolls it back, before it has read the result; DuckDB
then has none, and every check fails with "list index out of range". A dialect that neither
begins, commits nor rolls back leaves the result alone. Nothing is written through it.

A path is no part of the URL: GX fills in `$HOME` in one, and `%20` and `?` mean something else
there. The URL has a name, under which the path is kept here.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import duckdb
import duckdb_engine
from sqlalchemy.dialects import registry

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import URL

    from expectations.runner import Config

NAME = "duckdb.autocommit"
_FILES: dict[str, tuple[str, Config]] = {}


class AutocommitDialect(duckdb_engine.Dialect):  # type: ignore[misc]  # untyped upstream
    """duckdb-engine's dialect without transactions."""

    supports_statement_cache = False

    def create_connect_args(self, url: URL) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The path that the URL's name stands for, and how it is opened."""
        path, config = _FILES[str(url.database)]
        return (), {"database": path, "config": {**config}}

    def connect(self, *_: Any, **options: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's hook
        """Open the file as everybody does, so that who has it open already shares it.

        duckdb-engine adds its own name to the configuration, and DuckDB refuses to open a file
        in two ways at once.
        """
        return duckdb_engine.ConnectionWrapper(duckdb.connect(**options))

    def do_begin(self, dbapi_connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hook
        """Leave the connection as it is."""

    def do_commit(self, dbapi_connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hook
        """Leave the connection as it is."""

    def do_rollback(self, dbapi_connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hook
        """Leave the connection as it is."""


def register(database: Path, config: Config) -> str:
    """Register the dialect; the URL by which it opens the file."""
    registry.register(NAME, __name__, AutocommitDialect.__name__)
    name = sha256(str(database).encode()).hexdigest()[:16]
    _FILES[name] = (str(database), config)
    return f"duckdb+autocommit:///{name}"
