"""Grain: one row per component of the health score, by its name and the day it is judged by."""


def model(dbt, session):
    """Whether a component leads churn, beside the others that were judged on the same day."""
    from orchestration.statistics.materialize import materialize_judgements

    return materialize_judgements(
        session,
        contrasts=dbt.ref("int_health__contrasts"),
        family_of=lambda driver: driver.split("|")[1],
    )
