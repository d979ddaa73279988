"""Landing files to raw tables: nothing lost, nothing silently changed.

Every contract gets its tables, every new file is loaded in one transaction with its row in
the manifest, so a run that is killed leaves whole files only. A file is first read in one
typed scan; when that is not certain of a cell, row by row, with bad rows set aside. Knows
neither Dagster nor settings; formats live in `read_<format>.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.landing import read_csv, read_json, read_parquet
from orchestration.landing.contract import ObjectContract
from orchestration.landing.discover import (
    FORMATS,
    LandedFile,
    list_files,
    require_landing,
    unknown_folders,
)
from orchestration.landing.errors import LandingError, UnreadableFileError
from orchestration.landing.fingerprint import Fingerprints
from orchestration.landing.insert import Origin, Prepared, event_range
from orchestration.landing.ledger import FileResult, Ledger
from orchestration.landing.manifest import ensure_meta, utc_naive
from orchestration.landing.tables import ensure_tables, raw_name
from orchestration.landing.transaction import transaction

__all__ = [
    "FileResult",
    "LandingError",
    "ObjectResult",
    "load_landing",
    "unknown_folders",
]

_Prepare = Callable[[duckdb.DuckDBPyConnection, LandedFile, ObjectContract], Prepared]
_ATTEMPTS: dict[str, tuple[_Prepare, ...]] = {
    "csv": (read_csv.prepare_typed, read_csv.prepare_judged),
    "parquet": (read_parquet.prepare_typed, read_parquet.prepare_judged),
    "jsonl": (read_json.prepare_judged,),
    "json": (read_json.prepare_judged,),
}


@dataclass(frozen=True)
class ObjectResult:
    """What a run did for one object; counts of rows are of this run, but for the total."""

    source: str
    object: str
    files: tuple[FileResult, ...]
    row_count_total: int
    new_rows: int
    rejected_rows: int


def load_landing(
    connection: duckdb.DuckDBPyConnection,
    landing: Path,
    contracts: Mapping[tuple[str, str], ObjectContract],
    *,
    now: datetime,
    on_progress: Callable[[str], None] | None = None,
) -> list[ObjectResult]:
    """Load every new landing file; one result per contract, in the contracts' order.

    What is wrong with a file is in its `FileResult` and in `raw_meta.files`, and does not
    keep others from loading. `now` becomes `_loaded_at` (UTC).

    Raises:
        LandingError: no such landing folder, or a raw table that contradicts its contract.
    """
    root = require_landing(landing)
    with _session(connection) as session:
        ensure_meta(session)
        ensure_tables(session, contracts.values())
        ledger = Ledger.read(session, loaded_at=utc_naive(now))
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sha256") as pool:
            fingerprints = Fingerprints(pool)
            return [
                _load_object(
                    session,
                    contract,
                    list_files(root, contract),
                    ledger=ledger,
                    fingerprints=fingerprints,
                    on_progress=on_progress or (lambda message: None),
                )
                for contract in contracts.values()
            ]


@contextmanager
def _session(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor with the settings that loading relies on, put back afterwards."""
    session = connection.cursor()
    row = session.execute("select current_setting('preserve_insertion_order')").fetchone()
    ordered = bool(row and row[0])
    try:
        session.execute("set timezone = 'UTC'")
        if not ordered:
            # Row numbers of staged files are their rowids.
            session.execute("set preserve_insertion_order = true")
        yield session
    finally:
        if not ordered:
            session.execute("set preserve_insertion_order = false")
        session.close()


def _load_object(
    session: duckdb.DuckDBPyConnection,
    contract: ObjectContract,
    files: list[LandedFile],
    *,
    ledger: Ledger,
    fingerprints: Fingerprints,
    on_progress: Callable[[str], None],
) -> ObjectResult:
    results = []
    for file in files:
        result = ledger.seen(session, file)
        if result is None:
            result = _load_file(session, contract, file, ledger=ledger, fingerprints=fingerprints)
            on_progress(result.summary)
        results.append(result)
    row = session.execute(f"select count(*) from {raw_name(contract)}").fetchone()
    loaded = [result for result in results if result.status == "loaded"]
    return ObjectResult(
        source=contract.source,
        object=contract.name,
        files=tuple(results),
        row_count_total=int(row[0]) if row else 0,
        new_rows=sum(result.rows_loaded for result in loaded),
        rejected_rows=sum(result.rows_rejected for result in loaded),
    )


def _load_file(
    session: duckdb.DuckDBPyConnection,
    contract: ObjectContract,
    file: LandedFile,
    *,
    ledger: Ledger,
    fingerprints: Fingerprints,
) -> FileResult:
    """Load one file, or record why it cannot be."""
    origin = Origin(
        contract=contract,
        path=file.path,
        load_id=ledger.next_load_id(),
        loaded_at=ledger.loaded_at,
    )
    reason = (
        f"is no kind of file that is loaded. Export it as {', '.join(FORMATS)} "
        "(text also as .gz or .zst), or remove it."
    )
    fingerprint = fingerprints.start(file)
    for prepare in _ATTEMPTS.get(file.format or "", ()):
        try:
            return _attempt(
                session,
                origin,
                file,
                prepare=prepare,
                ledger=ledger,
                fingerprint=fingerprint,
            )
        except UnreadableFileError as error:
            reason = str(error)
            break
        except (duckdb.FatalException, duckdb.InterruptException):
            raise
        except (duckdb.Error, OSError) as error:
            # The typed scan was not certain, or the file is damaged; the last one counts.
            reason = _first_lines(error)
    return ledger.failed(session, origin, file, reason=reason)


def _attempt(
    session: duckdb.DuckDBPyConnection,
    origin: Origin,
    file: LandedFile,
    *,
    prepare: _Prepare,
    ledger: Ledger,
    fingerprint: Callable[[], str],
) -> FileResult:
    prepared = prepare(session, file, origin.contract)
    try:
        with transaction(session):
            counts = prepared.insert(session, origin)
            return ledger.loaded(
                session,
                origin,
                file,
                counts=counts,
                match=prepared.match,
                warning=prepared.warning,
                event_range=event_range(session, origin),
                sha256=fingerprint(),
            )
    finally:
        prepared.close()


def _first_lines(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"cannot be read: {' '.join(lines[:3])} Correct the file and deliver it again."
