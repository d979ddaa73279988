"""Contracts come from the source YAML, and a bad one names its file and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.landing.contract import Column, load_contracts, load_declared
from orchestration.landing.declared import Trace
from orchestration.landing.errors import LandingError

GOOD = """
version: 2
sources:
  - name: shop
    schema: raw_shop
    config:
      meta: {feeds: orders}
    tables:
      - name: payment
        config:
          meta:
            load: latest
            primary_key: [id]
            version_by: synced
            event_time: created
        columns:
          - name: id
            data_type: varchar
          - name: amount
            data_type: decimal(18, 6)
            config:
              meta: {required: true}
          - name: email
            data_type: varchar
            config:
              meta: {pii: email}
          - name: created
            data_type: timestamp
          - name: synced
            data_type: timestamp
  - name: raw_meta
    tables:
      - name: files
"""


def write(folder: Path, text: str) -> Path:
    """A models folder with one source file."""
    path = folder / "staging" / "shop" / "_shop__sources.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return folder


def test_a_contract_is_read_from_the_source_yaml(tmp_path: Path) -> None:
    contracts = load_contracts(write(tmp_path, GOOD))
    assert list(contracts) == [("shop", "payment")]
    contract = contracts["shop", "payment"]
    assert (contract.schema, contract.table, contract.feeds) == ("raw_shop", "payment", "orders")
    assert (contract.load, contract.version_by, contract.event_time) == (
        "latest",
        "synced",
        "created",
    )
    assert contract.columns[:3] == (
        Column("id", "varchar", True, None),
        Column("amount", "decimal(18,6)", True, None),
        Column("email", "varchar", False, "email"),
    )


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("load: latest", "load: often", '`load` is "often"; say one of append, latest, snapshot'),
        ("primary_key: [id]", "primary_key: [key]", "names no declared column: key"),
        ("primary_key: [id]", "", "shop.payment: `primary_key` is not said; add it"),
        ("load: latest", "load: latest\n            central: 1", "`central` is 1; input should be"),
        (
            "pii: email",
            "pi: email",
            'shop.payment.email: `pi` is "email"; no field is called so, pii is',
        ),
        ("pii: email", "pii: e-mail", "say one of name, email, free_text, identifier"),
        ("pii: email", "range: [0]", "shop.payment.email: `range.1` is not said; say both, null"),
        (
            "load: latest",
            "load: latest\n            trace: [{model: stg_shop__payments}]",
            "`trace.0` cannot be so; name at least one key of marts in `keys` or `hashed`",
        ),
        (
            "load: latest",
            "load: latest\n            "
            "trace: [{model: stg_shop__payments, count: file, keys: [k = lower(id)]}]",
            "`trace.0` cannot be so; `count` takes a column of the staging model",
        ),
        (
            "load: latest",
            "load: latest\n            "
            "trace: [{model: stg_shop__payments, count: day, day: orders.paid_at, keys: [id]}]",
            "`trace.0` cannot be so; with `count`, name in `day` a column of the staging model",
        ),
        ("version_by: synced", "version_by: seen", "version_by names no declared column"),
        ("event_time: created", "event_time: email", "event_time must name a timestamp"),
        ("decimal(18, 6)", "money", "data_type 'money' is not known"),
        ("name: email", "name: ID", "two columns have the same name"),
        ("name: email", "name: _extra", "the loader itself adds _extra"),
        ("schema: raw_shop", "schema: shop", "schema must be raw_shop"),
        ("name: email", 'name: "e-mail"', "is no name"),
        ("    tables:", "   tables:", "is not valid YAML"),
    ],
)
def test_a_bad_contract_is_named_with_its_remedy(
    tmp_path: Path, good: str, bad: str, message: str
) -> None:
    with pytest.raises(LandingError, match=r"_shop__sources\.yml") as caught:
        load_contracts(write(tmp_path, GOOD.replace(good, bad, 1)))
    assert message in str(caught.value)


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace("load: latest", "load: often").replace("pii: email", "pi: email")
    write(tmp_path, bad)
    other = tmp_path / "staging/other/_other__sources.yml"
    other.parent.mkdir()
    other.write_text(GOOD.replace("shop", "other").replace("decimal(18, 6)", "money"))
    with pytest.raises(LandingError) as caught:
        load_contracts(tmp_path)
    told = str(caught.value).splitlines()
    assert [line.split(": ", 1)[1][:32] for line in told] == [
        "other.payment.amount: data_type ",
        'shop.payment: `load` is "often";',
        'shop.payment.email: `pi` is "ema',
    ]


BILLING = """{feeds: billing, billing: {
        amounts: minor,
        timeline: {subscriptions: a, subscription_versions: b, subscription_item_versions: c,
                   prices: [d]},
        reconciliation: {invoices: e, invoice_lines: f, payments: g, refunds: h},
        identities: {customers: i, matched_by: [id]},
        tested_by: tests/test_shop.py}}"""


def test_a_billing_source_declares_its_roles(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("{feeds: orders}", BILLING))
    billing = load_declared(tmp_path).sources["shop"].billing
    assert billing
    assert billing.timeline
    assert (billing.amounts, billing.timeline.prices) == ("minor", ("d",))


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("amounts: minor,", "", "shop: `billing.amounts` is not said; say one of minor, major"),
        ("timeline:", "timelines:", "name the models that the timeline reads, or in `segments`"),
        ("amounts: minor", "amounts: major", "its amounts are in the smallest unit"),
        ("reconciliation:", "reconciled:", "or say in `not_reconciled` why there are none"),
        (
            ", payments: g",
            "",
            "`billing.reconciliation.payments` is not said; add it: the model of attempts",
        ),
        ("matched_by: [id]", "matched_by: [name]", "say any of id, account, domain"),
        ("identities: {customers: i, matched_by: [id]},", "", "add it: `customers`, their staging"),
        (
            ",\n        tested_by: tests/test_shop.py",
            "",
            "`billing.tested_by` is not said; add it: the file",
        ),
        ("feeds: billing", "feeds: orders", "a source that feeds billing, and no other, says"),
        (BILLING, "{feeds: billing}", "a source that feeds billing, and no other, says"),
    ],
)
def test_a_role_that_is_left_out_is_told_with_its_file_and_remedy(
    tmp_path: Path, good: str, bad: str, message: str
) -> None:
    text = GOOD.replace("{feeds: orders}", BILLING)
    assert good in text
    with pytest.raises(LandingError, match=r"_shop__sources\.yml: shop: ") as caught:
        load_contracts(write(tmp_path, text.replace(good, bad, 1)))
    assert message in str(caught.value)


def test_keys_are_told_with_the_columns_and_joins_that_lead_to_them() -> None:
    trace = Trace(
        model="stg_shop__payments",
        day="paid_at",
        join={"stg_shop__orders": "order_id", "int_shop__buyers": "buyer = buyer_id"},
        keys=("customer_id", "order_key = 'o/' || spoken.order_id"),
        hashed=("user_key = user_id",),
    )
    told = list(trace.told())
    assert [(key["key"], key["value"], key["is_hashed"]) for key in told] == [
        ("customer_id", "int_shop__buyers.customer_id", False),
        ("order_key", "'o/' || spoken.order_id", False),
        ("user_key", "int_shop__buyers.user_id", True),
    ]
    assert told[0]["joins"] == [
        {"model": "stg_shop__orders", "on": "spoken.order_id = stg_shop__orders.order_id"},
        {"model": "int_shop__buyers", "on": "stg_shop__orders.buyer = int_shop__buyers.buyer_id"},
    ]
    assert told[0]["day"] == "spoken.paid_at"


def test_a_folder_without_contracts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="no source with"):
        load_contracts(tmp_path)


def test_the_project_declares_the_objects_it_reads() -> None:
    models = Path(__file__).resolve().parents[2] / "dbt_project" / "models"
    contracts = load_contracts(models)
    assert contracts["segment", "tracks"].load == "append"
    assert contracts["contracts", "subscription_periods"].primary_key == (
        "subscription_id",
        "started_on",
    )
