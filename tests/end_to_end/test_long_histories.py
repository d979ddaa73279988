"""Years of months and dozens of slices: DuckDB 2.0.0 ended there in an internal error."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

COMPILED = "target/compiled/drivewheel/dbt_project/models/intermediate/metrics"
# Of every metric that a rule looks at, six years for three dozen values of each dimension.
VALUES = """
create table metric_values as
select
    keys.metric_id, 'month' as grain, months.period_start,
    cast(months.period_start + interval 1 month - interval 1 day as date) as period_end,
    keys.dimension, keys.dimension || slices.number as dimension_value,
    100 + (hash(keys.metric_id, slices.number, months.period_start) % 1000) / 10.0 as value,
    cast(hash(slices.number, months.period_start) % 500 as double) as numerator,
    cast(1 + hash(months.period_start) % 500 as double) as denominator,
    'ok' as state, true as is_complete
from (select distinct metric_id, dimension from warehouse.governance.metric_values) as keys
cross join (select range as number from range({slices})) as slices
cross join months
"""
MONTHS_OF = """
create table months as
select 'month' as grain, cast(date '2020-07-01' + to_months(cast(range as int)) as date)
    as period_start
from range({months})
"""


@pytest.mark.parametrize(("months", "slices"), [(72, 12), (72, 36), (100, 36)])
def test_long_histories_of_many_slices_are_measured(
    demo_home: Path, tmp_path: Path, months: int, slices: int
) -> None:
    sql = (demo_home / COMPILED / "int_diagnostics__measured.sql").read_text()
    # Written and opened again: compressed, words are dictionaries, and there it failed.
    made = (MONTHS_OF.format(months=months), VALUES.format(slices=slices))
    for statements in (made, ()):
        connection = duckdb.connect(str(tmp_path / "years.duckdb"), config={"threads": 2})
        connection.execute(f"attach '{demo_home}/warehouse.duckdb' as warehouse (read_only)")
        for statement in statements:
            connection.execute(statement)
        if statements:
            connection.close()
    with connection:
        sql = sql.replace('"warehouse"."intermediate"."int_metrics__first_values"', "metric_values")
        sql = sql.replace('"warehouse"."intermediate"."int_calendar__periods"', "months")
        # What is measured of customers alone is of the company that is there.
        of_customers = '"warehouse"."intermediate"."int_diagnostics__measures"'
        assert of_customers in sql
        sql = sql.replace(of_customers, f"(select * from {of_customers} limit 0)")
        found = connection.execute(
            f"select count(distinct period_start), count(distinct dimension_value) from ({sql}) "
            "where dimension = 'segment' and measure is not null"
        ).fetchone()
    # A condition looks at a month at least; the first months have nothing before them.
    assert found
    assert months - 12 <= found[0] <= months
    assert found[1] == slices
