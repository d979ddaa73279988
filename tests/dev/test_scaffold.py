"""What `drivewheel dev new` writes is a beginning that the house can use, and no guess."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from orchestration.dev.scaffold import (
    ScaffoldError,
    begin_metric,
    begin_model,
    begin_source,
)
from orchestration.files import read_yaml
from orchestration.landing.contract import load_contracts
from orchestration.landing.loader import load_landing

POINTS = (
    "member,day,points,price,email,Member Since,is_gold\n"
    "m1,2026-03-01,10,1.5,a@b.example,x,true\n"
    "m1,2026-03-02,10,2.5,,x,false\n"
    "m2,2026-03-01,10,1.5,c@d.example,x,true\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "landing/loyalty/points/march.csv"
    path.parent.mkdir(parents=True)
    path.write_text(POINTS)
    return path


def test_a_source_is_declared_as_its_file_is_and_can_be_loaded(file: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    declared, model, described = begin_source(file, models)
    contract = load_contracts(models)["loyalty", "points"]
    # No single column tells the three rows apart.
    assert contract.primary_key == ("member", "day")
    assert [(column.name, column.data_type, column.pii) for column in contract.columns] == [
        ("member", "varchar", None),
        ("day", "date", None),
        ("points", "bigint", None),
        ("price", "double", None),
        ("email", "varchar", "email"),
        ("is_gold", "boolean", None),
    ]
    assert "is it the vendor's key?" in declared.read_text()
    assert "no name for a column: 'Member Since'" in declared.read_text()
    assert "latest_rows(source('loyalty', 'points'), ['member', 'day'])" in model.read_text()
    assert read_yaml(described)["models"][0]["config"]["meta"]["key"] == ["member", "day"]
    with duckdb.connect() as connection:
        [result] = load_landing(
            connection, tmp_path / "landing", load_contracts(models), now=dt.datetime.now(dt.UTC)
        )
        assert [(each.rows_loaded, each.rows_rejected) for each in result.files] == [(3, 0)]


def test_a_second_object_is_added_beside_the_first(file: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    begin_source(file, models)
    other = tmp_path / "landing/loyalty/tiers/all.csv"
    other.parent.mkdir()
    other.write_text("tier\ngold\n")
    begin_source(other, models)
    assert {name for _, name in load_contracts(models)} == {"points", "tiers"}
    with pytest.raises(ScaffoldError, match=r"loyalty\.tiers is declared already"):
        begin_source(other, models)


def test_without_a_key_the_contract_is_refused_until_somebody_names_it(tmp_path: Path) -> None:
    path = tmp_path / "landing/loyalty/points/all.csv"
    path.parent.mkdir(parents=True)
    path.write_text("member\nm1\nm1\n")
    begin_source(path, tmp_path / "models")
    with pytest.raises(
        Exception, match=r"`primary_key` is \[\]; add it: the columns that tell its rows apart"
    ):
        load_contracts(tmp_path / "models")


def test_a_model_selects_what_the_one_that_it_reads_has(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table dim_customers (customer_id varchar, opened_on date)")
    model, yaml = begin_model(
        "customer_health.fct_visits", "dim_customers", warehouse, tmp_path / "models"
    )
    assert model.relative_to(tmp_path) == Path("models/marts/customer_health/fct_visits.sql")
    assert "    customer_id,\n    opened_on,\nfrom {{ ref('dim_customers') }}" in model.read_text()
    columns = read_yaml(yaml)["models"][0]["columns"]
    assert [(each["name"], each["data_type"]) for each in columns] == [
        ("customer_id", "varchar"),
        ("opened_on", "date"),
    ]
    with pytest.raises(ScaffoldError, match="for a mart of revenue_velocity"):
        begin_model("visits", "dim_customers", warehouse, tmp_path / "models")
    with pytest.raises(ScaffoldError, match="no model dim_visits is built"):
        begin_model("customers.int_visits__seen", "dim_visits", warehouse, tmp_path / "models")


def test_a_model_joins_the_folder_of_its_subject(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table dim_customers (customer_id varchar)")
    (tmp_path / "intermediate/billing").mkdir(parents=True)
    # Which folder a new subject belongs to only a person knows.
    with pytest.raises(ScaffoldError, match=r"say its folder too, .*; there are billing$"):
        begin_model("int_visits__seen", "dim_customers", warehouse, tmp_path)
    begin_model("customers.int_visits__seen", "dim_customers", warehouse, tmp_path)
    written = begin_model("int_visits__counted", "dim_customers", warehouse, tmp_path)
    folder = tmp_path / "intermediate/customers"
    assert written == [folder / "int_visits__counted.sql", folder / "_visits__models.yml"]
    names = [each["name"] for each in read_yaml(folder / "_visits__models.yml")["models"]]
    assert names == ["int_visits__seen", "int_visits__counted"]


def test_a_metric_is_added_to_the_metrics_of_its_fact(tmp_path: Path) -> None:
    path = tmp_path / "marts/customer_health/fct_visits.yml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "version: 2\n\nmodels:\n  - name: fct_visits\n    metrics:\n"
        "      - {name: visits, agg: sum, expr: visit_count}\n    columns:\n"
        "      - {name: visit_count, data_type: bigint}\n"
    )
    begin_metric("visits_max", "fct_visits.max(visit_count)", tmp_path)
    model = read_yaml(path)["models"][0]
    assert [each["name"] for each in model["metrics"]] == ["visits", "visits_max"]
    assert model["metrics"][1]["agg"] == "max"
    # What only a person knows is empty, so that the registry asks for it.
    assert model["metrics"][1]["config"]["meta"]["unit"] is None
    assert [each["name"] for each in model["columns"]] == ["visit_count"]
    for asked, told in (
        ("fct_visits.max(visitors)", "has no column visitors"),
        ("fct_calls.max(visit_count)", r"no mart is described in fct_calls\.yml"),
        ("fct_visits.mode(visit_count)", "aggregations are sum"),
    ):
        with pytest.raises(ScaffoldError, match=told):
            begin_metric("other", asked, tmp_path)
