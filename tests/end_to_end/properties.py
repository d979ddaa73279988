"""What must hold in any warehouse: bridges, bounds of retention, and one net of two facts.

Each check gives its violations instead of raising, so that a test can say which customer is
the smallest that breaks it. Sums are decimals: what must be equal is equal to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

MONTHS = "revenue_velocity.fct_customer_months"
MOVEMENTS = "revenue_velocity.fct_mrr_movements"
# What months are added up by; a customer is itself, and all are the total.
MEMBERS = """
select customer_id, dimension as slice, dimension_value as value
from intermediate.int_customers__slices
union all
select customer_id, unnest(['customer', 'total']), unnest([customer_id, 'total'])
from core.dim_customers
"""


@dataclass(frozen=True)
class Violation:
    """One group of one slice and month in which a property does not hold."""

    name: str
    slice: str
    value: str
    month: str
    detail: str

    @property
    def customer_id(self) -> str | None:
        """The customer, where it is one customer's."""
        return self.value if self.slice == "customer" else None


def open_bridges(connection: duckdb.DuckDBPyConnection, slice_: str) -> list[Violation]:
    """Opening + new + expansion + reactivation - contraction - churned + fx = closing."""
    return _violations(
        connection,
        "bridge",
        slice_,
        f"""
        select value, month_start, opening || ' + ' || moved || ' is not ' || closing
        from (
            select
                value,
                month_start,
                sum(opening_mrr) as opening,
                sum(new_mrr + expansion_mrr + reactivation_mrr
                    - contraction_mrr - churned_mrr + fx_mrr) as moved,
                sum(closing_mrr) as closing
            from {_sliced(MONTHS, slice_)}
            group by all
        )
        where opening + moved is distinct from closing
    """,
    )


def torn_months(connection: duckdb.DuckDBPyConnection, slice_: str) -> list[Violation]:
    """What a month opens with is what the month before closed with, and at first nothing."""
    return _violations(
        connection,
        "opening",
        slice_,
        f"""
        select value, month_start, opening || ' follows on ' || before
        from (
            select
                value,
                month_start,
                opening,
                coalesce(lag(closing) over (partition by value order by month_start), 0) as before
            from (
                select
                    value,
                    month_start,
                    sum(opening_mrr) as opening,
                    sum(closing_mrr) as closing
                from {_sliced(MONTHS, slice_)}
                group by all
            )
        )
        where opening is distinct from before
    """,
    )


def rates_out_of_bounds(connection: duckdb.DuckDBPyConnection, slice_: str) -> list[Violation]:
    """0 <= GRR <= 1 and GRR <= NRR."""
    return _violations(
        connection,
        "retention",
        slice_,
        f"""
        select value, month_start, 'grr ' || grr || ', nrr ' || nrr
        from (
            select
                value,
                month_start,
                sum(retained_mrr_12m_capped) / sum(opening_mrr_12m) as grr,
                sum(retained_mrr_12m) / sum(opening_mrr_12m) as nrr
            from {_sliced(MONTHS, slice_)}
            group by all
            having sum(opening_mrr_12m) <> 0
        )
        where not coalesce(grr between 0 and 1 and grr <= nrr, false)
    """,
    )


def unequal_nets(connection: duckdb.DuckDBPyConnection, slice_: str) -> list[Violation]:
    """The net of the daily movements is the month's."""
    return _violations(
        connection,
        "net",
        slice_,
        f"""
        with monthly as (
            select value, month_start, sum(closing_mrr - opening_mrr) as net
            from {_sliced(MONTHS, slice_)}
            group by all
        ),

        daily as (
            select
                value,
                cast(date_trunc('month', occurred_on) as date) as month_start,
                sum(mrr_change) as net
            from {_sliced(MOVEMENTS, slice_)}
            group by all
        )

        select
            value,
            month_start,
            'days ' || coalesce(daily.net, 0) || ', month ' || coalesce(monthly.net, 0)
        from monthly
        full join daily using (value, month_start)
        where coalesce(daily.net, 0) <> coalesce(monthly.net, 0)
    """,
    )


PROPERTIES: tuple[Callable[[duckdb.DuckDBPyConnection, str], list[Violation]], ...] = (
    open_bridges,
    torn_months,
    rates_out_of_bounds,
    unequal_nets,
)


def every_slice(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The slices of customers, each customer alone, and the total."""
    rows = connection.execute(f"select distinct slice from ({MEMBERS})").fetchall()
    return {name for (name,) in rows}


def all_violations(connection: duckdb.DuckDBPyConnection) -> list[Violation]:
    """Every property in every slice."""
    slices = sorted(every_slice(connection))
    return [
        violation
        for check in PROPERTIES
        for slice_ in slices
        for violation in check(connection, slice_)
    ]


def _sliced(fact: str, slice_: str) -> str:
    """Rows of a fact with the value of a slice that each is of."""
    return (
        f"(select * from {fact} inner join ({MEMBERS}) using (customer_id) "
        f"where slice = '{slice_}')"
    )


def _violations(
    connection: duckdb.DuckDBPyConnection, name: str, slice_: str, query: str
) -> list[Violation]:
    return [
        Violation(name, slice_, str(value), f"{month:%Y-%m}", detail)
        for value, month, detail in connection.execute(f"{query} order by all").fetchall()
    ]
