"""No metric of the demo company says the same for a year, but where a company's would too.

What is judged is asked: of a year, where a month alone has too few cases.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

# Metric, and why one value for twelve months is right.
ONE_VALUE = {
    "months_of_stalled_growth": "It counts months without growth, and the company grows.",
}


def test_every_metric_takes_two_values_in_its_last_twelve_months(story_home: Path) -> None:
    with duckdb.connect(
        str(story_home / "serving/drivewheel.duckdb"), read_only=True
    ) as connection:
        rows = connection.execute(
            """
            select metric_id, count(distinct judged_value) from governance.metric_values
            where grain = 'month' and dimension = 'total' and judged_state = 'ok'
                and period_start in (
                    select distinct period_start from governance.metric_values
                    where grain = 'month' and is_complete
                    order by period_start desc limit 12
                )
            group by metric_id
            """
        ).fetchall()
    assert len(rows) > 150
    assert {metric for metric, count in rows if count == 1} == set(ONE_VALUE)
