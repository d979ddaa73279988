"""What a metric may say of itself, what follows from it, and what is told of what it may not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orchestration.project.manifest import Manifest
from orchestration.semantic.compiler import SemanticError
from orchestration.semantic.meta import MetricMeta, read_metas, vocabulary
from orchestration.settings import PROJECT_DIR

SAID = {
    "unit": "count",
    "direction": "up",
    "caveats": "Trials are not in it, and neither is what nobody paid.",
    "driver_family": "revenue_velocity",
    "function": "sales",
    "levers": ["New business"],
    "goal": "grow_recurring_revenue",
    "process": "sell_and_renew",
    "stage": "outcome",
    "requires": ["billing"],
    "grains": ["month"],
    "dimensions": ["customer"],
}
# A semantic model of customers with one slice.
CUSTOMERS = {
    "name": "customers",
    "entities": [{"name": "customer", "type": "primary"}],
    "dimensions": [
        {"name": "channel", "expr": "won_by", "config": {"meta": {"is_slice": True}}},
        {"name": "is_active", "expr": None, "config": {"meta": {}}},
    ],
}


def node(name: str = "deals", agg: str = "sum", **meta: Any) -> dict[str, Any]:
    """A metric as dbt's manifest has it; a field that is None is not said."""
    said = {field: value for field, value in {**SAID, **meta}.items() if value is not None}
    return {
        "name": name,
        "original_file_path": "marts/fct_deals.yml",
        "type": "simple",
        "type_params": {"metric_aggregation_params": {"agg": agg}},
        "config": {"meta": said},
    }


def read(*nodes: dict[str, Any]) -> dict[str, MetricMeta]:
    metrics = {node["name"]: node for node in nodes}
    return read_metas(Manifest({"metrics": metrics, "semantic_models": {"customers": CUSTOMERS}}))


@pytest.mark.parametrize(
    ("meta", "told"),
    [
        ({"tier": "cor"}, '`tier` is "cor"; say one of core, support, standard'),
        ({"unit": None}, "`unit` is not said; say one of rate, ratio, currency, "),
        ({"levers": None}, "`levers` is not said; add it"),
        ({"goal": 7}, "`goal` is 7; input should be a valid string"),
        ({"grains": "month"}, '`grains` is "month"; say any of day, week, month, quarter'),
        ({"grains": ["month", "year"]}, "say any of day, week, month, quarter"),
        ({"tires": "core"}, '`tires` is "core"; no field is called so, tier is'),
        ({"colour": "red"}, '`colour` is "red"; no field is called so'),
        ({"weight": 0}, "`weight` is 0; input should be greater than 0"),
        ({"own_share": 1.5}, "`own_share` is 1.5; input should be less than or equal to 1"),
        ({"is_cube": "yes"}, '`is_cube` is "yes"; input should be a valid boolean'),
        ({"bridge": {"mrr": "12"}}, '`bridge` is {"mrr": "12"}; input should be a valid number'),
        ({"bounds": [0]}, "`bounds` is [0]; say both, null where there is none"),
        ({"unit": "rate"}, "`bounds` is not said; say the least and the most"),
        ({"unit": "points"}, "`bounds` is not said; say the least and the most"),
        ({"is_top_line": True}, "`is_top_line` is true; a top line is never shown alone"),
        ({"aggregation": "cohort"}, "`sample` is not said; name a metric that counts its cases"),
        ({"dimensions": ["customer", "is_active"]}, "say any of customer, function, service, "),
        ({"caveats": "None."}, '`caveats` is "None."; string should have at least 20'),
    ],
)
def test_a_fault_is_told_with_its_place_and_remedy(meta: dict[str, Any], told: str) -> None:
    with pytest.raises(SemanticError) as error:
        read(node(**meta))
    _, *faults = str(error.value).splitlines()
    assert len(faults) == 1
    assert faults[0].startswith("  marts/fct_deals.yml: metric deals: `")
    assert told in faults[0]


def test_all_faults_of_all_metrics_are_told_at_once() -> None:
    with pytest.raises(SemanticError) as error:
        read(node("a", function="sale", unit=None), node("good"), node("b", tier="cor"))
    faults = str(error.value).splitlines()[1:]
    assert [fault.split(";")[0].split(": ", 1)[1] for fault in faults] == [
        "metric a: `unit` is not said",
        'metric a: `function` is "sale"',
        'metric b: `tier` is "cor"',
    ]


def test_a_part_is_left_out_and_asked_for_nothing_but_known_words() -> None:
    """It inherits what its family says, and needs none of it."""
    bare = {field: None for field in SAID}
    assert not read(node(**bare, role="component"))
    with pytest.raises(SemanticError, match="`stage` is"):
        read(node(**{**bare, "stage": "late"}, role="component"))


@pytest.mark.parametrize(
    ("meta", "field", "follows"),
    [
        ({}, "owner_role", "chief_revenue_officer"),
        ({"function": "engineering"}, "owner_role", "chief_technology_officer"),
        ({"owner_role": "chief_financial_officer"}, "owner_role", "chief_financial_officer"),
        ({}, "signal", "lagging"),
        ({"stage": "onboarding"}, "signal", "leading"),
        ({"stage": "onboarding", "signal": "lagging"}, "signal", "lagging"),
        ({}, "audiences", ("leadership",)),
        ({"tier": "core"}, "audiences", ("executive", "leadership")),
        ({"tier": "support"}, "audiences", ("leadership", "technical")),
        ({"function": "engineering"}, "audiences", ("leadership", "technical")),
        ({"audiences": ["technical"]}, "audiences", ("technical",)),
        ({}, "aggregation", "activity"),
        ({"agg": "median", "sample": "deals"}, "aggregation", "distribution"),
        ({"aggregation": "balance"}, "aggregation", "balance"),
    ],
)
def test_what_follows_need_not_be_said(meta: dict[str, Any], field: str, follows: object) -> None:
    assert getattr(read(node(**meta))["deals"], field) == follows


def test_one_slice_of_customers_may_be_named() -> None:
    assert read(node(dimensions=["channel", "team"]))["deals"].dimensions == ("channel", "team")


def test_an_aggregate_of_the_last_snapshot_is_a_balance() -> None:
    balance = node()
    balance["type_params"]["metric_aggregation_params"]["non_additive_dimension"] = {"name": "day"}
    assert read(balance)["deals"].aggregation == "balance"


def contributed() -> dict[str, str]:
    """The rows of CONTRIBUTING's table of fields, by field."""
    text = (PROJECT_DIR / "CONTRIBUTING.md").read_text()
    section = text.split("\n## A metric\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (.+) \|$", section, flags=re.MULTILINE)
    return {field: row for fields, row in rows for field in re.findall(r"`(\w+)`", fields)}


def test_contributing_lists_every_field_and_no_other() -> None:
    assert sorted(contributed()) == sorted(MetricMeta.model_fields)


def test_contributing_names_every_word() -> None:
    """Remedy: name it in the row of its field."""
    told = contributed()
    missing = {
        field: lacking
        for field, words in vocabulary().items()
        if (lacking := [word for word in words if not re.search(rf"\b{word}\b", told[field])])
    }
    assert missing == {}
