"""Gate 1: what was just loaded, before any model reads it.

Batches are the pending loads of an object, so the cost follows the new files; of history only
the manifest is read, and a year of the days of an object that has new rows or is stale. Rows
that models would misread have been quarantined before. What refuses a file: what is not the
delivery that was meant. A refused file is quarantined, and the refresh goes on with what was
accepted before, unless its object is central. What warns: a delivery that looks unlike those
before it, and may well be right. What is expected of whole files of an object stands in its
YAML (`meta.file_rules`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from expectations.declared import AS_BEFORE, USABLE
from expectations.expect import Expectation, no_rows
from expectations.rhythm import (
    HOLIDAYS_TABLE,
    LOADED,
    STALE,
    STALE_OBJECTS,
    daily_volume,
    days_off,
    earlier_files,
    staleness,
)
from expectations.runner import BLAME, Batch, CheckOutcome, Suite, run_suites

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from expectations.contract import Contract
    from expectations.runner import Config

# A file with a larger share of rows that are quarantined or repeated is not the delivery that was
# meant; in a short file so many rows are no share, unless they are a fifth of it.
MAX_REJECTED_SHARE = 0.05
MAX_REPEATED_SHARE = 0.05
FEW_ROWS, FEW_SHARE = 2, 0.2
SYNCED = "_fivetran_synced"
# Reasons are told apart without the cells that they quote.
_KIND = "regexp_replace(reason, '''.*?''', '')"


def ask(
    database: Path,
    contracts: Mapping[tuple[str, str], Contract],
    *,
    site: Path | None = None,
    config: Config | None = None,
    holidays: Iterable[dt.date] = (),
) -> list[CheckOutcome]:
    """Ask gate 1 of every pending load and of what is stale; one outcome per object and severity.

    On `holidays` nobody is expected to deliver.
    """
    with duckdb.connect(str(database), config={**(config or {})}) as connection:
        pending = _pending(connection, contracts)
        stale = set(connection.execute(STALE_OBJECTS).fetchall())
        has_calendar = bool(connection.execute(HOLIDAYS_TABLE).fetchall())
    off = days_off(has_calendar=has_calendar, own=holidays)
    suites: list[Suite] = []
    outcomes: list[CheckOutcome] = []
    for key, contract in contracts.items():
        loads = pending.get(key, ())
        if loads or key in stale:
            suites += build_suites(contract, loads, is_stale=key in stale, holidays=off)
        else:
            outcomes += [
                CheckOutcome("gate_1", name, key, blocking, True, "nothing new", 0)
                for name, blocking in ((USABLE, True), (AS_BEFORE, False))
            ]
    asked = run_suites(database, suites, site=site, config=config) if suites else []
    central = {key for key, contract in contracts.items() if contract.is_central}
    return outcomes + [_with_severity(outcome, central) for outcome in asked]


def _with_severity(outcome: CheckOutcome, central: Collection[tuple[str, ...]]) -> CheckOutcome:
    """The outcome, which stops the refresh only where it must."""
    is_stopping = outcome.asset in central or STALE in outcome.unmet
    if outcome.passed or not outcome.is_blocking or is_stopping:
        return outcome
    return replace(outcome, is_blocking=False)


def build_suites(
    contract: Contract,
    loads: Collection[int],
    *,
    is_stale: bool = True,
    holidays: str | None = None,
) -> list[Suite]:
    """What is asked of an object's loads: what blocks, and what warns."""
    ids = ", ".join(map(str, loads))
    off = holidays or days_off(has_calendar=False)
    has_days = contract.event_time is not None
    blocking, warning = [], []
    if has_days and is_stale:
        blocking.append(staleness(contract, is_blocking=True, holidays=off))
        warning.append(staleness(contract, is_blocking=False, holidays=off))
    if loads:
        blocking += [_files(contract, ids), _rejected(contract, ids), _rows(contract, ids)]
        blocking += [daily_volume(contract, ids)] if has_days else []
        warning += [_drift(contract, ids), _quarantined(contract, ids), _repeats(contract, ids)]
    asset = (contract.source, contract.name)
    return [
        Suite("gate_1", USABLE, asset, blocking, True, blamed_loads=tuple(loads)),
        Suite("gate_1", AS_BEFORE, asset, warning, False),
    ]


def _pending(
    connection: duckdb.DuckDBPyConnection, contracts: Mapping[tuple[str, str], Contract]
) -> dict[tuple[str, str], tuple[int, ...]]:
    """Loads to ask about, by object; a file that could not be read is one of them."""
    rows = connection.execute(
        "select source, object, list(load_id order by load_id) from raw_meta.files "
        "where status in ('pending', 'failed') group by all"
    ).fetchall()
    found = {(source, name): tuple(loads) for source, name, loads in rows}
    # What is no longer declared nobody reads.
    return {key: loads for key, loads in found.items() if key in contracts}


def _dropped_columns(contract: Contract, *, is_json: bool) -> str:
    """Columns that new files lack and earlier ones had."""
    # JSON leaves out keys that have no value, so that a short file may lack them.
    negation = "" if is_json else "not "
    return (
        "select batch._file, batch._load_id, missing.column_name from {batch} as batch "
        "cross join unnest(batch.missing_columns) as missing (column_name) "
        f"where {negation}regexp_matches(batch._file, '[.]jsonl?([.]|$)') "
        f"and exists (select 1 from {earlier_files(contract)} as before where not "
        "list_contains(before.missing_columns, missing.column_name))"
    )


def _manifest(ids: str) -> str:
    return (
        f"select *, path as _file, load_id as _load_id from raw_meta.files where load_id in ({ids})"
    )


def _files(contract: Contract, ids: str) -> Batch:
    expectations = [
        no_rows(
            "select _file, _load_id, reason from {batch} where status = 'failed'",
            "every file can be read",
        ),
        no_rows(_dropped_columns(contract, is_json=False), "no column of earlier files is dropped"),
    ]
    if contract.load == "append":
        # Unchanged lists are exported again and again; events happen once.
        expectations.append(
            no_rows(
                "select batch._file, batch._load_id, other.path as copy_of from {batch} as batch "
                "inner join raw_meta.files as other on batch.source = other.source "
                "and batch.object = other.object and batch.sha256 = other.sha256 "
                f"and other.load_id < batch.load_id and other.status in {LOADED}",
                "no file of events is a copy of another",
            )
        )
    return Batch(_manifest(ids), expectations)


def _rejected_rows(contract: Contract, ids: str) -> str:
    return (
        "select rejected._file, rejected._load_id, rejected._file_row, rejected.reason, "
        "files.rows_in, files.rows_rejected "
        f'from "{contract.schema}"."{contract.name}__rejected" as rejected '
        "inner join raw_meta.files as files on rejected._load_id = files.load_id "
        f"where rejected._load_id in ({ids})"
    )


def _by_reason(condition: str) -> str:
    """One row per file and kind of reason: its first row, and how many there are."""
    return (
        "select _file, _load_id, min(_file_row) as _file_row, "
        "arg_min(reason, _file_row) as reason, count(*) as row_count "
        f"from {{batch}} where {condition} "
        f"group by _file, _load_id, {_KIND} order by _load_id, row_count desc, _file_row"
    )


def _rejected(contract: Contract, ids: str) -> Batch:
    return Batch(
        query=_rejected_rows(contract, ids),
        expectations=[
            no_rows(
                _by_reason(
                    f"rows_rejected > {MAX_REJECTED_SHARE} * rows_in "
                    f"and (rows_rejected > {FEW_ROWS} or rows_rejected > {FEW_SHARE} * rows_in)"
                ),
                f"at most {MAX_REJECTED_SHARE:.0%} of a file's rows are quarantined",
            ),
            no_rows(
                "select _file, _load_id, _file_row, reason from {batch} "
                "where _file_row = rows_in and starts_with(reason, 'the line is no ')",
                "a file ends with a whole row",
            ),
        ],
    )


def _quarantined(contract: Contract, ids: str) -> Batch:
    return Batch(
        query=_rejected_rows(contract, ids),
        expectations=[no_rows(_by_reason("true"), "no row is quarantined")],
    )


def _rows(contract: Contract, ids: str) -> Batch:
    expectations: list[Expectation] = [
        no_rows(query, reason) for reason, query in contract.file_rules.items()
    ]
    expectations.append(
        no_rows(
            _repeated(contract, saying_otherwise=True),
            "no key stands for two rows of its file",
            suspects=_duplicated(contract),
        )
    )
    return Batch(
        query=f'select * from "{contract.schema}"."{contract.name}" where _load_id in ({ids})',
        expectations=expectations,
        row_names=BLAME,
    )


def _repeats(contract: Contract, ids: str) -> Batch:
    return Batch(
        query=f'select * from "{contract.schema}"."{contract.name}" where _load_id in ({ids})',
        expectations=[
            no_rows(
                _repeated(contract),
                "no row is a duplicate within its file",
                suspects=_duplicated(contract),
            )
        ],
        row_names=BLAME,
    )


def _key(contract: Contract) -> str:
    version = [contract.version_by] if contract.version_by else []
    return ", ".join(f'"{name}"' for name in dict.fromkeys([*contract.primary_key, *version]))


# Repeated rows of a file beyond which it is not the delivery that was meant.
_MANY = f"greatest({FEW_ROWS}, {MAX_REPEATED_SHARE} * count(*))"


def _duplicated(contract: Contract) -> str:
    """The loads in which more keys than a few are there twice.

    Of a hundred million rows it takes 12 s; to tell them apart takes memory for all of them.
    """
    return (
        "select _load_id from {batch} group by _load_id "
        f"having count(*) - count(distinct hash({_key(contract)})) > {_MANY}"
    )


def _repeated(contract: Contract, *, saying_otherwise: bool = False) -> str:
    """The rows of a file whose key an earlier one has, where they are more than a few.

    Models take one row per key. Where the others say the same nothing is lost by that; where
    they say otherwise, which of them is meant nobody knows.
    """
    key = _key(contract)
    # When a connector fetched a row is nothing that the row says.
    said = ", ".join(f'"{c.name}"' for c in contract.columns if c.name != SYNCED)
    # Files are a list, which filters rows one by one: a join might put all rows into memory.
    duplicated = f"with duplicated as ({_duplicated(contract)})"
    rows, partition = _is_of("duplicated"), said
    if saying_otherwise:
        duplicated += (
            ", contradicted as (select _load_id from {batch} "
            f"where {rows} group by _load_id "
            f"having count(distinct hash({said})) - count(distinct hash({key})) > {_MANY})"
        )
        rows = (
            f"{_is_of('contradicted')} "
            f"and ({key}) in (select ({key}) from {{batch}} where {_is_of('contradicted')} "
            f"group by _load_id, {key} having count(distinct hash({said})) > 1)"
        )
        partition = key
    return (
        f"{duplicated} select _file, _load_id, _file_row from {{batch}} where {rows} "
        f"qualify row_number() over (partition by _load_id, {partition} order by _file_row) > 1 "
        "order by _load_id, _file_row"
    )


def _is_of(loads: str) -> str:
    return f"list_contains((select list(_load_id) from {loads}), _load_id)"


def _superseded(contract: Contract) -> str:
    """Rows that say otherwise of what is equally new in a file whose name sorts behind theirs."""
    table = f'"{contract.schema}"."{contract.name}"'
    version = [contract.version_by] if contract.version_by else []
    key = list(dict.fromkeys([*contract.primary_key, *version]))
    said = [column.name for column in contract.columns if column.name not in key]
    same = " and ".join(f'told."{name}" is not distinct from held."{name}"' for name in key)
    other = " or ".join(f'told."{name}" is distinct from held."{name}"' for name in said)
    return (
        "select batch._file, batch._load_id, min(told._file_row) as _file_row, "
        "behind.path as superseded_by, count(*) as row_count "
        f"from {{batch}} as batch inner join {earlier_files(contract)} as behind "
        "on (batch.sort_key, batch.path) < (behind.sort_key, behind.path) "
        f"inner join {table} as held on behind.load_id = held._load_id "
        f"inner join {table} as told on batch.load_id = told._load_id and {same} "
        f"where {other or 'false'} group by all"
    )


def _drift(contract: Contract, ids: str) -> Batch:
    earlier = earlier_files(contract)
    expectations = [
        no_rows(
            "select _file, _load_id, len(missing_columns) as missing, "
            "array_to_string(unknown_columns, ', ') as not_read from {batch} "
            f"where not exists (select 1 from {earlier} as before) "
            f"and 2 * len(missing_columns) > {len(contract.columns)} and len(unknown_columns) > 0",
            "a first delivery has most of the columns that are declared",
        ),
        no_rows(_dropped_columns(contract, is_json=True), "no key of JSON is dropped"),
        no_rows(
            "select batch._file, unknown.column_name from {batch} as batch "
            "cross join unnest(batch.unknown_columns) as unknown (column_name) "
            f"where exists (select 1 from {earlier} as before) and not exists ("
            f"select 1 from {earlier} as before where "
            "list_contains(before.unknown_columns, unknown.column_name))",
            "no column appears that nobody has declared",
        ),
        no_rows(
            "select batch._file, given.column_type from {batch} as batch "
            "cross join unnest(batch.column_types) as given (column_type) "
            f"where exists (select 1 from {earlier} as before where len(before.column_types) > 0) "
            f"and not exists (select 1 from {earlier} as before where "
            "list_contains(before.column_types, given.column_type))",
            "no column of a typed file changes its type",
        ),
    ]
    if contract.load != "append":
        expectations.append(
            no_rows(
                _superseded(contract),
                "no file is superseded by one that was there before; if this one is to hold, "
                "deliver it under a name that sorts behind, or withdraw the other",
            )
        )
    if contract.event_time:
        expectations.append(
            no_rows(
                "select any_value(_file) as _file, max(max_event_at) as reaches, "
                f"(select max(max_event_at) from {earlier}) as reached_before "
                "from {batch} having cast(max(max_event_at) as date) < "
                f"(select cast(max(max_event_at) as date) from {earlier})",
                "the watermark of a delivery is not behind the one before",
            )
        )
    return Batch(_manifest(ids), expectations)
