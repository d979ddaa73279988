"""Grain: one row per experiment that chance divided: whether its arms are of the planned sizes."""


def model(dbt, session):
    """The sample-ratio check, by a statistics library."""
    subjects = dbt.ref("int_experiments__subjects")
    experiments = dbt.ref("stg_governance__experiments")

    from orchestration.statistics.materialize import materialize_splits

    return materialize_splits(session, subjects=subjects, experiments=experiments)
