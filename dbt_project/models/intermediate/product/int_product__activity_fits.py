"""Grain: one row per first day of a quarter before which enough users came twice."""


def model(dbt, session):
    """How users come and stay away; the models are fitted in orchestration/statistics."""
    from orchestration.statistics.activity_tables import materialize_activity

    return materialize_activity(session, histories=dbt.ref("int_product__activity_histories"))
