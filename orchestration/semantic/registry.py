"""The metric registry: what the semantic layer's YAML says of every metric.

A metric's formula and its `config.meta` are the only places where it is described; this
module puts both together. Parts of other metrics stay out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from orchestration.semantic.compiler import SemanticError
from orchestration.semantic.documents import reached, read_document
from orchestration.semantic.fingerprint import build_fingerprints
from orchestration.semantic.meta import read_metas
from orchestration.semantic.slices import CUSTOMER, customer_slices, group_by_name

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from pathlib import Path

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
    groups = read_document(manifest_path)["groups"].values()
    families = (
        DriverFamily(
            group["name"],
            group["config"]["meta"]["label"],
            group["description"],
            float(group["config"]["meta"]["weight"]),
        )
        for group in groups
        if "weight" in group["config"]["meta"]
    )
    return tuple(sorted(families, key=lambda family: family.driver_family))


def load_source_roles(manifest_path: Path) -> tuple[SourceRole, ...]:
    """Every source of dbt's `manifest.json` that says what it feeds, ordered by name."""
    sources = read_document(manifest_path)["sources"].values()
    roles = {
        SourceRole(
            node["source_name"],
            node["source_meta"]["feeds"],
            # By hand is what a person has to export or keep; everything else arrives alone.
            node["source_meta"].get("collection", "automatic"),
        )
        for node in sources
        if "feeds" in node["source_meta"]
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
    manifest = read_document(manifest_path)
    by_name = {node["name"]: node for node in manifest["metrics"].values()}
    fingerprints = build_fingerprints(manifest)
    children = manifest["child_map"]
    first = [key for key in children if key.split(".")[-1] == FIRST_VALUES]
    after = reached(children, first)
    specs = (
        _spec(by_name[name], meta, manifest, by_name, fingerprints[name], after)
        for name, meta in read_metas(manifest).items()
    )
    return tuple(sorted(specs, key=lambda spec: spec.metric_id))


def _spec(
    node: Mapping[str, Any],
    meta: MetricMeta,
    manifest: Mapping[str, Any],
    by_name: Mapping[str, Any],
    fingerprint: str,
    after: Container[str],
) -> MetricSpec:
    params = node["type_params"]
    least, most = meta.bounds or (None, None)
    return MetricSpec(
        metric_id=node["name"],
        label=node["label"],
        description=node["description"],
        driver_family=meta.driver_family,
        type=node["type"],
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
        owner_role=meta.owner_role,
        levers=meta.levers,
        unit=meta.unit,
        aggregation=meta.aggregation,
        direction=meta.direction,
        grains=meta.grains,
        dimensions=tuple(_dimensions(node, meta, manifest, by_name)),
        cadence=meta.cadence,
        formula=_formula(node, by_name),
        caveats=meta.caveats,
        goal=meta.goal,
        process=meta.process,
        requires=meta.requires,
        maturity_days=meta.maturity_days,
        min_sample=meta.min_sample,
        lower_bound=least,
        upper_bound=most,
        has_bounds=meta.bounds is not None,
        is_shareable=meta.is_shareable,
        is_top_line=meta.is_top_line,
        definition_version=meta.definition_version,
        fingerprint=fingerprint,
        # A derived metric has no parts of its own that MetricFlow would name.
        numerator=(params.get("numerator") or {}).get("name") or meta.numerator,
        denominator=(params.get("denominator") or {}).get("name") or meta.denominator,
        sample=meta.sample,
        lower=meta.lower,
        upper=meta.upper,
        numerator_state=meta.numerator_state,
        denominator_state=meta.denominator_state,
        not_recomputed=meta.not_recomputed,
        cube_entity=_primary_entity(node, manifest, by_name) if meta.is_cube else None,
        is_second_pass=node["unique_id"] in after,
    )


def _dimensions(
    node: Mapping[str, Any],
    meta: MetricMeta,
    manifest: Mapping[str, Any],
    by_name: Mapping[str, Any],
) -> Iterator[str]:
    """The slices of a metric: `customer` stands for all that its facts can be grouped by."""
    models = manifest["semantic_models"].values()
    slices = customer_slices(models)
    parts = (meta.numerator, meta.denominator, meta.sample, meta.lower, meta.upper)
    read = {
        name
        for part in (node, *(by_name[part] for part in parts if part))
        for name in _facts(part, by_name)
    }
    facts = [model for model in models if model["name"] in read]
    for name in meta.dimensions:
        if name != CUSTOMER:
            yield name
        else:
            # A cube has the slices as rows.
            yield from (s for s in slices if meta.is_cube or group_by_name(facts, slices, s))


def _facts(node: Mapping[str, Any], by_name: Mapping[str, Any]) -> Iterator[str]:
    """The semantic models that a metric and the parts of it are computed from."""
    params = node["type_params"]
    if node["type"] == "simple":
        yield params["metric_aggregation_params"]["semantic_model"]
        return
    sides = [params[side] for side in ("numerator", "denominator") if params.get(side)]
    for part in sides or params["metrics"]:
        yield from _facts(by_name[part["name"]], by_name)


def _primary_entity(
    node: Mapping[str, Any], manifest: Mapping[str, Any], by_name: Mapping[str, Any]
) -> str:
    """The entity of the fact that a metric, or the first of its parts, is computed from."""
    model = next(_facts(node, by_name))
    for semantic_model in manifest["semantic_models"].values():
        if semantic_model["name"] == model:
            return str(semantic_model["primary_entity"])
    message = f"{node['original_file_path']}: semantic model {model} is not in the manifest"
    raise SemanticError(message)


def _formula(node: Mapping[str, Any], by_name: Mapping[str, Any]) -> str:
    """The formula in words that a reader of SQL understands; parts spelled out once."""
    params = node["type_params"]
    if node["type"] == "ratio":
        parts = [
            _formula(by_name[params[side]["name"]], by_name)
            for side in ("numerator", "denominator")
        ]
        return " ÷ ".join(parts)
    if node["type"] == "simple":
        aggregation = params["metric_aggregation_params"]
        text = f"{aggregation['agg']}({params['expr']})"
        if aggregation.get("non_additive_dimension"):
            text += " on the last snapshot of the period"
        return text
    return str(params.get("expr") or node["type"])
