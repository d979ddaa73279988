"""A law over what is shown to customers about themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestration.semantic.registry import MetricSpec, load_registry

# What a customer is worth, costs or might do is the company's own business.
CONFIDENTIAL = re.compile(r"margin|ltv|lifetime|cac|risk|churn|cost|profit|leak|arr|mrr")


@pytest.fixture(scope="module")
def shareable(manifest_path: Path) -> list[MetricSpec]:
    return [spec for spec in load_registry(manifest_path) if spec.is_shareable]


def test_nothing_confidential_is_shared(shareable: list[MetricSpec]) -> None:
    """A scorecard leaves the company: no margin, no lifetime value, no risk, no money at all."""
    for spec in shareable:
        assert not CONFIDENTIAL.search(spec.metric_id), (
            f"{spec.metric_id}: its name says that it is the company's own; take is_shareable out"
        )
        assert spec.unit != "currency", f"{spec.metric_id} is money; take is_shareable out"
        assert spec.driver_family != "cost_efficiency", (
            f"{spec.metric_id} is of cost_efficiency; take is_shareable out"
        )


def test_drivers_and_outcomes_are_shared(shareable: list[MetricSpec]) -> None:
    """A customer who sees only outcomes cannot do anything about them."""
    stages = {spec.stage for spec in shareable}
    assert {"onboarding", "nurturing"} <= stages
    assert "lagging" in {spec.signal for spec in shareable}
