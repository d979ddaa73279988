"""The loader's side of the manifest: which files it knows, and rows for the new ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

import duckdb

from orchestration.landing.discover import LandedFile, sha256
from orchestration.landing.insert import Counts, Origin
from orchestration.landing.match import Match
from orchestration.landing.transaction import transaction


@dataclass(frozen=True)
class FileResult:
    """What became of one file; `status` is loaded, skipped, failed or changed."""

    path: str
    load_id: int | None
    status: str
    rows_in: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    reason: str | None = None
    missing_columns: tuple[str, ...] = ()
    unknown_columns: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line for a person who watches."""
        if self.status != "loaded":
            return f"{self.path}: {self.status}, {self.reason}"
        rejected = f", {self.rows_rejected:,} rejected" if self.rows_rejected else ""
        return f"{self.path}: {self.rows_loaded:,} rows{rejected}"


@dataclass(frozen=True)
class _Known:
    load_id: int
    size_bytes: int
    mtime_ns: int
    sha256: str | None
    status: str
    result: FileResult


@dataclass
class Ledger:
    """The newest manifest row per path, read once per run."""

    loaded_at: datetime
    _known: dict[str, _Known]
    _ids: count[int] = field(default_factory=lambda: count(1))

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, *, loaded_at: datetime) -> Ledger:
        """The ledger of a warehouse."""
        rows = connection.execute(
            "select load_id, path, size_bytes, mtime_ns, sha256, status, rows_in, "
            "rows_loaded, rows_rejected, reason, missing_columns, unknown_columns "
            "from raw_meta.files order by load_id"
        ).fetchall()
        known = {
            row[1]: _Known(
                load_id=row[0],
                size_bytes=row[2],
                mtime_ns=row[3],
                sha256=row[4],
                status=row[5],
                result=FileResult(
                    path=row[1],
                    load_id=row[0],
                    status="skipped",
                    rows_in=row[6],
                    rows_loaded=row[7],
                    rows_rejected=row[8],
                    reason=row[9],
                    missing_columns=tuple(row[10] or ()),
                    unknown_columns=tuple(row[11] or ()),
                ),
            )
            for row in rows
        }
        last = max((entry.load_id for entry in known.values()), default=0)
        return cls(loaded_at=loaded_at, _known=known, _ids=count(last + 1))

    def next_load_id(self) -> int:
        """A number that no load in the manifest has."""
        return next(self._ids)

    def seen(self, connection: duckdb.DuckDBPyConnection, file: LandedFile) -> FileResult | None:
        """The result for a file that need not be loaded, None for one that must be."""
        known = self._known.get(file.path)
        if known is None or known.status == "failed":
            return None
        same_size = known.size_bytes == file.size_bytes
        if same_size and known.mtime_ns == file.mtime_ns:
            return known.result
        if same_size and sha256(file.absolute) == known.sha256:
            connection.execute(
                "update raw_meta.files set mtime_ns = ? where load_id = ?",
                [file.mtime_ns, known.load_id],
            )
            return known.result
        if known.status == "withdrawn":
            return None
        return FileResult(
            path=file.path,
            load_id=known.load_id,
            status="changed",
            reason=(
                "changed after it was loaded; files are immutable. Put the old file back "
                "and deliver the new rows in a file of another name, or withdraw it "
                f"(drivewheel withdraw {file.path}), after which the new one is loaded."
            ),
        )

    def loaded(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: Origin,
        file: LandedFile,
        *,
        counts: Counts,
        match: Match,
        warning: str | None,
        event_range: tuple[datetime | None, datetime | None],
        sha256: str,
    ) -> FileResult:
        """Record a load, inside its transaction."""
        result = FileResult(
            path=file.path,
            load_id=origin.load_id,
            status="loaded",
            rows_in=counts.rows_in,
            rows_loaded=counts.rows_loaded,
            rows_rejected=counts.rows_rejected,
            reason=warning,
            missing_columns=tuple(match.missing) if not warning else (),
            unknown_columns=tuple(match.unknown_names),
        )
        self._forget_failure(connection, file)
        self._write(
            connection,
            origin,
            file,
            result,
            status="pending",
            sha256=sha256,
            event_range=event_range,
        )
        return result

    def failed(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: Origin,
        file: LandedFile,
        *,
        reason: str,
    ) -> FileResult:
        """Record a file that cannot be loaded; it is tried again in every run."""
        result = FileResult(path=file.path, load_id=origin.load_id, status="failed", reason=reason)
        with transaction(connection):
            self._forget_failure(connection, file)
            self._write(
                connection,
                origin,
                file,
                result,
                status="failed",
                sha256=None,
                event_range=(None, None),
            )
        return result

    def _forget_failure(self, connection: duckdb.DuckDBPyConnection, file: LandedFile) -> None:
        known = self._known.get(file.path)
        if known is not None and known.status == "failed":
            connection.execute("delete from raw_meta.files where load_id = ?", [known.load_id])

    def _write(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: Origin,
        file: LandedFile,
        result: FileResult,
        *,
        status: str,
        sha256: str | None,
        event_range: tuple[datetime | None, datetime | None],
    ) -> None:
        connection.execute(
            "insert into raw_meta.files values "
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null, null)",
            [
                result.load_id,
                origin.contract.source,
                origin.contract.name,
                file.path,
                file.size_bytes,
                file.mtime_ns,
                sha256,
                result.rows_in,
                result.rows_loaded,
                result.rows_rejected,
                status,
                result.reason,
                list(result.missing_columns),
                list(result.unknown_columns),
                *event_range,
                self.loaded_at,
            ],
        )
