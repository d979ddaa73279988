"""Backup and restore: everything that a home knows is one file, the warehouse.

It holds what was loaded with its provenance, what an operator accepted or withdrew, the key of
the hashes and the memory of what was published; what is published, pages and Dagster's history
are made from it again, or do without. A backup is a copy of that file, for its owner alone.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb

from orchestration.landing.manifest import SCHEMA_VERSION
from orchestration.landing.sql import literal
from orchestration.warehouse.connect import OWNER_ONLY, open_warehouse
from orchestration.warehouse.lock import hold_lock, hold_warehouse

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from orchestration.settings import Settings


class BackupError(Exception):
    """Nothing to back up, or no backup; the message says what to do."""


def back_up(
    settings: Settings, target: Path | None, *, now: dt.datetime, on_wait: Callable[[str], None]
) -> Path:
    """Copy the warehouse to a file, while nobody writes to it; gives the file.

    Args:
        settings: Of the home.
        target: The file to write; default `<home>/backups/warehouse-<time>.duckdb`.
        now: Names the default file.
        on_wait: Told where a run has to be waited for.

    Raises:
        BackupError: nothing was loaded yet, or the file is there already.
        LockedError: a run did not end in time.
    """
    if not settings.warehouse_path.exists():
        message = f"{settings.warehouse_path}: nothing has been loaded yet"
        raise BackupError(message)
    path = target or settings.home_dir / "backups" / f"warehouse-{now:%Y%m%dT%H%M%S}.duckdb"
    if path.exists():
        message = f"{path}: is there already; name another file with --to"
        raise BackupError(message)
    path.parent.mkdir(parents=True, exist_ok=True)
    with hold_warehouse(settings, holder="drivewheel backup", on_wait=on_wait):
        with open_warehouse(settings) as connection:
            # What lies in the log beside the file belongs into it.
            connection.execute("checkpoint")
        _copy(settings.warehouse_path, path)
    return path


def restore(
    settings: Settings, source: Path, *, on_wait: Callable[[str], None]
) -> tuple[int, Path | None]:
    """Put a backup in the warehouse's place; gives its loads, and where the old one is kept.

    What is published stays as it is until the next run.

    Raises:
        BackupError: the file is no backup of a warehouse, or of a newer release.
        LockedError: a run did not end in time.
    """
    loads = _require_backup(source)
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    warehouse = settings.warehouse_path
    replaced = warehouse.with_name(f"{warehouse.name}.replaced")
    is_there = warehouse.exists()
    # The lock of runs alone: what is replaced may be broken, and cannot be opened.
    with hold_lock(
        settings.lock_path,
        holder="drivewheel restore",
        timeout_seconds=settings.lock_timeout_seconds,
        on_wait=on_wait,
    ):
        if is_there:
            warehouse.replace(replaced)
            warehouse.with_name(f"{warehouse.name}.wal").unlink(missing_ok=True)
        _copy(source, warehouse)
    return loads, replaced if is_there else None


def _copy(source: Path, target: Path) -> None:
    """A whole copy, or none: a file that was cut short never bears the name."""
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=OWNER_ONLY)
    shutil.copyfile(source, partial)
    partial.chmod(OWNER_ONLY)
    partial.replace(target)


def _require_backup(path: Path) -> int:
    """How many loads a backup holds."""
    no_backup = f"{path}: is no backup of a warehouse; `drivewheel backup` writes one"
    if not path.is_file():
        raise BackupError(no_backup)
    with duckdb.connect() as connection:
        try:
            connection.execute(f"attach {literal(str(path))} as backup (read_only)")
            loads = connection.execute("select count(*) from backup.raw_meta.files").fetchone()
            row = connection.execute(
                "select max(version) from backup.raw_meta.schema_version"
            ).fetchone()
        except duckdb.CatalogException:
            raise BackupError(no_backup) from None
        except duckdb.Error as error:
            message = f"{no_backup} ({str(error).splitlines()[0]})"
            raise BackupError(message) from None
    if row and row[0] and row[0] > SCHEMA_VERSION:
        message = f"{path}: was written by a newer release; update the checkout first"
        raise BackupError(message)
    return int(loads[0]) if loads else 0
