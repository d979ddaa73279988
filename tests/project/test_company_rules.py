"""What a company's tables must fit: the metrics that there are."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.company import CompanyError
from orchestration.company.folder import read_company
from orchestration.company.rules import check_metrics, find_problems
from orchestration.company.tables import Row
from orchestration.semantic.registry import MetricSpec, load_registry
from orchestration.settings import PROJECT_DIR, Settings
from tests.tables import demo_company

Registry = dict[str, MetricSpec]


@pytest.fixture(scope="module")
def registry(manifest_path: Path) -> Registry:
    return {spec.metric_id: spec for spec in load_registry(manifest_path)}


def test_what_is_shipped_and_the_demo_company_fit_the_metrics(
    tmp_path: Path, registry: Registry
) -> None:
    shipped = read_company(Settings(home=tmp_path, landing=tmp_path, _env_file=None))
    assert [*find_problems(shipped, registry)] == []
    assert [*find_problems(demo_company(), registry)] == []


def problems_of(registry: Registry, table: str, place: int, **change: str) -> str:
    """What is said of the demo company with one row changed."""
    company = demo_company()
    content = company.contents[table]
    row = content.rows[place]
    rows = [*content.rows]
    rows[place] = Row(row.line, {**row.cells, **change})
    spoiled = replace(company, contents={**company.contents, table: replace(content, rows=rows)})
    return "\n".join(find_problems(spoiled, registry))


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("metric_targets", {"metric_id": "gross_retention"}, "no metric is called gross_retention"),
        ("metric_targets", {"metric_id": "nrrr"}, "did you mean nrr?"),
        ("metric_targets", {"grain": "day"}, "has no values by day; it has them by"),
        ("metric_targets", {"dimension": "weather"}, "has no values by weather"),
        ("metric_targets", {"due_on": "2023-12-31"}, "before it begins"),
        ("metric_targets", {"target": "0", "guardrail": "1"}, "does not lie below the target 0"),
        ("metric_targets", {"metric_id": "headcount"}, "neither more nor less is better"),
        ("metric_plan", {"metric_id": "nrr"}, "does not add up over months"),
        ("metric_plan", {"month_start": "2026-06-15"}, "no first day of a month"),
    ],
)
def test_a_row_that_fits_no_metric_is_told(
    registry: Registry, table: str, change: dict[str, str], told: str
) -> None:
    said = problems_of(registry, table, 0, **change)
    assert f"{table}.csv, row 2: " in said
    assert told in said


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"guard_metric_id": ""}, "pays for growth"),
        ({"guard_metric_id": "activation_rate"}, "pays for growth"),
        ({"guard_metric_id": "net_retention"}, "no metric"),
        ({"metric_id": "net_new_arr"}, "is lagging"),
        ({"metric_id": "signups"}, "no target"),
        ({"pay_at_target": "0"}, "pays nothing"),
    ],
)
def test_pay_that_steers_the_wrong_way_is_told(
    registry: Registry, change: dict[str, str], told: str
) -> None:
    """Growth alone is sold to whoever leaves; a lagging metric is paid for what is long done."""
    rows = demo_company().contents["incentive_plans"].rows
    place = next(n for n, row in enumerate(rows) if row.cells["plan_id"] == "pipeline")
    assert told in problems_of(registry, "incentive_plans", place, **change)


def test_a_plan_that_pays_for_no_growth_may_do_without_a_guard(registry: Registry) -> None:
    """Folders that name none go on working after an upgrade."""
    rows = demo_company().contents["incentive_plans"].rows
    place = next(n for n, row in enumerate(rows) if row.cells["plan_id"] == "time_to_value")
    assert problems_of(registry, "incentive_plans", place, guard_metric_id="csat") == ""
    assert problems_of(registry, "incentive_plans", place, guard_metric_id="") == ""


def test_a_core_has_ten_metrics_and_every_family(registry: Registry, tmp_path: Path) -> None:
    core = "business,metric_id\n" + "".join(f"saas,{name}\n" for name in [*registry][:11])
    (tmp_path / "core_metrics.csv").write_text(core)
    company = read_company(Settings(home=tmp_path, company=tmp_path, _env_file=None))
    said = "\n".join(find_problems(company, registry))
    assert "has 11 metrics; a page holds 10" in said
    (tmp_path / "core_metrics.csv").write_text("business,metric_id\nsaas,nrr\n")
    company = read_company(Settings(home=tmp_path, company=tmp_path, _env_file=None))
    assert "has none of cost_efficiency, operating_resilience" in "\n".join(
        find_problems(company, registry)
    )


def test_what_metrics_name_may_not_be_left_out(manifest_path: Path, tmp_path: Path) -> None:
    """Goals of one's own must hold those that metrics serve."""
    (tmp_path / "strategic_goals.csv").write_text("goal_id,goal\nkeep_customers,Keep them\n")
    company = read_company(Settings(home=tmp_path, company=tmp_path, _env_file=None))
    with pytest.raises(CompanyError, match="lacks goal_id grow_recurring_revenue, which"):
        check_metrics(company, manifest_path)


def test_whoever_starts_dbt_by_hand_gets_the_shipped_roles() -> None:
    """The macro's list is that of `owners.csv`."""
    macro = (PROJECT_DIR / "dbt_project/macros/codes.sql").read_text()
    listed = re.findall(r"'(\w+)'", macro[macro.index("set shipped") : macro.index("] -%}")])
    lines = (PROJECT_DIR / "seeds/owners.csv").read_text().splitlines()
    assert listed == [line.split(",")[0] for line in lines[1:]]
