"""Reading the published version, which is what every report is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from orchestration.settings import Settings


def ask_published(
    settings: Settings, query: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Rows of a query over the published version, each by the names of its columns."""
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        answer = connection.execute(query, parameters or {})
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
