"""Metrics and semantic models, as dbt's manifest and its semantic manifest both have them.

What a metric says of itself under `config.meta` is typed in `semantic/meta.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Said = Mapping[str, Any]
# What a part of a metric or of a fact says for readers; no value follows from it.
_FOR_READERS = ("description", "label", "metadata", "config")


@dataclass(frozen=True)
class Part:
    """A metric that another one is made of, by the name that its expression has for it."""

    name: str
    alias: str
    has_offset: bool


@dataclass(frozen=True)
class Aggregate:
    """What a simple metric does with the rows of one semantic model."""

    semantic_model: str
    function: str
    percentile: float | None
    time_dimension: str | None
    is_balance: bool


@dataclass(frozen=True)
class Metric:
    """A metric, or a part of others.

    Attributes:
        form: simple, ratio, derived or cumulative.
        aggregate: Of a simple metric.
        numerator: Of a ratio, as `denominator`.
        parts: Of a metric that is derived from others.
        conditions: Templates of SQL that rows must meet.
        before: Ids of what it refers to.
        meta: `config.meta`; `semantic/meta.py` types it.
    """

    name: str
    unique_id: str
    path: str
    label: str
    description: str
    form: str
    expression: str | None
    aggregate: Aggregate | None
    numerator: str | None
    denominator: str | None
    parts: tuple[Part, ...]
    conditions: tuple[str, ...]
    before: tuple[str, ...]
    meta: Said = field(repr=False)
    said: Said = field(repr=False)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The metrics that it is computed from, by name, each once."""
        return tuple(dict.fromkeys((*self.sides, *(part.name for part in self.parts))))

    @property
    def sides(self) -> tuple[str, ...]:
        """Numerator and denominator of a ratio, by name."""
        return tuple(side for side in (self.numerator, self.denominator) if side)

    @cached_property
    def code_text(self) -> str:
        """Its formula, as one text."""
        return _code_text(self.said, ("type_params", "filter"))


@dataclass(frozen=True)
class Entity:
    """An entity of a semantic model; `kind` is what it is to it: primary or foreign."""

    name: str
    kind: str
    column: str


@dataclass(frozen=True)
class Dimension:
    """A dimension of a semantic model."""

    name: str
    column: str
    is_slice: bool


@dataclass(frozen=True)
class SemanticModel:
    """A mart as MetricFlow knows it."""

    name: str
    unique_id: str
    schema: str
    table: str
    primary_entity: str
    entities: tuple[Entity, ...]
    dimensions: tuple[Dimension, ...]
    before: tuple[str, ...]
    said: Said = field(repr=False)

    @property
    def model(self) -> str:
        """The id of the mart that it speaks of."""
        return self.before[0]

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What each entity is to it, by name."""
        return {entity.name: entity.kind for entity in self.entities}

    @cached_property
    def code_text(self) -> str:
        """What metrics read of it, as one text."""
        return _code_text(self.said, ("entities", "measures", "dimensions"))


def read_metric(said: Said) -> Metric:
    """A metric of either manifest."""
    params = said["type_params"]
    sides = {side: (params.get(side) or {}).get("name") for side in ("numerator", "denominator")}
    filters = (said.get("filter") or {}).get("where_filters") or ()
    return Metric(
        name=said["name"],
        unique_id=said.get("unique_id", ""),
        path=said.get("original_file_path", ""),
        label=said.get("label") or "",
        description=said.get("description") or "",
        form=said["type"],
        expression=params.get("expr"),
        aggregate=_aggregate(params.get("metric_aggregation_params")),
        numerator=sides["numerator"],
        denominator=sides["denominator"],
        parts=tuple(
            Part(part["name"], part.get("alias") or part["name"], bool(part.get("offset_window")))
            for part in params.get("metrics") or ()
        ),
        conditions=tuple(str(each["where_sql_template"]) for each in filters),
        before=tuple(said.get("depends_on", {}).get("nodes", ())),
        meta=said["config"]["meta"],
        said=said,
    )


def _aggregate(said: Said | None) -> Aggregate | None:
    if said is None:
        return None
    return Aggregate(
        semantic_model=said.get("semantic_model", ""),
        function=said["agg"],
        percentile=(said.get("agg_params") or {}).get("percentile"),
        time_dimension=said.get("agg_time_dimension"),
        is_balance=bool(said.get("non_additive_dimension")),
    )


def read_semantic_model(said: Said) -> SemanticModel:
    """A semantic model of either manifest."""
    place = said.get("node_relation") or {}
    return SemanticModel(
        name=said.get("name", ""),
        unique_id=said.get("unique_id", ""),
        schema=place.get("schema_name", ""),
        table=place.get("alias", ""),
        primary_entity=str(said.get("primary_entity")),
        entities=tuple(
            Entity(each["name"], each["type"], each.get("expr") or each["name"])
            for each in said["entities"]
        ),
        dimensions=tuple(
            Dimension(
                each["name"],
                each.get("expr") or each["name"],
                bool(each["config"]["meta"].get("is_slice")),
            )
            for each in said["dimensions"]
        ),
        before=tuple(said.get("depends_on", {}).get("nodes", ())),
        said=said,
    )


def _code_text(said: Said, names: tuple[str, ...]) -> str:
    return json.dumps([_asked(said.get(name)) for name in names], sort_keys=True, default=str)


def _asked(said: Any) -> Any:  # noqa: ANN401 - any part of a document
    """A part of the document without what is for readers."""
    if isinstance(said, Mapping):
        return {name: _asked(each) for name, each in said.items() if name not in _FOR_READERS}
    return [_asked(each) for each in said] if isinstance(said, list) else said
