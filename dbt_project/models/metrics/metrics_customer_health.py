"""Grain: one row per metric of customer_health, grain, period and slice."""


def model(dbt, session):
    """The family's metrics, compiled by MetricFlow and run on dbt's connection."""
    # The marts that the compiled SQL reads, spelled out: dbt reads them from here.
    dbt.ref("dim_customers")
    dbt.ref("fct_customer_health")
    dbt.ref("fct_customer_months")
    dbt.ref("fct_failed_payments")
    dbt.ref("fct_first_payments")
    dbt.ref("fct_milestones")
    dbt.ref("fct_process_steps")
    dbt.ref("fct_project_snapshots")
    dbt.ref("fct_relationship_snapshots")
    dbt.ref("fct_renewals")
    dbt.ref("fct_survey_requests")
    dbt.ref("fct_ticket_days")
    dbt.ref("fct_tickets")
    dbt.ref("time_spine_daily")

    from orchestration.semantic.materialize import materialize_family

    return materialize_family(session, "customer_health")
