"""What gates have to know of a landing object; whoever declares objects gives it.

The pipeline imports the gates, and no gate the pipeline (`tests/project/test_layers.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Column(Protocol):
    """A declared column."""

    @property
    def name(self) -> str:
        """Its name in the raw table."""


class Contract(Protocol):
    """A landing object, whose raw table is `schema.name`."""

    @property
    def source(self) -> str:
        """The source that it belongs to."""

    @property
    def name(self) -> str:
        """Its name, unique in its source."""

    @property
    def schema(self) -> str:
        """Schema of its raw tables."""

    @property
    def columns(self) -> Sequence[Column]:
        """The declared columns."""

    @property
    def primary_key(self) -> Sequence[str]:
        """Columns that tell its rows apart."""

    @property
    def load(self) -> str:
        """What rows mean: append (events), latest (objects that change), snapshot (sheets)."""

    @property
    def version_by(self) -> str | None:
        """The column that orders versions of a row."""

    @property
    def event_time(self) -> str | None:
        """The date or timestamp by which it is told how far it reaches."""

    @property
    def is_central(self) -> bool:
        """Whether nothing may be published without its newest file."""

    @property
    def file_rules(self) -> Mapping[str, str]:
        """Queries over `{batch}` by their reasons: what they find refuses a file."""
