"""The rows of the marts that make up a value, read from the published version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.semantic.slices import UNKNOWN
from orchestration.trace.select import Place, quote, rows_of, select_term, slice_of_customer
from orchestration.trace.terms import TraceError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import duckdb

    from orchestration.trace.terms import Formula, Term

# Sums of doubles are added up in another order than in the build.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Slice:
    """Which value is traced: a period of a grain, and a slice of it or the total."""

    grain: str
    period_start: dt.date
    period_end: dt.date
    dimension: str = "total"
    dimension_value: str = "total"
    customer_id: str | None = None


@dataclass(frozen=True)
class Part:
    """A term with what its rows say.

    `rows` are the largest contributions, or for a percentile those around its rank;
    `row_count` and `total` speak of all. `below` and `above` count a percentile's others, of a
    cohort those that arrived earlier and later; `waiting` its members that have not arrived.
    """

    term: Term
    total: float | None
    row_count: int
    rows: list[dict[str, Any]]
    below: int | None = None
    above: int | None = None
    waiting: int | None = None

    @property
    def rest(self) -> float:
        """What the rows bring that are not shown, of a sum."""
        return (self.total or 0.0) - float(sum(row["contribution"] for row in self.rows))


def trace_part(
    connection: duckdb.DuckDBPyConnection, term: Term, traced: Slice, *, limit: int
) -> Part:
    """The rows of one part of a value.

    Raises:
        TraceError: the rows of the mart are of no customer.
    """
    source = select_rows(connection, term, traced)
    if term.members:
        return _trace_cohort(connection, term, source, limit=limit)
    aggregate = (
        f"percentile_cont({term.percentile}) within group (order by contribution)"
        if term.percentile is not None
        else f"{term.aggregation}(contribution)"
        if term.aggregation != "count_distinct"
        else "count(distinct contribution)"
    )
    total, count = connection.execute(
        f"with term as ({source}) select cast({aggregate} as double), count(contribution) from term"
    ).fetchall()[0]
    order, below, above = "abs(contribution) desc", None, None
    if term.aggregation == "count_distinct":
        order = "contribution"
    if term.percentile is not None and total is not None:
        order = f"abs(contribution - {total!r})"
        below, above = connection.execute(
            f"with term as ({source}) select count(*) filter (where contribution < {total!r}), "
            f"count(*) filter (where contribution > {total!r}) from term"
        ).fetchall()[0]
    # Rows that bring nothing to a sum are counted and not shown. Of equal contributions those
    # come first whose columns do (`term` is the row), so that equal versions show equal rows.
    counts = "contribution is not null" + (" and contribution != 0" if _is_sum(term) else "")
    answer = connection.execute(
        f"with term as ({source}) select * from term where {counts} order by {order}, term "
        f"limit {limit}"
    )
    names = [column[0] for column in answer.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    return Part(term, total, count, rows, below, above)


def _trace_cohort(
    connection: duckdb.DuckDBPyConnection,
    term: Term,
    source: str,
    *,
    limit: int,
) -> Part:
    """A cohort's median of its members: those around it, and how many came earlier and later."""
    members = connection.execute(
        f"with term as ({source}) select contribution, has_arrived from term"
    ).fetchall()
    total = median_of_waiting(members)
    arrived = [duration for duration, has_arrived in members if has_arrived]
    order = "contribution" if total is None else f"abs(contribution - {total!r})"
    answer = connection.execute(
        f"with term as ({source}) select * from term order by {order}, not has_arrived, "
        f"term limit {limit}"
    )
    names = [column[0] for column in answer.description or ()]
    return Part(
        term,
        total,
        len(members),
        [dict(zip(names, row, strict=True)) for row in answer.fetchall()],
        below=sum(total is None or duration < total for duration in arrived),
        above=sum(total is not None and duration > total for duration in arrived),
        waiting=len(members) - len(arrived),
    )


def median_of_waiting(members: Sequence[tuple[float, bool]]) -> float | None:
    """When half have arrived (Kaplan-Meier), of how long each took or has waited, and which."""
    waiting_share = 1.0
    for moment in sorted({duration for duration, has_arrived in members if has_arrived}):
        at_risk = sum(duration >= moment for duration, _ in members)
        arrived = sum(duration == moment and has_arrived for duration, has_arrived in members)
        waiting_share *= 1 - arrived / at_risk
        if waiting_share <= 0.5 + TOLERANCE:
            return float(moment)
    return None


def _is_sum(term: Term) -> bool:
    return term.aggregation == "sum"


def value_of(
    connection: duckdb.DuckDBPyConnection, formula: Formula, parts: Mapping[str, Part]
) -> float | None:
    """The metric's value of its parts; None where it has none."""
    columns = ", ".join(
        f"cast({part.total!r} as double) as {name}"
        if part.total is not None
        else f"cast(null as double) as {name}"
        for name, part in parts.items()
    )
    (row,) = connection.execute(
        f"with parts as (select {columns}) select cast({formula.expression} as double) from parts"
    ).fetchall()
    return None if row[0] is None else float(row[0])


def adds_up(value: float | None, published: float | None) -> bool:
    """Whether what was traced is what was published."""
    if value is None or published is None:
        # A count or balance of nothing is published as 0.
        return not (value or published)
    return abs(value - published) <= TOLERANCE * max(1.0, abs(published))


def select_rows(connection: duckdb.DuckDBPyConnection, term: Term, traced: Slice) -> str:
    """SQL of the rows that make up a part of one value.

    Raises:
        TraceError: the rows of the mart are of no customer, and one was asked for.
    """
    of_slice = of_customer = None
    if traced.dimension != "total":
        column = term.columns.get(traced.dimension, traced.dimension)
        if traced.dimension in term.of_customers:
            # As in a metric, a customer that nobody knows is of the slice `unknown`.
            known = slice_of_customer(term.of_customers, quote(traced.dimension))
            column = (
                f"coalesce((select {known} from core.dim_customers as customers "
                f"where customers.customer_id = traced.customer_id), {quote(UNKNOWN)})"
            )
        of_slice = f"{column} = {quote(traced.dimension_value)}"
    if traced.customer_id is not None:
        if not _has_customers(connection, rows_of(term)):
            message = f"{rows_of(term)}: its rows are of no single customer; leave the customer out"
            raise TraceError(message)
        of_customer = f"customer_id = {quote(traced.customer_id)}"
    place = Place(
        grain=quote(traced.grain),
        period_start=quote(traced.period_start),
        period_end=quote(traced.period_end),
        dimension=quote(traced.dimension),
        dimension_value=quote(traced.dimension_value),
        of_slice=of_slice,
        of_customer=of_customer,
    )
    return select_term(term, place)


def _has_customers(connection: duckdb.DuckDBPyConnection, mart: str) -> bool:
    names = connection.execute(f"select column_name from (describe {mart})").fetchall()
    return ("customer_id",) in names
