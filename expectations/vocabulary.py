"""What gate 1 knows of columns: the values and ranges that models rely on.

A value outside of these would be misread in silence (an unknown status pays nothing, an
unknown interval has no month), so it stops the load. A line here is a check.
"""

from __future__ import annotations

from collections.abc import Mapping

Object = tuple[str, str]

INTERVALS = ("day", "week", "month", "year")
SUBSCRIPTION_STATUSES = (
    "incomplete",
    "incomplete_expired",
    "trialing",
    "active",
    "past_due",
    "unpaid",
    "paused",
    "canceled",
)
RESULTS = ("success", "failure", "canceled", "in_progress")

VALUE_SETS: Mapping[Object, Mapping[str, tuple[str, ...]]] = {
    ("stripe", "subscription"): {"status": SUBSCRIPTION_STATUSES},
    ("stripe", "subscription_history"): {"status": SUBSCRIPTION_STATUSES},
    ("stripe", "price"): {
        "recurring_interval": INTERVALS,
        "recurring_usage_type": ("licensed", "metered"),
    },
    ("stripe", "plan"): {"interval": INTERVALS, "usage_type": ("licensed", "metered")},
    ("stripe", "coupon"): {"duration": ("once", "repeating", "forever")},
    ("stripe", "invoice"): {"status": ("draft", "open", "paid", "uncollectible", "void")},
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
    ("delighted", "survey_response"): {
        "survey_type": ("nps", "csat", "ces", "five_star", "smileys", "thumbs"),
    },
    ("pagerduty", "incident"): {
        "status": ("triggered", "acknowledged", "resolved"),
        "urgency": ("high", "low"),
    },
}
RANGES: Mapping[Object, Mapping[str, tuple[float | None, float | None]]] = {
    ("stripe", "price"): {"unit_amount": (0, None), "recurring_interval_count": (1, 120)},
    ("stripe", "plan"): {"amount": (0, None), "interval_count": (1, 120)},
    ("stripe", "coupon"): {"percent_off": (0, 100), "amount_off": (0, None)},
    ("stripe", "subscription_item"): {"quantity": (0, None)},
    ("stripe", "charge"): {"amount": (0, None)},
    ("stripe", "refund"): {"amount": (0, None)},
    ("contracts", "subscription_periods"): {
        "amount": (0, None),
        "quantity": (0, None),
        "interval_count": (1, 120),
    },
    ("zendesk", "sla_policy_metric_history"): {"target": (0, None)},
    ("zendesk", "schedule"): {"start_time": (0, 10080), "end_time": (0, 10080)},
    ("delighted", "survey_response"): {"score": (0, 10)},
    ("harvest", "milestone"): {"amount": (0, None), "client_rating": (1, 5)},
    ("harvest", "time_entry"): {"hours": (0, 24), "billable_rate": (0, None)},
    ("telemetry", "request_rollup"): {"count": (0, None), "errors": (0, None)},
    ("sonarqube", "file_metrics"): {"ncloc": (0, None), "uncovered_lines": (0, None)},
    ("vendors", "vendor"): {"criticality": (1, 5), "annual_spend": (0, None)},
}
