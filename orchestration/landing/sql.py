"""Quoting for the SQL that this package writes. No statement belongs here."""

from __future__ import annotations

from pathlib import Path


def literal(text: str) -> str:
    """The text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """The name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def path_literal(path: Path) -> str:
    """The path as DuckDB's readers take it: `*`, `?` and `[` in a name are no wildcards."""
    return literal("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))
