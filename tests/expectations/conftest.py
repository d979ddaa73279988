"""The good warehouse, copies of it, and the table of what was spoiled and caught."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from expectations import gate_1
from expectations.runner import CheckOutcome
from orchestration.defs.ingest import Contracts, read_contracts
from tests.orchestration.homes import Home, refresh_company

# What a test says that a check has caught; it reaches the table from other processes too.
CAUGHT = "caught"
RecordProperty = Callable[[str, object], None]


@pytest.fixture(scope="session")
def good() -> Home:
    """The refreshed company; read it, never write."""
    return refresh_company().home


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    """Every declared object."""
    return read_contracts()


@pytest.fixture
def spoiled(good: Home, tmp_path: Path) -> Home:
    """A copy of the good warehouse, to be written to."""
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(good.settings.warehouse_path.read_bytes())
    return Home(tmp_path)


def ask(gate: str, home: Home, contracts: Contracts) -> list[CheckOutcome]:
    """Ask a gate of a home's warehouse."""
    from expectations import gate_2, gate_3

    gates = {"gate_1": gate_1.ask, "gate_2": gate_2.ask, "gate_3": gate_3.ask}
    return gates[gate](home.settings.warehouse_path, contracts)


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
