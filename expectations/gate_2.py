"""Gate 2: marts before publishing: what no business can be, and what differs from before.

What blocks is impossible: a share above one, a sum that its slices are not. What warns is
unusual and may be true: a slice that is gone, a month that looks unlike the one before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from expectations.expect import Between, InSet, RowCountBetween, no_rows
from expectations.marts import validity_suites
from expectations.runner import Batch, CheckOutcome, Suite, chosen, run_suites

if TYPE_CHECKING:
    from pathlib import Path

    from expectations.contract import Contract
    from expectations.declared import AssetPath
    from expectations.runner import Config

STATES = (
    "ok",
    "no_data",
    "undefined",
    "immature",
    "too_few",
    "not_reached",
    "not_burning",
    "no_new_customers",
    "burning_without_growth",
)
LEAST_MONEY = 0.005
# Binary fractions of exact parts: a billionth is not a finding.
EPSILON = 1e-9
# A total that moves further than this between two complete months is looked at.
MAX_MONTHLY_JUMP = 0.5

# By this much two months differ in whom they are made up of; the usual bound of the index.
MAX_POPULATION_INDEX = 0.25
# Of fewer customers one alone moves the index.
LEAST_POPULATION = 50
BINS = 10
# A slice that had values in so many months in a row, and has none now, has vanished.
STEADY_MONTHS = 3
LATEST_MONTH = """
select *, lag(value) over (partition by metric_id order by period_start) as previous
from governance.metric_values
where grain = 'month' and dimension = 'total' and is_complete
    and metric_id in ('mrr', 'monthly_active_users', 'paying_customers')
qualify row_number() over (partition by metric_id order by period_start desc) = 1
"""
# Outside of the bounds that its YAML says, a metric's formula or its facts are broken.
BEYOND_BOUNDS = f"""
select told.metric_id, told.grain, told.period_start, told.dimension_value, told.value,
    metrics.lower_bound, metrics.upper_bound
from {{batch}} as told
inner join governance.dim_metrics as metrics on told.metric_id = metrics.metric_id
where told.value < metrics.lower_bound - {EPSILON} or told.value > metrics.upper_bound + {EPSILON}
"""
GRR_ABOVE_NRR = f"""
select gross.grain, gross.period_start, gross.dimension_value,
    gross.value as grr, net.value as nrr
from {{batch}} as gross
inner join {{batch}} as net using (grain, period_start, dimension, dimension_value)
where gross.metric_id = 'grr' and net.metric_id = 'nrr'
    and gross.value > net.value + {EPSILON}
"""


# Where one slice's value is of a kind that adds up, all of them are the total's; what is a maximum
# over the rows of a cube is none: a customer is touched by several services.
SLICES = """
select metric_values.metric_id, metric_values.grain, metric_values.period_start,
    metric_values.dimension,
    sum(metric_values.value) as of_slices, any_value(totals.value) as of_all
from governance.metric_values as metric_values
inner join governance.dim_metrics as metrics
    on metric_values.metric_id = metrics.metric_id
    and metrics.aggregation in ('activity', 'balance')
    and metrics.unit in ('count', 'currency', 'minutes')
    and metrics.formula not like 'max(%'
inner join governance.metric_values as totals
    on metric_values.metric_id = totals.metric_id
    and metric_values.grain = totals.grain
    and metric_values.period_start = totals.period_start
    and totals.dimension = 'total' and totals.state = 'ok'
where metric_values.grain in ('month', 'quarter') and metric_values.dimension != 'total'
    and metric_values.state = 'ok'
group by all
"""
MOVED_MRR = """
with months as (
    select period_start,
        max(value) filter (where metric_id = 'mrr') as mrr,
        coalesce(sum(value) filter (where metric_id in (
            'new_mrr', 'expansion_mrr', 'reactivation_mrr', 'fx_mrr'
        )), 0)
        - coalesce(sum(value) filter (where metric_id in ('contraction_mrr', 'churned_mrr')), 0)
            as moved
    from governance.metric_values
    where grain = 'month' and dimension = 'total' and is_complete
    group by all
)
select period_start, mrr, moved, lag(mrr) over (order by period_start) as mrr_before
from months
"""
# Of metrics that do not say themselves what bounds them.
UNITS = """
select metric_values.metric_id, metric_values.grain, metric_values.period_start,
    metric_values.dimension_value, metric_values.value, metrics.unit
from governance.metric_values as metric_values
inner join governance.dim_metrics as metrics
    on metric_values.metric_id = metrics.metric_id
where not metrics.has_bounds
    and (
        metrics.unit in ('count', 'hours', 'minutes', 'milliseconds')
        or (metrics.unit = 'days' and metrics.aggregation = 'distribution')
    )
"""
ANSWERS = """
select grain, period_start, dimension, dimension_value,
    max(sample_size) filter (where metric_id = 'nps') as answered,
    sum(value) filter (where metric_id like 'nps_%') as of_kinds
from governance.metric_values
where metric_id in ('nps', 'nps_promoters', 'nps_passives', 'nps_detractors')
group by all
having answered is not null and of_kinds is not null
"""
# Of each slice, in how many metrics it had values in every one of the months before, and has
# them still.
SLICE_MONTHS = f"""
with months as (
    select distinct period_start from governance.metric_values
    where grain = 'month' and dimension = 'total' and is_complete
    order by period_start desc
    limit {STEADY_MONTHS + 1}
),
slices as (
    select metric_id, dimension, dimension_value,
        count(*) filter (where period_start < (select max(period_start) from months)) as before,
        count(*) filter (where period_start = (select max(period_start) from months)) as now
    from governance.metric_values
    where grain = 'month' and dimension != 'total' and state in ('ok', 'undefined', 'too_few')
        and period_start in (select period_start from months)
    group by all
)
select dimension, dimension_value,
    count(*) filter (where before = {STEADY_MONTHS}) as metric_count,
    count(*) filter (where before = {STEADY_MONTHS} and now = 1) as metric_count_now
from slices
group by all
"""
# How unlike the latest complete month is to the one before, in whom it is made up of: the
# population stability index, sum of (p - q) ln(p / q) over slices or tenths; an empty one counts
# as a thousandth.
POPULATIONS = f"""
with months as (
    select distinct period_start from governance.metric_values
    where grain = 'month' and dimension = 'total' and is_complete
    order by period_start desc
    limit 2
),
tenths as (
    select unnest(quantile_cont(closing_mrr, [i / {BINS}.0 for i in range(1, {BINS})])) as bound
    from revenue_velocity.fct_customer_months
    where closing_mrr > 0 and month_start = (select min(period_start) from months)
),
paying as (
    select month_start, customer_id,
        cast((select count(*) from tenths where bound < closing_mrr) as varchar) as tenth_of_mrr
    from revenue_velocity.fct_customer_months
    where closing_mrr > 0 and month_start in (select period_start from months)
),
members as (
    select month_start, dimension, dimension_value
    from paying
    inner join intermediate.int_customers__slices using (customer_id)
    union all
    select month_start, 'tenth_of_mrr', tenth_of_mrr from paying
),
counted as (
    select dimension, dimension_value,
        count(*) filter (where month_start = (select max(period_start) from months)) as now,
        count(*) filter (where month_start = (select min(period_start) from months)) as before
    from members
    group by all
),
shares as (
    select dimension,
        sum(now) over whole as population,
        sum(before) over whole as population_before,
        greatest(now / sum(now) over whole, 0.001) as share,
        greatest(before / sum(before) over whole, 0.001) as share_before
    from counted
    window whole as (partition by dimension)
)
select dimension, population, population_before,
    sum((share - share_before) * ln(share / share_before)) as population_index
from shares
group by all
"""


def ask(
    database: Path,
    contracts: Mapping[tuple[str, str], Contract],
    *,
    only: Collection[tuple[str, AssetPath]] | None = None,
    site: Path | None = None,
    config: Config | None = None,
) -> list[CheckOutcome]:
    """Ask gate 2 of the built marts; of some only, where these checks are named."""
    del contracts
    return run_suites(database, chosen(build_suites(), only), site=site, config=config)


def build_suites() -> list[Suite]:
    """The suites of gate 2."""
    customers = Batch(
        "select * from core.dim_customers",
        [
            no_rows(
                "select customer_id from {batch} where churned_on < first_paid_on",
                "no customer churns before its first payment",
            ),
            no_rows(
                "select customer_id from {batch} where is_active and churned_on is not null",
                "a customer who pays has not churned",
            ),
        ],
    )
    months = Batch(
        "select * from revenue_velocity.fct_customer_months",
        [
            *(
                Between(column, 0, None, f"{column} is not negative")
                for column in ("opening_mrr", "closing_mrr", "closing_list_mrr")
            ),
            no_rows(
                "select customer_id, month_start from {batch} "
                "where closing_mrr > closing_list_mrr + 0.01",
                "a discount does not raise a price",
            ),
        ],
        row_names=("customer_id", "month_start"),
    )
    values = Batch(
        "select * from governance.metric_values",
        [
            InSet("state", tuple(STATES), "states are known"),
            no_rows(
                "select metric_id, grain, period_start, dimension_value, value "
                "from {batch} where not isfinite(value)",
                "a value is a finite number or has a state instead",
            ),
            no_rows(BEYOND_BOUNDS, "a value lies within the bounds of its metric"),
            no_rows(GRR_ABOVE_NRR, "GRR is at most NRR"),
            no_rows(
                "select period_start, dimension_value, lower, value, upper from {batch} "
                "where metric_id = 'nps' and state = 'ok' "
                "and not (-100 <= lower and lower <= value and value <= upper and upper <= 100)",
                "NPS lies in its interval, and that between -100 and 100",
            ),
        ],
        row_names=("metric_id", "grain", "period_start", "dimension_value"),
    )
    drift = Batch(
        LATEST_MONTH,
        [
            no_rows(
                "select metric_id, period_start, previous, value from {batch} "
                f"where abs(value - previous) > {MAX_MONTHLY_JUMP} * previous",
                f"a month moves a balance by {MAX_MONTHLY_JUMP:.0%} at most",
            )
        ],
    )
    units = Batch(
        UNITS,
        [
            no_rows(
                f"select * from {{batch}} where value < -{EPSILON}",
                "nothing is counted or lasts less than zero",
            )
        ],
    )
    slices = Batch(
        SLICES,
        [
            no_rows(
                f"select * from {{batch}} where abs(of_slices - of_all) > {LEAST_MONEY}",
                "slices of a sum add up to it",
            )
        ],
    )
    moved = Batch(
        MOVED_MRR,
        [
            no_rows(
                f"select * from {{batch}} where abs(mrr_before + moved - mrr) > {LEAST_MONEY}",
                "MRR is what it was, and what moved",
            )
        ],
    )
    answers = Batch(
        ANSWERS,
        [
            no_rows(
                "select * from {batch} where answered != of_kinds",
                "promoters, passives and detractors are all who answered",
            )
        ],
    )
    vanished = Batch(
        SLICE_MONTHS,
        [
            no_rows(
                "select * from {batch} where metric_count > 0 and metric_count_now = 0",
                f"no slice of {STEADY_MONTHS} months is dropped",
            )
        ],
    )
    populations = Batch(
        POPULATIONS,
        [
            no_rows(
                f"select * from {{batch}} where population_index > {MAX_POPULATION_INDEX} "
                f"and least(population, population_before) >= {LEAST_POPULATION}",
                f"the population of paying customers is stable: PSI at most {MAX_POPULATION_INDEX}",
            )
        ],
    )
    scorecard = Batch(
        "select * from audiences.executive_scorecard",
        [
            RowCountBetween(1, 10, "the core has at most ten metrics"),
            no_rows(
                "select metric_id, state from {batch} where value is null and state = 'ok'",
                "a missing value says why",
            ),
        ],
    )
    journals = Batch(
        "select journal_entry_id, sum(amount) as difference, count(*) as line_count "
        "from intermediate.int_ledger__postings group by journal_entry_id",
        [
            no_rows(
                f"select * from {{batch}} where abs(difference) >= {LEAST_MONEY}",
                "every journal sums to zero",
            )
        ],
    )
    unmatched = Batch(
        "select system, reason, count(*) as record_count, sum(amount) as amount "
        "from governance.unmatched_records group by system, reason",
        [no_rows("select * from {batch}", "no record is unmatched")],
    )
    return [
        Suite(
            "gate_2",
            "customers_start_before_they_stop",
            ("core", "dim_customers"),
            [customers],
            True,
        ),
        Suite(
            "gate_2", "journals_balance", ("intermediate", "int_ledger__postings"), [journals], True
        ),
        Suite(
            "gate_2",
            "records_are_matched",
            ("governance", "unmatched_records"),
            [unmatched],
            False,
        ),
        Suite(
            "gate_2",
            "balances_are_valid",
            ("revenue_velocity", "fct_customer_months"),
            [months],
            True,
        ),
        Suite(
            "gate_2",
            "values_are_valid",
            ("governance", "metric_values"),
            [values, units, slices, moved, answers],
            True,
        ),
        Suite(
            "gate_2",
            "metrics_do_not_drift",
            ("governance", "metric_values"),
            [drift, vanished, populations],
            False,
        ),
        Suite(
            "gate_2",
            "core_metrics_are_stated",
            ("audiences", "executive_scorecard"),
            [scorecard],
            True,
        ),
        *validity_suites(),
    ]
