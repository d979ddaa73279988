"""Landing files to raw tables: nothing lost, nothing silently changed.

Every contract gets its tables. A file's rows and its row in the manifest are written in one
transaction, so a run that is killed leaves whole files only. A file is first read in one
typed scan; when that is not certain of a cell, row by row, with bad rows set aside. What a
scan of DuckDB's read is held against the lines of the file, counted in the pass that hashes it;
where they are not as many, the file is read row by row too. Small
files of one shape share a scan and a transaction, each with a load of its own; when one of
them is not as the others, they are halved until it is alone. Knows neither Dagster nor
settings; formats live in `read_<format>.py`.

What provenance costs, against the same columns and row numbers from a bare statement
(`python -m benchmarks.load`, two cores otherwise idle, 2026-11): 1 M events from CSV 0.63 to
0.80 of its time (1.1 to 1.3 in CPU time, hash and count of lines included); from Parquet 0.66,
or 1.0 to 1.2 where the bare statement uses `file_row_number` as well. Daily exports of 30 rows:
0.8 ms a file.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    groups,
    list_files,
    require_landing,
    unknown_folders,
)
from orchestration.landing.errors import LandingError, SchemaMismatchError, UnreadableFileError
from orchestration.landing.fingerprint import (
    Fingerprint,
    Fingerprints,
    count_records,
    take_fingerprint,
)
from orchestration.landing.insert import Loaded, Origin, Prepared, insert_rows
from orchestration.landing.ledger import FileResult, Ledger
from orchestration.landing.manifest import ensure_meta, utc_naive
from orchestration.landing.match import MissingColumnsError
from orchestration.landing.retype import reload_retyped
from orchestration.landing.tables import ensure_tables, raw_name
from orchestration.landing.transaction import transaction

__all__ = [
    "FileResult",
    "LandingError",
    "ObjectResult",
    "load_landing",
    "unknown_folders",
]

_Prepare = Callable[[duckdb.DuckDBPyConnection, Sequence[LandedFile], ObjectContract], Prepared]


@dataclass(frozen=True)
class _Reader:
    """How files of a format are read: the quick way first, the one that judges last."""

    attempts: tuple[_Prepare, ...]
    temp_tables: tuple[str, ...]


_CSV = _Reader((read_csv.prepare_typed, read_csv.prepare_judged), read_csv.TEMP_TABLES)
_JSON = _Reader((read_json.prepare_scanned, read_json.prepare_lines), read_json.TEMP_TABLES)
_PARQUET = _Reader(
    (read_parquet.prepare_typed, read_parquet.prepare_judged), read_parquet.TEMP_TABLES
)
_READERS = {"csv": _CSV, "parquet": _PARQUET, "jsonl": _JSON, "json": _JSON}
# What to do with files that people take for tables, by their ending.
_ADVICE = {
    "xlsx": "is a workbook. In Excel, Save As, 'CSV UTF-8 (Comma delimited)', one file a sheet.",
    "xls": "is a workbook. In Excel, Save As, 'CSV UTF-8 (Comma delimited)', one file a sheet.",
    "ods": "is a workbook. Save each sheet as CSV, in UTF-8.",
    "numbers": "is a workbook. In Numbers, File, Export To, CSV, Unicode (UTF-8).",
    "zip": "is an archive. Unpack it, and deliver the files that are in it.",
    "7z": "is an archive. Unpack it, and deliver the files that are in it.",
    "tar": "is an archive. Unpack it, and deliver the files that are in it.",
    "tgz": "is an archive. Unpack it, and deliver the files that are in it.",
    "txt": "has an ending that does not say what it is. Rename it to .csv if it is a table "
    "with a header line; the delimiter is found there.",
}
_DISK_FULL = ("No space left on device", "disk is full", "failed to offload")


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
        LandingError: no such landing folder, or a home of a newer release.
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
    _load_again(session, contract, files, ledger=ledger, on_progress=on_progress)
    gone = ledger.prune_gone(session, contract, files)
    for result in gone:
        on_progress(result.summary)
    results = {file.path: ledger.seen(session, file) for file in files}
    new = [file for file in files if results[file.path] is None]
    for group in groups(new):
        for result in _load_files(
            session, contract, group, ledger=ledger, fingerprints=fingerprints
        ):
            results[result.path] = result
            on_progress(result.summary)
    row = session.execute(f"select count(*) from {raw_name(contract)}").fetchone()
    done = [*gone, *(result for result in results.values() if result is not None)]
    loaded = [result for result in done if result.status == "loaded"]
    return ObjectResult(
        source=contract.source,
        object=contract.name,
        files=tuple(done),
        row_count_total=int(row[0]) if row else 0,
        new_rows=sum(result.rows_loaded for result in loaded),
        rejected_rows=sum(result.rows_rejected for result in loaded),
    )


def _load_files(
    session: duckdb.DuckDBPyConnection,
    contract: ObjectContract,
    files: tuple[LandedFile, ...],
    *,
    ledger: Ledger,
    fingerprints: Fingerprints,
) -> list[FileResult]:
    """Load files together, or, when one of them is not as the others, in halves."""
    origin = Origin(contract, files, ledger.next_load_id, ledger.loaded_at)
    reader = _READERS.get(files[0].format or "") if files[0].problem is None else None
    attempts = reader.attempts if reader else ()
    reason = files[0].problem or _no_format(files[0])
    hashes = [fingerprints.start(file) for file in files] if reader else []
    for prepare in attempts if len(files) == 1 else attempts[:1]:
        try:
            results = _attempt(session, origin, prepare=prepare, ledger=ledger, hashes=hashes)
        except MissingColumnsError as error:
            # What else is wrong with it is known only once its rows have been judged.
            reason = str(error)
        except UnreadableFileError as error:
            reason = str(error)
            break
        except (duckdb.FatalException, duckdb.InterruptException):
            raise
        except (duckdb.Error, OSError, SchemaMismatchError) as error:
            _require_room(error)
            # The typed scan was not certain, or the file is damaged; the last one counts.
            reason = _first_lines(error)
        else:
            ledger.next_load_id += len(files)
            return results
        finally:
            _drop_temporary(session, reader)
    if len(files) == 1:
        result = ledger.failed(session, origin, reason=reason)
        ledger.next_load_id += 1
        return [result]
    middle = len(files) // 2
    return [
        result
        for half in (files[:middle], files[middle:])
        for result in _load_files(session, contract, half, ledger=ledger, fingerprints=fingerprints)
    ]


def _load_again(
    session: duckdb.DuckDBPyConnection,
    contract: ObjectContract,
    files: list[LandedFile],
    *,
    ledger: Ledger,
    on_progress: Callable[[str], None],
) -> None:
    """Load again what is there of an object whose columns have other types now."""

    def read_again(file: LandedFile, load_id: int, loaded_at: datetime) -> Loaded | None:
        origin = Origin(contract, (file,), load_id, loaded_at)
        reader = _READERS[file.format or ""]
        for prepare in reader.attempts:
            try:
                prepared = prepare(session, origin.files, contract)
                with transaction(session):
                    (load,) = insert_rows(session, origin, prepared)
                    if prepared.lines_before is not None:
                        found = take_fingerprint(file)
                        _require_all(file, load, found, lines_before=prepared.lines_before)
            except (duckdb.FatalException, duckdb.InterruptException):
                raise
            except (duckdb.Error, OSError, SchemaMismatchError, UnreadableFileError) as error:
                # The next attempt judges each row; after the last its rows are cast.
                _require_room(error)
            else:
                return load
            finally:
                _drop_temporary(session, reader)
        return None

    unchanged = {
        file.path: file
        for file in files
        if file.problem is None and file.format in _READERS and ledger.is_seen_as_it_is(file)
    }
    retyped = reload_retyped(
        session, contract, unchanged, read_again=read_again, now=ledger.loaded_at
    )
    if retyped:
        on_progress(f"{contract.source}/{contract.name}: {retyped.summary}")


def _attempt(
    session: duckdb.DuckDBPyConnection,
    origin: Origin,
    *,
    prepare: _Prepare,
    ledger: Ledger,
    hashes: list[Callable[[], Fingerprint]],
) -> list[FileResult]:
    prepared = prepare(session, origin.files, origin.contract)
    with transaction(session):
        loads = insert_rows(session, origin, prepared)
        fingerprints = [fingerprint() for fingerprint in hashes]
        if prepared.lines_before is not None:
            for file, load, fingerprint in zip(origin.files, loads, fingerprints, strict=True):
                _require_all(file, load, fingerprint, lines_before=prepared.lines_before)
        return ledger.loaded(
            session,
            origin,
            prepared=prepared,
            loads=loads,
            hashes=[fingerprint.sha256 for fingerprint in fingerprints],
        )


def _require_all(
    file: LandedFile, load: Loaded, fingerprint: Fingerprint, *, lines_before: int
) -> None:
    """Raise SchemaMismatchError where a scan has not as many rows as the file has lines.

    Lines are counted at first: in most files each is a row. Where they are more, blank ones and
    those within quotes are left out.
    """
    rows = load.row_count + lines_before
    if fingerprint.line_count == rows and not fingerprint.has_long_line:
        return
    if fingerprint.has_long_line or count_records(file) != rows:
        raise SchemaMismatchError(
            f"{fingerprint.line_count} lines gave {load.row_count} rows: is read row by row"
        )


def _drop_temporary(session: duckdb.DuckDBPyConnection, reader: _Reader | None) -> None:
    tables = reader.temp_tables if reader else ()
    session.execute("; ".join(f"drop table if exists temp.{table}" for table in tables))


def _no_format(file: LandedFile) -> str:
    """Why a file is none that is loaded, and what to do about it where that is known."""
    ending = file.path.lower().rsplit(".", 1)[-1]
    return _ADVICE.get(ending) or (
        f"is no kind of file that is loaded. Export it as {', '.join(FORMATS)} "
        "(text also as .gz or .zst), or remove it."
    )


def _require_room(error: Exception) -> None:
    """Stop where the disk is full: that is no fault of the file at hand.

    Raises:
        LandingError: says so.
    """
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if is_full or any(words in str(error) for words in _DISK_FULL):
        raise LandingError(
            "the disk is full: nothing more can be loaded. Make room where DRIVEWHEEL_HOME lies "
            f"(old versions in serving/, temporary files), and run again. {_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")


def _first_lines(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"cannot be read: {' '.join(lines[:3])} Correct the file and deliver it again."
