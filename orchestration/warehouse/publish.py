"""Write, audit, publish: copy the public schemas into a new file and repoint the symlink.

Readers open `serving/drivewheel.duckdb`, a symlink to `<version>/drivewheel.duckdb`. New
connections follow it to the newest version, old ones finish on the one they opened. Drivers
name the catalogue after the file, those of 1.5 and later after the one behind the link: so its
stem never changes, and what BI tools saved with a full name holds. The copy is plain tables in
an older storage format, read-only, with what dbt says of every table and column as comments.

Beside it lies `persons.duckdb`: names, reasons and what people wrote, by the ids and hashes that
the published file holds instead. It is for whom the company permits, and goes with its version.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from orchestration.landing.sql import literal
from orchestration.landing.transaction import transaction
from orchestration.project.manifest import MANIFEST, read_manifest
from orchestration.settings import PERSONS_FILE
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
PERSONS_SCHEMA = "persons"
# Every DuckDB 1.x reads it; 2.0's default is read by none of them.
STORAGE_VERSION = "v1.0.0"
# Nobody's to write, also not by a driver that opens it as its default.
READ_ONLY = 0o444
READABLE = 0o755
# Its owner's, and to be read by the group that the company gives it.
GROUP_ONLY = 0o640
OWNER_ONLY = 0o700
PASS_THROUGH = 0o711
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
    # Whoever reads what is published has to get there, and finds nothing else to read.
    for folder, mode in ((settings.home_dir, PASS_THROUGH), (settings.serving_dir, READABLE)):
        folder.chmod(folder.stat().st_mode | mode)
    for leftover in settings.serving_dir.glob("*.partial"):
        shutil.rmtree(leftover)
    folder = settings.serving_dir / f"{run_id}.partial"
    # Nobody else's until both files have their modes.
    folder.mkdir(mode=OWNER_ONLY)
    manifest = settings.target_dir / MANIFEST
    partial, persons = folder / settings.serving_path.name, folder / PERSONS_FILE
    tables, counts = _write(connection, partial, PUBLIC_SCHEMAS, manifest)
    _write(connection, persons, (PERSONS_SCHEMA,), manifest)
    if ("governance", "source_rows") in tables:
        with duckdb.connect(str(partial)) as published, transaction(published):
            create_trace_functions(published, manifest)
    partial.chmod(READ_ONLY)
    persons.chmod(GROUP_ONLY)
    folder.chmod(READABLE)
    version = _replace_atomically(folder, settings.serving_dir / run_id, partial.name)
    _repoint(settings.serving_path, version)
    _prune_old(settings, current=version)
    return Published(path=version, table_count=len(counts), row_count=sum(counts))


def _write(
    connection: duckdb.DuckDBPyConnection, path: Path, schemas: Sequence[str], manifest: Path
) -> tuple[list[tuple[str, str]], list[int]]:
    """Copy the tables of some schemas into a new file; gives them and their numbers of rows."""
    connection.execute(
        f"attach {literal(str(path))} as published (storage_version '{STORAGE_VERSION}')"
    )
    try:
        tables = _tables(connection, schemas)
        with transaction(connection):
            counts = [_copy(connection, schema, table) for schema, table in tables]
    finally:
        # Detached before the symlink moves: a reader must find a closed, complete file.
        connection.execute("detach published")
    with duckdb.connect(str(path)) as published:
        _comment(published, tables, manifest)
    return tables, counts


def _tables(connection: duckdb.DuckDBPyConnection, schemas: Sequence[str]) -> list[tuple[str, str]]:
    return connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = current_database() and list_contains(?, table_schema) "
        "order by all",
        [list(schemas)],
    ).fetchall()


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> int:
    """Copy one table, with types that BI tools know."""
    described = connection.execute(f'describe "{schema}"."{table}"').fetchall()
    columns = ", ".join(
        f'cast("{row[0]}" as bigint) as "{row[0]}"' if _HUGE.match(row[1]) else f'"{row[0]}"'
        for row in described
    )
    place = _place(schema)
    connection.execute(f"create schema if not exists published.{place}")
    count = connection.execute(
        f'create table published.{place}."{table}" as select {columns} from "{schema}"."{table}"'
    ).fetchone()
    return int(count[0]) if count else 0


def _place(schema: str) -> str:
    """Where a schema's tables go: in the second file, `persons.companies` is file and table."""
    return "main" if schema == PERSONS_SCHEMA else f'"{schema}"'


def _comment(
    published: duckdb.DuckDBPyConnection, tables: Sequence[tuple[str, str]], manifest: Path
) -> None:
    """What dbt says of tables and columns, as comments; 1,300 of them take half a second."""
    models = {
        (model.schema, model.alias): model for model in read_manifest(manifest).models.values()
    }
    statements = []
    for schema, table in tables:
        model = models.get((schema, table))
        if model is None:
            continue
        place = f'{_place(schema)}."{table}"'
        statements.append(f"comment on table {place} is {_text(model.description)}")
        statements += [
            f'comment on column {place}."{name}" is {_text(column.description)}'
            for name, column in model.columns.items()
        ]
    # Each by itself would be a transaction, which takes four times as long.
    with transaction(published):
        for statement in statements:
            published.execute(statement)


def _text(description: str) -> str:
    return literal(" ".join(description.split()))


def _replace_atomically(partial: Path, folder: Path, name: str) -> Path:
    """Give the finished folder its name; of a version that is there the files are replaced."""
    version = folder / name
    if folder.exists():
        for file in partial.iterdir():
            file.replace(folder / file.name)
        partial.rmdir()
    else:
        partial.rename(folder)
    return version


def _repoint(link: Path, version: Path) -> None:
    """Move the symlink in one step: a reader sees the old version or the new one."""
    swap = link.with_suffix(".swap")
    swap.unlink(missing_ok=True)
    swap.symlink_to(version.relative_to(link.parent))
    swap.replace(link)


def _prune_old(settings: Settings, *, current: Path) -> None:
    """Remove all but the newest versions; once each was a file with its id in its name."""
    found = [
        *settings.serving_dir.glob(f"*/{current.name}"),
        *settings.serving_dir.glob("drivewheel-*.duckdb"),
    ]
    versions = sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)
    kept = [current, *(path for path in versions if path != current)][: settings.keep_versions]
    for path in versions:
        if path in kept:
            continue
        if path.parent == settings.serving_dir:
            path.unlink()
        else:
            shutil.rmtree(path.parent)
