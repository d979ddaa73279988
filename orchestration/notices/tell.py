"""Telling everybody once: new breaches on every run, the digest once a week.

What is open when somebody is told for the first time is no news, and what an upgrade made known
is none either: a breach is new by the day on which it opened, or for what came late.

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
    has_arrived,
    last_notified_day,
    last_review,
    notified_subjects,
    record_review,
    record_sent,
)
from orchestration.report.published import open_published

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
    with open_published(settings):
        as_of = published_day(settings)
        if as_of is None:
            return Told(sent=(), failures=())
        sent: list[str] = []
        failures: list[str] = []
        for address in settings.notify or (FILES,):
            last = last_notified_day(connection, address)
            if last is not None and as_of < last:
                # A run of an earlier day has no news.
                continue
            notice = _breaches(connection, settings, address)
            if notice is None or _deliver(
                connection, settings, address, notice, as_of=as_of, now=now, to=(sent, failures)
            ):
                record_review(connection, address=address, as_of=as_of, now=now)
            if last_full_week(as_of) not in notified_subjects(connection, address, "digest"):
                notice = compose_digest(settings, as_of)
                _deliver(
                    connection, settings, address, notice, as_of=as_of, now=now, to=(sent, failures)
                )
        return Told(sent=tuple(sent), failures=tuple(failures))


def _breaches(
    connection: duckdb.DuckDBPyConnection, settings: Settings, address: str
) -> Notice | None:
    """The open breaches of which an address has not been told."""
    told = notified_subjects(connection, address, "breaches")
    review = last_review(connection, address)
    if review is None:
        return compose_breaches(settings, told)
    return compose_breaches(
        settings,
        told,
        through=review.through,
        has_arrived=lambda breach: has_arrived(connection, breach, review),
    )


def _deliver(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    address: str,
    notice: Notice,
    *,
    as_of: dt.date,
    now: dt.datetime,
    to: tuple[list[str], list[str]],
) -> bool:
    """Send a notice and record it; whether it went out. Titles and failures are added to `to`."""
    sent, failures = to
    try:
        if address == FILES:
            write(notice, settings.notices_dir)
        else:
            send(notice, address)
    except (NotSentError, OSError) as error:
        failures.append(f"{notice.title}: {error}")
        return False
    record_sent(
        connection,
        address=address,
        kind=notice.kind,
        subjects=notice.subjects,
        as_of=as_of,
        now=now,
    )
    sent.append(notice.title)
    return True
