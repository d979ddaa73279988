"""Grain: one row per metric that is judged over a window, grain, last period and slice."""


def model(dbt, session):
    """Metrics of any family over three or twelve months, recomputed from their parts."""
    # The marts that the compiled SQL reads, spelled out: dbt reads them from here.
    dbt.ref("dim_customers")
    dbt.ref("fct_acquisition_months")
    dbt.ref("fct_customer_economics")
    dbt.ref("fct_customer_months")
    dbt.ref("fct_customer_onboarding")
    dbt.ref("fct_deals")
    dbt.ref("fct_failed_payments")
    dbt.ref("fct_financial_periods")
    dbt.ref("fct_first_payments")
    dbt.ref("fct_foretold_losses")
    dbt.ref("fct_funnel_entries")
    dbt.ref("fct_governance_days")
    dbt.ref("fct_milestones")
    dbt.ref("fct_process_steps")
    dbt.ref("fct_projects")
    dbt.ref("fct_renewals")
    dbt.ref("fct_service_days")
    dbt.ref("fct_success_goals")
    dbt.ref("fct_survey_requests")
    dbt.ref("time_spine_daily")

    from orchestration.semantic.materialize import materialize_windows

    return materialize_windows(session)
