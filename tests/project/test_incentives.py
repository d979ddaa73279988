"""Laws over what is paid for: pay steers, so it must steer to where the company wants to go."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from orchestration.semantic.registry import MetricSpec, load_registry
from orchestration.settings import PROJECT_DIR

Row = dict[str, str]


def seed(name: str) -> list[Row]:
    with (PROJECT_DIR / "seeds" / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def registry(manifest_path: Path) -> dict[str, MetricSpec]:
    return {spec.metric_id: spec for spec in load_registry(manifest_path)}


def problems(plan: Row, registry: dict[str, MetricSpec], targets: list[Row]) -> list[str]:
    """What is wrong with an incentive plan."""
    found = []
    paid, guard = registry.get(plan["metric_id"]), registry.get(plan["guard_metric_id"])
    if paid is None:
        return [f"pays for {plan['metric_id']}, which is no metric"]
    if paid.signal != "leading":
        found.append(f"pays for {paid.metric_id}, which is lagging: pay for what leads to it")
    if paid.direction not in ("up", "down"):
        found.append(f"pays for {paid.metric_id}, which is better neither way")
    stated = [
        row for row in targets
        if row["metric_id"] == paid.metric_id and row["dimension"] == "total"
    ]  # fmt: skip
    if not any(row["target"] and (row["baseline"] or row["guardrail"]) for row in stated):
        found.append(f"{paid.metric_id} has no target with a baseline or guardrail to start from")
    is_growth = paid.goal == "grow_recurring_revenue" or paid.driver_family == "revenue_velocity"
    if plan["guard_metric_id"] and guard is None:
        found.append(f"is guarded by {plan['guard_metric_id']}, which is no metric")
    elif is_growth and (guard is None or guard.goal != "keep_customers"):
        found.append("pays for growth: guard it by a metric of retention (goal keep_customers)")
    if guard and not any(
        row["metric_id"] == guard.metric_id and row["guardrail"] for row in targets
    ):
        found.append(f"its guard {guard.metric_id} has no guardrail, so it guards nothing")
    if float(plan["pay_at_target"]) <= 0:
        found.append("pays nothing at the target")
    return found


def test_every_plan_pays_for_what_leads_and_guards_growth(
    registry: dict[str, MetricSpec],
) -> None:
    """Growth alone is sold to whoever leaves; a lagging metric is paid for what is long done."""
    targets = seed("metric_targets")
    for plan in seed("incentive_plans"):
        assert not problems(plan, registry, targets), (
            f"seeds/incentive_plans.csv, {plan['plan_id']}: {problems(plan, registry, targets)}"
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"guard_metric_id": ""}, "pays for growth"),
        ({"guard_metric_id": "activation_rate"}, "pays for growth"),
        ({"guard_metric_id": "net_retention"}, "no metric"),
        ({"metric_id": "net_new_arr"}, "is lagging"),
        ({"metric_id": "signups"}, "no target"),
        ({"pay_at_target": "0"}, "pays nothing"),
    ],
)
def test_a_spoiled_plan_fails_the_law(
    registry: dict[str, MetricSpec], change: Row, said: str
) -> None:
    plan = next(row for row in seed("incentive_plans") if row["plan_id"] == "pipeline")
    assert said in " ".join(problems(plan | change, registry, seed("metric_targets")))


def test_scenarios_are_possible_and_one_is_as_things_are() -> None:
    """Without the one in which nothing changes the others compare with nothing."""
    rows = [
        tuple(float(row[name]) for name in
              ("churn_factor", "bookings_factor", "price_change", "cost_of_capital_change"))
        for row in seed("scenarios")
    ]  # fmt: skip
    assert (1, 1, 0, 0) in rows
    for churn, bookings, price, _ in rows:
        assert churn >= 0
        assert bookings >= 0
        assert price > -1
