"""The compiler's shortcuts against MetricFlow itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pytest

from orchestration.semantic.compiler import MetricCompiler, SemanticError
from orchestration.semantic.registry import load_registry


@pytest.fixture(scope="module")
def manifest_path(demo_home: Path) -> Path:
    return demo_home / "target/manifest.json"


def test_slices_at_once_are_what_metricflow_gives_for_each(
    manifest_path: Path, demo_home: Path
) -> None:
    """Some metrics of every family, in two of their periods: rows as of MetricFlow's queries."""
    compiler = MetricCompiler(manifest_path.with_name("semantic_manifest.json"))
    seen: set[tuple[str, ...]] = set()
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as built:
        for spec in load_registry(manifest_path):
            key = (spec.driver_family, *spec.dimensions)
            if spec.cube_entity or key in seen or len(spec.dimensions) < 2:
                continue
            seen.add(key)
            for grain in spec.grains[-2:]:
                metrics, period = [spec.metric_id], f"metric_time__{grain}"
                got = [
                    row
                    for sql, column in compiler.compile_slices(metrics, period, spec.dimensions)
                    for row in built.sql(sql)
                    .project(f"{period}, {column}, {spec.metric_id}")
                    .fetchall()
                ]
                meant = [
                    (day, "total", value)
                    for day, value in built.sql(compiler.explain(metrics, [period])).fetchall()
                ]
                for dimension in spec.dimensions:
                    name = compiler.group_by_name(metrics, dimension)
                    meant += [
                        (day, f"{dimension}={member}", value)
                        for day, member, value in built.sql(
                            compiler.explain(metrics, [period, name])
                        ).fetchall()
                    ]
                assert Counter(got) == Counter(meant), f"{spec.metric_id} by {grain}"
    assert len(seen) > 5


def test_an_unknown_metric_is_named(manifest_path: Path) -> None:
    compiler = MetricCompiler(manifest_path.with_name("semantic_manifest.json"))
    with pytest.raises(SemanticError, match="no metric revenu;"):
        compiler.compile(["revenu"], ["metric_time__month"])
