"""Grain: one row per end of a quarter or all of them."""


def model(dbt, session):
    """Which weights told better who leaves; made in orchestration/statistics."""
    from orchestration.statistics.health_tables import materialize_health_readouts

    return materialize_health_readouts(session, scores=dbt.ref("int_health__scores"))
