"""Laws over playbooks and rules: whatever can go wrong has somebody who does something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestration.company.rules import HEADLINE, MEASURES, PAIRED
from orchestration.semantic.registry import MetricSpec, load_registry
from orchestration.settings import PROJECT_DIR
from tests.tables import rows_of

COMPARISONS = {
    "rises",
    "falls",
    "not_rising",
    "worsens",
    "spikes",
    "drops",
    "shrinks",
    "above",
    "below",
    "has_no_value",
    "at_cap",
}
CHANNELS = {"e-mail", "call", "meeting"}
CUSTOMER_TRIGGERS = {"at_risk", "detractor", "notice_given", "passive", "promoter"}
PLACEHOLDERS = {*PAIRED, HEADLINE}
MACRO = PROJECT_DIR / "dbt_project/macros/questions.sql"


@pytest.fixture(scope="module")
def registry(manifest_path: Path) -> dict[str, MetricSpec]:
    return {spec.metric_id: spec for spec in load_registry(manifest_path)}


def triggers(kind: str) -> dict[str, str]:
    rows = [row for row in rows_of("playbook_triggers") if row["trigger_type"] == kind]
    found = {row["trigger"]: row["playbook_id"] for row in rows}
    assert len(found) == len(rows), f"two playbooks for one {kind}"
    return found


def test_every_metric_with_a_guardrail_has_a_playbook(registry: dict[str, MetricSpec]) -> None:
    """A breach that calls for nothing is noise: name the metric, or its function, as a trigger."""
    named, defaults = triggers("metric"), triggers("function")
    for row in rows_of("metric_targets"):
        if row["guardrail"]:
            spec = registry[row["metric_id"]]
            assert spec.metric_id in named or spec.function in defaults, spec.metric_id


def test_triggers_speak_of_what_exists(registry: dict[str, MetricSpec]) -> None:
    """A misspelt trigger would never be pulled."""
    known = {row["playbook_id"] for row in rows_of("playbooks")}
    assert {row["playbook_id"] for row in rows_of("playbook_triggers")} == known
    assert triggers("metric").keys() <= registry.keys()
    assert triggers("function").keys() <= {spec.function for spec in registry.values()}
    assert triggers("rule").keys() == {row["rule_id"] for row in rows_of("diagnostic_rules")}
    assert triggers("customer").keys() == CUSTOMER_TRIGGERS


def test_steps_are_counted_owned_and_due() -> None:
    """Somebody does each step, in some way, by some day; on a customer it is weighed."""
    on_customers = set(triggers("customer").values())
    for playbook in rows_of("playbooks"):
        steps = [
            row
            for row in rows_of("playbook_steps")
            if row["playbook_id"] == playbook["playbook_id"]
        ]
        numbers = [int(row["step_number"]) for row in steps]
        assert numbers == list(range(1, len(steps) + 1)) != [], playbook
        for row in steps:
            assert re.fullmatch(r"[a-z]+(_[a-z]+)+", row["owner_role"]), row
            assert row["channel"] in CHANNELS, row
            assert int(row["due_days"]) > 0, row
            is_weighed = bool(row["save_rate"]) and bool(row["cost"])
            assert is_weighed == (row["playbook_id"] in on_customers), row


def test_rules_speak_of_metrics_that_exist(registry: dict[str, MetricSpec]) -> None:
    """A rule over a metric, part or slice that is not there would stay silent for ever."""
    rules = {row["rule_id"]: row for row in rows_of("diagnostic_rules")}
    conditions = rows_of("diagnostic_conditions")
    assert {row["rule_id"] for row in conditions} == rules.keys()
    for row in conditions:
        slices = set(rules[row["rule_id"]]["slices"].split("|"))
        assert row["comparison"] in COMPARISONS, row
        assert row["part"] in ("value", "numerator", "denominator"), row
        assert int(row["window_periods"]) >= 1, row
        assert int(row["lag_periods"]) >= 0, row
        if row["metric_id"] in PLACEHOLDERS:
            assert slices == {"total"}, f"{row['rule_id']}: pairs are compared in the total"
            continue
        if row["metric_id"] in MEASURES:
            assert slices <= {"total", "segment"}, f"{row['rule_id']}: {row['metric_id']} has none"
            continue
        spec = registry.get(row["metric_id"])
        assert spec, f"{row['rule_id']}: no metric {row['metric_id']}"
        assert "month" in spec.grains, f"{spec.metric_id} has no values by month"
        assert slices <= {"total", *spec.dimensions}, (row["rule_id"], spec.metric_id)


def test_what_is_no_metric_is_measured(registry: dict[str, MetricSpec]) -> None:
    """A measure that conditions may name and no model has would never be answered."""
    told = dict(re.findall(r"'(\w+)': {\s+'metric': '(\w+)'", MACRO.read_text()))
    assert set(told) == set(MEASURES)
    assert set(told.values()) <= registry.keys()


def test_conditions_are_numbered_from_one() -> None:
    """The first says what a flag is about."""
    for rule in rows_of("diagnostic_rules"):
        numbers = {
            int(row["condition_number"])
            for row in rows_of("diagnostic_conditions")
            if row["rule_id"] == rule["rule_id"]
        }
        assert numbers == set(range(1, len(numbers) + 1)), rule["rule_id"]
