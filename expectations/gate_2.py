"""Gate 2: marts before publishing: ranges that business cannot leave, and drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import great_expectations.expectations as gxe

from expectations.runner import Batch, CheckOutcome, Suite, run_suites

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestration.landing.contract import ObjectContract

STATES = (
    "ok", "no_data", "undefined", "immature", "too_few", "not_reached", "not_burning",
    "no_new_customers", "burning_without_growth",
)  # fmt: skip
# Shares of a whole: outside 0..1 the formula or its facts are broken.
SHARES = (
    "grr", "grr_monthly", "logo_churn_rate", "activation_rate", "feature_adoption_rate",
    "stickiness", "seat_utilization", "expansion_share_of_new_arr", "early_churn_rate_90d",
    "initial_user_activation_rate",
)  # fmt: skip
# A total that moves further than this between two complete months is looked at.
MAX_MONTHLY_JUMP = 0.5


def ask(database: Path, contracts: Mapping[tuple[str, str], ObjectContract]) -> list[CheckOutcome]:
    """Ask gate 2 of the built marts."""
    del contracts
    return run_suites(database, build_suites())


def build_suites() -> list[Suite]:
    """The suites of gate 2."""
    shares = ", ".join(f"'{share}'" for share in SHARES)
    return [
        Suite(
            gate="gate_2",
            name="gate_2",
            asset=("core", "dim_customers"),
            batches=[
                Batch(
                    query="select * from core.dim_customers",
                    expectations=[
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query=(
                                "select customer_id from {batch} where churned_on < first_paid_on"
                            ),
                            meta={"reason": "nobody stops paying before starting"},
                        ),
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query=(
                                "select customer_id from {batch} where is_active "
                                "and churned_on is not null"
                            ),
                            meta={"reason": "a customer who pays has not churned"},
                        ),
                    ],
                )
            ],
            is_blocking=True,
        ),
        Suite(
            gate="gate_2",
            name="gate_2",
            asset=("revenue_velocity", "fct_customer_months"),
            batches=[
                Batch(
                    query="select * from revenue_velocity.fct_customer_months",
                    expectations=[
                        *(
                            gxe.ExpectColumnValuesToBeBetween(
                                column=column,
                                min_value=0,
                                meta={"reason": f"{column} is not negative"},
                            )
                            for column in ("opening_mrr", "closing_mrr", "closing_list_mrr")
                        ),
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query=(
                                "select customer_id, month_start from {batch} "
                                "where closing_mrr > closing_list_mrr + 0.01"
                            ),
                            meta={"reason": "a discount does not raise a price"},
                        ),
                    ],
                )
            ],
            is_blocking=True,
        ),
        Suite(
            gate="gate_2",
            name="gate_2",
            asset=("governance", "metric_values"),
            batches=[
                Batch(
                    query="select * from governance.metric_values",
                    expectations=[
                        gxe.ExpectColumnValuesToBeInSet(
                            column="state",
                            value_set=list(STATES),
                            meta={"reason": "states are known"},
                        ),
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query=(
                                "select metric_id, grain, period_start, dimension_value, value "
                                "from {batch} where not isfinite(value)"
                            ),
                            meta={"reason": "a value is a finite number or has a state instead"},
                        ),
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query=(
                                "select metric_id, grain, period_start, dimension_value, value "
                                f"from {{batch}} where metric_id in ({shares}) "
                                "and (value < 0 or value > 1 + 1e-9)"
                            ),
                            meta={"reason": "shares lie between 0 and 1"},
                        ),
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query=(
                                "select gross.grain, gross.period_start, gross.dimension_value, "
                                "gross.value as grr, net.value as nrr from {batch} as gross "
                                "inner join {batch} as net using "
                                "(grain, period_start, dimension, dimension_value) "
                                "where gross.metric_id = 'grr' and net.metric_id = 'nrr' "
                                "and gross.value > net.value + 1e-9"
                            ),
                            meta={"reason": "GRR is at most NRR"},
                        ),
                    ],
                )
            ],
            is_blocking=True,
        ),
        Suite(
            gate="gate_2",
            name="gate_2_drift",
            asset=("governance", "metric_values"),
            batches=[
                Batch(
                    query=(
                        "select *, lag(value) over (partition by metric_id order by period_start) "
                        "as previous from governance.metric_values where grain = 'month' "
                        "and dimension = 'total' and is_complete "
                        "and metric_id in ('mrr', 'monthly_active_users', 'paying_customers') "
                        "qualify row_number() over "
                        "(partition by metric_id order by period_start desc) = 1"
                    ),
                    expectations=[
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query=(
                                "select metric_id, period_start, previous, value from {batch} "
                                f"where abs(value - previous) > {MAX_MONTHLY_JUMP} * previous"
                            ),
                            meta={
                                "reason": f"a month moves a balance by at most {MAX_MONTHLY_JUMP:.0%}"
                            },
                        )
                    ],
                )
            ],
            is_blocking=False,
        ),
        Suite(
            gate="gate_2",
            name="gate_2",
            asset=("audiences", "executive_scorecard"),
            batches=[
                Batch(
                    query="select * from audiences.executive_scorecard",
                    expectations=[
                        gxe.ExpectTableRowCountToBeBetween(
                            min_value=1,
                            max_value=10,
                            meta={"reason": "the core has at most ten metrics"},
                        ),
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query=(
                                "select metric_id, state from {batch} where value is null and state = 'ok'"
                            ),
                            meta={"reason": "a missing value says why"},
                        ),
                    ],
                )
            ],
            is_blocking=True,
        ),
    ]
