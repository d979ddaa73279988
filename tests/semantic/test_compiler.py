"""The compiler's shortcut against MetricFlow itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.semantic.compiler import MetricCompiler, SemanticError
from orchestration.semantic.registry import load_registry


@pytest.fixture(scope="module")
def manifest_path(demo_home: Path) -> Path:
    return demo_home / "target/manifest.json"


def test_a_renamed_slice_is_what_metricflow_compiles(manifest_path: Path) -> None:
    """Some metrics of every family, by every one of their slices."""
    compiler = MetricCompiler(manifest_path.with_name("semantic_manifest.json"))
    seen: set[tuple[str, ...]] = set()
    for spec in load_registry(manifest_path):
        key = (spec.driver_family, *spec.dimensions)
        if spec.cube_entity or key in seen or len(spec.dimensions) < 2:
            continue
        seen.add(key)
        period = f"metric_time__{spec.grains[0]}"
        compiler.compile([spec.metric_id], [period])
        for dimension in spec.dimensions:
            asked = [spec.metric_id], [period, dimension]
            got, meant = compiler.compile(*asked), compiler.explain(*asked)
            assert sorted(got.split()) == sorted(meant.split()), f"{spec.metric_id} by {dimension}"
    assert len(seen) > 5


def test_an_unknown_metric_is_named(manifest_path: Path) -> None:
    compiler = MetricCompiler(manifest_path.with_name("semantic_manifest.json"))
    with pytest.raises(SemanticError, match="no metric revenu;"):
        compiler.compile(["revenu"], ["metric_time__month"])
