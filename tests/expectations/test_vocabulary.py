"""What sources declare of their columns and rows: it passes, one thing beside it is set aside."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.defs.ingest import Contracts
from orchestration.landing.contract import load_contracts
from orchestration.landing.row_rules import quarantine_rows, say_range, say_set
from orchestration.settings import STAGING_DIR
from orchestration.warehouse.connect import open_warehouse
from tests.expectations.conftest import CAUGHT, RecordProperty, ask
from tests.orchestration.homes import Home

Object = tuple[str, str]
Rows = list[tuple[Object, str]]

# A row as columns of a select; all others are null. `|` parts rows.
LINE = "'j1' as journal_entry_id, {} as \"index\", '{}' as posting_type, {} as amount"
BUCKETS = ", ".join(f"{{}} as le_{limit}" for limit in (25, 50, 100, 250, 500, 1000, 2500, 5000))
WRONG = {
    "nothing is ready before it is asked for": (
        "timestamp '2026-03-02' as requested_at, timestamp '2026-03-01' as ready_at"
    ),
    "a rate is a number and its currency": "'55,000 USD' as rate",
    "nothing finishes before it starts": (
        "timestamp '2026-03-02' as started_at, timestamp '2026-03-01' as finished_at"
    ),
    "no period ends before it starts": (
        "date '2026-03-02' as started_on, date '2026-03-01' as ended_on"
    ),
    "a review's state is known": "'LIKED' as state",
    "a task's status is known": "'LATER' as property_hs_task_status",
    "a log entry says what it is": "'acknowledged' as type",
    "a line is debit or credit": "'both' as posting_type",
    "a line's side says its sign": "-0.01 as amount",
    "events happen in this century": "timestamp '1999-12-31 23:59:59' as timestamp",
    "no more lines are uncovered than can be covered": "6 as uncovered_lines, 5 as lines_to_cover",
    "no more requests fail than are made": "6 as errors, 5 as count",
    "a longer wait holds all shorter ones": (
        f"{BUCKETS.format(1, 2, 3, 4, 5, 6, 7, 9)}, 8 as count"
    ),
    "no office closes before it opens": "61 as start_time, 60 as end_time",
    # A cent is missing.
    "every journal that is delivered balances": (
        f"{LINE.format(0, 'Debit', 10)}|{LINE.format(1, 'credit', 9.99)}"
    ),
}
RIGHT = {
    "nothing is ready before it is asked for": (
        "timestamp '2026-03-02' as requested_at, timestamp '2026-03-02' as ready_at"
    ),
    "a rate is a number and its currency": "'55000.00 USD' as rate",
    "nothing finishes before it starts": (
        "timestamp '2026-03-02' as started_at, timestamp '2026-03-02' as finished_at"
    ),
    "no period ends before it starts": (
        "date '2026-03-02' as started_on, date '2026-03-02' as ended_on"
    ),
    "a review's state is known": "'approved' as state",
    "a task's status is known": "'COMPLETED' as property_hs_task_status",
    "a log entry says what it is": "'acknowledge_log_entry' as type",
    "a line is debit or credit": "null as posting_type",
    "a line's side says its sign": "0 as amount",
    "events happen in this century": "timestamp '2000-01-01' as timestamp",
    "no more lines are uncovered than can be covered": "5 as uncovered_lines, 5 as lines_to_cover",
    "no more requests fail than are made": "5 as errors, 5 as count",
    "a longer wait holds all shorter ones": (
        f"{BUCKETS.format(1, 2, 3, 4, 5, 6, 8, 8)}, 8 as count"
    ),
    "no office closes before it opens": "60 as start_time, 60 as end_time",
    "every journal that is delivered balances": (
        f"{LINE.format(0, 'Debit', 10)}|{LINE.format(1, 'credit', 10)}"
    ),
}

DECLARED = load_contracts(STAGING_DIR)
COLUMNS = [(key, column) for key, contract in DECLARED.items() for column in contract.columns]
SETS = [
    (key, say_set(column), f"'no such value' as {column.name}")
    for key, column in COLUMNS
    if column.values
]
BOUNDS = [
    (key, say_range(column), f'{bound + step} as "{column.name}"')
    for key, column in COLUMNS
    for bound, step in zip(column.bounds or (), (-1, 1), strict=False)
    if bound is not None
]
WHOLES = {key: contract.file_rules for key, contract in DECLARED.items() if contract.file_rules}
RULED = [
    (key, reason, WRONG[reason])
    for key, contract in DECLARED.items()
    for reason in (*contract.rules, *contract.file_rules)
]
WHOLE_REASONS = {reason for reasons in WHOLES.values() for reason in reasons}
# Object, the reason of its expectation, and the row that it guards against.
VOCABULARY = [*SETS, *BOUNDS, *RULED]


def deliver(home: Home, rows: Rows) -> None:
    """A pending load for each row, so that no row repeats another one of its file."""
    statements: list[str] = []
    for number, ((source, name), row) in enumerate(rows, start=100):
        statements.append(
            f"insert into raw_meta.files by name select {number} as load_id, "
            f"'{source}' as source, '{name}' as object, '{name}-{number}.csv' as path, "
            "1 as rows_in, 1 as rows_loaded, 0 as rows_rejected, 'pending' as status"
        )
        statements += [
            f"insert into raw_{source}.{name} by name select {columns}, {number} as _load_id, "
            f"'{name}-{number}.csv' as _file, {place} as _file_row"
            for place, columns in enumerate(row.split("|"), start=1)
        ]
    home.spoil(*statements)


def test_of_every_source_something_is_expected(contracts: Contracts) -> None:
    """What nobody expects anything of is read however it comes. Remedy: a word for it."""
    assert {source for (source, _), _, _ in VOCABULARY} == {source for source, _ in contracts}


def test_what_the_vocabulary_allows_passes(spoiled: Home, contracts: Contracts) -> None:
    values = [
        (key, f"'{value}' as {column.name}") for key, column in COLUMNS for value in column.values
    ]
    bounds = [
        (key, f'{bound} as "{column.name}"')
        for key, column in COLUMNS
        for bound in column.bounds or ()
        if bound is not None
    ]
    ruled = [(key, RIGHT[reason]) for key, reason, _ in RULED]
    deliver(spoiled, values + bounds + ruled)
    outcomes = ask("gate_1", spoiled, contracts)
    assert [outcome for outcome in outcomes if not outcome.passed] == []


@pytest.fixture(scope="module")
def wronged(
    good: Home, contracts: Contracts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The good warehouse after every word was broken at once, and rows were set aside; to read."""
    home = Home(tmp_path_factory.mktemp("vocabulary"))
    home.settings.warehouse_path.write_bytes(good.settings.warehouse_path.read_bytes())
    deliver(home, [(key, row) for key, _, row in VOCABULARY])
    with open_warehouse(home.settings) as connection:
        quarantine_rows(connection, contracts)
        yield connection


@pytest.mark.parametrize(
    ("key", "reason", "row"),
    [word for word in VOCABULARY if word[1] not in WHOLE_REASONS],
    ids=[
        f"{'.'.join(key)}: {row[:40]}"
        for key, reason, row in VOCABULARY
        if reason not in WHOLE_REASONS
    ],
)
def test_what_models_would_misread_is_set_aside(
    wronged: duckdb.DuckDBPyConnection,
    key: tuple[str, str],
    reason: str,
    row: str,
    record_property: RecordProperty,
) -> None:
    # One row per case was wrong, so the count tells whether each of them was found.
    wrong = sum(other[:2] == (key, reason) for other in VOCABULARY)
    source, name = key
    counted = wronged.execute(
        f"select count(*) from raw_{source}.{name}__rejected where contains(reason, ?)", [reason]
    ).fetchall()
    assert counted == [(wrong,)]
    where = "/".join(key)
    record_property(CAUGHT, (f"gate_1: {reason}", f"{where}: {row}", f"set aside of {where}"))


def test_a_row_set_aside_counts_no_more_and_is_kept(
    wronged: duckdb.DuckDBPyConnection,
) -> None:
    assert wronged.execute(
        "select files.rows_in, files.rows_loaded, files.rows_rejected, "
        "rejected.original ->> 'status' from raw_meta.files as files "
        "inner join raw_contracts.subscription_periods__rejected as rejected "
        "on files.load_id = rejected._load_id "
        "where contains(rejected.reason, 'status is one of')"
    ).fetchall() == [(1, 0, 1, "no such value")]
    assert wronged.execute(
        "select count(*) from raw_contracts.subscription_periods where status = 'no such value'"
    ).fetchall() == [(0,)]


def test_a_journal_out_of_balance_refuses_its_file(
    spoiled: Home, contracts: Contracts, record_property: RecordProperty
) -> None:
    ((key, reasons),) = WHOLES.items()
    (reason,) = reasons
    deliver(spoiled, [(key, WRONG[reason])])
    (outcome,) = [o for o in ask("gate_1", spoiled, contracts) if not o.passed]
    assert f"{reason} (found 2, " in outcome.detail
    assert outcome.refused_loads == (100,)
    record_property(CAUGHT, (f"gate_1: {reason}", WRONG[reason], "gate_1 on the journal's lines"))
