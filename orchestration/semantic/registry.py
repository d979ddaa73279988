"""The metric registry: what the semantic layer's YAML says of every metric.

A metric's formula and its `config.meta` are the only places where it is described; this
module puts both together. Parts of other metrics stay out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from orchestration.project.manifest import read_manifest
from orchestration.semantic.compiler import SemanticError
from orchestration.semantic.fingerprint import build_fingerprints
from orchestration.semantic.meta import read_metas
from orchestration.semantic.slices import CUSTOMER, customer_slices, group_by_name

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

    from orchestration.project.manifest import Manifest
    from orchestration.project.semantics import Metric, SemanticModel
    from orchestration.semantic.meta import MetricMeta

# What descends from these counts what they call for, and is computed after them.
FIRST_VALUES = "int_metrics__first_values"


@dataclass(frozen=True)
class MetricSpec:
    """One metric of the registry, as its YAML block says it."""

    metric_id: str
    label: str
    description: str
    driver_family: str
    type: str
    audiences: tuple[str, ...]
    tier: str
    function: str
    signal: str
    stage: str
    parent: str | None
    weight: float
    own_share: float
    bridge: tuple[str, ...]
    pair: str | None
    business_outcome: str | None
    outcomes: tuple[str, ...]
    owner_role: str
    levers: tuple[str, ...]
    unit: str
    aggregation: str
    direction: str
    grains: tuple[str, ...]
    dimensions: tuple[str, ...]
    cadence: str
    formula: str
    caveats: str
    goal: str
    process: str
    requires: tuple[str, ...]
    maturity_days: int
    min_sample: int
    judged_over: str
    target_holds_by: tuple[str, ...]
    min_cases: int
    is_counted_in_full: bool
    lower_bound: float | None
    upper_bound: float | None
    has_bounds: bool
    is_shareable: bool
    is_top_line: bool
    definition_version: int
    fingerprint: str
    numerator: str | None
    denominator: str | None
    sample: str | None
    lower: str | None
    upper: str | None
    numerator_state: str | None
    denominator_state: str | None
    not_recomputed: str | None
    cube_entity: str | None
    is_second_pass: bool


@dataclass(frozen=True)
class SourceRole:
    """What a source feeds; metrics require roles, not vendors."""

    source_name: str
    role: str
    collection: str


@dataclass(frozen=True)
class DriverFamily:
    """A family of metrics: a dbt group that has a weight in the company's score."""

    driver_family: str
    label: str
    description: str
    weight: float


def load_driver_families(manifest_path: Path) -> tuple[DriverFamily, ...]:
    """Every group of dbt's `manifest.json` that says `meta.weight`, ordered by name."""
    families = (
        DriverFamily(group.name, group.meta.label, group.description, group.meta.weight)
        for group in read_manifest(manifest_path).groups.values()
        if group.meta.weight is not None
    )
    return tuple(sorted(families, key=lambda family: family.driver_family))


def load_source_roles(manifest_path: Path) -> tuple[SourceRole, ...]:
    """Every source of dbt's `manifest.json` that says what it feeds, ordered by name."""
    roles = {
        # By hand is what a person has to export or keep; everything else arrives alone.
        SourceRole(source.source, meta.feeds, meta.collection)
        for source in read_manifest(manifest_path).sources.values()
        if (meta := source.source_meta).feeds
    }
    return tuple(sorted(roles, key=lambda role: role.source_name))


def load_registry(manifest_path: Path) -> tuple[MetricSpec, ...]:
    """Every metric of dbt's `manifest.json`, ordered by id.

    Raises:
        SemanticError: where metrics say what they should not; names file, field and remedy.
    """
    return _registry(manifest_path, manifest_path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _registry(manifest_path: Path, _: int) -> tuple[MetricSpec, ...]:
    manifest = read_manifest(manifest_path)
    fingerprints = build_fingerprints(manifest)
    first = [key for key, model in manifest.models.items() if model.name == FIRST_VALUES]
    after = manifest.after(*first)
    specs = (
        _spec(manifest.metrics[name], meta, manifest, fingerprints[name], after)
        for name, meta in read_metas(manifest).items()
    )
    return tuple(sorted(specs, key=lambda spec: spec.metric_id))


def _spec(
    metric: Metric,
    meta: MetricMeta,
    manifest: Manifest,
    fingerprint: str,
    after: Container[str],
) -> MetricSpec:
    least, most = meta.bounds or (None, None)
    return MetricSpec(
        metric_id=metric.name,
        label=metric.label,
        description=metric.description,
        driver_family=meta.driver_family,
        type=metric.form,
        audiences=meta.audiences,
        tier=meta.tier,
        function=meta.function,
        signal=meta.signal,
        stage=meta.stage,
        parent=meta.parent,
        weight=meta.weight,
        own_share=meta.own_share,
        bridge=tuple(f"{part} {factor:g}" for part, factor in meta.bridge.items()),
        pair=meta.pair,
        business_outcome=meta.business_outcome,
        outcomes=meta.outcomes,
        owner_role=meta.owner_role,
        levers=meta.levers,
        unit=meta.unit,
        aggregation=meta.aggregation,
        direction=meta.direction,
        grains=meta.grains,
        dimensions=tuple(_dimensions(metric, meta, manifest)),
        cadence=meta.cadence,
        formula=_formula(metric, manifest),
        caveats=meta.caveats,
        goal=meta.goal,
        process=meta.process,
        requires=meta.requires,
        maturity_days=meta.maturity_days,
        min_sample=meta.min_sample,
        judged_over=meta.judged_over,
        target_holds_by=meta.target_holds_by,
        min_cases=meta.min_cases,
        is_counted_in_full=meta.is_counted_in_full,
        lower_bound=least,
        upper_bound=most,
        has_bounds=meta.bounds is not None,
        is_shareable=meta.is_shareable,
        is_top_line=meta.is_top_line,
        definition_version=meta.definition_version,
        fingerprint=fingerprint,
        # A derived metric has no parts of its own that MetricFlow would name.
        numerator=metric.numerator or meta.numerator,
        denominator=metric.denominator or meta.denominator,
        sample=meta.sample,
        lower=meta.lower,
        upper=meta.upper,
        numerator_state=meta.numerator_state,
        denominator_state=meta.denominator_state,
        not_recomputed=meta.not_recomputed,
        cube_entity=_primary_entity(metric, manifest) if meta.is_cube else None,
        is_second_pass=metric.unique_id in after,
    )


def _dimensions(metric: Metric, meta: MetricMeta, manifest: Manifest) -> Iterator[str]:
    """The slices of a metric: `customer` stands for all that its facts can be grouped by."""
    models = manifest.semantic_models.values()
    slices = customer_slices(models)
    parts = (meta.numerator, meta.denominator, meta.sample, meta.lower, meta.upper)
    asked = (metric, *(manifest.metrics[part] for part in parts if part))
    read = {fact.name: fact for each in asked for fact in _facts(each, manifest)}
    for name in meta.dimensions:
        if name != CUSTOMER:
            yield name
        else:
            # A cube has the slices as rows.
            facts = [*read.values()]
            yield from (s for s in slices if meta.is_cube or group_by_name(facts, slices, s))


def _facts(metric: Metric, manifest: Manifest) -> Iterator[SemanticModel]:
    """The semantic models that a metric and the parts of it are computed from.

    Raises:
        SemanticError: one that is not in the manifest.
    """
    if metric.aggregate:
        name = metric.aggregate.semantic_model
        if name not in manifest.semantic_models:
            raise SemanticError(f"{metric.path}: semantic model {name} is not in the manifest")
        yield manifest.semantic_models[name]
    for part in metric.inputs:
        yield from _facts(manifest.metrics[part], manifest)


def _primary_entity(metric: Metric, manifest: Manifest) -> str:
    """The entity of the fact that a metric, or the first of its parts, is computed from."""
    return next(_facts(metric, manifest)).primary_entity


def _formula(metric: Metric, manifest: Manifest) -> str:
    """The formula in words that a reader of SQL understands; parts spelled out once."""
    if metric.form == "ratio":
        return " ÷ ".join(_formula(manifest.metrics[part], manifest) for part in metric.sides)
    if metric.aggregate:
        text = f"{metric.aggregate.function}({metric.expression})"
        return f"{text} on the last snapshot of the period" if metric.aggregate.is_balance else text
    return metric.expression or metric.form
