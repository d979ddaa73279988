"""The ledger of builds: which day a run computes, and whether it must rebuild everything.

A build is one run of the dbt graph over the accepted loads. Its row in `raw_meta.runs` is
what models read as their day, and what publishing asks before it publishes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.landing.manifest import ensure_meta, require_rebuild

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb


class NothingToBuildError(Exception):
    """No accepted load says which day it is; the message says what is missing."""


@dataclass(frozen=True)
class Build:
    """What a build computes."""

    build_id: str
    as_of: dt.date
    full_refresh_reason: str | None


@dataclass(frozen=True)
class Newest:
    """The newest build: building, built (or only a part of the graph: partial), or published."""

    build_id: str
    as_of: dt.date
    status: str


def begin_build(
    connection: duckdb.DuckDBPyConnection,
    *,
    build_id: str,
    as_of: dt.date | None,
    billing_sources: Iterable[str],
    code_fingerprint: str,
    landing: Path,
    company: Path | None,
    state: str,
    hash_key: str | None = None,
    is_full: bool = False,
    now: dt.datetime,
) -> Build:
    """Decide the day and the kind of build, and write the run's row.

    Raises:
        NothingToBuildError: without an accepted load and without `as_of`.
    """
    ensure_meta(connection)
    _ensure_hash_key(connection, hash_key, now=now)
    day = as_of or newest_day(connection, billing_sources)
    reason = _full_refresh_reason(connection, day, code_fingerprint)
    if is_full and reason is None:
        reason = "asked for"
    connection.execute("begin")
    # From here on nobody knows what a build that does not finish has left in incremental
    # models of this day and later ones, so the next one builds these snapshots again.
    connection.execute("delete from raw_meta.built_snapshots where snapshot_on >= ?", [day])
    connection.execute(
        "insert into raw_meta.runs "
        "(build_id, build_number, as_of, started_at, landing, company, code_state, status) "
        "select ?, coalesce(max(build_number), 0) + 1, ?, ?, ?, ?, ?, 'building' "
        "from raw_meta.runs",
        [build_id, day, now.replace(tzinfo=None), str(landing), company and str(company), state],
    )
    connection.execute("commit")
    return Build(build_id=build_id, as_of=day, full_refresh_reason=reason)


def finish_build(
    connection: duckdb.DuckDBPyConnection,
    build: Build,
    *,
    code_fingerprint: str,
    is_complete: bool = True,
    is_whole: bool = True,
    now: dt.datetime,
) -> None:
    """Record that dbt has built what it was asked for.

    Args:
        connection: The writing connection to the warehouse.
        build: What `begin_build` gave.
        code_fingerprint: The code that incremental models were built with.
        is_complete: Whether every incremental model, and all before it, was built. Only then
            are the loads no longer new, and a required rebuild is done: what was left out has
            seen neither.
        is_whole: Whether all of the graph was built. Of a part the rest may say otherwise, so
            that it is never published.
        now: The moment, for the ledger.
    """
    moment = now.replace(tzinfo=None)
    connection.execute("begin")
    if is_complete:
        connection.execute(
            "update raw_meta.files set built_at = ? where status = 'accepted' and built_at is null",
            [moment],
        )
        connection.execute("delete from raw_meta.rebuild_required")
        connection.execute("delete from raw_meta.builds_code")
        connection.execute("insert into raw_meta.builds_code values (?)", [code_fingerprint])
        connection.execute("delete from raw_meta.built_snapshots")
        connection.execute(
            "insert into raw_meta.built_snapshots "
            "select snapshot_on from intermediate.int_calendar__snapshots"
        )
    connection.execute(
        "update raw_meta.runs set status = ?, finished_at = ? where build_id = ?",
        ["built" if is_whole else "partial", moment, build.build_id],
    )
    connection.execute("commit")


def newest_build(connection: duckdb.DuckDBPyConnection) -> Newest | None:
    """The build with the highest number; a clock may go back, numbers do not."""
    row = connection.execute(
        "select build_id, as_of, status from raw_meta.runs order by build_number desc limit 1"
    ).fetchone()
    return Newest(*row) if row else None


def newest_day(connection: duckdb.DuckDBPyConnection, billing_sources: Iterable[str]) -> dt.date:
    """The earlier of billing's newest event day and the newest load day - 1.

    A source without event times (a spreadsheet of contracts) is covered through the day
    before its newest load, which is then the latter.
    """
    row = connection.execute(
        """
        select least(
            min(delivered_through) filter (where list_contains(?::varchar[], source)),
            max(newest_load_on) - 1
        )
        from raw_meta.coverage
        """,
        [list(billing_sources)],
    ).fetchone()
    if row is None or row[0] is None:
        message = (
            "no landing file has been accepted, so there is no day to compute; put files "
            "under <landing>/<source>/<object>/ (`drivewheel demo` writes some)"
        )
        raise NothingToBuildError(message)
    day: dt.date = row[0]
    return day


def _full_refresh_reason(
    connection: duckdb.DuckDBPyConnection, day: dt.date, fingerprint: str
) -> str | None:
    """Why incremental models must be built anew; None where a day costs a day."""
    required = connection.execute(
        "select string_agg(distinct reason, '; ' order by reason) from raw_meta.rebuild_required"
    ).fetchone()
    if required and required[0]:
        return str(required[0])
    known = connection.execute("select fingerprint from raw_meta.builds_code").fetchone()
    if known is None:
        return "nothing has been built to its end yet"
    last = connection.execute(
        "select as_of from raw_meta.runs order by build_number desc limit 1"
    ).fetchone()
    if last and last[0] and day < last[0]:
        return f"as of {day}, before the last run's {last[0]}"
    if known[0] != fingerprint:
        return "an incremental model or a seed that it reads has changed"
    return None


def _ensure_hash_key(
    connection: duckdb.DuckDBPyConnection, chosen: str | None, *, now: dt.datetime
) -> None:
    """The key of person hashes: the chosen one, else one that is made once per home."""
    row = connection.execute("select hash_key from raw_meta.settings").fetchone()
    key = chosen or (row[0] if row else secrets.token_hex(32))
    if row is None or row[0] != key:
        connection.execute("delete from raw_meta.settings")
        connection.execute("insert into raw_meta.settings values (?)", [key])
    if row is not None and row[0] != key:
        require_rebuild(connection, "people are hashed with another key", now=now)
