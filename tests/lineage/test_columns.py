"""Where a query's columns come from, on the smallest queries that tell right from wrong."""

from __future__ import annotations

import pytest

from orchestration.lineage.columns import LineageError, build_schema, trace

SCHEMA = build_schema(
    {
        "warehouse": {
            "a.t": {"x": "integer", "y": "integer", "z": "varchar"},
            "a.u": {"k": "integer", "v": "varchar"},
        }
    }
)
T, U = "warehouse.a.t as t", "warehouse.a.u as u"


def origins(sql: str) -> dict[str, set[str]]:
    """Each column's origins as `table.column`, with `?` for what decides rows, `#` if hashed."""
    return {
        name: {
            f"{o.column.table}.{o.column.name}{'?' * (o.kind == 'rows')}{'#' * o.is_hashed}"
            for o in found
        }
        for name, found in trace(sql, SCHEMA).items()
        if name != "*"
    }


def test_an_expression_comes_from_the_columns_it_names() -> None:
    assert origins(f"select t.x + coalesce(t.y, 0) as s from {T}") == {"s": {"t.x", "t.y"}}


def test_names_are_followed_through_queries_within() -> None:
    sql = f"with inner_one as (select t.x as p, t.y as q from {T}) select p as r from inner_one"
    assert origins(sql) == {"r": {"t.x"}}


def test_a_count_comes_from_what_decides_its_rows() -> None:
    sql = f"select count(*) as n, 'a' as kind from {T} join {U} on t.x = u.k where t.y > 0"
    decided = {"t.x?", "u.k?", "t.y?"}
    assert origins(sql) == {"n": decided, "kind": decided}


def test_a_count_of_values_comes_from_both() -> None:
    sql = f"select count(distinct t.z) as n from {T} where t.y > 0"
    assert origins(sql) == {"n": {"t.z", "t.y?"}}


def test_a_count_of_a_whole_table_comes_from_the_table() -> None:
    assert origins(f"select count(*) as n from {T}") == {"n": {"t.*?"}}


def test_null_comes_from_nothing() -> None:
    assert origins(f"select null as n, cast(null as date) as d from {T} where t.x > 0") == {
        "n": set(),
        "d": set(),
    }


def test_unions_match_by_place_and_by_name_where_they_say_so() -> None:
    by_place = f"select t.x, t.z from {T} union all select u.k, u.v from {U}"
    assert origins(by_place) == {"x": {"t.x", "u.k"}, "z": {"t.z", "u.v"}}
    by_name = f"select t.x, t.z from {T} union all by name select u.v as z, u.k as x from {U}"
    assert origins(by_name) == {"x": {"t.x", "u.k"}, "z": {"t.z", "u.v"}}


def test_a_recursive_query_comes_from_its_start_and_its_steps() -> None:
    sql = f"""
        with recursive r as (
            select t.x, t.y from {T}
            union all
            select u.k, r.y from r join {U} on r.x = u.k
        )
        select r.x, r.y from r
    """
    assert origins(sql) == {"x": {"t.x", "u.k"}, "y": {"t.y"}}


def test_stars_lists_and_subqueries_are_followed() -> None:
    assert origins(f"select * exclude (x) replace (t.y + 1 as y) from {T}") == {
        "y": {"t.y"},
        "z": {"t.z"},
    }
    assert origins(f"select q.e from {T} cross join unnest([t.x, t.y]) as q (e)") == {
        "e": {"t.x", "t.y"},
    }
    assert origins(f"select (select max(u.v) from {U} where u.k = 1) as m from {T}") == {
        "m": {"u.v", "u.k?"},
    }


def test_what_is_hashed_is_marked_and_what_stands_beside_it_is_not() -> None:
    sql = f"select md5(t.z || 'salt') as h, t.z || md5(t.x) as leak from {T}"
    assert origins(sql) == {"h": {"t.z#"}, "leak": {"t.z", "t.x#"}}


def test_a_column_that_nobody_has_is_an_error_with_its_name() -> None:
    with pytest.raises(LineageError, match="nope"):
        trace(f"select t.nope from {T}", SCHEMA)
