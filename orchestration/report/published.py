"""Reading the published version, which is what every report is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from orchestration.settings import Settings


def open_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection to the version that is published now, which only reads.

    The version by its own path, never by the link to it: in a process that keeps one open, the
    link's name would go on meaning that one after it was moved.

    Opening takes ten times what most queries do, but where the process has the version open
    already: whoever asks much holds a connection meanwhile.
    """
    return duckdb.connect(str(settings.serving_path.resolve()), read_only=True)


def ask_published(
    settings: Settings, query: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Rows of a query over the published version, each by the names of its columns."""
    with open_published(settings) as connection:
        return rows_of(connection, query, parameters)


def rows_of(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Rows of a query, each by the names of its columns."""
    answer = connection.execute(query, parameters or {})
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
