"""What no mart may hold, whatever the business: one line a reason, as a condition of SQL."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.declared import VALIDITY
from expectations.expect import no_rows
from expectations.runner import MAX_UNEXPECTED, Batch, Suite

INVALID: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("cost_efficiency", "fct_consultant_days"): {
        "a day has 24 hours, some of them billable": (
            "hours < 0 or hours > 24 or billable_hours > hours + 1e-9"
        ),
    },
    ("cost_efficiency", "fct_financial_periods"): {
        "hosting and services are a part of what revenue costs": (
            "hosting_cost + services_cost > cost_of_revenue + 0.005"
        ),
    },
    ("customer_health", "fct_customer_health"): {
        "health lies between 0 and 100": "health_score < 0 or health_score > 100",
    },
    ("customer_health", "fct_survey_requests"): {
        "nobody answers before being asked": "answered_on < sent_on",
    },
    ("customer_health", "fct_tickets"): {
        "no ticket is answered or solved before it is there": (
            "first_replied_on < created_on or solved_on < created_on "
            "or resolution_calendar_hours < 0"
        ),
        "business hours pass no faster than the clock": (
            "resolution_business_hours > resolution_calendar_hours + 0.01"
        ),
    },
    ("operating_resilience", "fct_deployments"): {
        "no change is deployed before it is written": "lead_time_hours < 0",
    },
    ("operating_resilience", "fct_service_days"): {
        "a day has 1440 minutes, some of them without outage": (
            "watched_minutes > 1440 or available_minutes > watched_minutes + 1e-6 "
            "or available_minutes < 0"
        ),
        "no more requests fail than are made": "error_count > request_count",
    },
    ("revenue_velocity", "fct_deals"): {
        "no deal is closed before it is there": "closed_on < created_on",
    },
    ("value_realization", "fct_customer_onboarding"): {
        "no value comes before the purchase": "days_to_value < 0",
    },
    ("value_realization", "fct_usage_snapshots"): {
        "who comes daily comes weekly, who comes weekly comes monthly": (
            "daily_active_users > weekly_active_users + 1e-9 "
            "or weekly_active_users > monthly_active_users"
        ),
    },
}


def validity_suites() -> list[Suite]:
    """A blocking suite of gate 2 for each mart."""
    return [
        Suite(
            "gate_2",
            VALIDITY[asset],
            asset,
            [
                Batch(
                    f"select * from {asset[0]}.{asset[1]}",
                    [
                        no_rows(
                            f"select * from {{batch}} where {condition} limit {MAX_UNEXPECTED}",
                            reason,
                        )
                        for reason, condition in reasons.items()
                    ],
                )
            ],
            True,
        )
        for asset, reasons in INVALID.items()
    ]
