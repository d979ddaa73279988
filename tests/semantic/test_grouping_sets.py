"""A query for one slice, made one for the total and all of them."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.semantic.grouping_sets import with_grouping_sets
from orchestration.semantic.slices import NotGroupedAloneError, Slice

SEGMENT = Slice("segment", "customer__segment", "segment")
CHANNEL = Slice("channel", "customer__channel", "won_by")
TABLES = """
create table customers as
from (values ('a', 'smb', 'ads'), ('b', 'smb', 'web')) as t(id, segment, won_by);
create table sales as
from (values (1, 'a', 5), (1, 'b', 7), (2, 'a', 9), (2, null, 20))
as t(month, customer, amount)
"""
JOINED = """
with known as (select id, segment from customers as src)
select coalesce(a.month, b.month) as month,
    coalesce(a.customer__segment, b.customer__segment) as customer__segment,
    max(a.amount) as amount, max(b.buyers) as buyers
from (
    select month, coalesce(known.segment, 'unknown') as customer__segment, sum(amount) as amount
    from sales left join known on sales.customer = known.id
    group by month, coalesce(known.segment, 'unknown')
) as a
full join (
    select month, customer__segment, count(distinct customer) as buyers
    from (
        select sales.month, sales.customer,
            coalesce(known.segment, 'unknown') as customer__segment
        from sales left join known on sales.customer = known.id
    ) as b_rows
    group by month, customer__segment
) as b on a.month = b.month and a.customer__segment = b.customer__segment
group by coalesce(a.month, b.month), coalesce(a.customer__segment, b.customer__segment)
"""


def test_rows_are_of_the_total_and_of_every_slice() -> None:
    """Worked out by hand; a sale to nobody is in `unknown` of each, and counts no buyer."""
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        sql = with_grouping_sets(JOINED, [SEGMENT, CHANNEL], has_total=True)
        rows = connection.sql(sql).fetchall()
    assert sorted(rows) == [
        (1, "channel=ads", 5, 1),
        (1, "channel=web", 7, 1),
        (1, "segment=smb", 12, 2),
        (1, "total", 12, 2),
        (2, "channel=ads", 9, 1),
        (2, "channel=unknown", 20, 0),
        (2, "segment=smb", 9, 1),
        (2, "segment=unknown", 20, 0),
        (2, "total", 29, 1),
    ]


def test_of_one_slice_a_measure_may_speak() -> None:
    """`team` alone: no name is changed, so the measure that names it stays what it is."""
    sql = (
        "select month, team, sum(case when team = 'x' then amount end) as of_x "
        "from (values (1, 'x', 5), (1, 'y', 7)) as t(month, team, amount) group by month, team"
    )
    with duckdb.connect() as connection:
        rows = connection.sql(
            with_grouping_sets(sql, [Slice("team", "team", "team")], has_total=False)
        ).fetchall()
    assert sorted(rows) == [(1, "team=x", 5), (1, "team=y", None)]


SNAPSHOTS = """
create table snapshots as
from (values
    (date '2026-01-30', 'smb', 1), (date '2026-01-31', 'smb', 3), (date '2026-01-31', 'ent', 4),
    (date '2026-02-01', 'ent', 8), (date '2026-02-02', 'ent', 9)
) as t(day, segment, amount)
"""


def test_periods_of_several_grains_are_rows_of_one_query() -> None:
    """Worked out by hand; a sale without a day is of no period, as it is of no month alone."""
    sql = (
        "select date_trunc('month', day) as metric_time__month, segment, sum(amount) as amount "
        "from snapshots group by date_trunc('month', day), segment"
    )
    team = [Slice("segment", "segment", "segment")]
    with duckdb.connect() as connection:
        connection.execute(SNAPSHOTS)
        connection.execute("insert into snapshots values (null, 'ent', 100)")
        together = with_grouping_sets(sql, team, has_total=True, grains=["month", "quarter"])
        rows = connection.sql(together).fetchall()
    dated = [row for row in rows if row[0]]
    assert sorted(dated) == [
        ("month=2026-01-01", "segment=ent", 4),
        ("month=2026-01-01", "segment=smb", 4),
        ("month=2026-01-01", "total", 8),
        ("month=2026-02-01", "segment=ent", 17),
        ("month=2026-02-01", "total", 17),
        ("quarter=2026-01-01", "segment=ent", 21),
        ("quarter=2026-01-01", "segment=smb", 4),
        ("quarter=2026-01-01", "total", 25),
    ]
    assert {amount for period, _, amount in rows if period is None} == {100}


BALANCE = """
select subq_1.metric_time__month as metric_time__month, sum(subq_1.amount) as amount
from (
    select date_trunc('day', day) as day__day,
        date_trunc('month', day) as metric_time__month, amount
    from snapshots
) as subq_1
inner join (
    select date_trunc('month', day) as metric_time__month,
        max(date_trunc('day', day)) as day__day__complete
    from snapshots group by date_trunc('month', day)
) as subq_2 on subq_1.day__day = subq_2.day__day__complete
group by subq_1.metric_time__month
"""


def test_a_balance_is_that_of_the_last_day_of_each_grains_period() -> None:
    """2 February ends its month and its quarter, 31 January a month, and no day is in twice."""
    with duckdb.connect() as connection:
        connection.execute(SNAPSHOTS)
        together = with_grouping_sets(BALANCE, [], has_total=True, grains=["month", "quarter"])
        rows = connection.sql(together).fetchall()
    assert sorted(rows) == [
        ("month=2026-01-01", 7),
        ("month=2026-02-01", 9),
        ("quarter=2026-01-01", 9),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "on subq_1.day__day = subq_2.day__day__complete",
            "on subq_1.metric_time__month = subq_2.metric_time__month",
            id="rows joined by their month",
        ),
        pytest.param("__complete", "_", id="joined to something else of each month"),
        pytest.param("select date_trunc('day'", "select distinct date_trunc('day'", id="distinct"),
    ],
)
def test_a_query_that_does_more_with_a_period_is_refused(before: str, after: str) -> None:
    with pytest.raises(NotGroupedAloneError):
        with_grouping_sets(
            BALANCE.replace(before, after), [], has_total=True, grains=["month", "quarter"]
        )


def test_a_query_that_joins_by_the_slice_is_refused() -> None:
    sql = (
        "select a.customer__segment as customer__segment, sum(a.amount) as amount from "
        "(select segment as customer__segment, amount from sales) as a "
        "join targets on a.customer__segment = targets.name group by a.customer__segment"
    )
    with pytest.raises(NotGroupedAloneError, match="JOIN targets"):
        with_grouping_sets(sql, [SEGMENT, CHANNEL], has_total=True)
