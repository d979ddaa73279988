"""Contracts come from the source YAML, and a bad one names its file and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.landing.contract import Column, load_contracts
from orchestration.landing.errors import LandingError

GOOD = """
version: 2
sources:
  - name: shop
    schema: raw_shop
    config:
      meta: {feeds: billing}
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
    assert (contract.schema, contract.table, contract.feeds) == ("raw_shop", "payment", "billing")
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
        ("load: latest", "load: sometimes", "load must be one of append, latest, snapshot"),
        ("primary_key: [id]", "primary_key: [key]", "names no declared column: key"),
        ("primary_key: [id]", "", "must list the columns of the key"),
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
