"""Law: every metric is recomputed independently, or its YAML says why it cannot be."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

from orchestration.semantic.registry import load_registry
from orchestration.settings import PROJECT_DIR

if TYPE_CHECKING:
    from pathlib import Path

# All of them.
FAMILIES = (
    "cost_efficiency",
    "customer_health",
    "operating_resilience",
    "revenue_velocity",
    "value_realization",
)


def recomputed() -> list[str]:
    """What the oracles' modules name, with repetitions."""
    names = sorted(path.stem for path in (PROJECT_DIR / "tests/oracles").glob("recompute_*.py"))
    return [
        metric
        for name in names
        for metric in importlib.import_module(f"tests.oracles.{name}").METRICS
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_metric_is_recomputed_or_says_why_not(family: str, manifest_path: Path) -> None:
    """One without the other: a number that nothing contradicts is only believed."""
    specs = [spec for spec in load_registry(manifest_path) if spec.driver_family == family]
    metrics = {spec.metric_id for spec in specs}
    excused = {spec.metric_id for spec in specs if spec.not_recomputed}
    named = set(recomputed()) & metrics
    assert not named & excused, "recomputed, and yet said to be not"
    assert named | excused == metrics


def test_a_recomputation_is_of_a_metric_and_done_once(manifest_path: Path) -> None:
    """A misspelt name would be compared with nothing."""
    known = {spec.metric_id for spec in load_registry(manifest_path)}
    names = recomputed()
    assert set(names) <= known
    assert len(names) == len(set(names)), {name for name in names if names.count(name) > 1}
