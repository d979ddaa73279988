"""Suites asked of the warehouse file, in SQL; outcomes that a person can act on.

A suite of which one statement per batch finds nothing unexpected has passed. The others are
asked by Great Expectations, which counts and shows. An expectation that raises is a defect of
the suite and raises here: it must never count as a failed check, and still less as a passed one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from expectations.expect import Expectation

MAX_UNEXPECTED = 50
# What DuckDB is told when the file is opened; without, it takes most of the machine's memory.
Config = Mapping[str, str | int]
# Columns that say which row of which file is to blame.
BLAME = ("_file", "_file_row", "_load_id")


class SuiteError(Exception):
    """An expectation could not be asked; the message names it."""


@dataclass(frozen=True)
class Batch:
    """Rows to ask about, and what is expected of them.

    Attributes:
        query: The rows.
        expectations: What is expected of them, each with its reason.
        row_names: Columns by which unexpected rows are named; `BLAME` on raw tables.
    """

    query: str
    expectations: Sequence[Expectation]
    row_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suite:
    """Batches asked about together, as one asset check.

    Attributes:
        gate: gate_1, gate_2 or gate_3.
        name: The asset check's name.
        asset: The asset key that it sits on.
        batches: What is asked of which rows.
        is_blocking: Whether the house would lie otherwise.
        blamed_loads: Loads that a failure refuses where its rows do not name one.
    """

    gate: str
    name: str
    asset: tuple[str, ...]
    batches: Sequence[Batch]
    is_blocking: bool
    blamed_loads: tuple[int, ...] = ()


@dataclass(frozen=True)
class CheckOutcome:
    """What a suite found; `unmet` says by reason how much."""

    gate: str
    name: str
    asset: tuple[str, ...]
    is_blocking: bool
    passed: bool
    detail: str
    expectation_count: int
    unexpected_rows: list[dict[str, Any]] = field(default_factory=list)
    refused_loads: tuple[int, ...] = ()
    unmet: Mapping[str, str] = field(default_factory=dict)


def chosen(
    suites: Sequence[Suite], only: Collection[tuple[str, tuple[str, ...]]] | None
) -> list[Suite]:
    """The suites whose check is named; all of them where none is."""
    return [suite for suite in suites if only is None or (suite.name, suite.asset) in only]


def run_suites(
    database: Path,
    suites: Sequence[Suite],
    *,
    site: Path | None = None,
    config: Config | None = None,
) -> list[CheckOutcome]:
    """Ask every suite; one outcome each, in order.

    Args:
        database: The warehouse's file.
        suites: What is asked.
        site: Folder of the Data Docs, where each suite's page is written.
        config: Of the connections: memory, threads, temporary folder.

    Raises:
        SuiteError: where an expectation could not be asked.
    """
    met = _met_at_once(database, suites, config or {})
    outcomes = {index: _pass(suites[index]) for index in met}
    rest = [index for index in range(len(suites)) if index not in met]
    if rest:
        with _data_source(database, config or {}) as source:
            outcomes |= {index: _run(source, index, suites[index]) for index in rest}
    if site is not None:
        from expectations.pages import write_page

        for index, suite in enumerate(suites):
            write_page(site, suite, outcomes[index])
    return [outcomes[index] for index in range(len(suites))]


def _met_at_once(database: Path, suites: Sequence[Suite], config: Config) -> set[int]:
    """The suites in which one statement per batch finds nothing unexpected.

    Asked on as many cursors as DuckDB has threads: most are of a few rows, which one thread plans
    and answers.
    """
    with duckdb.connect(str(database), config={**config}) as connection:
        (threads,) = connection.sql("select current_setting('threads')").fetchall()[0]

        def is_met(suite: Suite) -> bool:
            with connection.cursor() as cursor:
                return all(_is_met(cursor, batch) for batch in suite.batches)

        with ThreadPoolExecutor(threads) as pool:
            return {index for index, met in enumerate(pool.map(is_met, suites)) if met}


def _is_met(connection: duckdb.DuckDBPyConnection, batch: Batch) -> bool:
    """Whether all that is expected of a batch is so; what cannot be asked is asked again."""
    unmet = ", ".join(item.is_unmet() for item in batch.expectations)
    try:
        rows = connection.execute(f"with batch as ({batch.query}) select [{unmet}]").fetchall()
    except duckdb.Error:
        # Asked one by one it says which of them it is, or that it was only the room for all.
        return False
    return not any(rows[0][0])


def _pass(suite: Suite) -> CheckOutcome:
    asked = [item for batch in suite.batches for item in batch.expectations]
    return CheckOutcome(
        gate=suite.gate,
        name=suite.name,
        asset=suite.asset,
        is_blocking=suite.is_blocking,
        passed=True,
        detail="as expected",
        expectation_count=len(asked),
    )


def import_ahead() -> None:
    """Import Great Expectations beside whatever the caller goes on with.

    It takes two seconds, for which the first gate that finds something unexpected waits. A process
    that ends before waits too: one that ends amid the import of what is no Python may crash.
    """
    Thread(target=import_module, args=("great_expectations.expectations",)).start()


@contextmanager
def _data_source(database: Path, config: Config) -> Iterator[Any]:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    from expectations.dialect import register

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    source = context.data_sources.add_sql(
        name="warehouse",
        connection_string=register(database, config),
        # A batch is a query; copying it first would cost as much as the load did.
        create_temp_table=False,
    )
    try:
        yield source
    finally:
        # Disposing of the SQLAlchemy engine is not enough: dbt would find the file locked.
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _run(source: Any, index: int, suite: Suite) -> CheckOutcome:  # noqa: ANN401
    results = [
        result
        for number, batch in enumerate(suite.batches)
        for result in _validate(source, f"{suite.name}_{index}_{number}", suite, batch)
    ]
    failures = [result for result in results if not result.success]
    rows = [row for result in failures for row in _unexpected(result)]
    return CheckOutcome(
        gate=suite.gate,
        name=suite.name,
        asset=suite.asset,
        is_blocking=suite.is_blocking,
        passed=not failures,
        detail="; ".join(_describe(result) for result in failures) or "as expected",
        expectation_count=len(results),
        unexpected_rows=rows[:MAX_UNEXPECTED],
        refused_loads=_refused(suite, failures, rows),
        unmet={_reason(result): _found(result) for result in failures},
    )


def _validate(source: Any, name: str, suite: Suite, batch: Batch) -> list[Any]:  # noqa: ANN401
    """GX's results for one batch; an expectation that raised raises."""
    import great_expectations as gx
    from great_expectations.datasource.fluent.sql_datasource import QueryAsset

    # GX takes queries that begin with SELECT only.
    asset = QueryAsset(name=name, query=f"select * from ({batch.query}) as batch")
    # As `add_query_asset` does, which writes down a configuration besides that nobody reads: a
    # half of a gate's time (17.6 s with it, 9.4 s without, for 950 expectations).
    asset._datasource = source
    source.assets.append(asset)
    asked = [expectation.as_gx() for expectation in batch.expectations]
    validated = asset.get_batch(asset.build_batch_request()).validate(
        gx.ExpectationSuite(name=name, expectations=asked),
        result_format={
            "result_format": "COMPLETE",
            "partial_unexpected_count": MAX_UNEXPECTED,
            "unexpected_index_column_names": list(batch.row_names),
            "return_unexpected_index_query": False,
        },
    )
    for result in validated.results:
        if result.exception_info and _raised(result.exception_info):
            message = (
                f"{'/'.join(suite.asset)}: {result.expectation_config.type} "
                f"{result.expectation_config.kwargs} could not be asked: {result.exception_info}"
            )
            raise SuiteError(message)
    return list(validated.results)


def _raised(info: dict[str, Any]) -> bool:
    """GX nests one dict per metric in some versions and one flat dict in others."""
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(_raised(nested) for nested in info.values() if isinstance(nested, dict))


def _unexpected(item: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    found = item.result.get("unexpected_index_list")
    if found is None:
        details = item.result.get("details") or {}
        found = details.get("unexpected_rows") or []
    return [{name: _plain(row[name]) for name in row} for row in map(dict, found[:MAX_UNEXPECTED])]


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """As JSON can say it: a date, a decimal or an infinity would fail the whole gate there."""
    if value is None or isinstance(value, bool | int | str):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else str(value)


def tell_row(row: Mapping[str, Any]) -> str:
    """A row to blame: its file and row, where it has them, and what it says."""
    place = f"{row['_file']}:{row.get('_file_row') or ''}".rstrip(":") if "_file" in row else ""
    said = ", ".join(f"{name} {value}" for name, value in row.items() if name[0] != "_")
    return "  ".join(part for part in (place, said) if part)


def _describe(item: Any) -> str:  # noqa: ANN401
    """The reason that the suite gives, and how much was found."""
    rows = _unexpected(item)
    shown = f", first {tell_row(rows[0])}" if rows else ""
    return f"{_reason(item)} (found {_found(item)}{shown})"


def _reason(item: Any) -> str:  # noqa: ANN401
    config = item.expectation_config
    return str((config.meta or {}).get("reason") or config.type)


def _found(item: Any) -> str:  # noqa: ANN401
    found = item.result.get("unexpected_count")
    return str(item.result.get("observed_value") if found is None else found)


def _refused(
    suite: Suite, failures: Sequence[Any], rows: Sequence[dict[str, Any]]
) -> tuple[int, ...]:
    """The loads that the failures are about; all of the batch's where rows name none."""
    if not failures or not suite.is_blocking:
        return ()
    named = {int(row["_load_id"]) for row in rows if row.get("_load_id") is not None}
    if any(not _unexpected(item) for item in failures) or not named:
        return tuple(sorted(named | set(suite.blamed_loads)))
    return tuple(sorted(named))
