"""Grain: one row per metric of cost_efficiency, grain, period and slice."""


def model(dbt, session):
    """The family's metrics, compiled by MetricFlow and run on dbt's connection."""
    # The marts that the compiled SQL reads, spelled out: dbt reads them from here.
    dbt.ref("dim_customers")
    dbt.ref("fct_acquisition_months")
    dbt.ref("fct_consultant_days")
    dbt.ref("fct_customer_economics")
    dbt.ref("fct_financial_periods")
    dbt.ref("fct_milestones")
    dbt.ref("fct_projects")
    dbt.ref("fct_relationship_snapshots")
    dbt.ref("fct_usage_snapshots")
    dbt.ref("time_spine_daily")

    from orchestration.semantic.materialize import materialize_family

    return materialize_family(session, "cost_efficiency")
