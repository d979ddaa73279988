"""Gate 3, lineage: every layer accounts for the rows and the money of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.expect import no_rows
from expectations.runner import Batch, CheckOutcome, Suite, chosen, run_suites

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from expectations.contract import Contract
    from expectations.declared import AssetPath
    from expectations.runner import Config

# Accepted events are used, or their id stands up to a week before them: nothing else. Asked
# of the days that this build has computed, so that a day costs a day; an undated event is
# rejected on load. Read each time, and repeats looked for by the hash of their id: written down,
# a hundred million accepted events take 40 s for 7.
EVENTS = """
with accepted as not materialized (
    select tracks.id, tracks."timestamp" as occurred_at,
        cast(tracks."timestamp" as date) as occurred_on,
        files.file_order, tracks._file_row
    from raw_segment.tracks as tracks
    inner join raw_meta.accepted_files as files on tracks._load_id = files.load_id
    where tracks."timestamp" >= (
            -- Where none is affected a null would be asked of every row.
            select coalesce(min(occurred_on), date '9999-01-01') - interval 7 day
            from intermediate.int_product__affected_days
        )
),
asked as (
    select accepted.*
    from accepted
    where accepted.occurred_on in (
        select occurred_on from intermediate.int_product__affected_days
    )
),
told as (
    select occurred_on, occurred_at - lag(occurred_at) over (
        partition by id order by occurred_at, file_order, _file_row
    ) as since_before
    from accepted
    where hash(id) in (
        select hash(id) from accepted where id is not null group by hash(id) having count(*) > 1
    )
)
select
    count(*) as accepted_rows,
    (
        select count(*) from told
        where since_before <= interval 7 day and occurred_on in (
            select occurred_on from intermediate.int_product__affected_days
        )
    ) as repeated_rows,
    (
        select coalesce(sum(usage.event_count), 0)
        from intermediate.int_product__usage_days as usage
        where usage.occurred_on in (
            select occurred_on from intermediate.int_product__affected_days
        )
    ) as used_rows
from asked
"""
# The same of requests, of which a minute's key is delivered once or again.
REQUESTS = """
with affected as (select occurred_on from intermediate.int_telemetry__affected_days),
asked as (
    select "count" as requests,
        row_number() over (
            partition by service, endpoint, account_id, minute order by file_order, _file_row
        ) as delivery
    from raw_telemetry.request_rollup
    inner join raw_meta.accepted_files as files on request_rollup._load_id = files.load_id
    where cast(minute as date) in (select occurred_on from affected)
)
select
    coalesce(sum(requests), 0) as accepted_requests,
    coalesce(sum(requests) filter (where delivery > 1), 0) as repeated_requests,
    (
        select coalesce(sum(days.request_count), 0)
        from intermediate.int_telemetry__account_days as days
        where days.occurred_on in (select occurred_on from affected)
    ) as used_requests
from asked
"""
# By staging model and object, the rows that came and what became of them.
STAGED = """
select model_name, system, object_name,
    coalesce(sum(row_count) filter (where fate = 'delivered'), 0) as delivered_rows,
    coalesce(sum(row_count) filter (where fate != 'delivered'), 0) as accounted_rows
from governance.row_accounting
group by all
"""
# By flow and month, what a layer passes on and what the next one has of it.
FLOWS = """
select flow, measure, month_start,
    coalesce(sum(amount) filter (where fate = 'passed_on'), 0) as passed_on,
    coalesce(sum(amount) filter (where fate = 'arrived'), 0) as arrived
from governance.layer_accounting
group by all
"""
# How automatic sources are is read off what their YAML declares.
SHOWN_METRICS = """
select distinct shown.metric_id,
    shown.metric_id in (
        select metric_id from governance.metric_lineage
        where is_source or from_table = 'source_roles'
    ) as has_lineage
from (
    select metric_id from audiences.executive_scorecard
    union all select metric_id from audiences.leadership_scorecard
    union all select metric_id from audiences.technical_scorecard
    union all select metric_id from governance.dim_metrics
) as shown
"""
# Day by day and month by month the same money has moved. A full join: a month that one of
# the two does not have at all is a difference too.
MOVED_MONEY = """
select month_start, monthly.net as monthly_net, daily.net as daily_net
from (
    select month_start, sum(closing_mrr - opening_mrr) as net
    from revenue_velocity.fct_customer_months
    group by all
) as monthly
full join (
    select cast(date_trunc('month', occurred_on) as date) as month_start,
        sum(mrr_change) as net
    from revenue_velocity.fct_mrr_movements
    group by all
) as daily using (month_start)
"""
# What the segments of the day hold in the reporting currency, and what the balance says.
BALANCE_OF_THE_DAY = """
with run as (select as_of from intermediate.int_calendar__run),
segments as (
    select sum(segments.net_mrr * case
        when run.as_of = last_day(run.as_of) then rates.closing_rate
        else rates.opening_rate end) as mrr
    from intermediate.int_subscriptions__segments as segments
    cross join run
    inner join intermediate.int_currencies__monthly_rates as rates
        on segments.currency = rates.currency
        and rates.month_start = date_trunc('month', run.as_of)
    where segments.valid_from <= run.as_of and segments.valid_to > run.as_of
),
balances as (
    select sum(balances.mrr) as mrr, count(distinct balances.customer_id) as customers
    from revenue_velocity.fct_mrr_balances as balances, run
    where balances.snapshot_on = run.as_of
)
select coalesce(segments.mrr, 0) as segment_mrr, coalesce(balances.mrr, 0) as balance_mrr,
    balances.customers
from segments, balances
"""
# Of a month's closing balance, what no difference explains. The demo company's worst
# month has a tenth of it: prorations are priced by seconds and MRR counts days.
MAX_UNEXPLAINED_SHARE = 0.01
UNEXPLAINED = """
select unexplained.month_start, unexplained.bridge, unexplained.amount as unexplained,
    closing.amount as closing
from governance.revenue_reconciliation as unexplained
inner join governance.revenue_reconciliation as closing using (month_start, bridge)
where unexplained.kind = 'unexplained' and closing.kind = 'closing'
"""
VALUES_BY_METRIC = """
select metrics.metric_id, count(known.metric_id) as value_rows
from governance.dim_metrics as metrics
left join governance.metric_values as known using (metric_id)
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
    """Ask gate 3 of the built warehouse; of some assets only, where these checks are named."""
    suites = chosen(build_suites(contracts), only)
    return run_suites(database, suites, site=site, config=config)


def build_suites(contracts: Mapping[tuple[str, str], Contract]) -> list[Suite]:
    """The suites of gate 3."""
    files = Batch(
        _files_and_rows(contracts),
        [
            no_rows(
                "select * from {batch} where rows_in != rows_loaded + rows_rejected",
                "rows of a file are loaded or rejected, none is lost",
            ),
            no_rows(
                "select * from {batch} where raw_rows != rows_loaded",
                "raw tables hold what the manifest says, no more, no less",
            ),
        ],
    )
    events = Batch(
        EVENTS,
        [
            no_rows(
                "select * from {batch} where accepted_rows != used_rows + repeated_rows",
                "every accepted event is used or was delivered before",
            )
        ],
    )
    requests = Batch(
        REQUESTS,
        [
            no_rows(
                "select * from {batch} "
                "where accepted_requests != used_requests + repeated_requests",
                "every accepted request is counted or was delivered before",
            )
        ],
    )
    staged = Batch(
        STAGED,
        [
            no_rows(
                "select * from {batch} where delivered_rows != accounted_rows",
                "every delivered row is staged, or left out for a reason that is counted",
            )
        ],
    )
    flows = Batch(
        FLOWS,
        [
            no_rows(
                "select * from {batch} where abs(passed_on - arrived) >= 0.005",
                "what a layer passes on is in the next one, to the cent",
            )
        ],
    )
    lineage = Batch(
        SHOWN_METRICS,
        [
            no_rows(
                "select metric_id from {batch} where not has_lineage",
                "every metric that is shown comes from a column of a source",
            )
        ],
    )
    moved = Batch(
        MOVED_MONEY,
        [
            no_rows(
                "select * from {batch} where coalesce(monthly_net, 0) != coalesce(daily_net, 0)",
                "daily movements and month ends hold the same money",
            )
        ],
    )
    balance = Batch(
        BALANCE_OF_THE_DAY,
        [
            no_rows(
                # Each customer's balance is rounded to four decimals.
                "select * from {batch} "
                "where abs(segment_mrr - balance_mrr) > 0.0001 * (1 + coalesce(customers, 0))",
                "the balance of the day is that of the segments in force",
            )
        ],
    )
    # Two systems of the company disagree and neither need be ours: told, not blocked.
    reconciliation = Batch(
        UNEXPLAINED,
        [
            no_rows(
                "select * from {batch} where abs(unexplained) > "
                f"greatest({MAX_UNEXPLAINED_SHARE} * abs(closing), 1)",
                f"MRR, invoices and ledger agree, but for named differences and "
                f"{MAX_UNEXPLAINED_SHARE:.0%}",
            )
        ],
    )
    registry = Batch(
        VALUES_BY_METRIC,
        [
            no_rows(
                "select * from {batch} where value_rows = 0",
                "every metric has values, or says why it has none",
            )
        ],
    )
    return [
        Suite(
            "gate_3",
            "files_are_in_raw_tables",
            ("intermediate", "int_subscriptions__segments"),
            [files],
            True,
        ),
        Suite(
            "gate_3",
            "events_are_used_once",
            ("intermediate", "int_product__usage_days"),
            [events],
            True,
        ),
        Suite(
            "gate_3",
            "requests_are_counted_once",
            ("intermediate", "int_telemetry__account_days"),
            [requests],
            True,
        ),
        Suite(
            "gate_3", "delivered_rows_are_staged", ("governance", "row_accounting"), [staged], True
        ),
        Suite(
            "gate_3", "layers_pass_on_everything", ("governance", "layer_accounting"), [flows], True
        ),
        Suite(
            "gate_3", "metrics_come_from_sources", ("governance", "metric_lineage"), [lineage], True
        ),
        Suite(
            "gate_3",
            "movements_make_balances",
            ("revenue_velocity", "fct_mrr_movements"),
            [moved, balance],
            True,
        ),
        Suite("gate_3", "metrics_have_values", ("governance", "dim_metrics"), [registry], True),
        Suite(
            "gate_3",
            "mrr_invoices_and_ledger_agree",
            ("governance", "revenue_reconciliation"),
            [reconciliation],
            False,
        ),
    ]


def _files_and_rows(contracts: Mapping[tuple[str, str], Contract]) -> str:
    """Accepted files with what the manifest says and what the raw table holds."""
    counted = " union all ".join(
        f'select _load_id as load_id, count(*) as row_count from "{contract.schema}".'
        f'"{contract.name}" group by all'
        for contract in contracts.values()
    )
    return f"""
select files.path as _file, files.load_id as _load_id, files.rows_in, files.rows_loaded,
    files.rows_rejected, coalesce(counted.row_count, 0) as raw_rows
from raw_meta.files as files
left join ({counted}) as counted on files.load_id = counted.load_id
where files.status = 'accepted'
"""
