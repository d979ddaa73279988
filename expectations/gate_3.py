"""Gate 3, lineage: every layer accounts for the rows and the money of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import great_expectations.expectations as gxe

from expectations.runner import Batch, CheckOutcome, Suite, run_suites

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestration.landing.contract import ObjectContract


def ask(database: Path, contracts: Mapping[tuple[str, str], ObjectContract]) -> list[CheckOutcome]:
    """Ask gate 3 of the built warehouse."""
    return run_suites(database, build_suites(contracts))


def build_suites(contracts: Mapping[tuple[str, str], ObjectContract]) -> list[Suite]:
    """The suites of gate 3."""
    counted = " union all ".join(
        f"select '{contract.source}' as source, '{contract.name}' as object, "
        f'_load_id as load_id, count(*) as row_count from "{contract.schema}"."{contract.name}" '
        "group by all"
        for contract in contracts.values()
    )
    return [
        Suite(
            gate="gate_3",
            name="gate_3",
            asset=("intermediate", "int_subscriptions__segments"),
            batches=[
                Batch(
                    query=(
                        "select files.path as _file, files.load_id as _load_id, files.rows_in, "
                        "files.rows_loaded, files.rows_rejected, coalesce(counted.row_count, 0) "
                        f"as raw_rows from raw_meta.files as files left join ({counted}) as counted "
                        "on files.load_id = counted.load_id where files.status = 'accepted'"
                    ),
                    expectations=[
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query=(
                                "select * from {batch} where rows_in != rows_loaded + rows_rejected"
                            ),
                            meta={"reason": "rows of a file are loaded or rejected, none is lost"},
                        ),
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query="select * from {batch} where raw_rows != rows_loaded",
                            meta={
                                "reason": "raw tables hold what the manifest says, no more, no less"
                            },
                        ),
                    ],
                )
            ],
            is_blocking=True,
        ),
        Suite(
            gate="gate_3",
            name="gate_3",
            asset=("revenue_velocity", "fct_mrr_movements"),
            batches=[
                Batch(
                    query=(
                        "select months.month_start, sum(months.closing_mrr - months.opening_mrr) "
                        "as monthly_net, any_value(daily.net) as daily_net "
                        "from revenue_velocity.fct_customer_months as months left join ("
                        "select date_trunc('month', occurred_on) as month_start, sum(mrr_change) as net "
                        "from revenue_velocity.fct_mrr_movements group by all) as daily "
                        "on months.month_start = daily.month_start group by all"
                    ),
                    expectations=[
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query=(
                                "select * from {batch} where monthly_net != coalesce(daily_net, 0)"
                            ),
                            meta={"reason": "daily movements and month ends hold the same money"},
                        )
                    ],
                )
            ],
            is_blocking=True,
        ),
        Suite(
            gate="gate_3",
            name="gate_3",
            asset=("governance", "dim_metrics"),
            batches=[
                Batch(
                    query=(
                        "select metrics.metric_id, count(known.metric_id) as value_rows "
                        "from governance.dim_metrics as metrics "
                        "left join governance.metric_values as known using (metric_id) group by all"
                    ),
                    expectations=[
                        gxe.UnexpectedRowsExpectation(
                            unexpected_rows_query="select * from {batch} where value_rows = 0",
                            meta={"reason": "every metric has values, or says why it has none"},
                        )
                    ],
                )
            ],
            is_blocking=True,
        ),
    ]
