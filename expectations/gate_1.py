"""Gate 1: what was just loaded, before any model reads it.

Batches are the pending loads of an object, so the cost follows the new files; of history only
the manifest is read, and eight weeks of the days of an object that has new rows. What blocks:
what models would silently misread, or what is not the delivery that was meant. What warns: a
delivery that looks unlike those before it, and may well be right. What is expected of columns
stands in `vocabulary.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from expectations.expect import Between, Expectation, InSet, no_rows
from expectations.rhythm import LOADED, QUIET_OBJECTS, days, earlier_files, silence
from expectations.runner import BLAME, Batch, CheckOutcome, Suite, run_suites
from expectations.vocabulary import RANGES, RULES, VALUE_SETS, WHOLES, say_range

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from orchestration.landing.contract import ObjectContract

# One bad row of a short file is no other delivery either; a file of nothing else is.
FEW_ROWS = 2
# A file with a larger share of rejected or repeated rows is not the delivery that was meant.
MAX_REJECTED_SHARE = 0.05
MAX_REPEATED_SHARE = 0.05


def ask(
    database: Path,
    contracts: Mapping[tuple[str, str], ObjectContract],
    *,
    site: Path | None = None,
) -> list[CheckOutcome]:
    """Ask gate 1 of every pending load and of who is quiet; one outcome per object and severity."""
    with duckdb.connect(str(database)) as connection:
        pending = _pending(connection)
        quiet = set(connection.execute(QUIET_OBJECTS).fetchall())
    suites: list[Suite] = []
    outcomes: list[CheckOutcome] = []
    for key, contract in contracts.items():
        loads = pending.get(key, ())
        if loads or key in quiet:
            suites += build_suites(contract, loads, is_quiet=key in quiet)
        else:
            outcomes += [
                CheckOutcome("gate_1", name, key, blocking, True, "nothing new", 0)
                for name, blocking in (("gate_1", True), ("gate_1_drift", False))
            ]
    return outcomes + (run_suites(database, suites, site=site) if suites else [])


def build_suites(
    contract: ObjectContract, loads: Collection[int], *, is_quiet: bool = True
) -> list[Suite]:
    """What is asked of an object's loads: what blocks, and what warns."""
    ids = ", ".join(map(str, loads))
    has_days = contract.event_time is not None
    blocking = [silence(contract, is_steady=True)] if has_days and is_quiet else []
    warning = [silence(contract, is_steady=False)] if has_days and is_quiet else []
    if loads:
        blocking += [_files(contract, ids), _rejected(contract, ids), _rows(contract, ids)]
        blocking += [days(contract, ids)] if has_days else []
        warning += [_drift(contract, ids)]
    asset = (contract.source, contract.name)
    return [
        Suite("gate_1", "gate_1", asset, blocking, True, blamed_loads=tuple(loads)),
        Suite("gate_1", "gate_1_drift", asset, warning, False),
    ]


def _pending(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[int, ...]]:
    """Loads to ask about, by object; a file that could not be read is one of them."""
    rows = connection.execute(
        "select source, object, list(load_id order by load_id) from raw_meta.files "
        "where status in ('pending', 'failed') group by all"
    ).fetchall()
    return {(source, name): tuple(loads) for source, name, loads in rows}


def _has_gone(contract: ObjectContract, *, is_json: bool) -> str:
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


def _files(contract: ObjectContract, ids: str) -> Batch:
    expectations = [
        no_rows(
            "select _file, _load_id, reason from {batch} where status = 'failed'",
            "every file can be read",
        ),
        no_rows(
            (
                "select _file, _load_id, rows_in, rows_rejected from {batch} "
                "where rows_rejected = rows_in and rows_in > 0 "
                f"or rows_rejected > greatest({FEW_ROWS}, {MAX_REJECTED_SHARE} * rows_in)"
            ),
            f"at most {MAX_REJECTED_SHARE:.0%} of a file's rows are rejected",
        ),
        no_rows(_has_gone(contract, is_json=False), "no column goes missing that was there before"),
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


def _rejected(contract: ObjectContract, ids: str) -> Batch:
    return Batch(
        query=(
            "select rejected._file, rejected._load_id, rejected._file_row, rejected.reason, "
            f'files.rows_in from "{contract.schema}"."{contract.name}__rejected" as rejected '
            "inner join raw_meta.files as files on rejected._load_id = files.load_id "
            f"where rejected._load_id in ({ids})"
        ),
        expectations=[
            no_rows(
                # One row stands for all of them.
                "select _file, _load_id, min(_file_row) as _file_row, arg_min(reason, _file_row) "
                "as reason, count(*) as row_count from {batch} "
                "where regexp_matches(reason, '^[A-Za-z_0-9]+: .* is no ') "
                "group by _file, _load_id, rows_in, regexp_extract(reason, '^[A-Za-z_0-9]+') "
                f"having count(*) > greatest({FEW_ROWS}, rows_in / 2)",
                "no column has another type than declared",
            ),
            no_rows(
                "select _file, _load_id, _file_row, reason from {batch} "
                "where _file_row = rows_in and starts_with(reason, 'the line is no ')",
                "a file ends with a whole row",
            ),
        ],
    )


def _rows(contract: ObjectContract, ids: str) -> Batch:
    key = (contract.source, contract.name)
    expectations: list[Expectation] = [
        InSet(column, values, f"{column} is one of {', '.join(values)}")
        for column, values in VALUE_SETS.get(key, {}).items()
    ]
    expectations += [
        Between(column, low, high, say_range(column, low, high))
        for column, (low, high) in RANGES.get(key, {}).items()
    ]
    expectations += [
        no_rows(f"select {', '.join(BLAME)} from {{batch}} where {condition}", reason)
        for reason, condition in RULES.get(key, {}).items()
    ]
    expectations += [no_rows(query, reason) for reason, query in WHOLES.get(key, {}).items()]
    expectations.append(no_rows(_repeated(contract), "no row is twice in its file"))
    if contract.event_time:
        expectations.append(
            no_rows(
                f'select {", ".join(BLAME)}, "{contract.event_time}" from {{batch}} '
                f'where "{contract.event_time}" > _loaded_at + interval 2 day',
                "nothing happens after it was delivered",
            )
        )
    return Batch(
        query=f'select * from "{contract.schema}"."{contract.name}" where _load_id in ({ids})',
        expectations=expectations,
        row_names=BLAME,
    )


def _repeated(contract: ObjectContract) -> str:
    """The rows of a file whose key an earlier one has, where they are more than a few."""
    version = [contract.version_by] if contract.version_by else []
    key = ", ".join(f'"{name}"' for name in dict.fromkeys([*contract.primary_key, *version]))
    return (
        # Counted first: rows are told apart only in files that have some twice.
        "with doubled as (select _load_id from {batch} group by _load_id "
        f"having count(*) - count(distinct hash({key})) > greatest({FEW_ROWS}, "
        f"{MAX_REPEATED_SHARE} * count(*))) "
        "select _file, _load_id, _file_row from {batch} "
        "where _load_id in (select _load_id from doubled) "
        f"qualify row_number() over (partition by _load_id, {key} order by _file_row) > 1 "
        "order by _load_id, _file_row"
    )


def _outranked(contract: ObjectContract) -> str:
    """Rows that say otherwise of what is equally new in a file whose name sorts behind theirs."""
    table = f'"{contract.schema}"."{contract.name}"'
    version = [contract.version_by] if contract.version_by else []
    key = list(dict.fromkeys([*contract.primary_key, *version]))
    said = [column.name for column in contract.columns if column.name not in key]
    same = " and ".join(f'told."{name}" is not distinct from held."{name}"' for name in key)
    other = " or ".join(f'told."{name}" is distinct from held."{name}"' for name in said)
    return (
        "select batch._file, batch._load_id, min(told._file_row) as _file_row, "
        "behind.path as outranked_by, count(*) as row_count "
        f"from {{batch}} as batch inner join {earlier_files(contract)} as behind "
        "on (batch.sort_key, batch.path) < (behind.sort_key, behind.path) "
        f"inner join {table} as held on behind.load_id = held._load_id "
        f"inner join {table} as told on batch.load_id = told._load_id and {same} "
        f"where {other or 'false'} group by all"
    )


def _drift(contract: ObjectContract, ids: str) -> Batch:
    earlier = earlier_files(contract)
    expectations = [
        no_rows(_has_gone(contract, is_json=True), "no key of JSON goes missing"),
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
                _outranked(contract),
                "no file is outranked by one that was there before; if this one is to hold, "
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
                "a delivery reaches as far as the one before",
            )
        )
    return Batch(_manifest(ids), expectations)
