"""Grain: one row per customer, day, outcome, days after it and fold, or none for today."""


def model(dbt, session):
    """Walking forward, and today; the numbers are made in orchestration/statistics."""
    from orchestration.statistics.outlook_tables import materialize_predictions

    return materialize_predictions(session, moments=dbt.ref("int_outlook__moments"))
