"""A slice of customers is told once, on the customers; facts are joined to it or carry it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.project.semantics import SemanticModel, read_semantic_model
from orchestration.semantic.compiler import MetricCompiler
from orchestration.semantic.slices import customer_slices, group_by_name

CUSTOMERS = read_semantic_model(
    {
        "entities": [{"name": "customer", "type": "primary"}],
        "dimensions": [
            {"name": "industry", "expr": None, "config": {"meta": {"is_slice": True}}},
            {"name": "channel", "expr": "won_by", "config": {"meta": {"is_slice": True}}},
            {"name": "is_active", "expr": None, "config": {"meta": {}}},
        ],
    }
)


def fact(*entities: str) -> SemanticModel:
    named = [{"name": name, "type": "foreign"} for name in entities]
    return read_semantic_model({"entities": named, "dimensions": []})


def test_a_slice_is_a_dimension_of_customers_that_says_so() -> None:
    assert customer_slices([fact("customer"), CUSTOMERS]) == {
        "industry": "industry",
        "channel": "won_by",
    }
    assert customer_slices([fact("customer")]) == {}


@pytest.mark.parametrize(
    ("facts", "dimension", "name"),
    [
        ([fact("customer")], "channel", "customer__channel"),
        # Spend has no customer: what it is held against is grouped by its own column too.
        ([fact("customer", "own_channel"), fact("own_channel")], "channel", "own_channel"),
        ([fact("customer"), fact("own_channel")], "channel", None),
        ([fact("customer", "team")], "team", "team"),
        ([fact("customer")], "is_active", None),
    ],
)
def test_facts_are_joined_where_all_know_their_customers(
    facts: list[SemanticModel], dimension: str, name: str | None
) -> None:
    assert group_by_name(facts, customer_slices([CUSTOMERS]), dimension) == name


def test_who_is_no_customer_that_anybody_knows_is_in_the_slice_unknown(demo_home: Path) -> None:
    """Of a ticket without a customer, of a customer that is not there, and of no industry."""
    target = demo_home / "target"
    sql = MetricCompiler(target / "semantic_manifest.json").explain(
        ["tickets_created"], ["metric_time__month", "customer__industry"]
    )
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as built:
        ddl = [
            built.execute(
                "select sql from duckdb_tables() where schema_name = ? and table_name = ?", table
            ).fetchall()[0][0]
            for table in (("customer_health", "fct_tickets"), ("core", "dim_customers"))
        ]
    with duckdb.connect() as empty:
        empty.execute("attach ':memory:' as warehouse; use warehouse")
        empty.execute("create schema customer_health; create schema core;" + "".join(ddl))
        empty.execute(
            "insert into core.dim_customers by name "
            "select unnest(['a', 'b']) as customer_id, unnest(['retail', 'unknown']) as industry"
        )
        empty.execute(
            "insert into customer_health.fct_tickets by name "
            "select unnest(['a', 'a', 'b', 'gone', null]) as customer_id, "
            "date '2026-03-05' as created_on, 1 as ticket_count"
        )
        rows = empty.execute(sql).fetchall()
    assert {industry: count for _, industry, count in rows} == {"retail": 2, "unknown": 3}
