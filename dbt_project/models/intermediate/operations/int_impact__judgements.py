"""Grain: one row per service, or all of them, and outcome."""


def model(dbt, session):
    """Whether the touched leave more than others who are alike; as of drivers, beside all asked."""
    from orchestration.statistics.materialize import materialize_judgements

    return materialize_judgements(session, contrasts=dbt.ref("int_impact__contrasts"))
