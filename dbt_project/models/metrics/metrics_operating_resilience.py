"""Grain: one row per metric of operating_resilience, grain, period and slice."""


def model(dbt, session):
    """The family's metrics, compiled by MetricFlow and run on dbt's connection."""
    # The marts that the compiled SQL reads, spelled out: dbt reads them from here.
    dbt.ref("dim_customers")
    dbt.ref("fct_business_impact")
    dbt.ref("fct_cash_days")
    dbt.ref("fct_commitments")
    dbt.ref("fct_deployments")
    dbt.ref("fct_engagement_periods")
    dbt.ref("fct_financial_periods")
    dbt.ref("fct_foretold_losses")
    dbt.ref("fct_governance_days")
    dbt.ref("fct_operating_duration_cohorts")
    dbt.ref("fct_people_snapshots")
    dbt.ref("fct_process_steps")
    dbt.ref("fct_revenue_leaks")
    dbt.ref("fct_service_days")
    dbt.ref("fct_source_days")
    dbt.ref("fct_support_commitments")
    dbt.ref("fct_vendor_days")
    dbt.ref("time_spine_daily")

    from orchestration.semantic.materialize import materialize_family

    return materialize_family(session, "operating_resilience")
