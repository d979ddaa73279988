"""What a metric is made of: its parts, each an aggregate of one expression over one mart.

Read out of dbt's manifest, where MetricFlow reads it too. A ratio has two parts, a derived
metric those that its expression names, a simple one is its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from orchestration.semantic.meta import read_metas
from orchestration.semantic.slices import CUSTOMER, customer_slices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

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
    return formula_of(json.loads(manifest_path.read_text()), metric_id)


def formula_of(manifest: Mapping[str, Any], metric_id: str) -> Formula:
    """The formula of a metric of the registry.

    Raises:
        TraceError: no metric is called so; names some that are alike.
    """
    metas = read_metas(manifest)
    if metric_id not in metas:
        alike = get_close_matches(metric_id, metas, n=3, cutoff=0.6)
        alike += sorted(name for name in metas if metric_id in name and name not in alike)[:3]
        hint = f"; did you mean {', '.join(alike)}?" if alike else "; see governance.dim_metrics"
        message = f"{metric_id}: no metric is called so{hint}"
        raise TraceError(message)
    return next(_formulas(manifest, {metric_id: metas[metric_id]}))


def formulas_of(manifest: Mapping[str, Any]) -> Iterator[Formula]:
    """The formulas of all metrics of the registry."""
    return _formulas(manifest, read_metas(manifest))


def _formulas(manifest: Mapping[str, Any], metas: Mapping[str, MetricMeta]) -> Iterator[Formula]:
    metrics = {node["name"]: node for node in manifest["metrics"].values()}
    marts = {model["name"]: model for model in manifest["semantic_models"].values()}
    slices = customer_slices(marts.values())
    # Which table holds the members of a mart's cohorts, by the mart's name.
    tables = {node["name"]: node for node in manifest["nodes"].values()}
    members = {
        name: f"{tables[other]['schema']}.{other}"
        for name, node in tables.items()
        if (other := node["config"].get("meta", {}).get("members"))
    }
    for metric_id, meta in metas.items():
        terms = {
            part["name"]: _term(part, marts, members, slices, is_cube=meta.is_cube)
            for part in _parts(metrics[metric_id], metrics)
        }
        yield Formula(metric_id, _expression(metrics[metric_id], metrics), terms)


def _parts(node: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The simple metrics beneath a metric."""
    params = node["type_params"]
    if node["type"] == "simple":
        yield node
    elif node["type"] == "ratio":
        for side in ("numerator", "denominator"):
            yield from _parts(metrics[params[side]["name"]], metrics)
    else:
        for part in params["metrics"]:
            yield from _parts(metrics[part["name"]], metrics)


def _expression(node: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """SQL over the names of the simple metrics beneath."""
    params = node["type_params"]
    if node["type"] == "simple":
        return str(node["name"])
    if node["type"] == "ratio":
        upper, lower = (
            _expression(metrics[params[side]["name"]], metrics)
            for side in ("numerator", "denominator")
        )
        return f"cast({upper} as double) / nullif({lower}, 0)"
    text = str(params["expr"])
    for part in params["metrics"]:
        inner = _expression(metrics[part["name"]], metrics)
        text = re.sub(rf"\b{part.get('alias') or part['name']}\b", f"({inner})", text)
    return text


def _term(
    node: Mapping[str, Any],
    marts: Mapping[str, Any],
    members: Mapping[str, str],
    slices: Mapping[str, str],
    *,
    is_cube: bool,
) -> Term:
    params = node["type_params"]["metric_aggregation_params"]
    mart = marts[params["semantic_model"]]
    dimensions = {d["name"]: d.get("expr") or d["name"] for d in mart["dimensions"]}
    columns = dimensions | {e["name"]: e.get("expr") or e["name"] for e in mart["entities"]}
    filters = (node.get("filter") or {}).get("where_filters") or []
    percentile = (params.get("agg_params") or {}).get("percentile")
    table = members.get(mart["node_relation"]["alias"])
    return Term(
        name=node["name"],
        mart=f"{mart['node_relation']['schema_name']}.{mart['node_relation']['alias']}",
        expression=str(node["type_params"]["expr"] or node["name"]),
        aggregation=params["agg"],
        percentile=0.5 if params["agg"] == "median" else percentile,
        time_column=dimensions[params["agg_time_dimension"]],
        is_balance=bool(params.get("non_additive_dimension")),
        condition=" and ".join(
            _NAMED.sub(lambda named: str(columns.get(named[1], named[1])), text)
            for text in (str(part["where_sql_template"]) for part in filters)
        )
        or None,
        columns=columns,
        of_customers=slices if table or CUSTOMER in columns else {},
        is_cube=is_cube,
        members=table,
    )
