"""Who was told of what: `raw_meta.notices`, so that nobody is told of it again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import duckdb


def ensure_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table where there is none."""
    connection.execute("create schema if not exists raw_meta")
    connection.execute(
        "create table if not exists raw_meta.notices "
        "(address_hash varchar, kind varchar, subject varchar, as_of date, sent_at timestamp)"
    )


def address_hash(address: str) -> str:
    """What stands for an address in the ledger: addresses hold passwords."""
    return hashlib.sha256(address.encode()).hexdigest()


def notified_subjects(connection: duckdb.DuckDBPyConnection, address: str, kind: str) -> set[str]:
    """What an address has been told of."""
    rows = connection.execute(
        "select subject from raw_meta.notices where address_hash = ? and kind = ?",
        [address_hash(address), kind],
    ).fetchall()
    return {subject for (subject,) in rows}


def last_notified_day(connection: duckdb.DuckDBPyConnection, address: str) -> dt.date | None:
    """The newest day of which an address has been told anything."""
    row = connection.execute(
        "select max(as_of) from raw_meta.notices where address_hash = ?", [address_hash(address)]
    ).fetchone()
    day: dt.date | None = row[0] if row else None
    return day


def record_sent(
    connection: duckdb.DuckDBPyConnection,
    *,
    address: str,
    kind: str,
    subjects: Iterable[str],
    as_of: dt.date,
    now: dt.datetime,
) -> None:
    """Record that an address has been told; in one transaction."""
    connection.execute("begin")
    connection.executemany(
        "insert into raw_meta.notices values (?, ?, ?, ?, ?)",
        [
            [address_hash(address), kind, subject, as_of, now.replace(tzinfo=None)]
            for subject in subjects
        ],
    )
    connection.execute("commit")
