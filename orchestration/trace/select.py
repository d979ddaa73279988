"""SQL of the rows that make up a part of a value, for one value or for any that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from orchestration.trace.terms import Term


@dataclass(frozen=True)
class Place:
    """Which value, each field as SQL; `of_slice` tells rows of the slice where no cube does."""

    grain: str
    period_start: str
    period_end: str
    dimension: str
    dimension_value: str
    of_slice: str | None = None
    of_customer: str | None = None


def quote(value: str | dt.date) -> str:
    """A text or day as a literal."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"date '{value}'"


def rows_of(term: Term) -> str:
    """The table whose rows make up a part: the mart, or the members of its cohorts."""
    return term.members or term.mart


def slice_of_customer(slices: Mapping[str, str], dimension: str) -> str:
    """SQL of the slice that a row of `customers` is in; `dimension` is SQL too.

    Args:
        slices: The column of `core.dim_customers` of each slice.
        dimension: Which slice.
    """
    cases = " ".join(
        f"when {quote(name)} then customers.{column}" for name, column in slices.items()
    )
    return f"case {dimension} {cases} end"


def select_term(term: Term, place: Place) -> str:
    """A part's rows with all their columns and what each brings as `contribution`.

    A cohort's are its members, as if each were a median of its own.
    """
    time = "started_on" if term.members else term.time_column
    conditions = [f"{time} between {place.period_start} and {place.period_end}"]
    if term.condition:
        conditions.append(f"({term.condition})")
    if term.is_cube and not term.members:
        conditions += [
            f"grain = {place.grain}",
            f"dimension = {place.dimension}",
            f"dimension_value = {place.dimension_value}",
        ]
    if term.is_balance:
        # Of the period's last snapshot, whether the slice has rows in it or not.
        conditions.append(
            f"{time} = (select max({time}) from {term.mart} where {' and '.join(conditions)})"
        )
    is_sliced = not term.is_cube or term.members
    conditions += [place.of_slice] if place.of_slice and is_sliced else []
    conditions += [place.of_customer] if place.of_customer else []
    if not term.members:
        return (
            f"select *, {term.expression} as contribution from {term.mart} as traced "
            f"where {' and '.join(conditions)}"
        )
    return (
        f"select * exclude (median_days, median_hours), {term.expression} as contribution from "
        f"(select *, duration as median_days, duration as median_hours from {term.members}) "
        f"as traced where {' and '.join(conditions)}"
    )
