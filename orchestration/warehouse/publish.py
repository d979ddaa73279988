"""Write, audit, publish: copy the public schemas into a new file and repoint the symlink.

Readers open `serving/drivewheel.duckdb`, a symlink. New connections follow it to the
newest version, old ones finish on the one they opened. The copy is plain tables in an
older storage format, so that BI drivers a release or two behind can open it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from orchestration.landing.sql import literal
from orchestration.trace.functions import create_trace_functions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from orchestration.settings import Settings

MART_SCHEMAS = (
    "core",
    "revenue_velocity",
    "value_realization",
    "customer_health",
    "cost_efficiency",
    "operating_resilience",
)
PUBLIC_SCHEMAS = (*MART_SCHEMAS, "metrics", "governance", "audiences")
# Every DuckDB 1.x reads it; 2.0's default is read by none of them.
STORAGE_VERSION = "v1.0.0"
_HUGE = re.compile(r"^U?HUGEINT$")


@dataclass(frozen=True)
class Published:
    """One published version."""

    path: Path
    table_count: int
    row_count: int


def publish(connection: duckdb.DuckDBPyConnection, settings: Settings, run_id: str) -> Published:
    """Publish the warehouse's public schemas as a new version and make it the current one.

    Args:
        connection: The writing connection to the warehouse.
        settings: Where the versions go and how many are kept.
        run_id: Names the version's file.
    """
    settings.serving_dir.mkdir(parents=True, exist_ok=True)
    version = settings.serving_dir / f"drivewheel-{run_id}.duckdb"
    partial = version.with_suffix(".partial")
    for leftover in settings.serving_dir.glob("*.partial*"):
        leftover.unlink()
    connection.execute(
        f"attach {literal(str(partial))} as published (storage_version '{STORAGE_VERSION}')"
    )
    try:
        tables = _tables(connection)
        counts = [_copy(connection, schema, table) for schema, table in tables]
        _copy_comments(connection, tables)
    finally:
        # Detached before the symlink moves: a reader must find a closed, complete file.
        connection.execute("detach published")
    if ("governance", "source_rows") in tables:
        with duckdb.connect(str(partial)) as published:
            create_trace_functions(published, settings.target_dir / "manifest.json")
    partial.replace(version)
    _repoint(settings.serving_path, version)
    _forget_old(settings, current=version)
    return Published(path=version, table_count=len(counts), row_count=sum(counts))


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = current_database() and list_contains(?, table_schema) "
        "order by all",
        [list(PUBLIC_SCHEMAS)],
    ).fetchall()


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    """Copy one table, with types that BI tools know."""
    described = connection.execute(f'describe "{schema}"."{table}"').fetchall()
    columns = ", ".join(
        f'cast("{row[0]}" as bigint) as "{row[0]}"' if _HUGE.match(row[1]) else f'"{row[0]}"'
        for row in described
    )
    connection.execute(f'create schema if not exists published."{schema}"')
    count = connection.execute(
        f'create table published."{schema}"."{table}" as select {columns} from "{schema}"."{table}"'
    ).fetchone()
    return int(count[0]) if count else 0


def _copy_comments(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[tuple[str, str]]
) -> None:
    """Comments of tables and columns, all asked at once: each look reads the whole catalogue."""
    commented = connection.execute(
        "select schema_name, table_name, null as column_name, comment from duckdb_tables() "
        "where database_name = current_database() and comment is not null "
        "union all "
        "select schema_name, table_name, column_name, comment from duckdb_columns() "
        "where database_name = current_database() and comment is not null order by all"
    ).fetchall()
    for schema, table, column, comment in commented:
        if (schema, table) not in tables:
            continue
        place = f'published."{schema}"."{table}"'
        kind, name = ("table", place) if column is None else ("column", f'{place}."{column}"')
        text = comment.replace("'", "''")
        connection.execute(f"comment on {kind} {name} is '{text}'")


def _repoint(link: Path, version: Path) -> None:
    """Move the symlink in one step: a reader sees the old version or the new one."""
    swap = link.with_suffix(".swap")
    swap.unlink(missing_ok=True)
    swap.symlink_to(version.name)
    swap.replace(link)


def _forget_old(settings: Settings, *, current: Path) -> None:
    versions = sorted(
        settings.serving_dir.glob("drivewheel-*.duckdb"),
        key=lambda path: path.stat().st_mtime_ns,
        reverse=True,
    )
    kept = [current, *(path for path in versions if path != current)][: settings.keep_versions]
    for path in versions:
        if path not in kept:
            path.unlink()
