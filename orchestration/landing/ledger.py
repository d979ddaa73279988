"""The loader's side of the manifest: which files it knows, and rows for the new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.discover import LandedFile, sort_key
from orchestration.landing.fingerprint import sha256
from orchestration.landing.insert import Loaded, Origin, Prepared
from orchestration.landing.manifest import delete_rows
from orchestration.landing.match import say_columns
from orchestration.landing.transaction import transaction

NO_ROWS = "the file has columns and no rows"


@dataclass(frozen=True)
class FileResult:
    """What became of one file; `status` is loaded, empty, skipped, failed, changed or gone.

    `declared_columns` are how many its contract has.
    """

    path: str
    load_id: int | None
    status: str
    rows_in: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    reason: str | None = None
    missing_columns: tuple[str, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    declared_columns: int = 0

    @property
    def summary(self) -> str:
        """One line for a person who watches."""
        if self.status != "loaded":
            return f"{self.path}: {self.status}, {self.reason}"
        rejected = f", {self.rows_rejected:,} rejected" if self.rows_rejected else ""
        noted = f", {self.reason}" if self.reason else ""
        columns = say_columns(
            self.declared_columns, len(self.missing_columns), self.unknown_columns
        )
        return f"{self.path}: {self.rows_loaded:,} rows{rejected}{noted}; {columns}"


@dataclass(frozen=True)
class _Known:
    load_id: int
    source: str
    object: str
    size_bytes: int
    mtime_ns: int
    stamp: str | None
    sha256: str | None
    status: str
    is_refused: bool
    result: FileResult

    @property
    def is_undecided(self) -> bool:
        """Whether it was refused, and nothing of it was ever built."""
        return self.status == "failed" or (self.status == "pending" and self.is_refused)

    def is_untouched(self, file: LandedFile) -> bool:
        """Whether the file system says that nothing was done to it since it was looked at."""
        known = (self.size_bytes, self.mtime_ns, self.stamp)
        return known == (file.size_bytes, file.mtime_ns, file.stamp)


@dataclass
class Ledger:
    """The newest manifest row per path, read once per run."""

    loaded_at: datetime
    _known: dict[str, _Known]
    next_load_id: int

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, *, loaded_at: datetime) -> Ledger:
        """The ledger of a warehouse, which numbers the loads of this run from the last."""
        rows = connection.execute(
            "select load_id, path, size_bytes, mtime_ns, sha256, status, rows_in, "
            "rows_loaded, rows_rejected, reason, missing_columns, unknown_columns, stamp, "
            "source, object, refused_at is not null from raw_meta.files order by load_id"
        ).fetchall()
        known = {
            row[1]: _Known(
                load_id=row[0],
                source=row[13],
                object=row[14],
                size_bytes=row[2],
                mtime_ns=row[3],
                stamp=row[12],
                sha256=row[4],
                status=row[5],
                is_refused=row[15],
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
        return cls(loaded_at=loaded_at, _known=known, next_load_id=last + 1)

    def is_seen_as_it_is(self, file: LandedFile) -> bool:
        """Whether a file was decided on as it lies there.

        One of equal size and time that was put there since (a home that was moved) is hashed.
        """
        known = self._known.get(file.path)
        if known is None or file.problem is not None:
            return known is not None
        if known.is_untouched(file):
            return True
        is_alike = (known.size_bytes, known.mtime_ns) == (file.size_bytes, file.mtime_ns)
        is_open = known.status in ("failed", "withdrawn")
        return is_alike and not is_open and sha256(file.absolute) == known.sha256

    def seen(self, connection: duckdb.DuckDBPyConnection, file: LandedFile) -> FileResult | None:
        """The result for a file that need not be loaded, None for one that must be.

        A withdrawn file is one that still lies where it lay; put there again it is new. A
        refused one of which nothing was built gives way to what is put in its place.
        """
        known = self._known.get(file.path)
        if known is None or known.status == "failed" or file.problem is not None:
            return None
        if known.is_untouched(file):
            return known.result
        is_same = known.size_bytes == file.size_bytes and sha256(file.absolute) == known.sha256
        is_put_again = known.status == "withdrawn" and known.stamp not in (None, file.stamp)
        if is_same and not is_put_again:
            connection.execute(
                "update raw_meta.files set mtime_ns = ?, stamp = ? where load_id = ?",
                [file.mtime_ns, file.stamp, known.load_id],
            )
            return known.result
        if known.is_undecided:
            self._strike(connection, [known])
        if known.is_undecided or known.status == "withdrawn":
            return None
        return FileResult(
            path=file.path,
            load_id=known.load_id,
            status="changed",
            reason=(
                "changed after it was loaded; files are immutable. Put the old file back "
                "and deliver the new rows in a file of another name, or withdraw it "
                f"(drivewheel withdraw {file.path} --why REASON), after which the new one is "
                "loaded."
            ),
        )

    def prune_gone(
        self,
        connection: duckdb.DuckDBPyConnection,
        contract: ObjectContract,
        files: Sequence[LandedFile],
    ) -> list[FileResult]:
        """Strike refused files out that are no longer there: nothing of them was ever built."""
        there = {file.path for file in files}
        gone = [
            known
            for path, known in self._known.items()
            if known.is_undecided
            and (known.source, known.object) == (contract.source, contract.name)
            and path not in there
        ]
        self._strike(connection, gone)
        return [
            FileResult(
                path=known.result.path,
                load_id=None,
                status="gone",
                reason="was refused, and is no longer there; nothing of it was used",
            )
            for known in gone
        ]

    def _strike(self, connection: duckdb.DuckDBPyConnection, files: Sequence[_Known]) -> None:
        """Remove refused files with their rows."""
        for known in files:
            with transaction(connection):
                if known.status == "pending":
                    delete_rows(connection, known.load_id, known.source, known.object)
                connection.execute("delete from raw_meta.files where load_id = ?", [known.load_id])

    def loaded(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: Origin,
        *,
        prepared: Prepared,
        loads: Sequence[Loaded],
        hashes: Sequence[str],
    ) -> list[FileResult]:
        """Record the loads of an origin's files, inside their transaction."""
        results = [
            FileResult(
                path=file.path,
                load_id=origin.first_load_id + i,
                status="loaded" if load.row_count else "empty",
                rows_in=load.row_count,
                rows_loaded=load.rows_loaded,
                rows_rejected=load.rows_rejected,
                reason=prepared.warning if load.row_count else prepared.warning or NO_ROWS,
                missing_columns=missing,
                unknown_columns=unknown,
                declared_columns=len(origin.contract.columns),
            )
            for i, (file, load, missing, unknown) in enumerate(
                zip(origin.files, loads, prepared.missing, prepared.unknown, strict=True)
            )
        ]
        self._write(
            connection,
            origin,
            results,
            status="pending",
            hashes=hashes,
            loads=loads,
            types=prepared.types,
        )
        return results

    def failed(
        self, connection: duckdb.DuckDBPyConnection, origin: Origin, *, reason: str
    ) -> FileResult:
        """Record a file that cannot be loaded; it is tried again in every run."""
        result = FileResult(
            path=origin.files[0].path,
            load_id=origin.first_load_id,
            status="failed",
            reason=reason,
        )
        with transaction(connection):
            self._write(
                connection, origin, [result], status="failed", hashes=[None], loads=[Loaded()]
            )
        return result

    def _write(
        self,
        connection: duckdb.DuckDBPyConnection,
        origin: Origin,
        results: Sequence[FileResult],
        *,
        status: str,
        hashes: Sequence[str | None],
        loads: Sequence[Loaded],
        types: Sequence[str] = (),
    ) -> None:
        """One row per file, in one statement; earlier failures of the files are forgotten."""
        failures = [
            known.load_id
            for file in origin.files
            if (known := self._known.get(file.path)) is not None and known.status == "failed"
        ]
        if failures:
            connection.execute(
                "delete from raw_meta.files where list_contains(?::bigint[], load_id)",
                [failures],
            )
        contract = origin.contract
        connection.execute(
            "insert into raw_meta.files by name select "
            "unnest(?::bigint[]) as load_id, ? as source, ? as object, "
            "unnest(?::varchar[]) as path, unnest(?::varchar[]) as sort_key, "
            "unnest(?::bigint[]) as size_bytes, "
            "unnest(?::bigint[]) as mtime_ns, unnest(?::varchar[]) as stamp, "
            "unnest(?::varchar[]) as sha256, "
            "unnest(?::bigint[]) as rows_in, unnest(?::bigint[]) as rows_loaded, "
            "unnest(?::bigint[]) as rows_rejected, ? as status, unnest(?::varchar[]) as reason, "
            "unnest(?::varchar[][]) as missing_columns, "
            "unnest(?::varchar[][]) as unknown_columns, ?::varchar[] as column_types, "
            "unnest(?::timestamp[]) as min_event_at, unnest(?::timestamp[]) as max_event_at, "
            "? as loaded_at",
            [
                [result.load_id for result in results],
                contract.source,
                contract.name,
                [file.path for file in origin.files],
                [sort_key(file.path) for file in origin.files],
                [file.size_bytes for file in origin.files],
                [file.mtime_ns for file in origin.files],
                [file.stamp for file in origin.files],
                list(hashes),
                [result.rows_in for result in results],
                [result.rows_loaded for result in results],
                [result.rows_rejected for result in results],
                status,
                [result.reason for result in results],
                [list(result.missing_columns) for result in results],
                [list(result.unknown_columns) for result in results],
                list(types),
                [load.min_event_at for load in loads],
                [load.max_event_at for load in loads],
                self.loaded_at,
            ],
        )
