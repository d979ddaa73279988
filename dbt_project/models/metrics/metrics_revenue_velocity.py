"""Grain: one row per metric of revenue_velocity, grain, period and slice."""


def model(dbt, session):
    """The family's metrics, compiled by MetricFlow and run on dbt's connection."""
    # The marts that the compiled SQL reads, spelled out: dbt reads them from here.
    dbt.ref("dim_customers")
    dbt.ref("fct_acquisition_months")
    dbt.ref("fct_customer_economics")
    dbt.ref("fct_customer_months")
    dbt.ref("fct_deals")
    dbt.ref("fct_financial_periods")
    dbt.ref("fct_funnel_entries")
    dbt.ref("fct_growth_months")
    dbt.ref("fct_mrr_balances")
    dbt.ref("fct_mrr_movements")
    dbt.ref("fct_parent_months")
    dbt.ref("fct_pipeline_snapshots")
    dbt.ref("fct_usage_charges")
    dbt.ref("time_spine_daily")

    from orchestration.semantic.materialize import materialize_family

    return materialize_family(session, "revenue_velocity")
