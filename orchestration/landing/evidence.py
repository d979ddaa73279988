"""What loads say about the past, as the evidence by which a restatement is explained.

A load is weighed against everything accepted before it, when it is about to be built for
the first time since the last publication. The cost follows tables with new loads; files of
events, which nothing revises, are not even opened. Why a value changed is decided by the
model `int_restatements__explained`, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

import duckdb

from orchestration.landing.contract import ObjectContract
from orchestration.landing.sql import identifier
from orchestration.landing.transaction import transaction

_DATES = ("date", "timestamp")
_DELETION_FLAGS = ("is_deleted", "_fivetran_deleted")
# Accepted loads that the last publication did not hold; without a publication none are new.
_NEW_LOADS = """
select files.source, files.object, files.load_id
from raw_meta.files as files
where
    files.status = 'accepted'
    and not list_contains((
        select max_by(publications.load_ids, publications.publication_number)
        from raw_meta.publications as publications
    ), files.load_id)
order by all
"""
_WITHDRAWN = """
insert into raw_meta.load_evidence
select
    (select max(publication_number) from raw_meta.publications),
    files.load_id, files.source, files.object, files.path, 'withdrawn',
    files.rows_loaded, cast(files.min_event_at as date)
from raw_meta.files as files
where
    files.status = 'withdrawn'
    and list_contains((
        select max_by(publications.load_ids, publications.publication_number)
        from raw_meta.publications as publications
    ), files.load_id)
"""


def classify_new_loads(
    connection: duckdb.DuckDBPyConnection, contracts: Mapping[tuple[str, str], ObjectContract]
) -> int:
    """Write `raw_meta.load_evidence` since the last publication anew; gives its rows.

    One row per load and kind: `added` (rows about objects unknown before), `revised` (rows
    that say something else of a known object), `back_dated` (the same, where the key says
    from which day it holds), `removed` (rows now flagged as deleted, or left
    out of a newer snapshot) and `withdrawn`.
    `earliest_on` is the earliest day that the rows speak of; null where they do not say.
    """
    new = connection.execute(_NEW_LOADS).fetchall()
    with transaction(connection):
        connection.execute(
            "delete from raw_meta.load_evidence where since_publication = "
            "(select max(publication_number) from raw_meta.publications)"
        )
        connection.execute(_WITHDRAWN)
        for key, rows in groupby(new, key=lambda row: (row[0], row[1])):
            contract = contracts.get(key)
            # An object that is no longer declared is read by no model.
            if contract is not None:
                connection.execute(_evidence(contract), [[row[2] for row in rows]])
    counted = connection.execute(
        "select count(*) from raw_meta.load_evidence where since_publication = "
        "(select max(publication_number) from raw_meta.publications)"
    ).fetchone()
    return int(counted[0]) if counted else 0


def _evidence(contract: ObjectContract) -> str:
    """The statement that weighs the loads of one object; its parameter is their ids."""
    if contract.load == "append":
        found = (
            "select load_id as _load_id, 'added' as kind, rows_loaded as row_count, "
            "cast(min_event_at as date) as earliest_on "
            "from raw_meta.files where list_contains(?::bigint[], load_id)"
        )
    else:
        found = _revisions(contract)
    return f"""
insert into raw_meta.load_evidence
select
    (select max(publication_number) from raw_meta.publications),
    found._load_id, files.source, files.object, files.path, found.kind,
    found.row_count, found.earliest_on
from ({found}) as found
inner join raw_meta.files as files on found._load_id = files.load_id
"""


def _revisions(contract: ObjectContract) -> str:
    """Rows that differ from every row known before, by what they do to their object."""
    types = {column.name: column.data_type for column in contract.columns}
    dated = [name for name in contract.primary_key if types[name] in _DATES]
    # The object of a key is what is left without its dates: a subscription, not its changes.
    entity = [name for name in contract.primary_key if name not in dated] or contract.primary_key
    said = ", ".join(identifier(name) for name in types if name != contract.version_by)
    flags = [identifier(name) for name in _DELETION_FLAGS if name in types]
    is_removed = " or ".join(f"coalesce({flag}, false)" for flag in flags) or "false"
    days = [*dated, *([contract.event_time] if contract.event_time else [])]
    earliest = (
        f"cast(least({', '.join(f'cast({identifier(day)} as timestamp)' for day in days)}) as date)"
        if days
        else "cast(null as date)"
    )
    table = f"{identifier(contract.schema)}.{identifier(contract.table)}"
    keys = ", ".join(identifier(name) for name in entity)
    key = ", ".join(identifier(name) for name in contract.primary_key)
    vanished = f"""
union all
select
    (select max_by(load_id, file_order) from raw_meta.accepted_files
        where load_id in (select load_id from loads)),
    'removed', count(*), min({earliest})
from known
where
    -- The snapshot before: the last by its file's name.
    _load_id = (
        select max_by(load_id, file_order) from raw_meta.accepted_files
        where load_id in (select _load_id from known)
    )
    and ({key}) not in (select ({key}) from told)
having count(*) > 0
"""
    return f"""
with loads as (select unnest(?::bigint[]) as load_id),
known as (
    select * from {table}
    where _load_id not in (select load_id from loads)
    and _load_id in (select load_id from raw_meta.files where status = 'accepted')
),
told as (
    select * from {table}
    where _load_id in (select load_id from loads)
),
changed as (
    select * from told anti join (select distinct {said} from known) as before
    on {" and ".join(f"told.{c} is not distinct from before.{c}" for c in said.split(", "))}
)
select
    _load_id,
    case
        when {is_removed} then 'removed'
        when ({keys}) not in (select ({keys}) from known) then 'added'
        else '{"back_dated" if dated else "revised"}'
    end as kind,
    count(*) as row_count,
    min({earliest}) as earliest_on
from changed
group by all
{vanished if contract.load == "snapshot" else ""}
"""
