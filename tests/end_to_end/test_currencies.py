"""A currency that nobody has given a rate or decimals ends the build, and is named."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

COMPILED = "target/compiled/drivewheel/dbt_project/models/intermediate/finance"


def ask(
    home: Path, model: str, currency: str, *, has_minor_units: bool
) -> list[tuple[object, ...]]:
    """Run a compiled model on the demo's seeds, a calendar of one month and one currency."""
    sql = (home / COMPILED / f"{model}.sql").read_text()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home / 'warehouse.duckdb'}' as demo (read_only)")
        connection.execute(
            "attach ':memory:' as warehouse; create schema warehouse.intermediate; "
            "create schema warehouse.seeds; "
            "create table warehouse.seeds.fx_rates as from demo.seeds.fx_rates; "
            "create table warehouse.seeds.currencies as from demo.seeds.currencies; "
            "create table warehouse.intermediate.int_calendar__months as "
            "select date '2026-02-01' as month_start"
        )
        connection.execute(
            "create table warehouse.intermediate.int_currencies__used as "
            "select ? as currency, ? as has_minor_units",
            [currency, has_minor_units],
        )
        return connection.execute(sql).fetchall()


def test_a_currency_without_a_rate_is_named(demo_home: Path) -> None:
    with pytest.raises(duckdb.Error, match=r"fx_rates\.csv has no rate of the currency zzz"):
        ask(demo_home, "int_currencies__monthly_rates", "zzz", has_minor_units=False)
    rates = ask(demo_home, "int_currencies__monthly_rates", "usd", has_minor_units=False)
    assert [row[2:] for row in rates] == [(1, 1)]


def test_a_currency_without_minor_units_is_named(demo_home: Path) -> None:
    with pytest.raises(duckdb.Error, match=r"currencies\.csv does not know the currency zzz"):
        ask(demo_home, "int_currencies__minor_units", "zzz", has_minor_units=True)
    # What is in major units asks for none; yen have no smaller unit than one.
    assert ask(demo_home, "int_currencies__minor_units", "zzz", has_minor_units=False) == []
    assert ask(demo_home, "int_currencies__minor_units", "jpy", has_minor_units=True) == [
        ("jpy", 1.0)
    ]
