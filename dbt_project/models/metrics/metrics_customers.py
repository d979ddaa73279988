"""Grain: one row per core metric, month and customer."""


def model(dbt, session):
    """Core metrics of every customer, over the window that they are judged over."""
    # The marts that the compiled SQL reads, spelled out: dbt reads them from here.
    dbt.ref("fct_commitments")
    dbt.ref("fct_customer_months")
    dbt.ref("fct_customer_onboarding")
    dbt.ref("fct_mrr_movements")
    dbt.ref("time_spine_daily")

    from orchestration.semantic.materialize import materialize_customers

    return materialize_customers(session)
