"""All or nothing, for the statements of one file or one decision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what the block did; on any exception, of Ctrl-C too, nothing of it stays."""
    connection.execute("begin transaction")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        # A commit that failed has rolled back by itself.
        with suppress(duckdb.Error):
            connection.execute("rollback")
        raise
