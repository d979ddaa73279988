"""What descends from a model, a table, a source or a metric: who would notice a change of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.company.folder import read_company
from orchestration.company.tables import nearest
from orchestration.semantic.documents import reached, read_document
from orchestration.semantic.registry import load_registry
from orchestration.warehouse.dbt_project import prepare_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    manifest = read_document(path)
    reach = reached(manifest["child_map"], _starts(manifest, name))
    registry = {spec.metric_id for spec in load_registry(path)}
    found = {key.split(".")[-1] for key in reach if key.startswith("metric.")}
    metrics = sorted(found & registry)
    models = {
        key: node
        for key, node in manifest["nodes"].items()
        if key in reach and node["resource_type"] == "model" and node["name"] != name
    }
    tables = read_company(settings).contents
    return Impact(
        models=tuple(sorted(node["name"] for node in models.values())),
        metrics=tuple(metrics),
        audiences=tuple(
            sorted(node["name"] for node in models.values() if node["fqn"][1] == "audiences")
        ),
        targets=sum(row.cells["metric_id"] in metrics for row in tables["metric_targets"].rows),
        incentives=tuple(
            row.cells["plan_id"]
            for row in tables["incentive_plans"].rows
            if {row.cells["metric_id"], row.cells["guard_metric_id"]} & {*metrics}
        ),
    )


def _starts(manifest: Mapping[str, Any], name: str) -> list[str]:
    known: dict[str, list[str]] = {}
    for key, node in manifest["nodes"].items():
        if node["resource_type"] in ("model", "seed"):
            known.setdefault(node["name"], []).append(key)
    for key, node in manifest["sources"].items():
        known.setdefault(f"{node['source_name']}.{node['name']}", []).append(key)
    for key, node in manifest["metrics"].items():
        known.setdefault(node["name"], []).append(key)
    if name not in known:
        told = nearest(name, known)
        remedy = (
            told if told.startswith("did") else "name a model, a table, source.object, a metric"
        )
        raise NoSuchNodeError(f"nothing is called {name}; {remedy}")
    return known[name]
