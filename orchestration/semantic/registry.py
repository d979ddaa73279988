"""The metric registry: what the semantic layer's YAML says of every metric.

A metric's formula and its `config.meta` are the only places where it is described; this
module reads both out of dbt's manifest. Metrics with `meta.role: component` are parts of
others and stay out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from orchestration.semantic.compiler import SemanticError
from orchestration.semantic.documents import reached, read_document
from orchestration.semantic.fingerprint import build_fingerprints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# `dimensions: [customer]` in YAML stands for these; the total is always there.
DIMENSION_SETS: Mapping[str, tuple[str, ...]] = {
    "customer": ("segment", "plan", "region", "channel"),
}
MARTS = "dbt_project/models/marts/"
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


def metric_nodes(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The manifest's metrics that are part of the registry."""
    for node in manifest["metrics"].values():
        if node["config"]["meta"].get("role") != "component":
            yield node


def load_registry(manifest_path: Path) -> tuple[MetricSpec, ...]:
    """Every metric of dbt's `manifest.json`, ordered by id.

    Raises:
        SemanticError: where a metric lacks a field of the registry; names file and field.
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
        _spec(node, manifest, by_name, fingerprints[node["name"]], node["unique_id"] in after)
        for node in metric_nodes(manifest)
    )
    return tuple(sorted(specs, key=lambda spec: spec.metric_id))


def _spec(
    node: Mapping[str, Any],
    manifest: Mapping[str, Any],
    by_name: Mapping[str, Any],
    fingerprint: str,
    is_second_pass: bool,
) -> MetricSpec:
    meta = node["config"]["meta"]
    params = node["type_params"]
    path = node["original_file_path"]
    try:
        return MetricSpec(
            metric_id=node["name"],
            label=node["label"],
            description=node["description"],
            # The folder names the family; a fact may carry a metric of another one.
            driver_family=meta.get("driver_family") or path.removeprefix(MARTS).split("/")[0],
            type=node["type"],
            audiences=tuple(meta["audiences"]),
            tier=meta["tier"],
            function=meta["function"],
            signal=meta["signal"],
            stage=meta["stage"],
            parent=meta.get("parent"),
            weight=float(meta.get("weight", 1)),
            own_share=float(meta.get("own_share", 0.5)),
            bridge=tuple(f"{part} {factor}" for part, factor in meta.get("bridge", {}).items()),
            pair=meta.get("pair"),
            business_outcome=meta.get("business_outcome"),
            owner_role=meta["owner_role"],
            levers=tuple(meta["levers"]),
            unit=meta["unit"],
            aggregation=meta["aggregation"],
            direction=meta["direction"],
            grains=tuple(meta["grains"]),
            dimensions=tuple(_dimensions(meta["dimensions"])),
            cadence=meta.get("cadence", "daily"),
            formula=_formula(node, by_name),
            caveats=meta.get("caveats", ""),
            goal=meta["goal"],
            process=meta["process"],
            requires=tuple(meta["requires"]),
            maturity_days=int(meta.get("maturity_days", 0)),
            min_sample=int(meta.get("min_sample", 0)),
            lower_bound=_bound(meta, 0),
            upper_bound=_bound(meta, 1),
            has_bounds="bounds" in meta,
            is_shareable=bool(meta.get("is_shareable", False)),
            is_top_line=bool(meta.get("is_top_line", False)),
            definition_version=int(meta.get("definition_version", 1)),
            fingerprint=fingerprint,
            # A derived metric has no parts of its own that MetricFlow would name.
            numerator=(params.get("numerator") or {}).get("name") or meta.get("numerator"),
            denominator=(params.get("denominator") or {}).get("name") or meta.get("denominator"),
            sample=meta.get("sample"),
            lower=meta.get("lower"),
            upper=meta.get("upper"),
            numerator_state=meta.get("numerator_state"),
            denominator_state=meta.get("denominator_state"),
            not_recomputed=meta.get("not_recomputed"),
            cube_entity=_primary_entity(node, manifest, by_name) if meta.get("is_cube") else None,
            is_second_pass=is_second_pass,
        )
    except KeyError as error:
        message = (
            f"{path}: metric {node['name']} lacks {error}; add it under config.meta "
            "(CONTRIBUTING.md lists the fields)"
        )
        raise SemanticError(message) from error


def _bound(meta: Mapping[str, Any], place: int) -> float | None:
    """The least or the most that a metric may be; None where nothing bounds it."""
    bound = meta.get("bounds", (None, None))[place]
    return None if bound is None else float(bound)


def _dimensions(names: list[str]) -> Iterator[str]:
    for name in names:
        yield from DIMENSION_SETS.get(name, (name,))


def _primary_entity(
    node: Mapping[str, Any], manifest: Mapping[str, Any], by_name: Mapping[str, Any]
) -> str:
    """The entity of the fact that a metric, or the first of its parts, is computed from."""
    while node["type"] != "simple":
        params = node["type_params"]
        part = params.get("numerator") or params["metrics"][0]
        node = by_name[part["name"]]
    model = node["type_params"]["metric_aggregation_params"]["semantic_model"]
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
