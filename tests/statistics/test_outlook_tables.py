"""The outlook's tables of companies that have next to nothing."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.statistics.outlook_tables import materialize_predictions, materialize_readouts

MOMENTS = """
    select 'c' || n as customer_id, (date '2024-01-31' + n * interval 40 day)::date as known_on,
        'smb' as segment, true as is_month_end, n = 2 as is_today,
        date '2024-04-20' as as_of, cast(null as double) as tenure, 1.0 as use_per_seat,
        date '2024-02-10' as churn_on, cast(null as date) as downgrade_on,
        cast(null as date) as expansion_on
    from range({}) as t (n)
"""


@pytest.mark.parametrize("size", [0, 3])
def test_a_company_without_a_past_has_rates_or_nothing(size: int) -> None:
    """Of three days one window of 30 has passed: it left. There is no quarter to be read."""
    with duckdb.connect() as connection:
        predictions = materialize_predictions(
            connection, moments=connection.sql(MOMENTS.format(size))
        )
        told = predictions.project(
            "outcome, horizon_days, customer_id, probability, base_rate, is_modelled, reasons"
        ).fetchall()
        types = dict(zip(predictions.columns, map(str, predictions.types), strict=True))
        readouts = materialize_readouts(connection, predictions=predictions).fetchall()
    assert readouts == []
    # Contracts hold of a company without customers too.
    assert types["customer_id"] == types["segment"] == "VARCHAR"
    assert (types["known_on"], types["has_come"]) == ("DATE", "BOOLEAN")
    churn = [row for row in told if row[0] == "churn" and row[1] == 30]
    assert churn == ([("churn", 30, "c2", 1.0, 1.0, False, [])] if size else [])
