"""The good warehouse, copies of it, and the table of what was spoiled and caught."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations import gate_1, gate_2, gate_3
from expectations.runner import CheckOutcome, run_suites
from orchestration.defs.ingest import Contracts, read_contracts
from orchestration.landing.row_rules import quarantine_rows
from orchestration.landing.sql import path_literal
from orchestration.settings import Settings
from orchestration.warehouse.connect import engine_config, open_warehouse
from orchestration.warehouse.publish import PUBLIC_SCHEMAS
from tests.expectations.spoilings import SPOILINGS
from tests.orchestration.homes import Home, refresh_company

# What a test says that a check has caught; it reaches the table from other processes too.
CAUGHT = "caught"
RecordProperty = Callable[[str, object], None]


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """What the smallest company's refresh has built; read it, never write."""
    home = Home(tmp_path_factory.mktemp("good"))
    shutil.copy2(refresh_company().home.settings.warehouse_path, home.settings.warehouse_path)
    leave_out_what_is_not_asked(home.settings.warehouse_path)
    return home


def leave_out_what_is_not_asked(warehouse: Path) -> None:
    """Drop the models that no suite and no spoiling names: tests copy and open the rest.

    A test that names one of them all the same fails, for it is not there.
    """
    suites = [*gate_2.build_suites(), *gate_3.build_suites(read_contracts())]
    asked = " ".join(
        [
            *(batch.query for suite in suites for batch in suite.batches),
            *(
                item.is_unmet()
                for suite in suites
                for batch in suite.batches
                for item in batch.expectations
            ),
            *(word for entry in SPOILINGS for word in (*entry.statements, *entry.within)),
        ]
    )
    named = {*re.findall(r"\w+", asked)}
    whole = warehouse.rename(warehouse.with_name("whole.duckdb"))
    with duckdb.connect(str(whole)) as connection:
        relations = connection.execute(
            "select 'view', schema_name, view_name from duckdb_views() where not internal "
            "union all "
            "select 'table', schema_name, table_name from duckdb_tables() order by all desc"
        ).fetchall()
        # A view cannot be spoiled: of a mart that is one its rows are kept.
        views = [
            (f'"{schema}"."{name}"', f'"{schema}"."rows of {name}"', name)
            for kind, schema, name in relations
            if kind == "view" and schema in PUBLIC_SCHEMAS and name in named
        ]
        for view, rows, _ in views:
            connection.execute(f"create table {rows} as from {view}")
        for kind, schema, name in relations:
            if not schema.startswith("raw_") and name not in named:
                connection.execute(f'drop {kind} "{schema}"."{name}"')
        for view, rows, name in views:
            connection.execute(f"drop view {view}")
            connection.execute(f'alter table {rows} rename to "{name}"')
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"attach {path_literal(whole)} as whole (read_only)")
        connection.execute(f"copy from database whole to {warehouse.stem}")
    whole.unlink()


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    """Every declared object."""
    return read_contracts()


@dataclass(frozen=True, kw_only=True)
class OpenHome(Home):
    """A home whose warehouse is open: who opens it again, as runs do, shares what was read of it.

    DuckDB reads the catalogue of 500 tables whenever it opens the file, and writes it down
    whenever it closes it: a third of what a test takes that asks of it.
    """

    connection: duckdb.DuckDBPyConnection

    def ask(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a query over the warehouse."""
        return self.connection.execute(query, list(parameters)).fetchall()

    def spoil(self, *statements: str) -> None:
        """Change the warehouse behind everybody's back."""
        for statement in statements:
            self.connection.execute(statement)


@pytest.fixture
def spoiled(good: Home, tmp_path: Path) -> Iterator[OpenHome]:
    """A copy of the good warehouse, to be written to."""
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(good.settings.warehouse_path.read_bytes())
    with open_warehouse(Home(tmp_path).settings) as connection:
        yield OpenHome(tmp_path, connection=connection)


def ask(gate: str, home: Home, contracts: Contracts) -> list[CheckOutcome]:
    """Ask a gate of a home's warehouse, as its op does."""
    if gate == "gate_1":
        return ask_gate_1(home.settings, contracts)
    gates = {"gate_2": gate_2.ask, "gate_3": gate_3.ask}
    settings = home.settings
    return gates[gate](settings.warehouse_path, contracts, config=engine_config(settings))


def ask_gate_1(
    settings: Settings, contracts: Contracts, *, site: Path | None = None
) -> list[CheckOutcome]:
    """Quarantine rows and ask gate 1, as its op does."""
    with open_warehouse(settings) as connection:
        quarantine_rows(connection, contracts)
    config = engine_config(settings)
    return gate_1.ask(settings.warehouse_path, contracts, site=site, config=config)


def ask_of(
    asset: tuple[str, ...], gate: str, home: Home, contracts: Contracts
) -> list[CheckOutcome]:
    """Ask a gate of one asset alone, which is quicker and finds the same."""
    if gate == "gate_1":
        return ask(gate, home, {key: value for key, value in contracts.items() if key == asset})
    suites = gate_2.build_suites() if gate == "gate_2" else gate_3.build_suites(contracts)
    asked = [suite for suite in suites if suite.asset == asset]
    settings = home.settings
    return run_suites(settings.warehouse_path, asked, config=engine_config(settings))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Expectation, spoiling, and the check that caught it."""
    caught = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == CAUGHT
    ]
    if caught:
        terminalreporter.section("what gates catch")
    for reason, spoiling, check in sorted(caught):
        terminalreporter.write_line(f"{reason} <- {spoiling[:90]} <- {check}")
