"""The compiler's shortcuts against MetricFlow itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pytest

from orchestration.semantic.compiler import MetricCompiler, PartialManifests, SemanticError
from orchestration.semantic.registry import load_registry


@pytest.fixture(scope="module")
def manifest_path(demo_home: Path) -> Path:
    return demo_home / "target/manifest.json"


def test_grains_and_slices_at_once_are_what_metricflow_gives_for_each(
    manifest_path: Path, demo_home: Path
) -> None:
    """Some metrics of every family and of every fact: rows as of MetricFlow's own queries."""
    semantics = manifest_path.with_name("semantic_manifest.json")
    parts = PartialManifests(semantics)
    compiler = MetricCompiler(semantics, parts)
    seen, families = set[tuple[str, ...]](), set[tuple[str, ...]]()
    at_once = 0
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as built:
        for spec in load_registry(manifest_path):
            metrics = [spec.metric_id]
            key = (spec.driver_family, *spec.dimensions, *spec.grains, *parts.tables(metrics))
            if spec.cube_entity or key in seen or len(spec.dimensions) < 2:
                continue
            seen.add(key)
            # Every slice once for each family; of its other facts one, another one each time:
            # MetricFlow's own queries take their time.
            turn = len(seen) % len(spec.dimensions)
            is_first = (spec.driver_family, *spec.dimensions) not in families
            families.add((spec.driver_family, *spec.dimensions))
            asked = spec.dimensions if is_first else spec.dimensions[turn : turn + 1]
            queries = compiler.compile_slices(metrics, spec.grains, spec.dimensions)
            at_once += any(query.grain is None for query in queries)
            got = [
                row
                for query in queries
                for row in built.sql(query.sql)
                .project(f"{_label(query.grain, query.period)}, {query.column}, {spec.metric_id}")
                .fetchall()
                if row[1] is None or row[1].partition("=")[0] in {"total", *asked}
            ]
            meant: list[tuple[str, str, float]] = []
            for grain in spec.grains:
                period = f"metric_time__{grain}"
                label = _label(grain, period)
                total = built.sql(compiler.explain(metrics, [period]))
                meant += total.project(f"{label}, 'total', {spec.metric_id}").fetchall()
                for dimension in asked:
                    name = compiler.group_by_name(metrics, dimension)
                    sliced = built.sql(compiler.explain(metrics, [period, name]))
                    said = f"{label}, '{dimension}=' || {name}, {spec.metric_id}"
                    meant += sliced.project(said).fetchall()
            assert Counter(got) == Counter(meant), spec.metric_id
    assert len(seen) > 20
    assert at_once > len(seen) / 2


def _label(grain: str | None, period: str) -> str:
    return f"'{grain}=' || {period}::date" if grain else period


def test_an_unknown_metric_is_named(manifest_path: Path) -> None:
    compiler = MetricCompiler(manifest_path.with_name("semantic_manifest.json"))
    with pytest.raises(SemanticError, match="no metric revenu;"):
        compiler.compile(["revenu"], ["metric_time__month"])
