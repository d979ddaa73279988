"""Telling everybody once: new breaches on every run, the digest once a week.

A notice that was not sent is not remembered, so the next run tries again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.notices.compose import (
    Notice,
    compose_breaches,
    compose_digest,
    last_full_week,
    published_day,
)
from orchestration.notices.deliver import FILES, NotSentError, send, write
from orchestration.notices.ledger import (
    ensure_ledger,
    last_notified_day,
    notified_subjects,
    record_sent,
)

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from orchestration.settings import Settings


@dataclass(frozen=True)
class Told:
    """What went out, by title, and what did not, by reason."""

    sent: tuple[str, ...]
    failures: tuple[str, ...]


def tell(connection: duckdb.DuckDBPyConnection, settings: Settings, *, now: dt.datetime) -> Told:
    """Send what is new in the published version to every address.

    Args:
        connection: The writing connection to the warehouse, which remembers what was sent.
        settings: The addresses, and the home for files where there are none.
        now: The moment, for the ledger.
    """
    ensure_ledger(connection)
    as_of = published_day(settings)
    if as_of is None:
        return Told(sent=(), failures=())
    sent, failures = [], []
    for address in settings.notify or (FILES,):
        for notice in _news(connection, settings, address, as_of):
            try:
                if address == FILES:
                    write(notice, settings.notices_dir)
                else:
                    send(notice, address)
            except (NotSentError, OSError) as error:
                failures.append(f"{notice.title}: {error}")
                continue
            record_sent(
                connection,
                address=address,
                kind=notice.kind,
                subjects=notice.subjects,
                as_of=as_of,
                now=now,
            )
            sent.append(notice.title)
    return Told(sent=tuple(sent), failures=tuple(failures))


def _news(
    connection: duckdb.DuckDBPyConnection, settings: Settings, address: str, as_of: dt.date
) -> list[Notice]:
    """What an address has not been told; a run of an earlier day has no news."""
    last = last_notified_day(connection, address)
    if last is not None and as_of < last:
        return []
    breaches = compose_breaches(settings, notified_subjects(connection, address, "breaches"))
    news = [breaches] if breaches else []
    if last_full_week(as_of) not in notified_subjects(connection, address, "digest"):
        news.append(compose_digest(settings, as_of))
    return news
