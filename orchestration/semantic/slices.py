"""Slices of customers: what `core.dim_customers` says of its own dimensions.

A dimension of the semantic model with the primary entity `customer` is a slice where its `meta`
says `is_slice: true`. Nobody else lists them: Python asks here, SQL reads
`int_customers__slices`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orchestration.project.semantics import SemanticModel

CUSTOMER = "customer"
# What MetricFlow calls a slice that is joined, and one that is a fact's own column: a name is a
# dimension, which it is of customers, or an entity, and cannot be both.
JOINED, OWN = f"{CUSTOMER}__", "own_"
# What a slice is called where nobody says, or where nobody knows the customer.
UNKNOWN = "unknown"
# What is not sliced, and what stands between a slice and its value; no name has it in it.
TOTAL, IS = "total", "="


class NotGroupedAloneError(Exception):
    """A query in which a slice or period does more than to group rows; the message is the part."""


@dataclass(frozen=True)
class Slice:
    """A slice as a metric calls it, its name in MetricFlow's SQL, and its column."""

    dimension: str
    name: str
    column: str

    @property
    def words(self) -> tuple[str, str]:
        """What stands for it in SQL."""
        return self.name, self.column


def customer_model(models: Iterable[SemanticModel]) -> SemanticModel | None:
    """Of semantic models the one whose rows are customers; None where there is none."""
    return next((model for model in models if model.kinds.get(CUSTOMER) == "primary"), None)


def knows_customers(fact: SemanticModel) -> bool:
    """Whether the rows of a semantic model can be joined to customers."""
    return CUSTOMER in fact.kinds


def customer_slices(models: Iterable[SemanticModel]) -> dict[str, str]:
    """The column of `core.dim_customers` by the name of each slice, in the order of its YAML."""
    model = customer_model(models)
    dimensions = model.dimensions if model else ()
    return {dimension.name: dimension.column for dimension in dimensions if dimension.is_slice}


def group_by_name(
    facts: Sequence[SemanticModel], slices: Iterable[str], dimension: str
) -> str | None:
    """How MetricFlow groups facts by a slice; None where not all of them can be.

    Facts that know their customers are joined to them; where one does not (spend has no
    customer), each has to carry the slice as a column of its own.
    """
    if dimension in slices and all(knows_customers(fact) for fact in facts):
        return f"{JOINED}{dimension}"
    name = f"{OWN}{dimension}" if dimension in slices else dimension
    return name if all(name in fact.kinds for fact in facts) else None
