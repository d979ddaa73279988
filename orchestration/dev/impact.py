"""What descends from a model, a table, a source or a metric: who would notice a change of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.company.folder import read_company
from orchestration.company.tables import nearest
from orchestration.project.manifest import read_manifest
from orchestration.semantic.registry import load_registry
from orchestration.warehouse.dbt_project import prepare_manifest

if TYPE_CHECKING:
    from orchestration.project.manifest import Manifest
    from orchestration.settings import Settings


class NoSuchNodeError(Exception):
    """Nothing in the graph is called so; the message says what may have been meant."""


@dataclass(frozen=True)
class Impact:
    """What descends from something, by name."""

    models: tuple[str, ...]
    metrics: tuple[str, ...]
    audiences: tuple[str, ...]
    targets: int
    incentives: tuple[str, ...]


def find_impact(settings: Settings, name: str) -> Impact:
    """What would notice a change of whatever is called `name`; a source is `source.object`.

    Raises:
        NoSuchNodeError: nothing is called so.
    """
    path = prepare_manifest(settings)
    manifest = read_manifest(path)
    reach = manifest.after(*_starts(manifest, name))
    registry = {spec.metric_id for spec in load_registry(path)}
    metrics = sorted(
        metric.name
        for metric in manifest.metrics.values()
        if metric.unique_id in reach and metric.name in registry
    )
    models = [
        model
        for key, model in manifest.models.items()
        if key in reach and model.kind == "model" and model.name != name
    ]
    tables = read_company(settings).contents
    return Impact(
        models=tuple(sorted(model.name for model in models)),
        metrics=tuple(metrics),
        audiences=tuple(sorted(model.name for model in models if model.layer == "audiences")),
        targets=sum(row.cells["metric_id"] in metrics for row in tables["metric_targets"].rows),
        incentives=tuple(
            row.cells["plan_id"]
            for row in tables["incentive_plans"].rows
            if {row.cells["metric_id"], row.cells["guard_metric_id"]} & {*metrics}
        ),
    )


def _starts(manifest: Manifest, name: str) -> list[str]:
    known: dict[str, list[str]] = {}
    for key, model in manifest.models.items():
        known.setdefault(model.name, []).append(key)
    for key, source in manifest.sources.items():
        known.setdefault(source.full_name, []).append(key)
    for metric in manifest.metrics.values():
        known.setdefault(metric.name, []).append(metric.unique_id)
    if name not in known:
        told = nearest(name, known)
        remedy = (
            told if told.startswith("did") else "name a model, a table, source.object, a metric"
        )
        raise NoSuchNodeError(f"nothing is called {name}; {remedy}")
    return known[name]
