"""Whether a run would find anything to do: no new file, the same code and the same day.

A look at the names, sizes and times of the landing files, the ledger and the project's files:
it takes a second, and neither Dagster nor dbt is imported for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from orchestration.landing.contract import billing_sources
from orchestration.landing.discover import list_files
from orchestration.landing.ledger import Ledger
from orchestration.landing.manifest import utc_naive
from orchestration.warehouse.builds import newest_day
from orchestration.warehouse.dbt_project import build_state
from orchestration.warehouse.lock import LockedError, hold_warehouse

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from orchestration.landing.contract import ObjectContract
    from orchestration.landing.discover import LandedFile
    from orchestration.settings import Settings

# A build that was interrupted, decided about or asked for anew leaves one of these.
_UNFINISHED = """
select 1 from raw_meta.files
where
    (status in ('pending', 'failed') and refused_at is null)
    or (status = 'accepted' and built_at is null)
union all
select 1 from raw_meta.rebuild_required
"""
_NEWEST = """
select as_of, landing, code_state from raw_meta.runs
qualify build_number = max(build_number) over () and status = 'published'
"""


@dataclass(frozen=True)
class Look:
    """What a look at the landing folder and the ledger told."""

    file_count: int
    new_count: int
    unchanged_since: dt.date | None

    @property
    def told(self) -> str:
        """One line for a person who waits."""
        files = f"{self.file_count:,} landing {'file' if self.file_count == 1 else 'files'}"
        return (
            f"{files}, {self.new_count:,} of them new" if self.new_count else f"{files}, all seen"
        )


def try_lock_and_look(
    settings: Settings, contracts: Mapping[tuple[str, str], ObjectContract], *, now: dt.datetime
) -> Look | None:
    """As `look`, under the lock; None where somebody else has the warehouse."""
    at_once = settings.model_copy(update={"lock_timeout_seconds": 0})
    try:
        with hold_warehouse(at_once, holder="a look at what is new", on_wait=lambda _: None):
            return look(settings, contracts, now=now)
    except LockedError:
        return None


def look(
    settings: Settings, contracts: Mapping[tuple[str, str], ObjectContract], *, now: dt.datetime
) -> Look:
    """Look whether there is anything to do; `unchanged_since` is the published day if not.

    Held against the newest build, which must have been published from this landing folder, by
    this code and with this hash key, and with which this version must still be readable.
    """
    files = [
        file
        for contract in contracts.values()
        for file in list_files(settings.landing_dir, contract)
    ]
    if not settings.warehouse_path.exists():
        return Look(len(files), len(files), None)
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        if not _is_current(connection):
            return Look(len(files), len(files), None)
        new = _new(connection, files, now=now)
        day = None if new else _published_day(connection, settings, contracts)
    return Look(len(files), new, day)


def _is_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the ledger has what is asked here: older versions kept less."""
    known = connection.execute(
        "select count(*) from duckdb_columns() where schema_name = 'raw_meta' and "
        "(table_name, column_name) in "
        "(('runs', 'company'), ('rebuild_required', 'reason'), ('files', 'refused_at'))"
    ).fetchall()
    return bool(known[0][0] == 3)


def _new(
    connection: duckdb.DuckDBPyConnection, files: list[LandedFile], *, now: dt.datetime
) -> int:
    ledger = Ledger.read(connection, loaded_at=utc_naive(now))
    return sum(not ledger.is_seen_as_it_is(file) for file in files)


def _published_day(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contracts: Mapping[tuple[str, str], ObjectContract],
) -> dt.date | None:
    newest = connection.execute(_NEWEST).fetchone()
    if newest is None or connection.execute(_UNFINISHED).fetchone():
        return None
    as_of, landing, built_by = newest
    key = connection.execute("select hash_key from raw_meta.settings").fetchone()
    day = settings.as_of or newest_day(connection, billing_sources(contracts))
    is_same = (
        settings.serving_path.exists()
        and (as_of, landing, built_by) == (day, str(settings.landing_dir), build_state(settings))
        and settings.hash_key in (None, key and key[0])
    )
    return day if is_same else None
