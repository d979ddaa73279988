"""`raw_meta`: what was loaded, what became of it, and the operator's decisions on it.

One row of `raw_meta.files` per load of a file, written in the transaction that wrote its
rows. A withdrawn row stays as history; the file's next version gets a row of its own.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.landing.discover import sort_key
from orchestration.landing.errors import LandingError
from orchestration.landing.sql import identifier
from orchestration.landing.transaction import transaction

_TABLES = {
    "files": (
        "load_id bigint, source varchar, object varchar, path varchar, size_bytes bigint, "
        "mtime_ns bigint, sha256 varchar, rows_in bigint, rows_loaded bigint, "
        "rows_rejected bigint, status varchar, reason varchar, missing_columns varchar[], "
        "unknown_columns varchar[], min_event_at timestamp, max_event_at timestamp, "
        "loaded_at timestamp, accepted_at timestamp, accepted_by varchar, built_at timestamp, "
        "column_types varchar[], sort_key varchar, stamp varchar, "
        "refused_at timestamp"
    ),
    "gate_results": (
        "build_id varchar, gate varchar, check_name varchar, asset varchar, passed boolean, "
        "is_blocking boolean, detail varchar, checked_at timestamp"
    ),
    "runs": (
        "build_id varchar, as_of date, started_at timestamp, landing varchar, "
        "finished_at timestamp, status varchar, build_number bigint, code_state varchar, "
        "company varchar"
    ),
    # Sources whose silence since a day the operator has accepted.
    "accepted_silences": "source varchar, object varchar, since date, accepted_at timestamp",
    # What operators decided about files and stale sources, by whom and why; nothing is taken back.
    "decisions": (
        "decision_number bigint, decision varchar, load_id bigint, source varchar, "
        "object varchar, path varchar, decided_by varchar, reason varchar, decided_at timestamp"
    ),
    "settings": "hash_key varchar",
    "rebuild_required": "reason varchar, requested_at timestamp",
    # What incremental models hold: the code that built them and their snapshot days.
    "builds_code": "fingerprint varchar",
    "built_snapshots": "snapshot_on date",
    # What was published, as publishing itself remembers it: `warehouse/publications.py`.
    "publications": (
        "publication_number integer, build_id varchar, as_of date, started_at timestamp, "
        "published_at timestamp, load_ids bigint[]"
    ),
    "published_values": (
        "publication_number integer, metric_id varchar, grain varchar, period_start date, "
        "period_end date, dimension varchar, dimension_value varchar, value double, "
        "state varchar, definition_version integer, reason varchar, load_ids bigint[], "
        "load_files varchar[]"
    ),
    "published_definitions": (
        "publication_number integer, metric_id varchar, definition_version integer, "
        "formula varchar, fingerprint varchar"
    ),
    # What an executive read of each week, kept as it was: `audiences.executive_weeks`.
    "published_weeks": (
        "publication_number integer, week varchar, week_starts_on date, snapshot_on date, "
        "metric_id varchar, label varchar, driver_family varchar, unit varchar, "
        "currency varchar, direction varchar, grain varchar, period_start date, "
        "period_end date, judged_over varchar, value double, state varchar, target double, "
        "guardrail double, status varchar, score double, company_score double, "
        "to_date_start date, to_date_value double, week_value double, last_4_weeks double, "
        "last_13_weeks double, owner_role varchar, narrative varchar"
    ),
    "published_customers": (
        "publication_number integer, customer_id varchar, dimension varchar, "
        "dimension_value varchar"
    ),
    "load_evidence": (
        "since_publication integer, load_id bigint, source varchar, object varchar, "
        "path varchar, kind varchar, row_count bigint, earliest_on date"
    ),
}
# A source none of whose objects has an event time is covered through the day before its
# newest load: that day's file can hold nothing later. `delivered_through` is how far what was
# accepted reaches; a source of which a file is set aside is covered no further than what its
# object said before.
_COVERAGE = """
create or replace view raw_meta.coverage as
with reach as (
    select
        source,
        object,
        coalesce(cast(max(max_event_at) as date), cast(max(loaded_at) as date) - 1) as through,
    from raw_meta.files
    where status = 'accepted'
    group by source, object
),
waiting as (
    select reach.source, min(reach.through) as through,
    from reach
    where (reach.source, reach.object) in (
        select (source, object) from raw_meta.files where status in ('pending', 'failed')
    )
    group by reach.source
),
delivered as (
    select
        source,
        cast(min(min_event_at) as date) as covered_from,
        coalesce(
            cast(max(max_event_at) as date),
            cast(max(loaded_at) as date) - 1
        ) as delivered_through,
        cast(max(loaded_at) as date) as newest_load_on,
    from raw_meta.files
    where status = 'accepted'
    group by source
)
select
    delivered.source,
    delivered.covered_from,
    -- Nothing waits where `through` is null, which `least` passes over.
    least(delivered.delivered_through, waiting.through) as covered_through,
    delivered.newest_load_on,
    delivered.delivered_through,
from delivered
left join waiting on delivered.source = waiting.source
"""
_NUMBER_BUILDS = """
update raw_meta.runs set build_number = numbered.build_number
from (
    select build_id, row_number() over (order by started_at) as build_number from raw_meta.runs
) as numbered
where runs.build_number is null and runs.build_id = numbered.build_id
"""
# Files in the order of their names, whatever the order in which they arrived: which of them
# says what holds where rows of one key are equally new.
_ACCEPTED_FILES = """
create or replace view raw_meta.accepted_files as
select
    load_id, source, object, path,
    dense_rank() over (partition by source, object order by sort_key, path) as file_order,
from raw_meta.files
where status = 'accepted'
"""


@dataclass(frozen=True)
class PendingLoad:
    """A load that gate 1 has not passed yet."""

    load_id: int
    source: str
    object: str
    path: str
    rows_in: int
    rows_loaded: int
    rows_rejected: int
    reason: str | None
    missing_columns: tuple[str, ...]
    unknown_columns: tuple[str, ...]


def ensure_meta(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schema `raw_meta` with its tables and views, or bring that of an older release here.

    Raises:
        LandingError: a newer release has written it, whose meaning is not known.
    """
    connection.execute("create schema if not exists raw_meta")
    connection.execute("create table if not exists raw_meta.schema_version (version integer)")
    row = connection.execute("select max(version) from raw_meta.schema_version").fetchone()
    version = row[0] or 0 if row else 0
    if version > SCHEMA_VERSION:
        raise LandingError(
            f"this home was written by a newer release (its raw_meta has version {version}, this "
            f"release knows {SCHEMA_VERSION}): update the checkout, or choose another --home"
        )
    for table, columns in _TABLES.items():
        connection.execute(f"create table if not exists raw_meta.{table} ({columns})")
    if version < SCHEMA_VERSION:
        with transaction(connection):
            for migrate in _MIGRATIONS[version:]:
                migrate(connection)
            connection.execute("delete from raw_meta.schema_version")
            connection.execute("insert into raw_meta.schema_version values (?)", [SCHEMA_VERSION])
    connection.execute(_COVERAGE)
    connection.execute(_ACCEPTED_FILES)


def _add_what_releases_without_a_version_lacked(connection: duckdb.DuckDBPyConnection) -> None:
    """Columns that loads and builds got one after the other, before `raw_meta` had a version."""
    for table, column in (
        ("files", "column_types varchar[]"),
        ("files", "stamp varchar"),
        ("files", "refused_at timestamp"),
        ("runs", "build_number bigint"),
        ("runs", "code_state varchar"),
    ):
        connection.execute(f"alter table raw_meta.{table} add column if not exists {column}")
    # The clock's order was that of builds.
    connection.execute(_NUMBER_BUILDS)
    _add_sort_keys(connection)


def _add_companies(connection: duckdb.DuckDBPyConnection) -> None:
    """By whose folder a build was made: none, before companies had one."""
    connection.execute("alter table raw_meta.runs add column if not exists company varchar")


def _add_sort_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the sort keys of a home that was made before files had any."""
    connection.execute("alter table raw_meta.files add column if not exists sort_key varchar")
    paths = [
        path
        for (path,) in connection.execute(
            "select distinct path from raw_meta.files where sort_key is null and path is not null"
        ).fetchall()
    ]
    if paths:
        connection.execute(
            "update raw_meta.files as files set sort_key = keys.sort_key from "
            "(select unnest(?::varchar[]) as path, unnest(?::varchar[]) as sort_key) as keys "
            "where files.path = keys.path and files.sort_key is null",
            [paths, [sort_key(path) for path in paths]],
        )


# What brings `raw_meta` from each version to the next; add to its end, and change none.
_MIGRATIONS: tuple[Callable[[duckdb.DuckDBPyConnection], None], ...] = (
    _add_what_releases_without_a_version_lacked,
    _add_companies,
)
SCHEMA_VERSION = len(_MIGRATIONS)


def pending_loads(connection: duckdb.DuckDBPyConnection) -> list[PendingLoad]:
    """Loads that wait for gate 1, oldest first."""
    rows = connection.execute(
        "select load_id, source, object, path, rows_in, rows_loaded, rows_rejected, reason, "
        "missing_columns, unknown_columns "
        "from raw_meta.files where status = 'pending' order by load_id"
    ).fetchall()
    return [
        PendingLoad(
            load_id=row[0],
            source=row[1],
            object=row[2],
            path=row[3],
            rows_in=row[4],
            rows_loaded=row[5],
            rows_rejected=row[6],
            reason=row[7],
            missing_columns=tuple(row[8] or ()),
            unknown_columns=tuple(row[9] or ()),
        )
        for row in rows
    ]


def accept_loads(
    connection: duckdb.DuckDBPyConnection,
    load_ids: Iterable[int],
    *,
    accepted_by: str,
    now: datetime,
) -> int:
    """Accept those of the loads that are pending; gives their number."""
    row = connection.execute(
        "update raw_meta.files set status = 'accepted', accepted_at = ?, accepted_by = ? "
        "where status = 'pending' and list_contains(?::bigint[], load_id)",
        [utc_naive(now), accepted_by, list(load_ids)],
    ).fetchone()
    return int(row[0]) if row else 0


def refuse_loads(
    connection: duckdb.DuckDBPyConnection, load_ids: Iterable[int], *, now: datetime
) -> None:
    """Set loads aside that are not accepted: they wait for an operator's decision."""
    connection.execute(
        "update raw_meta.files set refused_at = ? "
        "where status in ('pending', 'failed') and list_contains(?::bigint[], load_id)",
        [utc_naive(now), list(load_ids)],
    )


@dataclass(frozen=True)
class Operator:
    """Who decides about a file, and why: a decision without either is none."""

    name: str
    reason: str

    def __post_init__(self) -> None:
        """Refuse what says nothing.

        Raises:
            LandingError: a name or a reason is empty.
        """
        if not self.name.strip() or not self.reason.strip():
            raise LandingError("a decision needs who decides (--by) and why (--why)")


def accept_file(
    connection: duckdb.DuckDBPyConnection, path: str | Path, *, operator: Operator, now: datetime
) -> str:
    """Accept a pending load by its file; gives the path in the manifest.

    `source/object` accepts that the object is stale instead, until it delivers again.

    Raises:
        LandingError: no such file, or it has no rows that could be accepted.
    """
    if accept_staleness(connection, str(path), operator=operator, now=now):
        return f"{path}, which is stale"
    load_id, known, status, source, name = _find(connection, path)
    if status == "failed":
        raise LandingError(
            f"{known}: could not be read, so there is nothing to accept. See its reason in "
            "raw_meta.files, deliver the file again, or withdraw it."
        )
    if status == "withdrawn":
        raise LandingError(
            f"{known}: was withdrawn and its rows are gone. Deliver it under another name."
        )
    with transaction(connection):
        if accept_loads(connection, [load_id], accepted_by="operator", now=now):
            _record(connection, ("accepted", load_id, source, name, known), operator, now)
    return known


def accept_staleness(
    connection: duckdb.DuckDBPyConnection, asked: str, *, operator: Operator, now: datetime
) -> bool:
    """Accept that `source/object` has said nothing since its last row; False: no such object."""
    known = connection.execute(
        "select source, object, cast(max(max_event_at) as date) from raw_meta.files "
        "where source || '/' || object = ? and max_event_at is not null group by all",
        [asked],
    ).fetchone()
    if known is not None:
        with transaction(connection):
            connection.execute(
                "insert into raw_meta.accepted_silences values (?, ?, ?, ?)",
                [*known, utc_naive(now)],
            )
            source, name, _ = known
            _record(connection, ("stale_accepted", None, source, name, None), operator, now)
    return known is not None


def withdraw_file(
    connection: duckdb.DuckDBPyConnection, path: str | Path, *, operator: Operator, now: datetime
) -> str:
    """Remove a file's rows and mark it withdrawn, in one transaction; gives its path.

    Asks for a full rebuild in `raw_meta.rebuild_required`. The file as it lies there is not
    loaded again; one that is put in its place is, whatever its content.

    Raises:
        LandingError: no such file, or already withdrawn.
    """
    load_id, known, status, source, name = _find(connection, path)
    if status == "withdrawn":
        raise LandingError(
            f"{known}: is withdrawn already. Replace the file in the landing folder, or remove it."
        )
    with transaction(connection):
        if status != "failed":
            delete_rows(connection, load_id, source, name)
            require_rebuild(connection, f"withdrawn: {known}", now=now)
        connection.execute(
            "update raw_meta.files set status = 'withdrawn' where load_id = ?", [load_id]
        )
        _record(connection, ("withdrawn", load_id, source, name, known), operator, now)
    return known


def _record(
    connection: duckdb.DuckDBPyConnection,
    decided: tuple[str, int | None, str, str, str | None],
    operator: Operator,
    now: datetime,
) -> None:
    """Write down what was decided of which load, source, object and file."""
    connection.execute(
        "insert into raw_meta.decisions "
        "select coalesce(max(decision_number), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ? "
        "from raw_meta.decisions",
        [*decided, operator.name.strip(), operator.reason.strip(), utc_naive(now)],
    )


def delete_rows(
    connection: duckdb.DuckDBPyConnection, load_id: int, source: str, name: str
) -> None:
    """Remove what a load put into its object's tables, rejected rows too."""
    for table in (name, f"{name}__rejected"):
        connection.execute(
            f"delete from {identifier('raw_' + source)}.{identifier(table)} where _load_id = ?",
            [load_id],
        )


def require_rebuild(connection: duckdb.DuckDBPyConnection, reason: str, *, now: datetime) -> None:
    """Have the next build build everything anew, for this reason."""
    connection.execute(
        "insert into raw_meta.rebuild_required values (?, ?)", [reason, utc_naive(now)]
    )


def utc_naive(moment: datetime) -> datetime:
    """The moment as UTC without a zone; one without a zone is UTC already."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _find(
    connection: duckdb.DuckDBPyConnection, path: str | Path
) -> tuple[int, str, str, str, str]:
    """The newest load of a file, named by its landing path, absolute path or bare name."""
    asked = Path(path).as_posix().removeprefix("./")
    rows = connection.execute(
        "select arg_max((load_id, path, status, source, object), load_id) "
        "from raw_meta.files group by path"
    ).fetchall()
    known = {row[0][1]: row[0] for row in rows}
    matches = [
        name
        for name in known
        if name == asked or asked.endswith("/" + name) or name.endswith("/" + asked)
    ]
    if asked in matches:
        matches = [asked]
    if len(matches) == 1:
        load: tuple[int, str, str, str, str] = known[matches[0]]
        return load
    if matches:
        raise LandingError(
            f"{asked}: is the name of {len(matches)} files. Name one of "
            f"{', '.join(sorted(matches)[:10])}."
        )
    names = {name.rsplit("/", 1)[-1]: name for name in known}
    near = difflib.get_close_matches(asked.rsplit("/", 1)[-1], names, n=5, cutoff=0.4)
    hint = ", ".join(names[name] for name in near) or "none; see raw_meta.files"
    raise LandingError(f"{asked}: no such file was ever loaded. Near matches: {hint}.")
