"""Laws over money: what an amount of a source is in, and that somebody converts it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

NAMES = re.compile(
    r"amount|price|spend|cost|fee|salary|rate$|revenue|total|tax|balance|tiers$|subtotal"
)
NUMBERS = re.compile(r"decimal|bigint|integer|double|json")
# They look like money and are none; what books itself in the ledger bears its own rate.
BOOKED = (
    "bill", "bill_payment", "credit_card_payment_txn", "credit_memo", "deposit", "invoice",
    "journal_entry", "payment", "purchase", "refund_receipt", "sales_receipt", "transfer",
    "vendor_credit",
)  # fmt: skip
NO_MONEY = {"contracts.subscription_periods.quantity": "how many"} | {
    f"quickbooks.{name}.exchange_rate": "a currency in another" for name in BOOKED
}
# Amounts that no mart reads, so that nobody converts them.
UNREAD = {
    "bamboohr.compensation.rate": "an amount and its currency in one text; pay stays out of marts",
}
REPORTING = "reporting"
USED = "model.drivewheel.int_currencies__used"


def columns(manifest: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every column of every source with its name, itself and its object."""
    for table in manifest["sources"].values():
        for column in table["columns"].values():
            yield f"{table['source_name']}.{table['name']}.{column['name']}", column, table


def money_of(column: dict[str, Any]) -> str | None:
    found: str | None = column["config"]["meta"].get("money")
    return found


def objects(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{t['source_name']}.{t['name']}": t for t in manifest["sources"].values()}


def test_every_amount_says_what_it_is_in(manifest: dict[str, Any]) -> None:
    """150,000 JPY taken at 1 are 150,000 USD, and nobody sees it.

    Remedy: `meta: {money: COLUMN}` names the column with its currency (`object.column`, where
    another object of the source has it), `money: reporting` says that it is converted already.
    """
    found = set()
    for name, column, table in columns(manifest):
        is_decimal = column["data_type"].startswith("decimal")
        looks_so = bool(NAMES.search(column["name"]) and NUMBERS.match(column["data_type"]))
        if (is_decimal or looks_so) and table["source_name"] != "raw_meta":
            found.add(name)
            if name not in NO_MONEY:
                assert money_of(column), f"{name}: say `meta: {{money: …}}`, or why it is none"
    assert found >= NO_MONEY.keys(), "an exception that nothing needs hides the next amount"
    assert len(found) > 20


def test_the_currency_of_an_amount_is_a_column(manifest: dict[str, Any]) -> None:
    """What names no column is a currency that nobody delivers."""
    known = objects(manifest)
    for name, column, table in columns(manifest):
        told = money_of(column)
        if told and told != REPORTING:
            place, _, key = told.rpartition(".")
            owner = known[f"{table['source_name']}.{place or table['name']}"]
            assert key in owner["columns"], f"{name}: {told} is no column of its source"


def test_every_currency_has_a_rate_or_fails_by_name(manifest: dict[str, Any]) -> None:
    """`int_currencies__used` is where rates and minor units are asked for.

    Remedy: add the staging model of the object that bears the currency to it.
    """
    read = {
        parent
        for model in manifest["parent_map"][USED]
        for parent in manifest["parent_map"][model]
        if parent.startswith("source.")
    }
    for name, column, table in columns(manifest):
        told = money_of(column)
        if told and told != REPORTING and name not in UNREAD:
            place = told.rpartition(".")[0] or table["name"]
            key = f"source.drivewheel.{table['source_name']}.{place}"
            assert key in read, f"{name}: nobody asks for a rate of {table['source_name']}.{place}"


def test_money_fits_whatever_it_is_multiplied_by(manifest: dict[str, Any]) -> None:
    """A square of 100,000.0000 needs nineteen digits; `decimal(18, …)` ends a refresh there.

    Remedy: `decimal(38, …)` in the model and in its YAML, or the macros `as_mrr` and `as_exact`.
    """
    narrow = [
        f"{node['name']}: {found}"
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        for text in (node["raw_code"], *(c["data_type"] or "" for c in node["columns"].values()))
        for found in re.findall(r"decimal\((?!38)\d+", text, re.IGNORECASE)
    ]
    assert not narrow
