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


# Marts and what is built on them, with what the gate asks.
GATE_2 = (
    DeclaredCheck("gate_2", ("core", "dim_customers"), True, "Business ranges of customers."),
    DeclaredCheck("gate_2", ("intermediate", "int_ledger__postings"), True, "Journals balance."),
    DeclaredCheck(
        "gate_2_unmatched", ("governance", "unmatched_records"), False, "What matches nothing."
    ),
    DeclaredCheck(
        "gate_2", ("revenue_velocity", "fct_customer_months"), True, "Ranges of balances."
    ),
    DeclaredCheck(
        "gate_2", ("governance", "metric_values"), True, "Bounds of rates, identities of metrics."
    ),
    DeclaredCheck("gate_2_drift", ("governance", "metric_values"), False, "Jumps between periods."),
    DeclaredCheck(
        "gate_2", ("audiences", "executive_scorecard"), True, "Ten core metrics, each stated."
    ),
    *(
        DeclaredCheck("gate_2", asset, True, "What cannot be in any business.")
        for asset in (
            ("cost_efficiency", "fct_consultant_days"),
            ("cost_efficiency", "fct_financial_periods"),
            ("customer_health", "fct_customer_health"),
            ("customer_health", "fct_survey_requests"),
            ("customer_health", "fct_tickets"),
            ("operating_resilience", "fct_deployments"),
            ("operating_resilience", "fct_service_days"),
            ("revenue_velocity", "fct_deals"),
            ("value_realization", "fct_customer_onboarding"),
            ("value_realization", "fct_usage_snapshots"),
        )
    ),
)
GATE_3 = (
    DeclaredCheck(
        "gate_3",
        ("intermediate", "int_subscriptions__segments"),
        True,
        "Files and raw tables hold the same rows.",
    ),
    DeclaredCheck(
        "gate_3",
        ("intermediate", "int_product__usage_days"),
        True,
        "Accepted events are used or were delivered before, to the row.",
    ),
    DeclaredCheck(
        "gate_3",
        ("intermediate", "int_telemetry__account_days"),
        True,
        "Accepted requests are counted or were delivered before, to the request.",
    ),
    DeclaredCheck(
        "gate_3",
        ("governance", "row_accounting"),
        True,
        "Every delivered row is staged, or left out for a reason.",
    ),
    DeclaredCheck(
        "gate_3",
        ("governance", "layer_accounting"),
        True,
        "What a layer passes on is in the next one, to the cent.",
    ),
    DeclaredCheck(
        "gate_3",
        ("governance", "metric_lineage"),
        True,
        "No value is shown that comes from nowhere.",
    ),
    DeclaredCheck(
        "gate_3",
        ("revenue_velocity", "fct_mrr_movements"),
        True,
        "Segments, movements, balances and months hold the same money.",
    ),
    DeclaredCheck(
        "gate_3", ("governance", "dim_metrics"), True, "Metrics and values know each other."
    ),
    DeclaredCheck(
        "gate_3_reconciliation",
        ("governance", "revenue_reconciliation"),
        False,
        "MRR, invoices and the ledger's revenue agree but for differences that have a name.",
    ),
)


def page_path(check: str, asset: AssetPath) -> str:
    """A check's page of the Data Docs, below their folder."""
    return f"{'/'.join(asset)}/{check}.html"


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
            DeclaredCheck("gate_1", asset, True, "What was just loaded can be used."),
            DeclaredCheck("gate_1_drift", asset, False, "What was just loaded looks as before."),
        )
    ]
