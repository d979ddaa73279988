"""What a metric is made of: its parts, each an aggregate of one expression over one mart.

Read out of dbt's manifest, where MetricFlow reads it too. A ratio has two parts, a derived
metric those that its expression names, a simple one is its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from orchestration.project.manifest import read_manifest
from orchestration.semantic.meta import read_metas
from orchestration.semantic.slices import CUSTOMER, customer_slices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from orchestration.project.manifest import Manifest
    from orchestration.project.semantics import Metric
    from orchestration.semantic.meta import MetricMeta

_NAMED = re.compile(r"\{\{\s*(?:Dimension|TimeDimension|Entity)\('(?:\w+__)?(\w+)'\)\s*\}\}")


class TraceError(Exception):
    """What was asked for cannot be traced; the message says what is there instead."""


@dataclass(frozen=True)
class Term:
    """One part of a metric.

    `expression` is SQL over the columns of `mart`; `percentile` is set for medians and
    percentiles; a balance counts on the last `time_column` of a period alone; `columns` gives
    the mart's own column of each slice, `of_customers` the column of `core.dim_customers` where
    its rows know their customers; `members` is the table of those whose median a cohort's is.
    """

    name: str
    mart: str
    expression: str
    aggregation: str
    percentile: float | None
    time_column: str
    is_balance: bool
    condition: str | None
    columns: Mapping[str, str]
    of_customers: Mapping[str, str]
    is_cube: bool
    members: str | None = None


@dataclass(frozen=True)
class Formula:
    """A metric as an expression of its parts; names in `expression` are those of `terms`."""

    metric_id: str
    expression: str
    terms: Mapping[str, Term]


def read_formula(manifest_path: Path, metric_id: str) -> Formula:
    """As `formula_of`, from dbt's `manifest.json`."""
    return formula_of(read_manifest(manifest_path), metric_id)


def formula_of(manifest: Manifest, metric_id: str) -> Formula:
    """The formula of a metric of the registry.

    Raises:
        TraceError: no metric is called so; names some that are alike.
    """
    metas = _metas(manifest)
    if metric_id not in metas:
        alike = get_close_matches(metric_id, metas, n=3, cutoff=0.6)
        alike += sorted(name for name in metas if metric_id in name and name not in alike)[:3]
        hint = f"; did you mean {', '.join(alike)}?" if alike else "; see governance.dim_metrics"
        message = f"{metric_id}: no metric is called so{hint}"
        raise TraceError(message)
    return next(_formulas(manifest, {metric_id: metas[metric_id]}))


@lru_cache(maxsize=2)
def _metas(manifest: Manifest) -> dict[str, MetricMeta]:
    """Typed once for all traces of a manifest, which many pages ask for."""
    return read_metas(manifest)


def formulas_of(manifest: Manifest) -> Iterator[Formula]:
    """The formulas of all metrics of the registry."""
    return _formulas(manifest, read_metas(manifest))


def _formulas(manifest: Manifest, metas: Mapping[str, MetricMeta]) -> Iterator[Formula]:
    slices = customer_slices(manifest.semantic_models.values())
    for metric_id, meta in metas.items():
        metric = manifest.metrics[metric_id]
        terms = {
            part.name: _term(part, manifest, slices, is_cube=meta.is_cube)
            for part in _parts(metric, manifest)
        }
        yield Formula(metric_id, _expression(metric, manifest), terms)


def _parts(metric: Metric, manifest: Manifest) -> Iterator[Metric]:
    """The simple metrics beneath a metric."""
    if metric.aggregate:
        yield metric
    for part in metric.inputs:
        yield from _parts(manifest.metrics[part], manifest)


def _expression(metric: Metric, manifest: Manifest) -> str:
    """SQL over the names of the simple metrics beneath."""
    if metric.aggregate:
        return metric.name
    if metric.form == "ratio":
        upper, lower = (_expression(manifest.metrics[side], manifest) for side in metric.sides)
        return f"cast({upper} as double) / nullif({lower}, 0)"
    text = str(metric.expression)
    for part in metric.parts:
        inner = _expression(manifest.metrics[part.name], manifest)
        text = re.sub(rf"\b{part.alias}\b", f"({inner})", text)
    return text


def _term(metric: Metric, manifest: Manifest, slices: Mapping[str, str], *, is_cube: bool) -> Term:
    aggregate = metric.aggregate
    if aggregate is None or aggregate.time_dimension is None:
        raise TraceError(f"{metric.path}: {metric.name} is no aggregate of a mart's rows by time")
    mart = manifest.semantic_models[aggregate.semantic_model]
    dimensions = {dimension.name: dimension.column for dimension in mart.dimensions}
    columns = dimensions | {entity.name: entity.column for entity in mart.entities}
    members = manifest.models[mart.model].meta.members
    return Term(
        name=metric.name,
        mart=f"{mart.schema}.{mart.table}",
        expression=metric.expression or metric.name,
        aggregation=aggregate.function,
        percentile=0.5 if aggregate.function == "median" else aggregate.percentile,
        time_column=dimensions[aggregate.time_dimension],
        is_balance=aggregate.is_balance,
        condition=" and ".join(
            _NAMED.sub(lambda named: columns.get(named[1], named[1]), text)
            for text in metric.conditions
        )
        or None,
        columns=columns,
        of_customers=slices if members or CUSTOMER in columns else {},
        is_cube=is_cube,
        members=f"{manifest.model(members).schema}.{members}" if members else None,
    )
