"""What can be expected of a batch: said once, asked in SQL all at once, or by Great Expectations.

One statement per batch tells whether anything is unexpected; most batches have nothing. Only
those that have are asked by Great Expectations, one expectation after the other, which counts
and shows what it found: 962 expectations of a first load took it 20 s, and its import 5 s more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Expectation(Protocol):
    """An expectation, its reason, and its two ways of being asked."""

    @property
    def reason(self) -> str:
        """What is expected, in words: what the operator reads."""

    def is_unmet(self) -> str:
        """A condition in SQL over the CTE `batch`, true where anything may be unexpected."""

    def as_gx(self) -> Any:  # noqa: ANN401 - GX's own expectation
        """The same as Great Expectations knows it."""


@dataclass(frozen=True)
class NoRows:
    """A query over `{batch}` finds nothing; what it finds is what is wrong.

    `suspects` is a cheaper query that finds something wherever `query` does; only where it does
    is the other one asked.
    """

    query: str
    reason: str
    suspects: str | None = None

    def is_unmet(self) -> str:
        """Whether the query finds a row, or may."""
        asked = (self.suspects or self.query).format(batch="batch")
        return f"exists (select 1 from ({asked}) as found)"

    def as_gx(self) -> Any:  # noqa: ANN401
        """GX takes such queries as they are."""
        import great_expectations.expectations as gxe

        return gxe.UnexpectedRowsExpectation(
            unexpected_rows_query=self.query, meta={"reason": self.reason}
        )


@dataclass(frozen=True)
class InSet:
    """Every value of a column is one of these, or missing."""

    column: str
    values: Sequence[str]
    reason: str

    def is_unmet(self) -> str:
        """Whether a value is none of them."""
        known = ", ".join("'" + value.replace("'", "''") + "'" for value in self.values)
        return f'(select bool_or("{self.column}" not in ({known})) from batch)'

    def as_gx(self) -> Any:  # noqa: ANN401
        """GX leaves missing values out too."""
        import great_expectations.expectations as gxe

        return gxe.ExpectColumnValuesToBeInSet(
            column=self.column, value_set=list(self.values), meta={"reason": self.reason}
        )


@dataclass(frozen=True)
class Between:
    """Every value of a column lies between two bounds, which may be None, or is missing."""

    column: str
    low: float | None
    high: float | None
    reason: str

    def is_unmet(self) -> str:
        """Whether a value lies beyond a bound."""
        beyond = [
            f'"{self.column}" {sign} {bound}'
            for sign, bound in (("<", self.low), (">", self.high))
            if bound is not None
        ]
        return f"(select bool_or({' or '.join(beyond)}) from batch)"

    def as_gx(self) -> Any:  # noqa: ANN401
        """GX includes the bounds too."""
        import great_expectations.expectations as gxe

        return gxe.ExpectColumnValuesToBeBetween(
            column=self.column,
            min_value=self.low,
            max_value=self.high,
            meta={"reason": self.reason},
        )


@dataclass(frozen=True)
class RowCountBetween:
    """A batch has so many rows."""

    low: int
    high: int
    reason: str

    def is_unmet(self) -> str:
        """Whether it has fewer or more."""
        return f"(select count(*) not between {self.low} and {self.high} from batch)"

    def as_gx(self) -> Any:  # noqa: ANN401
        """GX counts the table that a batch is to it."""
        import great_expectations.expectations as gxe

        return gxe.ExpectTableRowCountToBeBetween(
            min_value=self.low, max_value=self.high, meta={"reason": self.reason}
        )


def no_rows(query: str, reason: str, *, suspects: str | None = None) -> NoRows:
    """Expect a query over `{batch}` to find nothing; what it finds is what is wrong."""
    return NoRows(query, reason, suspects)
