"""What each expectation guards against: SQL that spoils a good warehouse in just that way.

One entry per spoiling; a reason may have several. The vocabulary's sets and ranges are
spoiled one by one in `test_vocabulary.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

CONTRACTS = ("contracts", "subscription_periods")
TRACKS = ("segment", "tracks")
MONTHS = ("revenue_velocity", "fct_customer_months")
VALUES = ("governance", "metric_values")
SCORECARD = ("audiences", "executive_scorecard")
MOVEMENTS = ("revenue_velocity", "fct_mrr_movements")
FILES = ("intermediate", "int_subscriptions__segments")
EVENTS = ("intermediate", "int_product__usage_days")

PENDING = "update raw_meta.files set status = 'pending'"
# A delivery before, with all the columns that the contract has and no other.
HISTORY = (
    "insert into raw_meta.files by name select 100 as load_id, 'contracts' as source, "
    "'subscription_periods' as object, 'earlier.csv' as path, 'accepted' as status, "
    "[]::varchar[] as missing_columns, []::varchar[] as unknown_columns"
)
# Five days of a hundred events each.
EVENT_HISTORY = (
    "insert into raw_meta.files by name select 100 + i as load_id, 'segment' as source, "
    "'tracks' as object, 'day' || i as path, 100 as rows_in, 'accepted' as status, "
    "timestamp '2026-03-01' + i * interval 1 day as min_event_at, min_event_at as max_event_at "
    "from range(5) as history (i)"
)
# Ten days in one file.
EVENT_FILE = (
    "insert into raw_meta.files by name select {rows} as rows_in, 0 as rows_rejected, "
    "200 as load_id, 'segment' as source, 'tracks' as object, 'new.csv' as path, "
    "'pending' as status, timestamp '2026-03-11 01:00' as min_event_at, "
    "timestamp '2026-03-20 23:00' as max_event_at"
)
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
A_MONTH = "month_start = date '2026-03-01' and customer_id = 'c1'"


@dataclass(frozen=True)
class Spoiling:
    """How to spoil what a gate is asked about, and the check that must fail for it."""

    gate: str
    reason: str
    asset: tuple[str, ...]
    statements: tuple[str, ...]
    check: str = ""

    @property
    def check_name(self) -> str:
        """The asset check; the gate's blocking one unless said otherwise."""
        return self.check or self.gate


SPOILINGS = (
    Spoiling(
        "gate_1", "every file can be read", CONTRACTS,
        ("update raw_meta.files set status = 'failed', reason = 'not UTF-8'",),
    ),
    Spoiling(
        "gate_1", "at most 5% of a file's rows are rejected", CONTRACTS,
        (PENDING, "update raw_meta.files set rows_in = 100, rows_rejected = 6"),
    ),
    Spoiling(
        "gate_1", "a file is within 10 times the usual size", TRACKS,
        (EVENT_HISTORY, EVENT_FILE.format(rows=99)), "gate_1_drift",
    ),
    Spoiling(
        "gate_1", "a file is within 10 times the usual size", TRACKS,
        (EVENT_HISTORY, EVENT_FILE.format(rows=10_001)), "gate_1_drift",
    ),
    Spoiling(
        "gate_1", "no column goes missing that was there before", CONTRACTS,
        (PENDING, HISTORY, "update raw_meta.files set missing_columns = ['quantity'] "
         "where status = 'pending'"), "gate_1_drift",
    ),
    Spoiling(
        "gate_1", "no column appears that nobody has declared", CONTRACTS,
        (PENDING, HISTORY, "update raw_meta.files set unknown_columns = ['colour'] "
         "where status = 'pending'"), "gate_1_drift",
    ),
    Spoiling(
        "gate_2", "nobody stops paying before starting", ("core", "dim_customers"),
        ("update core.dim_customers set churned_on = first_paid_on - 1, is_active = false "
         "where customer_id = 'c2'",),
    ),
    Spoiling(
        "gate_2", "a customer who pays has not churned", ("core", "dim_customers"),
        ("update core.dim_customers set is_active = true where customer_id = 'c2'",),
    ),
    Spoiling(
        "gate_2", "every journal sums to zero", ("intermediate", "int_ledger__postings"),
        ("insert into intermediate.int_ledger__postings by name select 'j' as journal_entry_id, "
         "0.01 as amount",),
    ),
    Spoiling(
        "gate_2", "every record belongs to somebody or something",
        ("governance", "unmatched_records"),
        ("insert into governance.unmatched_records by name select 'harvest.client' as system, "
         "'7' as record_id, 'nobody' as reason",), "gate_2_unmatched",
    ),
    Spoiling(
        "gate_2", "opening_mrr is not negative", MONTHS,
        (f"update revenue_velocity.fct_customer_months set opening_mrr = -0.01 where {A_MONTH}",),
    ),
    Spoiling(
        "gate_2", "closing_mrr is not negative", MONTHS,
        (f"update revenue_velocity.fct_customer_months set closing_mrr = -0.01 where {A_MONTH}",),
    ),
    Spoiling(
        "gate_2", "closing_list_mrr is not negative", MONTHS,
        ("update revenue_velocity.fct_customer_months set closing_list_mrr = -0.01 "
         f"where {A_MONTH}",),
    ),
    Spoiling(
        "gate_2", "a discount does not raise a price", MONTHS,
        ("update revenue_velocity.fct_customer_months "
         f"set closing_list_mrr = closing_mrr - 0.02 where {A_MONTH}",),
    ),
    Spoiling(
        "gate_2", "states are known", VALUES,
        ("update governance.metric_values set state = 'fine' where metric_id = 'mrr'",),
    ),
    Spoiling(
        "gate_2", "a value is a finite number or has a state instead", VALUES,
        ("update governance.metric_values set value = 'nan' where metric_id = 'mrr'",),
    ),
    Spoiling(
        "gate_2", "a value is a finite number or has a state instead", VALUES,
        ("update governance.metric_values set value = '-inf' where metric_id = 'mrr'",),
    ),
    Spoiling(
        "gate_2", "shares lie between 0 and 1", VALUES,
        ("update governance.metric_values set value = 1.01 where metric_id = 'stickiness'",),
    ),
    Spoiling(
        "gate_2", "shares lie between 0 and 1", VALUES,
        ("update governance.metric_values set value = -0.01 where metric_id = 'stickiness'",),
    ),
    Spoiling(
        "gate_2", "NPS lies in its interval, and that between -100 and 100", VALUES,
        ("update governance.metric_values set state = 'ok', value = 30, lower = 31, upper = 40 "
         "where metric_id = 'nps'",),
    ),
    Spoiling(
        "gate_2", "NPS lies in its interval, and that between -100 and 100", VALUES,
        ("update governance.metric_values set state = 'ok', value = 90, lower = 70, upper = 101 "
         "where metric_id = 'nps'",),
    ),
    Spoiling(
        "gate_2", "GRR is at most NRR", VALUES,
        ("update governance.metric_values set value = case metric_id when 'grr' then 0.9 "
         "else 0.8 end where metric_id in ('grr', 'nrr')",),
    ),
    Spoiling(
        "gate_2", "a month moves a balance by 50% at most", VALUES,
        ("update governance.metric_values set is_complete = true, value = case "
         "when period_start < date '2026-03-01' then 100 else 151 end "
         "where metric_id = 'mrr' and grain = 'month' and dimension = 'total'",), "gate_2_drift",
    ),
    Spoiling(
        "gate_2", "the core has at most ten metrics", SCORECARD,
        ("insert into audiences.executive_scorecard from audiences.executive_scorecard",),
    ),
    Spoiling(
        "gate_2", "the core has at most ten metrics", SCORECARD,
        ("delete from audiences.executive_scorecard",),
    ),
    Spoiling(
        "gate_2", "a missing value says why", SCORECARD,
        ("update audiences.executive_scorecard set value = null, state = 'ok'",),
    ),
    Spoiling(
        "gate_3", "rows of a file are loaded or rejected, none is lost", FILES,
        ("update raw_meta.files set rows_in = rows_in + 1",),
    ),
    Spoiling(
        "gate_3", "raw tables hold what the manifest says, no more, no less", FILES,
        ("delete from raw_contracts.subscription_periods where customer_id = 'c1'",),
    ),
    Spoiling(
        "gate_3", "raw tables hold what the manifest says, no more, no less", FILES,
        ("insert into raw_contracts.subscription_periods "
         "from raw_contracts.subscription_periods",),
    ),
    Spoiling(
        "gate_3", "every accepted event is used or was delivered before", EVENTS, ACCEPTED_EVENTS,
    ),
    Spoiling(
        "gate_3", "every accepted event is used or was delivered before", EVENTS,
        (*ACCEPTED_EVENTS, USED_EVENT, USED_EVENT),
    ),
    Spoiling(
        "gate_3", "daily movements and month ends hold the same money", MOVEMENTS,
        ("delete from revenue_velocity.fct_mrr_movements where customer_id = 'c2'",),
    ),
    Spoiling(
        "gate_3", "daily movements and month ends hold the same money", MOVEMENTS,
        ("delete from revenue_velocity.fct_customer_months "
         "where month_start = date '2025-10-01'",),
    ),
    Spoiling(
        "gate_3", "the balance of the day is that of the segments in force", MOVEMENTS,
        ("update revenue_velocity.fct_mrr_balances set mrr = mrr + 0.01 "
         "where customer_id = 'c1' and snapshot_on = date '2026-03-31'",),
    ),
    Spoiling(
        "gate_3", "the balance of the day is that of the segments in force", MOVEMENTS,
        ("delete from revenue_velocity.fct_mrr_balances",),
    ),
    Spoiling(
        "gate_3", "every metric has values, or says why it has none", ("governance", "dim_metrics"),
        ("delete from governance.metric_values where metric_id = 'grr'",),
    ),
)  # fmt: skip
