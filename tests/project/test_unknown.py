"""Laws over what is not known: it is neither a zero nor the bound that it is held to."""

from __future__ import annotations

import re

from orchestration.project.manifest import Manifest

# Where passing over what is missing is meant, or nothing can be missing.
RAW_BOUNDS = {
    "beyond_guardrail": "a band may be guarded on one side alone",
    "dim_customers": "a segment has an end, and the run its day",
    "experiment_readouts": "without a start no cycle has passed, and both arms are counted",
    "first_known": "is what passes over what is missing",
    "fct_consultant_days": "whose first day nobody tells was there from the first day covered",
    "fct_deals": "a deal has a creation, and the run its day",
    "fct_mrr_balances": "a term has an end",
    "fct_people_snapshots": "whoever was hired has both days, the last of them in 9999",
    "fct_renewals": "sums of what was due and paid, of terms that were due",
    "int_calendar__months": "a month has an end, and the run its day",
    "int_code__service_days": "a version ends in 9999 or a month later",
    "int_experiments__outcomes": "whoever still waits has waited the whole window (decisions, D3)",
    "int_impact__touched": "a period has an end, and the run its day",
    "int_incidents__outage_days": "a stretch has both ends",
    "int_lineage__passed_on": "bounds as in the marts that it is held against",
    "int_operations__durations": "who does not stop is watched to the run's end",
    "int_reconciliation__item_months": "pieces have both ends",
    "int_reconciliation__line_months": "pieces have both ends",
    "int_reconciliation__lines": "a line without a period is of the day of its invoice",
    "int_restatements__changed": "a difference that is missing restates by its state",
    "int_subscriptions__charged_periods": "a charge has a period",
    "int_subscriptions__contract_segments": "what has no end ends in 9999",
    "int_subscriptions__discount_windows": "the first end that is known (decisions, T5)",
    "int_subscriptions__item_windows": "no earlier than the service that is known (decisions, T3)",
    "int_subscriptions__timeline_segments": "a tier without an end holds all the rest",
    "int_subscriptions__terms": "a run has an end and a cycle",
    "int_support__open_hours": "an interval has both minutes",
    "int_support__ticket_spells": "a change has its moment, and a ticket its creation",
    "int_support__tickets": "a stretch of open time has both ends",
    "metric_attainment": "only of targets that have a day",
    "metric_contributions": "of moves between two values that are known",
    "runway_scenarios": "a day within the month that was reached",
}
# Expressions of metrics cannot call macros.
BOUNDED_METRICS = {
    "nps_lower": "of respondents, where there are any",
    "nps_upper": "of respondents, where there are any",
}
# How often a model takes what is missing for zero (or for one), and why it is.
NONE_IS_ZERO = {
    "customer_scorecard": (1, "a goal without a baseline begins at zero"),
    "expansion_candidates": (1, "who expanded by nothing expanded by nothing"),
    "experiment_readouts": (6, "nobody is in an arm; without a plan no sample is asked for"),
    "fct_acquisition_months": (11, "no new customer, and no advertising, in a month of the ledger"),
    "fct_business_impact": (6, "touched, but not paying, trying or writing within what is covered"),
    "fct_cash_days": (2, "no posting on a day of the ledger"),
    "fct_consultant_days": (6, "no hours on the day, of somebody whose capacity is told"),
    "fct_customer_economics": (7, "nothing was booked, of what the ledger tells apart"),
    "fct_customer_health": (3, "no feature used and no escalation, on days that are covered"),
    "fct_customer_months": (11, "no row of a customer before its first month"),
    "fct_customer_onboarding": (5, "no user by the first value, no event of a user"),
    "fct_deals": (1, "a deal that is not won won nothing"),
    "fct_deployments": (1, "no incident belongs to it; change failures require incidents"),
    "fct_financial_periods": (13, "nothing was booked in a month of the ledger, of what it tells"),
    "fct_governance_days": (2, "no review was due on the day; metrics require the log"),
    "fct_intervention_days": (2, "nothing stood open on the day; metrics require the log"),
    "fct_mrr_balances": (9, "no subscription of a customer on the day"),
    "fct_mrr_movements": (2, "rounding is left to the largest effect"),
    "fct_people_snapshots": (6, "nobody employed or hired in the function"),
    "fct_pipeline_snapshots": (2, "no deal is open"),
    "fct_project_snapshots": (2, "a project that does not run has nothing due"),
    "fct_relationship_snapshots": (3, "nobody of the customer answered"),
    "fct_renewals": (4, "what is not in force on the day pays nothing"),
    "fct_service_days": (18, "nothing happened on the day; metrics require the sources"),
    "fct_success_goals": (3, "a goal without a baseline begins at zero; silence attains nothing"),
    "fct_usage_outcomes": (
        6,
        "no renewal was due and nothing expanded, of the other quartiles too",
    ),
    "fct_usage_snapshots": (13, "no use on days that are covered"),
    "fct_vendor_days": (3, "nothing was due and nothing was down"),
    "incentive_readouts": (1, "what nobody knows to be attained is not paid"),
    "int_board__cohorts": (1, "who came and went within its first month"),
    "int_delivery__deployments": (1, "a deployment that brought no commit"),
    "int_delivery__projects": (1, "a project without milestones"),
    "int_diagnostics__measures": (
        3,
        "nobody left, or nobody who was well, where somebody had a score",
    ),
    "int_experiments__outcomes": (1, "who has left since pays nothing"),
    "int_forecasts__announced": (1, "who is no customer yet pays nothing"),
    "int_forecasts__exposures": (2, "who gave no notice ends nothing"),
    "int_impact__followed": (1, "who has left since pays nothing"),
    "int_ledger__document_lines": (1, "of a document without lines all is rest, and it is listed"),
    "int_lineage__passed_on": (4, "what has no amount passes on none; rates are asked for by name"),
    "int_mrr__balance_periods": (4, "no change in the currency on the day"),
    "int_mrr__item_changes": (2, "an item before it is there, and after"),
    "int_product__user_days": (2, "no such event among those of the day"),
    "int_product__user_snapshots": (3, "no such event in the window"),
    "int_reconciliation__invoice_months": (12, "no such invoice, refund or line in the month"),
    "int_reconciliation__item_months": (2, "no day was invoiced; an item that has ended"),
    "int_reconciliation__line_months": (1, "no day was paid for"),
    "int_reconciliation__lines": (2, "an invoice without a subtotal, or without tax"),
    "int_scenarios__start": (1, "the ledger books no capital"),
    "int_scorecards__narratives": (2, "nothing moved that anybody knows; nothing is being done"),
    "int_subscriptions__discount_windows": (1, "a coupon takes off a share or an amount"),
    "int_subscriptions__price_tiers": (3, "the first tier begins at none, and charges one of two"),
    "int_subscriptions__segments": (3, "what does not pay is no MRR (decisions, T2)"),
    "int_subscriptions__timeline_segments": (4, "no discount is in force"),
    "int_support__open_hours": (1, "no stretch before the first"),
    "int_support__tickets": (1, "no open second before the first stretch"),
    "latency_percentile": (1, "without requests it has no value"),
    "layer_accounting": (1, "nothing arrived"),
    "metric_attainment": (1, "nothing moved yet"),
    "metric_states": (3, "nothing counted where sources cover; the states before it say more"),
    "months_in_interval": (1, "an interval without a count is one of them"),
    "metric_contributions": (9, "a slice that is not there brings nothing"),
    "plan_attainment": (2, "before a plan's first month is over nothing came and was to come"),
    "revenue_reconciliation": (11, "no such amount in the month"),
    "runway_scenarios": (1, "who has no cash to begin with is out of it on the first"),
    "step_readouts": (3, "nobody has been called for the step, or acted on it"),
    "unmatched_records": (1, "an account without any event"),
    "warning_readouts": (2, "a segment that lost nobody, losses of which nothing told"),
}
COALESCE = re.compile(r"\b(?:coalesce|ifnull|nvl)\(")
ZERO = re.compile(r""",\s*(?:0|1)(?:\.0)?["'\s]*$""")
ELSE_ZERO = re.compile(
    r"\bthen\s+((?:(?!\bthen\b|\bwhen\b|\bend\b).)*?)\s+else\s+0(?:\.0)?(?![.\d])", re.DOTALL
)


def models(manifest: Manifest) -> dict[str, str]:
    """The SQL of every model and macro as it is written, without comments, by name."""
    written = {
        model.name: model.code
        for model in manifest.models.values()
        if model.kind == "model" and model.language == "sql"
    } | {macro.name: macro.sql for macro in manifest.macros.values()}
    return {
        name: re.sub(r"--.*|\{#.*?#\}", "", sql, flags=re.MULTILINE)
        for name, sql in written.items()
    }


def zeros(sql: str) -> int:
    """How often something that is missing is taken for 0 or 1; flags (1, else 0) aside."""
    found = sum(1 for match in ELSE_ZERO.finditer(sql) if match.group(1).strip() != "1")
    for match in COALESCE.finditer(sql):
        depth, end = 1, match.end()
        while depth and end < len(sql):
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        found += bool(ZERO.search(sql[match.end() : end - 1]))
    return found


def test_bounds_keep_what_is_missing(manifest: Manifest) -> None:
    """`greatest(NULL, 0)` is 0 in DuckDB: a lead time of 0 h, which is the best there is.

    Remedy: `at_least`, `at_most`, `within_one`, or `first_known` where passing over what is
    missing is meant; else say in RAW_BOUNDS why nothing is missing.
    """
    raw = {n for n, sql in models(manifest).items() if re.search(r"\b(greatest|least)\(", sql)}
    assert raw - RAW_BOUNDS.keys() == set()
    assert RAW_BOUNDS.keys() - raw == set(), "an exception that nothing needs hides the next bound"
    bounded = {
        metric.name
        for metric in manifest.metrics.values()
        if re.search(r"\b(greatest|least)\(", metric.code_text)
    }
    assert bounded == BOUNDED_METRICS.keys()
    for name in bounded:
        expression = manifest.metrics[name].expression
        assert re.match(r"case when \w+ > 0 then ", expression), f"{name}: only where it is known"


def test_what_is_missing_is_zero_only_where_somebody_says_why(manifest: Manifest) -> None:
    """A customer without a row of MRR has none; a churn without a ledger is not none.

    Remedy: keep it empty, and let its state say why; or raise the count of NONE_IS_ZERO where
    the reason there holds. Sources' own defaults stand in staging, and are not asked for.
    """
    found = {
        name: count
        for name, sql in models(manifest).items()
        if not name.startswith(("stg_", "test_")) and (count := zeros(sql))
    }
    assert found == {name: count for name, (count, _) in NONE_IS_ZERO.items()}


def test_the_laws_see_what_they_forbid() -> None:
    """A law that sees nothing holds nothing."""
    assert zeros("coalesce(a.b, 0)") == 1
    assert zeros("coalesce(sum(a) filter (where b in (1, 2)), 0.0)") == 1
    assert zeros("{{ as_mrr('coalesce(a.' ~ kind ~ ', 0)') }}") == 1
    assert zeros("case when a then b else 0 end") == 1
    assert zeros("case when a then 1 else 0 end, coalesce(a, b), coalesce(a, 'x')") == 0
