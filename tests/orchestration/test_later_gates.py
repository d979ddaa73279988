"""A warehouse that gates 2 and 3 refuse is published by nobody, however it is asked."""

from __future__ import annotations

import dagster as dg
import pytest
from dagster._cli import create_dagster_cli

from tests.orchestration.homes import Home
from tests.orchestration.jobs import PUBLISH, execute, invoke, is_published, later_gates

SPOILINGS = {
    "core": (
        "update core.dim_customers set churned_on = first_paid_on - 1, is_active = false",
        "customers_start_before_they_stop on core/dim_customers",
    ),
    "revenue_velocity": (
        "update revenue_velocity.fct_customer_months set closing_mrr = -1 "
        "where month_start = date '2026-03-01'",
        "balances_are_valid on revenue_velocity/fct_customer_months",
    ),
    "governance": (
        "update intermediate.int_metrics__first_values set state = 'fine' where metric_id = 'mrr'",
        "values_are_valid on governance/metric_values",
    ),
    "audiences": (
        "update audiences.executive_scorecard set value = null, state = 'ok'",
        "core_metrics_are_stated on audiences/executive_scorecard",
    ),
    "gate 3, files": (
        "delete from raw_contracts.subscription_periods where subscription_id = 's1'",
        "files_are_in_raw_tables on intermediate/int_subscriptions__segments",
    ),
    "gate 3, money": (
        "delete from revenue_velocity.fct_mrr_movements where customer_id = 'c1'",
        "movements_make_balances on revenue_velocity/fct_mrr_movements",
    ),
    "gate 3, metrics": (
        "delete from intermediate.int_metrics__first_values where metric_id = 'grr'",
        "metrics_have_values on governance/dim_metrics",
    ),
}


def test_an_unspoiled_warehouse_is_published_again(definitions: dg.Definitions, home: Home) -> None:
    before = home.published
    result = execute(definitions, home, later_gates(definitions) | PUBLISH)
    assert result.success
    assert is_published(result)
    assert home.published != before


@pytest.mark.parametrize(("spoiling", "caught_by"), SPOILINGS.values(), ids=SPOILINGS)
def test_a_mart_that_a_gate_refuses_is_not_published(
    definitions: dg.Definitions, home: Home, spoiling: str, caught_by: str
) -> None:
    before = home.published
    home.spoil(spoiling)
    result = execute(definitions, home, later_gates(definitions) | PUBLISH)
    failed = {
        f"{found.check_name} on {'/'.join(found.asset_key.path)}"
        for found in result.get_asset_check_evaluations()
        if not found.passed and found.blocking
    }
    assert caught_by in failed
    # Refused by the graph: the step was never reached.
    assert "publish" not in {event.step_key for event in result.all_events if event.is_step_start}
    assert not is_published(result)
    assert home.published == before

    # By itself it is refused too, because the warehouse remembers.
    alone = execute(definitions, home, PUBLISH)
    assert not alone.success
    assert caught_by in refusal(alone)
    assert home.published == before


def refusal(result: dg.ExecuteInProcessResult) -> str:
    """What the step that failed says; gates and assets as one text."""
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    return "\n".join(str(data.user_failure_data.description) for data in failures)


def test_publish_from_the_command_line_is_refused_with_the_reasons(
    definitions: dg.Definitions, home: Home
) -> None:
    before = home.published
    home.spoil(SPOILINGS["core"][0])
    execute(definitions, home, later_gates(definitions))
    words = ("asset", "materialize", "--select", "publish", "-m", "orchestration.definitions")
    ended = invoke(home, create_dagster_cli(), *words)
    assert ended.exit_code != 0
    assert "gate_2: customers_start_before_they_stop on core/dim_customers" in ended.output
    assert "no customer churns before its first payment" in ended.output
    assert home.published == before


@pytest.mark.parametrize(
    ("spoiling", "reason"),
    [
        ("delete from raw_meta.gate_results where gate = 'gate_3'", "gate_3 has not been asked"),
        ("update raw_meta.runs set status = 'building'", "did not finish (it is building)"),
        ("delete from raw_meta.runs", "nothing has been built"),
    ],
)
def test_a_build_that_was_not_finished_or_not_asked_is_not_published(
    definitions: dg.Definitions, home: Home, spoiling: str, reason: str
) -> None:
    before = home.published
    home.spoil(spoiling)
    result = execute(definitions, home, PUBLISH)
    assert not result.success
    assert reason in refusal(result)
    assert home.published == before
