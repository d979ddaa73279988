"""Laws over money: what an amount of a source is in, and that somebody converts it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestration.project.manifest import Manifest
from orchestration.project.nodes import Column, Source

NAMES = re.compile(
    r"amount|price|spend|cost|fee|salary|rate$|revenue|total|tax|balance|tiers$|subtotal"
)
NUMBERS = re.compile(r"decimal|bigint|integer|double|json")
# They look like money and are none; what books itself in the ledger bears its own rate.
BOOKED = (
    "bill",
    "bill_payment",
    "credit_card_payment_txn",
    "credit_memo",
    "deposit",
    "invoice",
    "journal_entry",
    "payment",
    "purchase",
    "refund_receipt",
    "sales_receipt",
    "transfer",
    "vendor_credit",
)
NO_MONEY = {"contracts.subscription_periods.quantity": "how many"} | {
    f"quickbooks.{name}.exchange_rate": "a currency in another" for name in BOOKED
}
# Amounts that no mart reads, so that nobody converts them.
UNREAD = {
    "bamboohr.compensation.rate": "an amount and its currency in one text; pay stays out of marts",
}
REPORTING = "reporting"
USED = "model.drivewheel.int_currencies__used"


def columns(manifest: Manifest) -> Iterator[tuple[str, Column, Source]]:
    """Every column of every source with its name, itself and its object."""
    for table in manifest.sources.values():
        for column in table.columns.values():
            yield f"{table.full_name}.{column.name}", column, table


def test_every_amount_says_what_it_is_in(manifest: Manifest) -> None:
    """150,000 JPY taken at 1 are 150,000 USD, and nobody sees it.

    Remedy: `meta: {money: COLUMN}` names the column with its currency (`object.column`, where
    another object of the source has it), `money: reporting` says that it is converted already.
    """
    found = set()
    for name, column, table in columns(manifest):
        data_type = str(column.data_type)
        looks_so = bool(NAMES.search(column.name) and NUMBERS.match(data_type))
        if (data_type.startswith("decimal") or looks_so) and table.source != "raw_meta":
            found.add(name)
            if name not in NO_MONEY:
                assert column.of_source.money, (
                    f"{name}: say `meta: {{money: …}}`, or why it is none"
                )
    assert found >= NO_MONEY.keys(), "an exception that nothing needs hides the next amount"
    assert len(found) > 20


def test_the_currency_of_an_amount_is_a_column(manifest: Manifest) -> None:
    """What names no column is a currency that nobody delivers."""
    known = {source.full_name: source for source in manifest.sources.values()}
    for name, column, table in columns(manifest):
        told = column.of_source.money
        if told and told != REPORTING:
            place, _, key = told.rpartition(".")
            owner = known[f"{table.source}.{place or table.name}"]
            assert key in owner.columns, f"{name}: {told} is no column of its source"


def test_every_currency_has_a_rate_or_fails_by_name(manifest: Manifest) -> None:
    """`int_currencies__used` is where rates and minor units are asked for.

    Remedy: add the staging model of the object that bears the currency to it.
    """
    read = {
        parent
        for model in manifest.parents[USED]
        for parent in manifest.parents[model]
        if parent.startswith("source.")
    }
    for name, column, table in columns(manifest):
        told = column.of_source.money
        if told and told != REPORTING and name not in UNREAD:
            place = told.rpartition(".")[0] or table.name
            key = f"source.drivewheel.{table.source}.{place}"
            assert key in read, f"{name}: nobody asks for a rate of {table.source}.{place}"


def test_money_fits_whatever_it_is_multiplied_by(manifest: Manifest) -> None:
    """A square of 100,000.0000 needs nineteen digits; `decimal(18, …)` ends a refresh there.

    Remedy: `decimal(38, …)` in the model and in its YAML, or the macros `as_mrr` and `as_exact`.
    """
    narrow = [
        f"{model.name}: {found}"
        for model in manifest.models.values()
        if model.kind == "model"
        for text in (model.code, *(column.data_type or "" for column in model.columns.values()))
        for found in re.findall(r"decimal\((?!38)\d+", text, re.IGNORECASE)
    ]
    assert not narrow
