"""Grain: one row per staging model, object that it reads, fate of its rows and reason."""


def model(dbt, session):
    """What became of every delivered row, read out of the staging views and counted."""
    # Rows of every source are counted, of refused ones too.
    dbt.config(tags=["reads_all_sources", "reads_project"])
    # Every view must be the one of this build: most are before the values, the rest are not.
    dbt.ref("metric_values")
    dbt.ref("int_billing__refunds")
    dbt.ref("stg_bamboohr__compensations")
    dbt.ref("stg_governance__decisions")
    dbt.ref("stg_governance__experiment_assignments")
    dbt.ref("stg_governance__experiments")
    dbt.ref("stg_quickbooks__vendors")

    from orchestration.semantic.materialize import materialize_staged_rows

    return materialize_staged_rows(session)
