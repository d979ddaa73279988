"""What gate 1 knows of columns: the values and ranges that models rely on.

A value outside of these would be misread in silence (an unknown status pays nothing, an
unknown interval has no month), so its row is set aside (`set_aside.py`). A line here is a check:
`VALUE_SETS` says what a column may be, `RANGES` between what it lies, `RULES` what no row may
be (a condition in SQL), `WHOLES` what rows together may not be (a query over `{batch}` that
gives the rows to blame), which refuses the file. Each has to be spoiled once in
`tests/expectations`.
"""

from __future__ import annotations

from collections.abc import Mapping

Object = tuple[str, str]

INTERVALS = ("day", "week", "month", "year")
SUBSCRIPTION_STATUSES = (
    "incomplete", "incomplete_expired", "trialing", "active", "past_due", "unpaid", "paused",
    "canceled",
)  # fmt: skip
RESULTS = ("success", "failure", "canceled", "in_progress")
NOT_NEGATIVE = (0, None)


def say_range(column: str, low: float | None, high: float | None) -> str:
    """The reason of a range's check."""
    if low is None or high is None:
        return f"{column} is at most {high}" if low is None else f"{column} is at least {low}"
    return f"{column} lies between {low} and {high}"


def say_set(column: str, values: tuple[str, ...]) -> str:
    """The reason of a set's check."""
    return f"{column} is one of {', '.join(values)}"


VALUE_SETS: Mapping[Object, Mapping[str, tuple[str, ...]]] = {
    ("stripe", "subscription"): {"status": SUBSCRIPTION_STATUSES},
    ("stripe", "subscription_history"): {"status": SUBSCRIPTION_STATUSES},
    ("stripe", "price"): {
        "recurring_interval": INTERVALS,
        "recurring_usage_type": ("licensed", "metered"),
        "type": ("one_time", "recurring"),
    },
    ("stripe", "plan"): {"interval": INTERVALS, "usage_type": ("licensed", "metered")},
    ("stripe", "coupon"): {"duration": ("once", "repeating", "forever")},
    ("stripe", "invoice"): {"status": ("draft", "open", "paid", "uncollectible", "void")},
    ("stripe", "invoice_line_item"): {"type": ("subscription", "invoiceitem")},
    ("stripe", "charge"): {"status": ("succeeded", "pending", "failed")},
    ("stripe", "refund"): {
        "status": ("succeeded", "pending", "failed", "canceled", "requires_action"),
    },
    ("contracts", "subscription_periods"): {
        "interval": INTERVALS,
        "status": ("active", "trialing", "past_due", "paused"),
    },
    ("cicd", "deployment"): {"result": RESULTS},
    ("cicd", "pipeline_run"): {"result": RESULTS},
    ("zendesk", "ticket"): {
        "status": ("new", "open", "pending", "hold", "solved", "closed", "deleted"),
        "priority": ("low", "normal", "high", "urgent"),
    },
    ("zendesk", "user"): {"role": ("end-user", "agent", "admin")},
    ("delighted", "survey_response"): {
        "survey_type": ("nps", "csat", "ces", "five_star", "smileys", "thumbs"),
    },
    ("pagerduty", "incident"): {
        "status": ("triggered", "acknowledged", "resolved"),
        "urgency": ("high", "low"),
    },
    ("github", "issue"): {"state": ("open", "closed")},
    ("bamboohr", "employee"): {"status": ("Active", "Inactive")},
}
# Whatever books itself in the ledger bears its own rate.
RATES: Mapping[Object, Mapping[str, tuple[float | None, float | None]]] = {
    ("quickbooks", name): {"exchange_rate": (0.000001, None)}
    for name in (
        "bill", "bill_payment", "credit_card_payment_txn", "credit_memo", "deposit", "invoice",
        "journal_entry", "payment", "purchase", "refund_receipt", "sales_receipt", "transfer",
        "vendor_credit",
    )
}  # fmt: skip
RANGES: Mapping[Object, Mapping[str, tuple[float | None, float | None]]] = {
    ("ads", "campaign_spend"): {
        "spend": NOT_NEGATIVE, "impressions": NOT_NEGATIVE, "clicks": NOT_NEGATIVE,
    },
    ("app", "success_goal"): {"goal_value": NOT_NEGATIVE},
    ("stripe", "price"): {"unit_amount": NOT_NEGATIVE, "recurring_interval_count": (1, 120)},
    ("stripe", "plan"): {"amount": NOT_NEGATIVE, "interval_count": (1, 120)},
    ("stripe", "coupon"): {"percent_off": (0, 100), "amount_off": NOT_NEGATIVE},
    ("stripe", "subscription_item"): {"quantity": NOT_NEGATIVE},
    # A credit makes a total negative; what is due, paid or left never is.
    ("stripe", "invoice"): {
        "amount_due": NOT_NEGATIVE, "amount_paid": NOT_NEGATIVE, "amount_remaining": NOT_NEGATIVE,
    },
    ("stripe", "invoice_line_item"): {"quantity": NOT_NEGATIVE},
    ("stripe", "charge"): {"amount": NOT_NEGATIVE, "amount_refunded": NOT_NEGATIVE},
    ("stripe", "refund"): {"amount": NOT_NEGATIVE},
    ("contracts", "subscription_periods"): {
        "amount": NOT_NEGATIVE, "quantity": NOT_NEGATIVE, "interval_count": (1, 120),
    },
    ("hubspot", "deal_pipeline_stage"): {"probability": (0, 1)},
    ("zendesk", "sla_policy_metric_history"): {"target": NOT_NEGATIVE},
    ("zendesk", "schedule"): {"start_time": (0, 10080), "end_time": (0, 10080)},
    ("delighted", "survey_response"): {"score": (0, 10)},
    ("engagement", "survey_response"): {"score": (0, 10)},
    ("harvest", "project"): {"fee": NOT_NEGATIVE},
    ("harvest", "milestone"): {"amount": NOT_NEGATIVE, "client_rating": (1, 5)},
    ("harvest", "time_entry"): {"hours": (0, 24), "billable_rate": NOT_NEGATIVE},
    ("harvest", "user"): {"weekly_capacity": (0, 604_800)},
    ("governance", "experiment"): {"planned_sample": (1, None), "cycle_days": (1, None)},
    ("telemetry", "request_rollup"): {"count": NOT_NEGATIVE, "errors": NOT_NEGATIVE},
    ("sonarqube", "file_metrics"): {
        "ncloc": NOT_NEGATIVE, "lines_to_cover": NOT_NEGATIVE, "uncovered_lines": NOT_NEGATIVE,
        "bugs": NOT_NEGATIVE,
    },
    ("vendors", "vendor"): {"criticality": (1, 5), "annual_spend": NOT_NEGATIVE},
    ("vendors", "evidence"): {"open_findings": NOT_NEGATIVE},
    **RATES,
}  # fmt: skip
RULES: Mapping[Object, Mapping[str, str]] = {
    ("app", "environment"): {"nothing is ready before it is asked for": "ready_at < requested_at"},
    ("bamboohr", "compensation"): {
        "a rate is a number and its currency": (
            "not regexp_full_match(rate, '[0-9]+([.][0-9]{1,2})? [A-Za-z]{3}')"
        ),
    },
    ("cicd", "deployment"): {"nothing finishes before it starts": "finished_at < started_at"},
    ("cicd", "pipeline_run"): {"nothing finishes before it starts": "finished_at < started_at"},
    ("contracts", "subscription_periods"): {
        "no period ends before it starts": "ended_on < started_on",
    },
    ("github", "pull_request_review"): {
        "a review's state is known": (
            "upper(state) not in "
            "('APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED', 'PENDING')"
        ),
    },
    ("hubspot", "engagement_task"): {
        "a task's status is known": (
            "upper(property_hs_task_status) not in "
            "('NOT_STARTED', 'IN_PROGRESS', 'WAITING', 'DEFERRED', 'COMPLETED')"
        ),
    },
    ("pagerduty", "log_entry"): {
        "a log entry says what it is": "not regexp_full_match(type, '[a-z_]+_log_entry')",
    },
    ("quickbooks", "journal_entry_line"): {
        "a line is debit or credit": "lower(posting_type) not in ('debit', 'credit')",
        "a line's side says its sign": "amount < 0",
    },
    # Milliseconds that are read as seconds, or a clock that was never set.
    ("segment", "tracks"): {
        "events happen in this century": "timestamp < timestamp '2000-01-01'",
    },
    ("sonarqube", "file_metrics"): {
        "no more lines are uncovered than can be covered": "uncovered_lines > lines_to_cover",
    },
    ("telemetry", "request_rollup"): {
        "no more requests fail than are made": "errors > count",
        "a longer wait holds all shorter ones": (
            "not (le_25 <= le_50 and le_50 <= le_100 and le_100 <= le_250 and le_250 <= le_500 "
            "and le_500 <= le_1000 and le_1000 <= le_2500 and le_2500 <= le_5000 "
            "and le_5000 <= count)"
        ),
    },
    ("zendesk", "schedule"): {"no office closes before it opens": "end_time < start_time"},
}

# Lines of a journal that the batch touches: the newest version of each, deleted ones left out.
UNBALANCED = """
with touched as (
    select lines.*
    from raw_quickbooks.journal_entry_line as lines
    inner join raw_meta.files as files on lines._load_id = files.load_id
    where lines.journal_entry_id in (select journal_entry_id from {batch})
        and files.status in ('accepted', 'pending')
    qualify row_number() over (
        partition by lines.journal_entry_id, lines."index"
        order by
            lines._fivetran_synced desc nulls last,
            files.sort_key desc, files.path desc, lines._file_row desc
    ) = 1
),
unbalanced as (
    select journal_entry_id,
        sum(case lower(posting_type) when 'credit' then -amount else amount end) as difference
    from touched
    where not coalesce(is_deleted, false) and not coalesce(_fivetran_deleted, false)
    group by all
    having abs(difference) > 0.005
)
select batch._file, batch._file_row, batch._load_id, batch.journal_entry_id,
    unbalanced.difference
from {batch} as batch
inner join unbalanced on batch.journal_entry_id = unbalanced.journal_entry_id
order by batch.journal_entry_id, batch._file_row
"""
WHOLES: Mapping[Object, Mapping[str, str]] = {
    ("quickbooks", "journal_entry_line"): {"every journal that is delivered balances": UNBALANCED},
}
