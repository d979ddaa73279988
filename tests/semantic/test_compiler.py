"""The compiler's shortcut against MetricFlow itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.project.manifest import read_manifest
from orchestration.semantic.compiler import MetricCompiler, SemanticError
from orchestration.semantic.registry import load_registry
from orchestration.semantic.slices import JOINED, customer_slices


@pytest.fixture(scope="module")
def manifest_path(demo_home: Path) -> Path:
    return demo_home / "target/manifest.json"


def test_what_is_renamed_is_what_metricflow_compiles(manifest_path: Path) -> None:
    """Some metrics of every family, by every one of their slices, in two of their periods."""
    compiler = MetricCompiler(manifest_path.with_name("semantic_manifest.json"))
    slices = customer_slices(read_manifest(manifest_path).semantic_models.values())
    seen: set[tuple[str, ...]] = set()
    for spec in load_registry(manifest_path):
        key = (spec.driver_family, *spec.dimensions)
        if spec.cube_entity or key in seen or len(spec.dimensions) < 2:
            continue
        seen.add(key)
        for grain in spec.grains[-2:]:
            period = f"metric_time__{grain}"
            compiler.compile([spec.metric_id], [period])
            for dimension in spec.dimensions:
                name = compiler.group_by_name([spec.metric_id], dimension)
                asked = [spec.metric_id], [period, name]
                got, meant = compiler.compile(*asked), compiler.explain(*asked)
                column = slices.get(dimension, dimension)
                if column != dimension and name.startswith(JOINED):
                    # A sister calls the column throughout as customers do.
                    meant = meant.replace(f"{column} AS {dimension}", column)
                    meant = meant.replace(f"_cte.{dimension}", f"_cte.{column}")
                assert words(got) == words(meant), f"{spec.metric_id} by {grain} and {dimension}"
    assert len(seen) > 5


def words(sql: str) -> list[str]:
    """What a query says, comments aside, which are wrapped by their length."""
    lines = (line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    return sorted(word for line in lines for word in line.split())


def test_an_unknown_metric_is_named(manifest_path: Path) -> None:
    compiler = MetricCompiler(manifest_path.with_name("semantic_manifest.json"))
    with pytest.raises(SemanticError, match="no metric revenu;"):
        compiler.compile(["revenu"], ["metric_time__month"])
