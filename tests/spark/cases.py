"""What each rule is shown by: a query as DuckDB takes it, and its rows, worked out by hand.

All read one table, `ROWS`, whose columns and rows stand here too.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

CATALOG, TABLE = "warehouse", "facts.visits"
COLUMNS = {
    "team": "VARCHAR",
    "n": "INTEGER",
    "x": "DOUBLE",
    "m": "DECIMAL(18,4)",
    "day_on": "DATE",
    "happened_at": "TIMESTAMP",
    "tags": "VARCHAR",
    "names": "VARCHAR[]",
}
# 2026-01-31 is a Saturday, 2026-03-01 a Sunday.
ROWS = """
select * from (values
    ('a', 1, 0.5, 1.5, date '2026-01-31', timestamp '2026-01-31 23:59:59', '["p", "q"]',
        ['p', 'q']),
    ('a', 2, 4.35, 0.5, date '2026-03-02', timestamp '2026-03-02 00:00:01', '[]', ['r']),
    ('b', 3, null, 2.5, date '2026-03-01', timestamp '2026-03-01 12:00:00', null, null)
) as visits (team, n, x, m, day_on, happened_at, tags, names)
"""


@dataclass(frozen=True)
class Case:
    """One query, by the name of the rule that it needs.

    Attributes:
        rule: The function in `orchestration/spark/rules`.
        sql: In DuckDB's dialect.
        has: What Spark's text must hold.
        rows: Its rows, in any order.
    """

    rule: str
    sql: str
    has: str
    rows: list[tuple[Any, ...]]


def visits(selected: str, rest: str = "") -> str:
    """A query over the table."""
    return f"select {selected} from warehouse.facts.visits as v {rest}"


D = Decimal
CASES = (
    Case("without_catalog", visits("v.n", "where v.n = 1"), "FROM facts.visits AS v", [(1,)]),
    Case(
        "named_queries",
        f"with a as not materialized ({visits('v.n', 'where v.n > 1')}) "
        "select a.n, b.n from a inner join a as b on a.n < b.n",
        "WITH a AS (",
        [(2, 3)],
    ),
    # 3 ÷ 8 is 0.375, of which Spark's decimals would keep what their precision says.
    Case(
        "double_divisions",
        visits("1.5 / v.n as share", "where v.n = 2"),
        "CAST(1.5 AS DOUBLE) / CAST(v.n AS DOUBLE)",
        [(0.75,)],
    ),
    Case(
        "decimal_literals",
        visits("cast(v.n * 2.5 as integer) as n", "where v.n = 1"),
        "CAST(ROUND(v.n * 2.5) AS INT)",
        # A decimal's half goes away from zero; a double's would go to 2.
        [(3,)],
    ),
    Case(
        "rounded_casts",
        visits("cast(v.x * 5 as integer) as n", "where v.n = 1"),
        "CAST(RINT(v.x * 5) AS INT)",
        # 2.5 to the even neighbour.
        [(2,)],
    ),
    Case(
        "exact_decimals",
        visits("cast(v.x * 1.1 as decimal(38, 17)) as m", "where v.n = 1"),
        "1099511627776",
        # 0.5 × 1.1 is the double 0.55000000000000004440…, whose shortest text is 0.55. Scaled it
        # is rounded once more: doubles of that size are multiples of 8.
        [(D("0.55000000000000008"),)],
    ),
    Case(
        "rounded_doubles",
        visits("round(v.x - 3.345, 2) as x", "where v.n = 2"),
        "ROUND((v.x - 3.345) * 1e2) / 1e2",
        # 4.35 - 3.345 is the double 1.00499…; by its text, 1.005, it would be 1.01.
        [(1.0,)],
    ),
    Case(
        "averages_of_decimals",
        visits("avg(v.m) as m", "where v.team = 'a'"),
        "AVG(CAST(v.m AS DOUBLE))",
        [(1.0,)],
    ),
    Case(
        "products",
        visits("v.team, product(v.n + 0.5 order by v.n) as p", "group by v.team"),
        "AGGREGATE(TRANSFORM(ARRAY_SORT(COLLECT_LIST(",
        [("a", 3.75), ("b", 3.5)],
    ),
    Case(
        "products",
        visits("v.n, product(v.n) over (partition by v.team order by v.n) as p"),
        "COLLECT_LIST(STRUCT(CAST(v.n AS DOUBLE) AS v)) OVER (PARTITION BY v.team ORDER BY v.n",
        [(1, 1.0), (2, 2.0), (3, 3.0)],
    ),
    Case(
        "ordered_lists",
        visits("v.team, list(v.x order by v.n desc) as l", "group by v.team"),
        "ARRAY_SORT(",
        # What is null stays in the list.
        [("a", [4.35, 0.5]), ("b", [None])],
    ),
    Case(
        "ordered_lists",
        visits("v.team, list(v.n) filter (where v.n < 3) as l", "group by v.team"),
        "COLLECT_LIST(STRUCT(v.n AS v)) FILTER(WHERE v.n < 3)",
        [("a", [1, 2]), ("b", None)],
    ),
    Case(
        "extremes_of_known_values",
        visits("arg_max(v.x, v.n) as x, arg_min(v.n, (v.team, -v.n)) as n"),
        "MAX_BY(v.x, CASE WHEN NOT v.x IS NULL THEN v.n END)",
        [(4.35, 2)],
    ),
    Case(
        "quantiles",
        visits("quantile_cont(v.n, 0.25) as q, quantile_disc(v.n, 0.5) as d"),
        "PERCENTILE(v.n, 0.25)",
        # Between 1 and 2, a quarter of the two steps from 1 to 3.
        [(1.5, 2)],
    ),
    Case(
        "quantiles",
        visits("quantile_cont(v.n, 0.25 order by v.n) as q"),
        "PERCENTILE(v.n, 0.25)",
        [(1.5,)],
    ),
    Case(
        "any_value_of_some",
        visits("any_value(v.n) filter (where v.n > 2) as n"),
        "ANY_VALUE(v.n, TRUE) FILTER(WHERE v.n > 2)",
        [(3,)],
    ),
    Case(
        "slopes_in_any_order",
        visits("regr_slope(v.n, v.n order by v.n) as s"),
        "REGR_SLOPE(v.n, v.n)",
        [(1.0,)],
    ),
    Case(
        "named_windows",
        visits(
            "v.n, sum(v.n) over (teams order by v.n) as s",
            "window teams as (partition by v.team)",
        ),
        "OVER (PARTITION BY v.team ORDER BY v.n NULLS LAST)",
        [(1, 1), (2, 3), (3, 3)],
    ),
    Case(
        "filtered_windows",
        visits("v.n, count(*) filter (where v.n > 1) over (partition by v.team) as c"),
        "COUNT(CASE WHEN v.n > 1 THEN 1 END) OVER (PARTITION BY v.team)",
        [(1, 1), (2, 1), (3, 1)],
    ),
    Case(
        "offsets_written_out",
        visits("v.n, lag(v.n, case when v.team = 'b' then 2 else 1 end) over (order by v.n) as l"),
        "CASE WHEN v.team = 'b' THEN LAG(v.n, 2) OVER (ORDER BY v.n NULLS LAST) ELSE LAG(",
        [(1, None), (2, 1), (3, 1)],
    ),
    Case(
        "iso_weekdays",
        visits("v.n, extract('isodow' from v.day_on) as w"),
        "EXTRACT(DAYOFWEEK_ISO FROM v.day_on)",
        [(1, 6), (2, 1), (3, 7)],
    ),
    Case(
        "boundaries",
        visits(
            "date_diff('month', v.day_on, date '2026-03-01') as m, "
            "date_diff('day', v.happened_at, timestamp '2026-02-01 00:00:01') as d",
            "where v.n = 1",
        ),
        "TIMESTAMPDIFF(MONTH, DATE_TRUNC('MONTH', v.day_on)",
        # January, then February and March begin; two seconds, and midnight between them.
        [(2, 1)],
    ),
    Case(
        "days_between",
        visits("date '2026-03-02' - v.day_on as d, v.day_on - 1 as e", "where v.n = 1"),
        "DATEDIFF(CAST('2026-03-02' AS DATE), v.day_on)",
        [(30, dt.date(2026, 1, 30))],
    ),
    Case(
        "moments_elsewhere",
        visits("timezone('UTC', timezone('Europe/Paris', v.happened_at)) as t", "where v.n = 3"),
        "CONVERT_TIMEZONE('Europe/Paris', 'UTC', ",
        # In winter Paris is an hour ahead.
        [(dt.datetime(2026, 3, 1, 11, 0),)],
    ),
    Case(
        "lengths_of_time",
        visits(
            "v.happened_at + to_seconds(v.n) as s, v.day_on + to_minutes(90) as m", "where v.n = 2"
        ),
        "MAKE_DT_INTERVAL(0, 0, 0, v.n)",
        [(dt.datetime(2026, 3, 2, 0, 0, 3), dt.datetime(2026, 3, 2, 1, 30))],
    ),
    Case(
        "lengths_of_time",
        visits("v.day_on + to_months(v.n) as m", "where v.n = 1"),
        "MAKE_YM_INTERVAL(0, v.n)",
        # Of 31 January a month: the last day of February.
        [(dt.datetime(2026, 2, 28),)],
    ),
    Case(
        "series_that_go_forward",
        "with series as ("
        + visits("v.n, unnest(generate_series(v.day_on, date '2026-03-01', interval 1 month)) as d")
        + ") select series.n, cast(series.d as date) as d from series",
        "<= CAST('2026-03-01' AS DATE) THEN SEQUENCE(",
        # From 31 January: 28 February. From 2 March on there is no 1 March.
        [
            (1, dt.date(2026, 1, 31)),
            (1, dt.date(2026, 2, 28)),
            (3, dt.date(2026, 3, 1)),
        ],
    ),
    Case(
        "formatted_numbers",
        visits("v.n, format('{:,.1f} of {}', 1000 * v.x, v.team) as f"),
        "FORMAT_STRING('%,.1f'",
        [(1, "500.0 of a"), (2, "4,350.0 of a"), (3, None)],
    ),
    Case(
        "formatted_numbers",
        visits("format('{:.1f}', v.x) as f, format('{:.0f}', v.x - 3.85) as z", "where v.n = 2"),
        "1.34217729e8",
        # The double 4.35 lies below it, so that its first decimal is 3; half of 1 is even at 0.
        [("4.3", "0")],
    ),
    Case(
        "formatted_numbers",
        visits(
            "format('{:.2g}', 1000 * v.x) as far, format('{:.4g}', v.x) as near, "
            "format('{:.2g}', v.x - 3.35) as bare",
            "where v.n = 2",
        ),
        "FORMAT_STRING('%.1e'",
        [("4.4e+03", "4.35", "1")],
    ),
    Case(
        "iso_weeks",
        visits("v.n, strftime(v.day_on, '%G-W%V') as w"),
        "EXTRACT(YEAROFWEEK FROM v.day_on)",
        [(1, "2026-W05"), (2, "2026-W10"), (3, "2026-W09")],
    ),
    Case(
        "errors",
        visits("case when v.n > 3 then error('too many') else v.n end as n", "where v.n = 1"),
        "RAISE_ERROR('too many')",
        [(1,)],
    ),
    Case(
        "marked_brackets",
        visits("""regexp_extract_all(v.tags, '[^][, "]+') as t""", "where v.n = 1"),
        r"[^\\]\\[, ",
        [(["p", "q"],)],
    ),
    Case(
        "json_as_text",
        visits("cast('[]' as json) as j", "where v.n = 1"),
        "CAST('[]' AS STRING)",
        [("[]",)],
    ),
    Case(
        "sizes",
        visits("v.n, len(v.names) as l"),
        "ARRAY_SIZE(v.names)",
        [(1, 2), (2, 1), (3, None)],
    ),
    Case(
        "variables",
        visits("v.n", "where v.day_on >= coalesce(getvariable('first')[1], date '2026-03-01')"),
        "COALESCE(NULL, ",
        [(2,), (3,)],
    ),
    Case(
        "places",
        visits("v.names[2:] as rest, v.names[v.n] as one, v.tags[3] as letter", "where v.n < 3"),
        "SUBSTRING(v.tags, 3, 1)",
        # A place beyond the end is null.
        [(["q"], "p", "p"), ([], None, "")],
    ),
    Case(
        "lists_of_text",
        visits("v.n, cast(v.tags as varchar[]) as l"),
        "REGEXP_REPLACE(v.tags, ",
        [(1, ["p", "q"]), (2, []), (3, None)],
    ),
    Case(
        "structs_of_json",
        visits(
            """unnest(json_transform('[{"id": "7", "n": 2}]', '[{"id": "VARCHAR", "n": "BIGINT"}]'))
            as one""",
            "where v.n = 1",
        ),
        "'array<struct<id: string, n: bigint>>'",
        [({"id": "7", "n": 2},)],
    ),
    Case(
        "unions_by_position",
        visits("v.n, v.team", "where v.n = 1")
        + " union all by name "
        + visits("v.team, v.x", "where v.n = 2"),
        "SELECT NULL AS n, v.team AS team, v.x AS x",
        [(1, "a", None), (None, "a", 4.35)],
    ),
    Case(
        "as_of_joins",
        "select v.n, w.n as m from warehouse.facts.visits as v "
        "asof left join warehouse.facts.visits as w on v.team = w.team and v.day_on > w.day_on",
        "LEAD(w.day_on) OVER (PARTITION BY w.team ORDER BY w.day_on NULLS LAST) AS _beyond",
        [(1, None), (2, 1), (3, None)],
    ),
    Case(
        "lists_side_by_side",
        visits(
            "unnest(v.names) as name, generate_subscripts(v.names, 1) as place", "where v.n = 1"
        ),
        "LATERAL INLINE(ARRAYS_ZIP(v.names, ",
        [("p", 1), ("q", 2)],
    ),
    Case(
        "series_as_tables",
        "select numbers.number from generate_series(1, 3) as numbers (number)",
        "(SELECT EXPLODE(SEQUENCE(1, 3)) AS number) AS numbers",
        [(1,), (2,), (3,)],
    ),
    Case(
        "qualified_rows",
        visits(
            "v.team, v.n",
            "where v.n > 0 qualify row_number() over (partition by v.team order by v.n desc) = 1",
        ),
        "AS _asked WHERE _asked._is_kept",
        [("a", 2), ("b", 3)],
    ),
    Case(
        "names_within",
        "with one as (with two as (select 1 as n) select two.n from two), "
        "two as (select 2 as n) select one.n, two.n as m from one cross join two",
        "FROM two_1 AS two",
        [(1, 2)],
    ),
)
