"""Who was told of what: `raw_meta.notices`, so that nobody is told of it again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.landing.manifest import ensure_meta
from orchestration.landing.transaction import transaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    import duckdb

# Of one who has been told of every breach that was open: through which day.
REVIEWED = "reviewed"
# Whether a period's value is new or restated since a moment, in a slice that was known before it.
_ARRIVED = """
with seen as (
    select coalesce(max(publication_number), 0) as number
    from raw_meta.publications where published_at <= $at
)
select coalesce(
    bool_or(published.publication_number > seen.number and published.period_start = $start)
    and bool_or(published.publication_number <= seen.number),
    false
)
from raw_meta.published_values as published
cross join seen
where published.metric_id = $metric and published.grain = $grain
    and published.dimension = $dimension and published.dimension_value = $value
"""


@dataclass(frozen=True)
class Review:
    """When an address had last been told of every open breach, and through which day."""

    through: dt.date
    at: dt.datetime


def ensure_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table where there is none, and what else of `raw_meta` is read here."""
    ensure_meta(connection)
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


def last_review(connection: duckdb.DuckDBPyConnection, address: str) -> Review | None:
    """When an address had last been told of every open breach; None where never.

    Homes of releases that did not record it: when it was last told of one.
    """
    row = connection.execute(
        "select as_of, sent_at from raw_meta.notices "
        "where address_hash = ? and kind in (?, 'breaches') "
        "order by kind = ? desc, as_of desc, sent_at desc limit 1",
        [address_hash(address), REVIEWED, REVIEWED],
    ).fetchone()
    return Review(*row) if row else None


def has_arrived(
    connection: duckdb.DuckDBPyConnection, breach: Mapping[str, Any], review: Review
) -> bool:
    """Whether what opened a breach was published since: it came late, or was restated.

    False where the metric or slice itself is new, or only its target: what happened is old then.
    """
    row = connection.execute(
        _ARRIVED,
        {
            "at": review.at,
            "metric": breach["metric_id"],
            "grain": breach["grain"],
            "dimension": breach["dimension"],
            "value": breach["slice_value"],
            "start": breach["opened_period_start"],
        },
    ).fetchone()
    return bool(row and row[0])


def record_review(
    connection: duckdb.DuckDBPyConnection, *, address: str, as_of: dt.date, now: dt.datetime
) -> None:
    """Record that an address knows of every open breach; the newest review alone is kept."""
    with transaction(connection):
        connection.execute(
            "delete from raw_meta.notices where address_hash = ? and kind = ?",
            [address_hash(address), REVIEWED],
        )
        connection.execute(
            "insert into raw_meta.notices values (?, ?, ?, ?, ?)",
            [address_hash(address), REVIEWED, str(as_of), as_of, now.replace(tzinfo=None)],
        )


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
    with transaction(connection):
        connection.executemany(
            "insert into raw_meta.notices values (?, ?, ?, ?, ?)",
            [
                [address_hash(address), kind, subject, as_of, now.replace(tzinfo=None)]
                for subject in subjects
            ],
        )
