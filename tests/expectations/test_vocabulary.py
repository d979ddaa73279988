"""Each value set and range of gate 1: its own values pass, one beside them does not."""

from __future__ import annotations

import pytest

from expectations.vocabulary import RANGES, VALUE_SETS
from orchestration.defs.ingest import Contracts
from tests.expectations.conftest import CAUGHT, RecordProperty, ask
from tests.orchestration.homes import Home

OBJECTS = sorted({*VALUE_SETS, *RANGES})
SET_CASES = [
    (key, column, "no such value", f"{column} is one of {', '.join(values)}")
    for key, columns in VALUE_SETS.items()
    for column, values in columns.items()
]
RANGE_CASES = [
    (key, column, bound + step, f"{column} lies between {low} and {high}")
    for key, columns in RANGES.items()
    for column, (low, high) in columns.items()
    for bound, step in ((low, -1), (high, 1))
    if bound is not None
]
CASES = [*SET_CASES, *RANGE_CASES]


def deliver(home: Home, rows: list[tuple[tuple[str, str], str, object]]) -> None:
    """A pending load per object, with a row for each value; all other columns are null."""
    statements = [
        f"insert into raw_meta.files by name select {100 + number} as load_id, "
        f"'{source}' as source, '{name}' as object, '{name}.csv' as path, 1 as rows_in, "
        "1 as rows_loaded, 0 as rows_rejected, 'pending' as status"
        for number, (source, name) in enumerate(OBJECTS)
    ]
    statements += [
        f"insert into raw_{source}.{name} by name select '{value}' as \"{column}\", "
        f"{100 + OBJECTS.index((source, name))} as _load_id, '{name}.csv' as _file, "
        f"{number} as _file_row"
        for number, ((source, name), column, value) in enumerate(rows)
    ]
    home.spoil(*statements)


def test_values_and_bounds_of_the_vocabulary_pass(spoiled: Home, contracts: Contracts) -> None:
    values: list[tuple[tuple[str, str], str, object]] = [
        (key, column, value)
        for key, columns in VALUE_SETS.items()
        for column, known in columns.items()
        for value in known
    ]
    bounds: list[tuple[tuple[str, str], str, object]] = [
        (key, column, bound)
        for key, columns in RANGES.items()
        for column, pair in columns.items()
        for bound in pair
        if bound is not None
    ]
    deliver(spoiled, values + bounds)
    outcomes = ask("gate_1", spoiled, contracts)
    assert [outcome for outcome in outcomes if not outcome.passed] == []


@pytest.fixture(scope="module")
def details(
    good: Home, contracts: Contracts, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, ...], str]:
    """What the check of each object says when all of its words are wrong at once."""
    home = Home(tmp_path_factory.mktemp("vocabulary"))
    home.settings.warehouse_path.write_bytes(good.settings.warehouse_path.read_bytes())
    deliver(home, [(key, column, value) for key, column, value, _ in CASES])
    return {
        outcome.asset: outcome.detail
        for outcome in ask("gate_1", home, contracts)
        if outcome.name == "gate_1" and not outcome.passed
    }


@pytest.mark.parametrize(
    ("key", "column", "value", "reason"),
    CASES,
    ids=[f"{'.'.join(key)}.{column}={value}" for key, column, value, _ in CASES],
)
def test_a_value_that_models_would_misread_is_caught(
    details: dict[tuple[str, ...], str],
    key: tuple[str, str],
    column: str,
    value: object,
    reason: str,
    record_property: RecordProperty,
) -> None:
    assert f"{reason} (found" in details[key]
    # One row per case was wrong, so the count tells whether each of them was found.
    wrong = sum((key, column) == case[:2] for case in CASES)
    assert f"{reason} (found {wrong}, " in details[key]
    where = "/".join(key)
    record_property(
        CAUGHT, (f"gate_1: {reason}", f"{where}: {column} = {value}", f"gate_1 on {where}")
    )
