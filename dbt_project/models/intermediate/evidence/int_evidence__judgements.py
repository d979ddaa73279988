"""Grain: one row per driver, outcome and days after it."""


def model(dbt, session):
    """Verdicts over all that was tried; the numbers are made in orchestration/statistics."""
    from orchestration.statistics.materialize import materialize_judgements

    return materialize_judgements(session, contrasts=dbt.ref("int_evidence__contrasts"))
