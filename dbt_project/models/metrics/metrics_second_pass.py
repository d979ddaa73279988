"""Grain: one row per metric that counts what other metrics call for, grain, period and slice."""


def model(dbt, session):
    """Metrics of any family whose facts descend from the first values, by MetricFlow."""
    # The facts that the compiled SQL reads, spelled out: dbt reads them from here.
    dbt.ref("fct_intervention_days")
    dbt.ref("time_spine_daily")

    from orchestration.semantic.materialize import materialize_second_pass

    return materialize_second_pass(session)
