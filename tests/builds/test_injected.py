"""The rows that a unit test gives are put where dbt puts them, whatever the query looks like."""

from __future__ import annotations

import pytest

from orchestration.project.dbt_internals import look_for_with_in_words_alone

QUERIES = {
    "none": "select 1 as x",
    "one": "with a as (select 1 as x)\nselect x from a",
    "after a comment": "-- Grain: one row (with all of it).\nwith a as (select 1) select * from a",
    "recursive": "with recursive a as (select 1 as x union all select x from a) select * from a",
    "within": "select * from (with a as (select 1 as x) select x from a) as b",
    "after what is within": "select ')' from (with a as (select 1) from a) as b",
    "in words": "select 'with (' as \"with )\", /* with */ 1",
    "unbalanced": "select 1) as x",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_is_given_rows_where_dbt_gives_them(
    query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dbt import compilation
    from dbt.contracts.graph.nodes import InjectedCTE

    given = [InjectedCTE("given", " given as (select 2 as y)")]
    by_dbt = compilation.inject_ctes_into_sql(query, given)
    monkeypatch.setattr(compilation, "sqlparse", compilation.sqlparse)
    look_for_with_in_words_alone()
    assert compilation.inject_ctes_into_sql(query, given) == by_dbt
    assert "given as (select 2 as y)" in by_dbt
