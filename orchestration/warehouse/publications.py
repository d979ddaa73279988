"""The memory of what was published: publishing appends to it, dbt only reads it.

It is no dbt model, so no rebuild can lose it. Remembered are values of complete periods at
week, month and quarter grain, and of those only what is new or was restated, so that a
refresh without change appends nothing. Of each week the executive scorecard is kept as it was
first published. The day grain is left out: it doubles the rows, and
a day that is restated shows in its week. So are metrics that depend on when runs took
place. A publication of an earlier day than the last recorded one is a look back, no
report, and is not recorded.

On the demo company the first publication remembers 241 000 values in 0.2 s and 3.4 MB; one
with nothing new takes 0.1 s and adds a row to `publications`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.landing.transaction import transaction

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

_KEYS = ("metric_id", "grain", "period_start", "dimension", "dimension_value")
_SAME_KEY = " and ".join(f"current.{key} = recorded.{key}" for key in _KEYS)
# One statement for both: DuckDB 2.0 keeps wrong statistics of a table into which one
# transaction inserts nothing and then much, and an anti join in the same process then finds
# every row to be new.
_VALUES = f"""
insert into raw_meta.published_values
select
    ?, restated.metric_id, restated.grain, restated.period_start, restated.period_end,
    restated.dimension, restated.dimension_value, restated.value_after, restated.state_after,
    restated.definition_version_after, restated.reason, restated.load_ids, restated.load_files
from governance.metric_restatements as restated
where restated.build_id = ?
union all
select
    ?, current.metric_id, current.grain, current.period_start, current.period_end,
    current.dimension, current.dimension_value, current.value, current.state,
    metrics.definition_version, null, null, null
from governance.metric_values as current
inner join governance.dim_metrics as metrics on current.metric_id = metrics.metric_id
anti join raw_meta.published_values as recorded on {_SAME_KEY}
where current.is_complete and current.grain != 'day' and metrics.not_recomputed is null
"""
# Of a week what was published of it first, which is what its digest said.
_WEEKS = """
insert into raw_meta.published_weeks
select
    ?, current.week, current.week_starts_on, current.snapshot_on, current.metric_id,
    current.label, current.driver_family, current.unit, current.currency, current.direction,
    current.grain, current.period_start, current.period_end, current.judged_over, current.value,
    current.state, current.target, current.guardrail, current.status, current.score,
    current.company_score, current.to_date_start, current.to_date_value, current.week_value,
    current.last_4_weeks, current.last_13_weeks, current.owner_role, current.narrative
from audiences.executive_weeks as current
anti join raw_meta.published_weeks as recorded on current.week = recorded.week
"""
_DEFINITIONS = """
insert into raw_meta.published_definitions
select
    ?, registry.metric_id, registry.definition_version, registry.formula, registry.fingerprint
from metrics.metric_registry as registry
anti join (
    select * from raw_meta.published_definitions
    qualify row_number() over (
        partition by metric_id order by publication_number desc
    ) = 1
) as recorded
    on
        registry.metric_id = recorded.metric_id
        and registry.definition_version = recorded.definition_version
        and registry.formula = recorded.formula
        and registry.fingerprint = recorded.fingerprint
"""
_CUSTOMERS = """
insert into raw_meta.published_customers
select ?, current.customer_id, current.dimension, current.dimension_value
from intermediate.int_customers__slices as current
anti join (
    select * from raw_meta.published_customers
    qualify row_number() over (
        partition by customer_id, dimension order by publication_number desc
    ) = 1
) as recorded
    on
        current.customer_id = recorded.customer_id
        and current.dimension = recorded.dimension
        and current.dimension_value = recorded.dimension_value
"""


def record_publication(
    connection: duckdb.DuckDBPyConnection, build_id: str, *, now: dt.datetime
) -> int:
    """Mark a build as published and append what it published; gives the values appended.

    Called after readers have the new version, in one transaction. Killed before it, the
    next publication finds the same differences and remembers them as its own; called again
    for the same build it appends nothing.
    """
    with transaction(connection):
        connection.execute(
            "update raw_meta.runs set status = 'published' where build_id = ?", [build_id]
        )
        row = connection.execute(
            "insert into raw_meta.publications "
            "select coalesce(max(publications.publication_number), 0) + 1, "
            "any_value(runs.build_id), any_value(runs.as_of), any_value(runs.started_at), ?, "
            "(select list(load_id order by load_id) from raw_meta.files "
            "where status = 'accepted' and built_at is not null) "
            "from raw_meta.runs as runs "
            "left join raw_meta.publications as publications on true "
            "where runs.build_id = ? "
            "having any_value(runs.as_of) >= coalesce(max(publications.as_of), date '0001-01-01') "
            "and not coalesce(bool_or(publications.build_id = runs.build_id), false) "
            "returning publication_number",
            [now.replace(tzinfo=None), build_id],
        ).fetchone()
        if row is None:
            return 0
        (number,) = row
        counted = connection.execute(_VALUES, [number, build_id, number]).fetchone()
        connection.execute(_WEEKS, [number])
        connection.execute(_DEFINITIONS, [number])
        connection.execute(_CUSTOMERS, [number])
    return int(counted[0]) if counted else 0
