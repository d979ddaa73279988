"""Gate 1: what was just loaded, before any model reads it.

Batches are the pending loads of an object, so the cost follows the new files. What blocks:
files that could not be read, too many rejected rows, values that models would silently
misread. What warns: a delivery that looks unlike those before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from expectations.runner import BLAME, Batch, CheckOutcome, Suite, no_rows, run_suites
from expectations.vocabulary import RANGES, VALUE_SETS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestration.landing.contract import ObjectContract

# One bad row of a short file is no other delivery either; a file of nothing else is.
FEW_ROWS = 2
# A file with a larger share of rejected rows is not the delivery that was meant.
MAX_REJECTED_SHARE = 0.05
# Against the median of earlier files of the object; fewer than MIN_HISTORY say nothing.
VOLUME_FACTOR = 10
MIN_HISTORY = 5


def ask(database: Path, contracts: Mapping[tuple[str, str], ObjectContract]) -> list[CheckOutcome]:
    """Ask gate 1 of every pending load; one outcome per object and severity."""
    pending = _pending(database)
    suites: list[Suite] = []
    outcomes: list[CheckOutcome] = []
    for key, contract in contracts.items():
        loads = pending.get(key, ())
        if loads:
            suites += [_blocking(contract, loads), _drift(contract, loads)]
        else:
            outcomes += [
                CheckOutcome("gate_1", name, key, blocking, True, "nothing new", 0)
                for name, blocking in (("gate_1", True), ("gate_1_drift", False))
            ]
    return outcomes + (run_suites(database, suites) if suites else [])


def _pending(database: Path) -> dict[tuple[str, str], tuple[int, ...]]:
    """Loads to ask about, by object; a file that could not be read is one of them."""
    with duckdb.connect(str(database)) as connection:
        rows = connection.execute(
            "select source, object, list(load_id order by load_id) from raw_meta.files "
            "where status in ('pending', 'failed') group by all"
        ).fetchall()
    return {(source, name): tuple(loads) for source, name, loads in rows}


def _blocking(contract: ObjectContract, loads: tuple[int, ...]) -> Suite:
    # Imported where something is pending: a day without files does not wait for it.
    import great_expectations.expectations as gxe

    ids = ", ".join(map(str, loads))
    files = Batch(
        query=(
            "select path as _file, load_id as _load_id, status, reason, rows_in, "
            f"rows_rejected from raw_meta.files where load_id in ({ids})"
        ),
        expectations=[
            no_rows("select * from {batch} where status = 'failed'", "every file can be read"),
            no_rows(
                (
                    "select * from {batch} where rows_rejected = rows_in and rows_in > 0 "
                    f"or rows_rejected > greatest({FEW_ROWS}, {MAX_REJECTED_SHARE} * rows_in)"
                ),
                f"at most {MAX_REJECTED_SHARE:.0%} of a file's rows are rejected",
            ),
        ],
    )
    expectations: list[Any] = []
    for column, values in VALUE_SETS.get((contract.source, contract.name), {}).items():
        expectations.append(
            gxe.ExpectColumnValuesToBeInSet(
                column=column,
                value_set=list(values),
                meta={"reason": f"{column} is one of {', '.join(values)}"},
            )
        )
    for column, (low, high) in RANGES.get((contract.source, contract.name), {}).items():
        expectations.append(
            gxe.ExpectColumnValuesToBeBetween(
                column=column,
                min_value=low,
                max_value=high,
                meta={"reason": f"{column} lies between {low} and {high}"},
            )
        )
    rows = Batch(
        query=f'select * from "{contract.schema}"."{contract.name}" where _load_id in ({ids})',
        expectations=expectations,
        row_names=BLAME,
    )
    return Suite(
        gate="gate_1",
        name="gate_1",
        asset=(contract.source, contract.name),
        batches=[files, rows] if expectations else [files],
        is_blocking=True,
        blamed_loads=loads,
    )


# Rows of a file per day that its events span: a day's file and a month's are alike in it.
DAILY_ROWS = "rows_in / (date_diff('day', min_event_at, max_event_at) + 1)"


def _drift(contract: ObjectContract, loads: tuple[int, ...]) -> Suite:
    ids = ", ".join(map(str, loads))
    earlier = (
        f"select *, {DAILY_ROWS} as daily_rows from raw_meta.files "
        f"where source = '{contract.source}' and object = '{contract.name}' "
        "and status = 'accepted'"
    )
    # A changed object's delivery holds what has changed, old and new: its span says nothing.
    volume = [
        no_rows(
            "select batch.path as _file, batch.daily_rows, history.usual from {batch} as batch "
            "cross join (select count(*) as files, median(daily_rows) as usual "
            f"from ({earlier})) as history where history.files >= {MIN_HISTORY} "
            f"and (batch.daily_rows > {VOLUME_FACTOR} * history.usual "
            f"or batch.daily_rows * {VOLUME_FACTOR} < history.usual)",
            f"a file is within {VOLUME_FACTOR} times the usual size",
        ),
    ]
    batch = Batch(
        query=(
            f"select *, {DAILY_ROWS} as daily_rows from raw_meta.files where load_id in ({ids})"
        ),
        expectations=[
            *(volume if contract.load == "append" else []),
            no_rows(
                "select batch.path as _file, missing.column_name from {batch} as batch "
                "cross join unnest(batch.missing_columns) as missing (column_name) "
                f"where exists (select 1 from ({earlier}) as before where not "
                "list_contains(before.missing_columns, missing.column_name))",
                "no column goes missing that was there before",
            ),
            no_rows(
                "select batch.path as _file, unknown.column_name from {batch} as batch "
                "cross join unnest(batch.unknown_columns) as unknown (column_name) "
                f"where exists (select 1 from ({earlier}) as before) and not exists ("
                f"select 1 from ({earlier}) as before where "
                "list_contains(before.unknown_columns, unknown.column_name))",
                "no column appears that nobody has declared",
            ),
        ],
    )
    return Suite(
        gate="gate_1",
        name="gate_1_drift",
        asset=(contract.source, contract.name),
        batches=[batch],
        is_blocking=False,
    )
