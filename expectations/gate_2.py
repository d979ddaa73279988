"""Gate 2: marts before publishing: ranges that business cannot leave, and drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import great_expectations.expectations as gxe

from expectations.runner import Batch, CheckOutcome, Suite, no_rows, run_suites

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
    "initial_user_activation_rate", "availability", "api_error_rate", "change_failure_rate",
    "pipeline_success_rate", "code_coverage", "escaped_defect_rate", "vendor_sla_compliance",
    "vendor_concentration", "source_automation_rate", "review_on_time_rate", "csat",
    "survey_response_rate", "detractor_follow_up_rate", "passive_to_promoter_rate",
    "golive_recommend_rate", "recommend_rate", "post_interaction_sentiment", "reopen_rate",
    "escalation_path_adherence", "support_sla_attainment", "milestone_on_time_rate",
    "delivery_quality", "fulfillment_on_time_rate", "service_package_attach_rate",
)  # fmt: skip
SHARES_SQL = ", ".join(f"'{share}'" for share in SHARES)
LEAST_MONEY = 0.005
# Binary fractions of exact parts: a billionth is not a finding.
EPSILON = 1e-9
# A total that moves further than this between two complete months is looked at.
MAX_MONTHLY_JUMP = 0.5

LATEST_MONTH = """
select *, lag(value) over (partition by metric_id order by period_start) as previous
from governance.metric_values
where grain = 'month' and dimension = 'total' and is_complete
    and metric_id in ('mrr', 'monthly_active_users', 'paying_customers')
qualify row_number() over (partition by metric_id order by period_start desc) = 1
"""
GRR_ABOVE_NRR = f"""
select gross.grain, gross.period_start, gross.dimension_value,
    gross.value as grr, net.value as nrr
from {{batch}} as gross
inner join {{batch}} as net using (grain, period_start, dimension, dimension_value)
where gross.metric_id = 'grr' and net.metric_id = 'nrr'
    and gross.value > net.value + {EPSILON}
"""


def ask(database: Path, contracts: Mapping[tuple[str, str], ObjectContract]) -> list[CheckOutcome]:
    """Ask gate 2 of the built marts."""
    del contracts
    return run_suites(database, build_suites())


def build_suites() -> list[Suite]:
    """The suites of gate 2."""
    customers = Batch(
        "select * from core.dim_customers",
        [
            no_rows(
                "select customer_id from {batch} where churned_on < first_paid_on",
                "nobody stops paying before starting",
            ),
            no_rows(
                "select customer_id from {batch} where is_active and churned_on is not null",
                "a customer who pays has not churned",
            ),
        ],
    )
    months = Batch(
        "select * from revenue_velocity.fct_customer_months",
        [
            *(
                gxe.ExpectColumnValuesToBeBetween(
                    column=column, min_value=0, meta={"reason": f"{column} is not negative"}
                )
                for column in ("opening_mrr", "closing_mrr", "closing_list_mrr")
            ),
            no_rows(
                "select customer_id, month_start from {batch} "
                "where closing_mrr > closing_list_mrr + 0.01",
                "a discount does not raise a price",
            ),
        ],
        row_names=("customer_id", "month_start"),
    )
    values = Batch(
        "select * from governance.metric_values",
        [
            gxe.ExpectColumnValuesToBeInSet(
                column="state", value_set=list(STATES), meta={"reason": "states are known"}
            ),
            no_rows(
                "select metric_id, grain, period_start, dimension_value, value "
                "from {batch} where not isfinite(value)",
                "a value is a finite number or has a state instead",
            ),
            no_rows(
                "select metric_id, grain, period_start, dimension_value, value from {batch} "
                f"where metric_id in ({SHARES_SQL}) and (value < 0 or value > 1 + {EPSILON})",
                "shares lie between 0 and 1",
            ),
            no_rows(GRR_ABOVE_NRR, "GRR is at most NRR"),
            no_rows(
                "select period_start, dimension_value, lower, value, upper from {batch} "
                "where metric_id = 'nps' and state = 'ok' "
                "and not (-100 <= lower and lower <= value and value <= upper and upper <= 100)",
                "NPS lies in its interval, and that between -100 and 100",
            ),
        ],
        row_names=("metric_id", "grain", "period_start", "dimension_value"),
    )
    drift = Batch(
        LATEST_MONTH,
        [
            no_rows(
                "select metric_id, period_start, previous, value from {batch} "
                f"where abs(value - previous) > {MAX_MONTHLY_JUMP} * previous",
                f"a month moves a balance by {MAX_MONTHLY_JUMP:.0%} at most",
            )
        ],
    )
    scorecard = Batch(
        "select * from audiences.executive_scorecard",
        [
            gxe.ExpectTableRowCountToBeBetween(
                min_value=1, max_value=10, meta={"reason": "the core has at most ten metrics"}
            ),
            no_rows(
                "select metric_id, state from {batch} where value is null and state = 'ok'",
                "a missing value says why",
            ),
        ],
    )
    journals = Batch(
        "select journal_entry_id, sum(amount) as difference, count(*) as line_count "
        "from intermediate.int_ledger__postings group by journal_entry_id",
        [
            no_rows(
                f"select * from {{batch}} where abs(difference) >= {LEAST_MONEY}",
                "every journal sums to zero",
            )
        ],
    )
    unmatched = Batch(
        "select system, reason, count(*) as record_count, sum(amount) as amount "
        "from governance.unmatched_records group by system, reason",
        [no_rows("select * from {batch}", "every record belongs to somebody or something")],
    )
    return [
        Suite("gate_2", "gate_2", ("core", "dim_customers"), [customers], True),
        Suite("gate_2", "gate_2", ("intermediate", "int_ledger__postings"), [journals], True),
        Suite(
            "gate_2", "gate_2_unmatched", ("governance", "unmatched_records"), [unmatched], False
        ),
        Suite("gate_2", "gate_2", ("revenue_velocity", "fct_customer_months"), [months], True),
        Suite("gate_2", "gate_2", ("governance", "metric_values"), [values], True),
        Suite("gate_2", "gate_2_drift", ("governance", "metric_values"), [drift], False),
        Suite("gate_2", "gate_2", ("audiences", "executive_scorecard"), [scorecard], True),
    ]
