"""Which checks exist and where they sit, known without importing Great Expectations.

Dagster needs this when it loads the code location, and GX takes seconds to import. The
gates' modules say what is expected; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

AssetPath = tuple[str, ...]


@dataclass(frozen=True)
class DeclaredCheck:
    """One asset check: a suite on an asset."""

    name: str
    asset: AssetPath
    is_blocking: bool
    description: str


# Gate 1, of each object.
USABLE, AS_BEFORE = "delivery_is_usable", "delivery_looks_as_before"
# Gate 2, of marts that `marts.py` says something impossible of.
VALIDITY = {
    ("cost_efficiency", "fct_consultant_days"): "days_have_24_hours",
    ("cost_efficiency", "fct_financial_periods"): "costs_are_parts_of_their_sum",
    ("customer_health", "fct_customer_health"): "health_lies_between_0_and_100",
    ("customer_health", "fct_survey_requests"): "answers_follow_questions",
    ("customer_health", "fct_tickets"): "replies_follow_tickets",
    ("operating_resilience", "fct_deployments"): "deployments_follow_changes",
    ("operating_resilience", "fct_service_days"): "minutes_fit_into_days",
    ("revenue_velocity", "fct_deals"): "deals_close_after_they_open",
    ("value_realization", "fct_customer_onboarding"): "value_follows_purchase",
    ("value_realization", "fct_usage_snapshots"): "daily_users_are_weekly_users",
}
# Whether a gate has let everything pass, said of the whole build.
VERDICTS = {"gate_2": "marts_are_valid", "gate_3": "layers_reconcile"}
# Marts and what is built on them, with what the gate asks.
GATE_2 = (
    DeclaredCheck(
        "customers_start_before_they_stop",
        ("core", "dim_customers"),
        True,
        "Business ranges of customers.",
    ),
    DeclaredCheck(
        "journals_balance", ("intermediate", "int_ledger__postings"), True, "Journals balance."
    ),
    DeclaredCheck(
        "records_are_matched",
        ("governance", "unmatched_records"),
        False,
        "What matches nothing.",
    ),
    DeclaredCheck(
        "balances_are_valid",
        ("revenue_velocity", "fct_customer_months"),
        True,
        "Ranges of balances.",
    ),
    DeclaredCheck(
        "values_are_valid",
        ("governance", "metric_values"),
        True,
        "Bounds of rates, identities of metrics.",
    ),
    DeclaredCheck(
        "metrics_do_not_drift",
        ("governance", "metric_values"),
        False,
        "Jumps between periods.",
    ),
    DeclaredCheck(
        "core_metrics_are_stated",
        ("audiences", "executive_scorecard"),
        True,
        "Ten core metrics, each stated.",
    ),
    *(
        DeclaredCheck(name, asset, True, "What cannot be in any business.")
        for asset, name in VALIDITY.items()
    ),
)
GATE_3 = (
    DeclaredCheck(
        "files_are_in_raw_tables",
        ("intermediate", "int_subscriptions__segments"),
        True,
        "Files and raw tables hold the same rows.",
    ),
    DeclaredCheck(
        "events_are_used_once",
        ("intermediate", "int_product__usage_days"),
        True,
        "Accepted events are used or were delivered before, to the row.",
    ),
    DeclaredCheck(
        "requests_are_counted_once",
        ("intermediate", "int_telemetry__account_days"),
        True,
        "Accepted requests are counted or were delivered before, to the request.",
    ),
    DeclaredCheck(
        "delivered_rows_are_staged",
        ("governance", "row_accounting"),
        True,
        "Every delivered row is staged, or left out for a reason.",
    ),
    DeclaredCheck(
        "layers_pass_on_everything",
        ("governance", "layer_accounting"),
        True,
        "What a layer passes on is in the next one, to the cent.",
    ),
    DeclaredCheck(
        "metrics_come_from_sources",
        ("governance", "metric_lineage"),
        True,
        "No value is shown that comes from nowhere.",
    ),
    DeclaredCheck(
        "movements_make_balances",
        ("revenue_velocity", "fct_mrr_movements"),
        True,
        "Segments, movements, balances and months hold the same money.",
    ),
    DeclaredCheck(
        "metrics_have_values",
        ("governance", "dim_metrics"),
        True,
        "Metrics and values know each other.",
    ),
    DeclaredCheck(
        "mrr_invoices_and_ledger_agree",
        ("governance", "revenue_reconciliation"),
        False,
        "MRR, invoices and the ledger's revenue agree but for differences that have a name.",
    ),
)


def page_path(check: str, asset: AssetPath) -> str:
    """A check's page of the Data Docs, below their folder."""
    return f"{'/'.join(asset)}/{check}.html"


def known_names() -> set[str]:
    """What checks are called."""
    return {USABLE, AS_BEFORE, *(check.name for check in (*GATE_2, *GATE_3))}


def declared_checks(gate: str, objects: Iterable[AssetPath]) -> list[DeclaredCheck]:
    """The checks of a gate; gate 1 has two per object: what blocks and what warns."""
    if gate == "gate_2":
        return list(GATE_2)
    if gate == "gate_3":
        return list(GATE_3)
    return [
        check
        for asset in objects
        for check in (
            DeclaredCheck(USABLE, asset, True, "What was just loaded can be used."),
            DeclaredCheck(AS_BEFORE, asset, False, "What was just loaded looks as before."),
        )
    ]
