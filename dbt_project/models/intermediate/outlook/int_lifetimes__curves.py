"""Grain: one row per cutoff, segment or the total, and tenure."""


def model(dbt, session):
    """For how many months who is there stays; the curves are fitted in orchestration/statistics."""
    from orchestration.statistics.lifetime_tables import materialize_lifetimes

    return materialize_lifetimes(session, exposures=dbt.ref("int_lifetimes__exposures"))
