"""Grain: one row per metric of value_realization, grain, period and slice."""


def model(dbt, session):
    """The family's metrics, compiled by MetricFlow and run on dbt's connection."""
    # The marts that the compiled SQL reads, spelled out: dbt reads them from here.
    dbt.ref("dim_customers")
    dbt.ref("fct_customer_months")
    dbt.ref("fct_customer_onboarding")
    dbt.ref("fct_feature_first_uses")
    dbt.ref("fct_feature_snapshots")
    dbt.ref("fct_onboarding_duration_cohorts")
    dbt.ref("fct_process_steps")
    dbt.ref("fct_success_goals")
    dbt.ref("fct_survey_requests")
    dbt.ref("fct_usage_outcomes")
    dbt.ref("fct_usage_snapshots")
    dbt.ref("fct_users")
    dbt.ref("time_spine_daily")

    from orchestration.semantic.materialize import materialize_family

    return materialize_family(session, "value_realization")
