"""What a metric costs in YAML: a few lines, and nothing that is said elsewhere."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.project.manifest import Manifest
from orchestration.semantic.compiler import SemanticError
from orchestration.semantic.meta import MetricMeta, type_metas
from orchestration.semantic.slices import customer_slices
from orchestration.settings import PROJECT_DIR

MARTS = PROJECT_DIR / "dbt_project/models/marts"


@dataclass(frozen=True)
class Block:
    """A metric as its file has it: what it says itself, and what it takes from an anchor."""

    path: Path
    name: str
    line_count: int
    own: dict[str, Any]
    taken: dict[str, Any]


@cache
def blocks() -> tuple[Block, ...]:
    return tuple(read_blocks())


def read_blocks() -> Iterator[Block]:
    for path in sorted(MARTS.rglob("*.yml")):
        root = yaml.compose(path.read_text(), yaml.SafeLoader)
        lines = path.read_text().splitlines()
        for metrics in listed(root):
            for metric in metrics.value:
                last = metric.end_mark.line + bool(metric.flow_style)
                meta = value_of(value_of(metric, "config"), "meta")
                own, taken = [], []
                for key, value in meta.value:
                    (taken if key.value == "<<" else own).append((key, value))
                yield Block(
                    path.relative_to(MARTS),
                    value_of(metric, "name").value,
                    sum(bool(line.strip()) for line in lines[metric.start_mark.line : last]),
                    plain(yaml.MappingNode(meta.tag, own)),
                    plain(taken[0][1]) if taken else {},
                )


def listed(root: yaml.Node) -> Iterator[yaml.Node]:
    """The lists of metrics of a file, of its models and its own."""
    for key, value in root.value:
        if key.value == "metrics":
            yield value
        elif key.value == "models":
            for model in value.value:
                yield from listed(model)


def value_of(node: yaml.Node, name: str) -> Any:
    return next(value for key, value in node.value if key.value == name)


def plain(node: yaml.Node) -> Any:
    return yaml.safe_load(yaml.serialize(node))


@pytest.fixture(scope="module")
def families() -> dict[str, dict[str, Any]]:
    """What `dbt_project.yml` says of the metrics of each family."""
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())
    folders = project["metrics"]["drivewheel"]["marts"]
    return {name: folder["+meta"] for name, folder in folders.items()}


def test_a_metric_costs_nine_lines_at_the_median() -> None:
    """Remedy: say what metrics have in common once, in `dbt_project.yml` or under `anchors`."""
    costs = [block.line_count for block in blocks() if "role" not in block.own]
    assert len(costs) > 150
    assert statistics.median(costs) <= 9


def test_a_part_says_nothing_but_that_it_is_one() -> None:
    """Of what it said beside nobody would read anything."""
    parts = [block for block in blocks() if "role" in block.own]
    assert len(parts) > 150
    talking = [part.name for part in parts if {**part.own, **part.taken} != {"role": "component"}]
    assert talking == []


def test_no_metric_says_what_holds_anyway(
    manifest: Manifest, families: dict[str, dict[str, Any]]
) -> None:
    """Said twice it is wrong once. Remedy: take it out."""
    slices = customer_slices(manifest.semantic_models.values())

    def read(block: Block, **own: Any) -> MetricMeta | None:
        inherited = families[block.path.parts[0]]
        said = {**inherited, **block.taken, **own}
        try:
            return type_metas([replace(manifest.metrics[block.name], meta=said)], slices)[
                block.name
            ]
        except SemanticError:
            return None

    idle = [
        f"{block.path}: {block.name} says {field}"
        for block in blocks()
        if "role" not in block.own
        for field in block.own
        if read(block, **{name: said for name, said in block.own.items() if name != field})
        == read(block, **block.own)
    ]
    assert idle == []
