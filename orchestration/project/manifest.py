"""The dbt project as it was parsed: the one reader of dbt's `manifest.json`.

Read once by a process, for a build asks a dozen times; each part is made of the document when
it is first asked for. Nobody else reads the document: who needs another field adds it to
`nodes.py` or `semantics.py`. `document` is there for dagster-dbt, which takes it as it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from orchestration.project.nodes import (
    Macro,
    Model,
    Node,
    Said,
    Source,
    Test,
    read_macro,
    read_node,
    read_source,
    typed,
)
from orchestration.project.semantics import (
    Metric,
    SemanticModel,
    read_metric,
    read_semantic_model,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# Of the folder that dbt writes to.
MANIFEST, SEMANTICS = "manifest.json", "semantic_manifest.json"
PROJECT = "drivewheel"
# Kinds of nodes that leave a table or a view.
MADE = ("model", "seed", "snapshot")


class GroupMeta(BaseModel):
    """What a group says; one with a weight is a family of metrics."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = ""
    weight: float | None = None


@dataclass(frozen=True)
class Group:
    """A group of models, and who answers for it."""

    name: str
    description: str
    email: str
    meta: GroupMeta


@dataclass(frozen=True, eq=False)
class Manifest:
    """dbt's manifest; models, tests, sources and macros by id, the others by name."""

    document: Said = field(repr=False)

    @cached_property
    def nodes(self) -> dict[str, Model | Test]:
        """Models, seeds, snapshots and tests."""
        return {key: read_node(key, said) for key, said in self.document["nodes"].items()}

    @cached_property
    def models(self) -> dict[str, Model]:
        """Models, seeds and snapshots; `kind` tells which."""
        return {
            key: node
            for key, node in self.nodes.items()
            if isinstance(node, Model) and node.kind in MADE
        }

    @cached_property
    def tests(self) -> dict[str, Test]:
        """Tests of data."""
        return {key: node for key, node in self.nodes.items() if isinstance(node, Test)}

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Raw tables."""
        return {key: read_source(key, said) for key, said in self.document["sources"].items()}

    @cached_property
    def macros(self) -> dict[str, Macro]:
        """Those of the project; dbt's own change with the lock."""
        return {
            key: read_macro(key, said)
            for key, said in self.document["macros"].items()
            if said["package_name"] == PROJECT
        }

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Metrics and parts of them."""
        return {said["name"]: read_metric(said) for said in self.document["metrics"].values()}

    @cached_property
    def semantic_models(self) -> dict[str, SemanticModel]:
        """Marts as MetricFlow knows them."""
        found = self.document["semantic_models"].values()
        return {said["name"]: read_semantic_model(said) for said in found}

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Groups of models."""
        return {
            said["name"]: Group(
                said["name"],
                said["description"],
                said["owner"].get("email") or "",
                typed(GroupMeta, said["config"]["meta"], f"{said['original_file_path']}"),
            )
            for said in self.document["groups"].values()
        }

    @property
    def parents(self) -> Mapping[str, list[str]]:
        """By id, the ids of what is read."""
        parents: Mapping[str, list[str]] = self.document["parent_map"]
        return parents

    @property
    def children(self) -> Mapping[str, list[str]]:
        """By id, the ids of what reads it."""
        children: Mapping[str, list[str]] = self.document["child_map"]
        return children

    def before(self, *ids: str) -> set[str]:
        """The ids of some nodes and of everything that they descend from."""
        return reached(self.parents, ids)

    def after(self, *ids: str) -> set[str]:
        """The ids of some nodes and of everything that descends from them."""
        return reached(self.children, ids)

    def model(self, name: str) -> Model:
        """The model or table of a name.

        Raises:
            KeyError: there is none.
        """
        return self._models_by_name[name]

    @cached_property
    def _models_by_name(self) -> dict[str, Model]:
        return {model.name: model for model in self.models.values()}

    @cached_property
    def coded(self) -> dict[str, Node | Macro | Metric | SemanticModel]:
        """By id, all of the project whose `code_text` says what it makes, beside its inputs."""
        parts: tuple[Iterable[Node | Macro | Metric | SemanticModel], ...] = (
            self.nodes.values(),
            self.macros.values(),
            self.metrics.values(),
            self.semantic_models.values(),
        )
        return {one.unique_id: one for part in parts for one in part}


@dataclass(frozen=True, eq=False)
class SemanticManifest:
    """What MetricFlow reads, by name; `document` is there for MetricFlow, and never changed."""

    document: Said = field(repr=False)

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Metrics and parts of them."""
        return {said["name"]: read_metric(said) for said in self.document["metrics"]}

    @cached_property
    def models(self) -> dict[str, SemanticModel]:
        """Marts as MetricFlow knows them."""
        found = self.document["semantic_models"]
        return {said["name"]: read_semantic_model(said) for said in found}


def read_manifest(path: Path) -> Manifest:
    """The manifest of a file as it is now.

    Raises:
        FileNotFoundError: where there is none.
    """
    return _read_manifest(path, path.stat().st_mtime_ns)


def read_semantics(path: Path) -> SemanticManifest:
    """As `read_manifest`, of dbt's `semantic_manifest.json`.

    Raises:
        FileNotFoundError: where there is none.
    """
    return _read_semantics(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read_manifest(path: Path, _: int) -> Manifest:
    return Manifest(json.loads(path.read_text()))


@lru_cache(maxsize=4)
def _read_semantics(path: Path, _: int) -> SemanticManifest:
    return SemanticManifest(json.loads(path.read_text()))


def reached(edges: Mapping[str, Iterable[str]], starts: Iterable[str]) -> set[str]:
    """Some nodes and all that edges lead to from them."""
    seen: set[str] = set()
    pending = [*starts]
    while pending:
        key = pending.pop()
        if key not in seen:
            seen.add(key)
            pending += edges.get(key, ())
    return seen
