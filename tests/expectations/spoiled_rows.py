"""Rows that spoil a good warehouse, or stand just short of it, as statements of SQL."""

from __future__ import annotations

CONTRACTS = ("contracts", "subscription_periods")
TRACKS = ("segment", "tracks")
MONTHS = ("revenue_velocity", "fct_customer_months")
VALUES = ("governance", "metric_values")
SCORECARD = ("audiences", "executive_scorecard")
MOVEMENTS = ("revenue_velocity", "fct_mrr_movements")
FILES = ("intermediate", "int_subscriptions__segments")
EVENTS = ("intermediate", "int_product__usage_days")
REQUESTS = ("intermediate", "int_telemetry__account_days")

PENDING = "update raw_meta.files set status = 'pending'"
# A delivery before, with all the columns that the contract has and no other.
HISTORY = (
    "insert into raw_meta.files by name select 100 as load_id, 'contracts' as source, "
    "'subscription_periods' as object, 'earlier.csv' as path, 'accepted' as status, "
    "[]::varchar[] as missing_columns, []::varchar[] as unknown_columns"
)


def held_by(sort_key: str, amount: str) -> tuple[str, ...]:
    """An accepted file of this name that says of the company's first contract an amount."""
    return (
        f"{HISTORY}, '{sort_key}' as sort_key",
        "insert into raw_contracts.subscription_periods "
        f"select * replace (100 as _load_id, {amount} as amount) "
        "from raw_contracts.subscription_periods where subscription_id = 's1'",
    )


def days_of_events(
    load_id: int, first_day: str, *, days: int, rows: int, every: int = 1, status: str = "accepted"
) -> tuple[str, ...]:
    """A file of so many rows on each of so many days, and its row in the manifest."""
    last = f"date '{first_day}' + {(days - 1) * every}"
    return (
        f"insert into raw_meta.files by name select {load_id} as load_id, 'segment' as source, "
        f"'tracks' as object, 'tracks-{load_id}.csv' as path, '{status}' as status, "
        f"{days * rows} as rows_in, {days * rows} as rows_loaded, 0 as rows_rejected, "
        f"'{load_id}' as sha256, timestamp '{first_day} 10:00' as min_event_at, "
        f"{last} + interval 10 hour as max_event_at, {last} + interval 1 day as loaded_at",
        "insert into raw_segment.tracks by name "
        f"select '{load_id}-' || d || '-' || i as id, 'login' as event, "
        f"date '{first_day}' + cast(d * {every} as integer) + interval 10 hour as timestamp, "
        f"{load_id} as _load_id, d * {rows} + i + 1 as _file_row, "
        f"'tracks-{load_id}.csv' as _file, {last} + interval 1 day as _loaded_at "
        f"from range({days}) as days (d), range({rows}) as rows (i)",
    )


def rejected_rows(
    count: int, reason: str, *, of: int = 5, last_row: int | None = None
) -> tuple[str, ...]:
    """So many of the last rows of the company's file set aside; by default it has many more."""
    rows = of if last_row is None else 5
    return (
        f"update raw_meta.files set rows_in = {rows}, rows_loaded = {rows - count}, "
        f"rows_rejected = {count if last_row is None else 0}",
        "insert into raw_contracts.subscription_periods__rejected by name "
        f"select '{reason}' as reason, {last_row or of - 1} - i as _file_row, "
        "files.path as _file, files.load_id as _load_id "
        f"from raw_meta.files as files, range({count}) as rows (i)",
    )


def others_go_on_until(day: str) -> str:
    """The manifest's row of a file of another source."""
    return (
        "insert into raw_meta.files by name select 300 as load_id, 'telemetry' as source, "
        "'request_rollup' as object, 'requests.csv' as path, 'accepted' as status, "
        f"timestamp '{day} 10:00' as min_event_at, min_event_at as max_event_at, "
        f"timestamp '{day} 23:00' as loaded_at"
    )


# Five weeks of a hundred events a day, 26 January to 1 March; the day after is a Monday too.
FIVE_WEEKS = days_of_events(101, "2026-01-26", days=35, rows=100)
TWO_DAYS_APART = ("delete from raw_segment.tracks where dayofweek(timestamp) = 3",)
THREE_HOLIDAYS = (
    "insert into raw_zendesk.schedule_holiday by name select 'h' as id, "
    "date '2026-03-03' as start_date, date '2026-03-05' as end_date",
)
# Events on every fifth day, the last on 1 March.
SPARSE = days_of_events(101, "2026-01-25", days=8, rows=1, every=5)
# One event, delivered twice, used once, on a day that this build computed.
ACCEPTED_EVENTS = (
    "insert into raw_meta.files by name select 900 as load_id, 'segment' as source, "
    "'tracks' as object, 'e.csv' as path, 2 as rows_in, 2 as rows_loaded, "
    "0 as rows_rejected, 'accepted' as status",
    "insert into raw_segment.tracks by name select 'e1' as id, 'login' as event, "
    "timestamp '2026-03-01 10:00' as timestamp, 900 as _load_id, i as _file_row "
    "from range(2) as rows (i)",
    "insert into intermediate.int_product__affected_days by name "
    "select date '2026-03-01' as occurred_on",
)
USED_EVENT = (
    "insert into intermediate.int_product__usage_days by name "
    "select date '2026-03-01' as occurred_on, 1 as event_count"
)
# Five requests of a minute, delivered twice, on a day that this build computed.
ACCEPTED_REQUESTS = (
    "insert into raw_meta.files by name select 900 as load_id, 'telemetry' as source, "
    "'request_rollup' as object, 'r.csv' as path, 2 as rows_in, 2 as rows_loaded, "
    "0 as rows_rejected, 'accepted' as status",
    "insert into raw_telemetry.request_rollup by name select 'api' as service, "
    "'list' as endpoint, 'a1' as account_id, timestamp '2026-03-01 10:00' as minute, "
    "5 as count, 900 as _load_id, i as _file_row from range(2) as rows (i)",
    "insert into intermediate.int_telemetry__affected_days by name "
    "select date '2026-03-01' as occurred_on",
)
COUNTED_REQUESTS = (
    "insert into intermediate.int_telemetry__account_days by name "
    "select date '2026-03-01' as occurred_on, 5 as request_count"
)
MARCH_MRR = "metric_id = 'mrr' and grain = 'month' and period_start = date '2026-03-01'"
A_MONTH = "month_start = date '2026-03-01' and customer_id = 'c1'"


def answers(*, promoters: int, passives: int, detractors: int, answered: int) -> tuple[str, ...]:
    """Values of NPS and of its kinds for a week."""
    kinds = {"promoters": promoters, "passives": passives, "detractors": detractors}
    columns = (
        "'week' as grain, date '2026-03-02' as period_start, 'plan' as dimension, "
        "'Gold' as dimension_value, 'ok' as state"
    )
    return (
        f"insert into governance.metric_values by name select 'nps' as metric_id, {columns}, "
        f"40 as value, 0 as lower, 80 as upper, {answered} as sample_size",
        *(
            f"insert into governance.metric_values by name "
            f"select 'nps_{kind}' as metric_id, {columns}, {count} as value"
            for kind, count in kinds.items()
        ),
    )


def bridge(*, closing: float, unexplained: float) -> str:
    """A month's bridge from invoices to the ledger."""
    return (
        "insert into governance.revenue_reconciliation by name "
        "select date '2026-02-01' as month_start, 'invoices_to_ledger' as bridge, "
        f"unnest(['unexplained', 'closing']) as kind, unnest([{unexplained}, {closing}]) as amount"
    )


def plan_of_months(*months: str) -> str:
    """Values of a plan that nobody else has, in those months alone."""
    return (
        "insert into governance.metric_values by name select 'win_rate' as metric_id, "
        "'month' as grain, unnest([" + ", ".join(f"date '{month}'" for month in months) + "]) "
        "as period_start, 'plan' as dimension, 'Gold' as dimension_value, 'ok' as state, "
        "0.5 as value"
    )


def paying(month: str, *, smb: int, enterprise: int) -> str:
    """So many customers of two segments that pay the same in a month."""
    members = " union all ".join(
        f"select '{segment}' as segment, '{segment}' || i as customer_id from range({count}) t (i)"
        for segment, count in (("smb", smb), ("enterprise", enterprise))
    )
    return (
        "insert into revenue_velocity.fct_customer_months by name "
        f"select customer_id, date '{month}' as month_start, 100 as closing_mrr, "
        f"100 as closing_list_mrr, 'Gold' as plan from ({members}); "
        "insert into intermediate.int_customers__slices by name "
        "select customer_id, 'segment' as dimension, segment as dimension_value "
        f"from ({members}) anti join intermediate.int_customers__slices using (customer_id)"
    )
