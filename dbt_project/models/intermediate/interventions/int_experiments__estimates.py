"""Grain: one row per experiment, metric and arm that is compared with the control arm."""


def model(dbt, session):
    """Effects with their intervals, by a statistics library."""
    outcomes = dbt.ref("int_experiments__outcomes")
    experiments = dbt.ref("stg_governance__experiments")

    from orchestration.statistics.materialize import materialize_estimates

    return materialize_estimates(session, outcomes=outcomes, experiments=experiments)
