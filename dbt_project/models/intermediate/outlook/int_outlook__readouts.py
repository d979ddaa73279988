"""Grain: one row per outcome, days after it, fold or all, and segment or the total."""


def model(dbt, session):
    """How well it came true; the numbers are made in orchestration/statistics."""
    from orchestration.statistics.outlook_tables import materialize_readouts

    return materialize_readouts(session, predictions=dbt.ref("int_outlook__predictions"))
