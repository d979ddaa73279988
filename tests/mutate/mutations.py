"""The bugs that are planted: each changes a number or a behaviour that somebody sees.

The tests that could notice stand beside each, the quickest first: `unit:<model>` are dbt's unit
tests of a model (`unit:` all of them), anything else is what pytest is given.
"""

from __future__ import annotations

from dataclasses import dataclass

UNIT = "unit:"


@dataclass(frozen=True)
class Mutation:
    """A bug: the text that it replaces, once in its file, and the tests that could notice."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MODELS = "dbt_project/models"
MARTS = f"{MODELS}/marts"
MIDDLE = f"{MODELS}/intermediate"
MRR = f"{MIDDLE}/mrr"
CUSTOMER_MONTHS = f"{MARTS}/revenue_velocity/fct_customer_months.sql"
STATES = "dbt_project/macros/metric_values.sql"
ORACLE = "tests/end_to_end/test_mrr_agrees_with_the_oracle.py -k demo"
GATES = "tests/expectations/test_gates.py"
# Builds a whole company, and asks little of it.
BUILDS = "tests/demo/test_operations_story.py"
GUARDRAILS = "tests/decisions/test_guardrails.py"
ON_TARGET = "tests/decisions/test_on_target.py"
LINES = "tests/end_to_end/test_source_lines.py"
HOMES = "tests/builds/test_homes_equal_fresh_ones.py"


def catalogue(*subjects: str) -> str:
    """Recomputations of these subjects."""
    chosen = " or ".join(f"recompute_{subject}" for subject in subjects)
    return f'tests/end_to_end/test_catalogue_agrees.py -k "{chosen}"'


MUTATIONS = (
    # What is judged, and over what.
    Mutation(
        "two cases are enough",
        "dbt_project/macros/scoring.sql",
        "when judged_sample_size < min_cases then 'too_few'",
        "when judged_sample_size < 2 then 'too_few'",
        ("unit:int_metrics__first_values",),
    ),
    Mutation(
        "Wilson's interval of a case more",
        STATES,
        "/ (1 + {{ z * z }} / {{ denominator }})",
        "/ (1 + {{ z }} / {{ denominator }})",
        ("unit:int_metrics__first_values", GUARDRAILS),
    ),
    Mutation(
        "a window of one period more",
        "orchestration/semantic/windows.py",
        "where ends.later * months < {self._months}",
        "where ends.later * months <= {self._months}",
        ("tests/semantic/test_windows.py",),
    ),
    Mutation(
        "the last day that is affected is left out",
        "dbt_project/macros/incremental.sql",
        "'day', 1, \"coalesce(getvariable('affected')[2]",
        "'day', 0, \"coalesce(getvariable('affected')[2]",
        (HOMES,),
    ),
    Mutation(
        "what a build that did not end has counted is counted again",
        "dbt_project/macros/incremental.sql",
        "where not files.is_new",
        "where files.is_new is not null",
        (HOMES,),
    ),
    Mutation(
        "a balance is that of each row's own period",
        "orchestration/semantic/grouping_sets.py",
        'column.set("table", exp.to_identifier(label))',
        "continue",
        ("tests/semantic/test_grouping_sets.py",),
    ),
    Mutation(
        "rows of metrics are kept where their facts changed",
        "orchestration/semantic/rows.py",
        "digest([duckdb.__version__, query, *contents], 16)",
        "digest([duckdb.__version__, query], 16)",
        ("tests/semantic/test_rows.py",),
    ),
    # Recurring revenue.
    Mutation(
        "a year of eleven months",
        CUSTOMER_MONTHS,
        "lag(balances.closing_mrr, 12)",
        "lag(balances.closing_mrr, 11)",
        (catalogue("recurring", "retention", "balances"),),
    ),
    Mutation(
        "cohorts of eleven months ago",
        f"{MRR}/int_mrr__retention_cohorts.sql",
        "dbt.dateadd('month', -12, 'now.month_start')",
        "dbt.dateadd('month', -11, 'now.month_start')",
        ("unit:int_mrr__retention_cohorts", catalogue("retention")),
    ),
    Mutation(
        "GRR with growth in it",
        f"{MRR}/int_mrr__retention_cohorts.sql",
        "    {{ at_most('sum(pairs.retained_mrr_12m)', 'sum(pairs.opening_mrr_12m)') }}\n",
        "    sum(pairs.retained_mrr_12m)\n",
        ("unit:int_mrr__retention_cohorts", catalogue("retention")),
    ),
    Mutation(
        "the closing rate in the bridge",
        CUSTOMER_MONTHS,
        "balances.net_local * balances.opening_rate",
        "balances.net_local * balances.balance_rate",
        (ORACLE,),
    ),
    Mutation(
        "closing balances at the opening rate",
        CUSTOMER_MONTHS,
        "sum({{ as_mrr('balances.net_local * balances.balance_rate') }}) as closing_mrr,",
        "sum({{ as_mrr('balances.net_local * balances.opening_rate') }}) as closing_mrr,",
        ("tests/decisions/test_comparisons.py -k rises",),
    ),
    Mutation(
        "the year before by eleven months",
        f"{MIDDLE}/reporting/int_scorecards__metrics.sql",
        "lag(values_of.value, 12)",
        "lag(values_of.value, 11)",
        ("unit:int_scorecards__metrics",),
    ),
    Mutation(
        "executives see what is not for them",
        f"{MODELS}/audiences/executive/executive_scorecard.sql",
        "where list_contains(metrics.audiences, 'executive')",
        "where metrics.tier = 'core'",
        ("unit:executive_scorecard",),
    ),
    Mutation(
        "leaders see what is not for them",
        f"{MODELS}/audiences/leadership/leadership_scorecard.sql",
        "    where list_contains(metrics.audiences, 'leadership')\n",
        "",
        ("unit:leadership_scorecard",),
    ),
    Mutation(
        "a breach without a guardrail",
        "dbt_project/macros/scoring.sql",
        "then case when is_complete and guardrail is not null then 'breach' else 'watch' end",
        "when not is_complete then 'watch'",
        ("unit:int_metrics__first_values",),
    ),
    Mutation(
        "promises alone are overdue",
        f"{MARTS}/operating_resilience/fct_intervention_days.sql",
        "filter (where spells.due_on < days.date_day)",
        "filter (where spells.ended_on < days.date_day)",
        ("unit:fct_intervention_days", "tests/decisions/test_interventions.py"),
    ),
    Mutation(
        "who left was never active",
        f"{MARTS}/value_realization/fct_usage_snapshots.sql",
        "        or users.monthly_active_users > 0\n",
        "",
        ("unit:fct_usage_snapshots", catalogue("product")),
    ),
    Mutation(
        "as late as the installation",
        f"{MARTS}/operating_resilience/fct_source_days.sql",
        "and runs.build_number > min(",
        "and runs.build_number >= min(",
        ("unit:fct_source_days",),
    ),
    Mutation(
        "contraction with its sign",
        CUSTOMER_MONTHS,
        "then abs(classified.mrr_change) else 0",
        "then classified.mrr_change else 0",
        (ORACLE,),
    ),
    Mutation(
        "months without churn dropped",
        CUSTOMER_MONTHS,
        "left join daily_churns\n",
        "inner join daily_churns\n",
        (ORACLE,),
    ),
    Mutation(
        "voluntary for involuntary",
        CUSTOMER_MONTHS,
        "last_churns.movement_reason = 'involuntary'",
        "last_churns.movement_reason = 'voluntary'",
        (catalogue("retention", "recurring"),),
    ),
    Mutation(
        "new for reactivated",
        "dbt_project/macros/movement_type.sql",
        "then 'reactivation' else 'new'",
        "then 'new' else 'reactivation'",
        ("unit:int_mrr__customer_days", ORACLE),
    ),
    Mutation(
        "any paused item is a pause",
        f"{MRR}/int_mrr__churn_reasons.sql",
        "bool_and(coalesce(stops.status_after, '') = 'paused')",
        "bool_or(coalesce(stops.status_after, '') = 'paused')",
        ("unit:int_mrr__churn_reasons", ORACLE),
    ),
    Mutation(
        "a week of 48 in a year",
        "dbt_project/macros/money.sql",
        "when 'week' then 12.0 / 52.0",
        "when 'week' then 12.0 / 48.0",
        ("unit:int_subscriptions__terms", "unit:", ORACLE),
    ),
    Mutation(
        "a currency's minor units ignored",
        f"{MIDDLE}/finance/int_currencies__minor_units.sql",
        "            coalesce(\n                currencies.minor_units,\n",
        "            coalesce(\n                2,\n",
        ("unit:int_currencies__minor_units", ORACLE),
    ),
    Mutation(
        "the rate of the month before",
        f"{MIDDLE}/finance/int_currencies__monthly_rates.sql",
        "known.month_start <= months.month_start",
        "known.month_start < months.month_start",
        ("unit:", ORACLE),
    ),
    Mutation(
        "of one day's states the first",
        "dbt_project/macros/notices.sql",
        "            observed.observed_at desc,\n            observed.precedence desc,\n",
        "            observed.observed_at asc,\n            observed.precedence desc,\n",
        ("unit:int_subscriptions__status_periods", "unit:", ORACLE),
    ),
    # What sources hold beside what counts.
    Mutation(
        "a bill that a journal repeats counts twice",
        f"{MIDDLE}/finance/int_ledger__repeated_documents.sql",
        "        and documents.place = journals.place\n",
        "        and documents.place = journals.place + 1\n",
        ("unit:int_ledger__repeated_documents", LINES),
    ),
    Mutation(
        "a discount is revenue",
        f"{MIDDLE}/finance/int_ledger__document_lines.sql",
        "case when lines.is_discount then -1 else 1 end",
        "case when lines.is_discount then 1 else 1 end",
        (LINES,),
    ),
    Mutation(
        "a merged incident counts twice",
        f"{MIDDLE}/operations/int_incidents__timelines.sql",
        " and incidents.is_merged is not true",
        "",
        (LINES,),
    ),
    Mutation(
        "a deleted company is a lead",
        f"{MARTS}/revenue_velocity/fct_funnel_entries.sql",
        "    where companies.is_deleted is not true\n",
        "",
        (LINES,),
    ),
    Mutation(
        "a deleted service is watched for ever",
        f"{MARTS}/operating_resilience/fct_service_days.sql",
        "        and coalesce(days.date_day < services.watched_until, true) as is_watched,\n",
        "        as is_watched,\n",
        (LINES,),
    ),
    # Rows that are read.
    Mutation(
        "every version of a record",
        "dbt_project/macros/raw.sql",
        "                versions._file_order desc, versions._file_row desc\n        ) = 1",
        "                versions._file_order desc, versions._file_row desc\n        ) >= 1",
        (ORACLE,),
    ),
    Mutation(
        "of equal versions the earlier",
        "dbt_project/macros/raw.sql",
        "                versions._file_order desc, versions._file_row desc",
        "                versions._file_order asc, versions._file_row asc",
        ("unit:stg_governance__reviews", ORACLE),
    ),
    Mutation(
        "deleted only by both flags",
        "dbt_project/macros/raw.sql",
        "(coalesce({{ alias }}.is_deleted, false) or",
        "(coalesce({{ alias }}.is_deleted, false) and",
        (ORACLE, catalogue("sales", "finance")),
    ),
    Mutation(
        "refused files are read",
        "orchestration/landing/manifest.py",
        "as file_order,\nfrom raw_meta.files\nwhere status = 'accepted'",
        "as file_order,\nfrom raw_meta.files\nwhere status in ('accepted', 'pending')",
        ("tests/landing/test_file_order.py", "tests/orchestration/test_gate_1.py"),
    ),
    # Metrics and how they stand.
    Mutation(
        "NRR upside down",
        f"{MARTS}/customer_health/_customer_health__metrics.yml",
        "    numerator: retained_mrr_12m\n    denominator: opening_mrr_12m\n",
        "    numerator: opening_mrr_12m\n    denominator: retained_mrr_12m\n",
        (catalogue("retention"),),
    ),
    Mutation(
        "small samples are told",
        STATES,
        "when judged.min_sample > 0 and coalesce(judged.sample_size, 0) < judged.min_sample",
        "when coalesce(judged.sample_size, 0) < 0",
        (
            "unit:int_metrics__states",
            catalogue("surveys", "outcomes", "support"),
        ),
    ),
    Mutation(
        "a sample of just enough is too small",
        STATES,
        "coalesce(judged.sample_size, 0) < judged.min_sample",
        "coalesce(judged.sample_size, 0) <= judged.min_sample",
        (
            "unit:int_metrics__states",
            catalogue("surveys", "outcomes", "support"),
        ),
    ),
    Mutation(
        "a cohort matures a day later",
        STATES,
        "judged.is_cohort_rate and judged.mature_on > judged.data_through_on",
        "judged.is_cohort_rate and judged.mature_on >= judged.data_through_on",
        (
            "unit:int_metrics__states",
            catalogue("product", "retention", "outcomes"),
        ),
    ),
    Mutation(
        "less is better, turned round",
        "dbt_project/macros/scoring.sql",
        "(direction = 'down' and judged_value <= target)",
        "(direction = 'down' and judged_value >= target)",
        ("unit:int_metrics__first_values", ON_TARGET, GUARDRAILS),
    ),
    Mutation(
        "a target met to the point is missed",
        "dbt_project/macros/scoring.sql",
        "(direction = 'up' and judged_value >= target)",
        "(direction = 'up' and judged_value > target)",
        ("unit:int_metrics__first_values", ON_TARGET),
    ),
    Mutation(
        "a guardrail reached to the point holds",
        "dbt_project/macros/scoring.sql",
        "and judged_value <= guardrail\n",
        "and judged_value < guardrail\n",
        ("unit:int_metrics__first_values", GUARDRAILS),
    ),
    Mutation(
        "an unfinished month breaches",
        "dbt_project/macros/scoring.sql",
        "when not is_complete then 'watch'",
        "when false then 'watch'",
        ("unit:int_metrics__first_values", GUARDRAILS),
    ),
    Mutation(
        "a breach never ends by itself",
        "dbt_project/macros/episodes.sql",
        "when is_clear then 'end'",
        "when is_clear then 'begin'",
        ("unit:int_guardrails__watched", GUARDRAILS),
    ),
    Mutation(
        "half arrived is not reached",
        "dbt_project/macros/survival.sql",
        "survival.waiting_share <= 0.5 + 1e-9",
        "survival.waiting_share < 0.5 - 1e-9",
        ("unit:fct_onboarding_duration_cohorts", catalogue("product")),
    ),
    Mutation(
        "a week of eight days",
        f"{MIDDLE}/product/int_product__user_snapshots.sql",
        "windows.days_ago < 7 as is_7d",
        "windows.days_ago <= 7 as is_7d",
        (catalogue("product"),),
    ),
    Mutation(
        "advertising in any currency is added up",
        f"{MARTS}/revenue_velocity/fct_acquisition_months.sql",
        "exact_sum('spend.spend_local * rates.opening_rate')",
        "exact_sum('spend.spend_local')",
        ("unit:fct_acquisition_months", catalogue("acquisition")),
    ),
    # Gates and publishing.
    Mutation(
        "a share of 1.3 is let through",
        "expectations/gate_2.py",
        "told.value > metrics.upper_bound + {EPSILON}",
        "told.value > metrics.upper_bound + 0.5",
        (GATES,),
    ),
    Mutation(
        "gate 2 on metrics only warns",
        "expectations/gate_2.py",
        "            [values, units, slices, moved, answers],\n            True,",
        "            [values, units, slices, moved, answers],\n            False,",
        (GATES,),
    ),
    Mutation(
        "half of a file may be rejected",
        "expectations/gate_1.py",
        "MAX_REJECTED_SHARE = 0.05",
        "MAX_REJECTED_SHARE = 0.5",
        (GATES,),
    ),
    Mutation(
        "published whatever gates say",
        "orchestration/defs/publish.py",
        "if build_id is None or reasons:",
        "if build_id is None:",
        ("tests/orchestration/test_later_gates.py",),
    ),
    Mutation(
        "a gate that was not asked agrees",
        "orchestration/warehouse/gates.py",
        'return ""\n',
        "return None\n",
        ("tests/orchestration/test_later_gates.py",),
    ),
    Mutation(
        "a changed file is taken for the old one",
        "orchestration/landing/ledger.py",
        "known.size_bytes == file.size_bytes and sha256(file.absolute) == known.sha256",
        "known.size_bytes == file.size_bytes",
        ("tests/landing/test_loads.py",),
    ),
    Mutation(
        "a withdrawal rebuilds nothing",
        "orchestration/landing/manifest.py",
        '"insert into raw_meta.rebuild_required values (?, ?)"',
        '"select ?, ?"',
        ("tests/landing/test_loads.py",),
    ),
    Mutation(
        "one version more is kept",
        "orchestration/warehouse/publish.py",
        "[: settings.keep_versions]",
        "[: settings.keep_versions + 1]",
        ("tests/orchestration/test_publish.py",),
    ),
    Mutation(
        "a contract holds whatever the table is like",
        "dbt_project/macros/materializations.sql",
        "return(made == declared and not model['constraints'])",
        "return(true)",
        ("tests/builds/test_contracts.py",),
    ),
    Mutation(
        "a changed view is read as it was",
        "orchestration/lineage/staged.py",
        'if model in told and told[model]["view"] == sql',
        "if model in told",
        ("tests/lineage/test_staged.py",),
    ),
    # What people are told.
    Mutation(
        "an effect with the wrong sign",
        "orchestration/statistics/experiments.py",
        "        share - control_share,",
        "        control_share - share,",
        ("tests/statistics/test_experiments.py",),
    ),
    Mutation(
        "everybody's rows in one customer's file",
        "orchestration/report/share.py",
        "where customer_id = $customer\n",
        "where $customer is not null\n",
        ("tests/decisions/test_customer_scorecard.py",),
    ),
    Mutation(
        "old breaches are told again",
        "orchestration/notices/compose.py",
        'if row["breach_id"] not in told]',
        'if row["breach_id"]]',
        ("tests/decisions/test_notices.py",),
    ),
    Mutation(
        "names in everybody's file",
        "orchestration/warehouse/publish.py",
        "persons.chmod(GROUP_ONLY)",
        "persons.chmod(READ_ONLY)",
        ("tests/orchestration/test_publish.py",),
    ),
    Mutation(
        "what was typed instead of a code is published",
        "dbt_project/macros/codes.sql",
        "then 'other'",
        "then {{ column }}",
        ("unit:stg_governance__reviews",),
    ),
    Mutation(
        "names hashed without the key",
        "dbt_project/macros/privacy.sql",
        "(select settings.hash_key from",
        "(select '' from",
        ("unit:fct_survey_requests", "tests/end_to_end/test_lineage.py"),
    ),
    Mutation(
        "what four said can be worked out",
        "dbt_project/models/marts/operating_resilience/fct_engagement_periods.sql",
        "ranked.size_rank = 1, false)",
        "ranked.size_rank = 0, false)",
        ("unit:fct_engagement_periods",),
    ),
    Mutation(
        "one wild period is told as a shift",
        "orchestration/statistics/process_limits.py",
        "RUN_CUT = 3.0",
        "RUN_CUT = 300.0",
        ("tests/statistics/test_process_limits.py",),
    ),
    Mutation(
        "a signal that is over goes on",
        "orchestration/statistics/process_limits.py",
        "np.where(course.can_judge & is_on, ratio, 0.0)",
        "np.where(course.can_judge, ratio, 0.0)",
        ("tests/statistics/test_process_limits.py",),
    ),
    Mutation(
        "too few cases widen the limits",
        f"{MIDDLE}/metrics/int_signals__series.sql",
        "values_of.sample_size < metrics.min_cases, false",
        "values_of.sample_size < 0, false",
        ("unit:int_signals__series",),
    ),
    Mutation(
        "a small slice opens a breach",
        "dbt_project/macros/guardrails.sql",
        "smallest_share() -%}0.2",
        "smallest_share() -%}0.19",
        ("unit:int_guardrails__watched",),
    ),
    Mutation(
        "a slice opens with its first period",
        "dbt_project/macros/guardrails.sql",
        "lag(judged.is_breach, 2 ignore nulls) over periods",
        "true",
        ("unit:int_guardrails__watched",),
    ),
    Mutation(
        "a slice of an amount has the target of the total",
        STATES,
        "metrics.aggregation in ('ratio', 'distribution', 'cohort')",
        "metrics.aggregation is not null",
        ("unit:int_metrics__first_values",),
    ),
    Mutation(
        "a part of an amount is judged as a rate",
        STATES,
        "states.numerator is distinct from totals.numerator",
        "states.numerator is not distinct from totals.numerator",
        ("unit:int_metrics__first_values",),
    ),
    # What a board acts on.
    Mutation(
        "what an upgrade made known is news",
        "orchestration/notices/ledger.py",
        "and bool_or(published.publication_number <= seen.number),",
        "and true,",
        ("tests/decisions/test_notices.py",),
    ),
    Mutation(
        "an activity's whole is one period",
        f"{MODELS}/governance/metric_contributions.sql",
        "when 'activity' then {{ dbt.dateadd('year', -1, 'moves.before_start') }}",
        "when 'activity' then {{ dbt.dateadd('day', -1, 'moves.before_start') }}",
        ("unit:metric_contributions",),
    ),
    Mutation(
        "the largest slice is named",
        f"{MIDDLE}/metrics/int_contributions__explanations.sql",
        "order by excess desc, contributions.dimension_value asc",
        "order by contributions.share_of_change desc, contributions.dimension_value asc",
        ("unit:int_contributions__explanations",),
    ),
    Mutation(
        "a driver is told by what it makes of another",
        f"{MIDDLE}/metrics/int_contributions__explanations.sql",
        "'(contributions.value_after - contributions.value_before)', 'drivers.unit'",
        "'contributions.contribution', 'registry.unit'",
        ("unit:int_contributions__explanations",),
    ),
    Mutation(
        "a week is told anew",
        f"{MODELS}/audiences/executive/executive_weeks.sql",
        "where current_week.week not in (select kept.week from kept)",
        "where true",
        ("unit:executive_weeks",),
    ),
    Mutation(
        "health is read before thirty days have passed",
        f"{MODELS}/governance/learning_log.sql",
        "dbt.dateadd('day', -29, 'health.snapshot_on')",
        "dbt.dateadd('day', 0, 'health.snapshot_on')",
        ("unit:learning_log",),
    ),
    Mutation(
        "scaling needs no evidence",
        f"{MODELS}/governance/experiment_readouts.sql",
        "when judged.decision = 'scale' then 'without_evidence'",
        "when judged.decision = 'scale' then 'supported'",
        ("unit:experiment_readouts",),
    ),
    Mutation(
        "pay for what stood there already",
        f"{MODELS}/governance/incentive_readouts.sql",
        "when 'up' then based.baseline >= based.target",
        "when 'up' then based.baseline > based.target",
        ("unit:incentive_readouts",),
    ),
    Mutation(
        "the newest plan is the first",
        f"{MIDDLE}/metrics/int_plans__months.sql",
        "and originals.version_number = 1",
        "and originals.version_number = versions.version_number",
        ("unit:int_plans__months",),
    ),
    Mutation(
        "a budget is what is promised",
        f"{MODELS}/governance/service_level_readouts.sql",
        "then 1 - (1 - in_force.value) / nullif(1 - in_force.target, 0)",
        "then 1 - (1 - in_force.value) / nullif(in_force.target, 0)",
        ("unit:service_level_readouts",),
    ),
    # What is known of a customer before it leaves.
    Mutation(
        "a meeting is the account owner's",
        f"{MODELS}/governance/interventions.sql",
        "when newest.owner_role in ('account_manager', 'customer_success_manager')",
        "when newest.owner_role is not null",
        ("unit:interventions",),
    ),
    Mutation(
        "what is said first is the reason",
        f"{MIDDLE}/subscriptions/int_subscriptions__notices.sql",
        "max_by(numbered.cancellation_reason",
        "min_by(numbered.cancellation_reason",
        ("unit:int_subscriptions__notices",),
    ),
    Mutation(
        "a champion is gone with everybody",
        f"{MIDDLE}/customers/int_warnings__snapshots.sql",
        "and champions.account_days_away < 28",
        "",
        ("unit:int_warnings__snapshots",),
    ),
    Mutation(
        "who comes rarely is gone after four weeks",
        f"{MIDDLE}/customers/int_warnings__snapshots.sql",
        "        and champions.active_probability <= 0.1\n",
        "",
        ("unit:int_warnings__snapshots",),
    ),
    Mutation(
        "the first visit was one after which somebody could stay away",
        f"{MIDDLE}/product/int_product__champions.sql",
        "fits.b + histories.repeat_count - 1",
        "fits.b + histories.repeat_count",
        ("unit:int_product__champions",),
    ),
    Mutation(
        "a call of last year is a review",
        f"{MIDDLE}/customers/int_warnings__renewals.sql",
        "'day', -120, ",
        "'day', -365, ",
        ("unit:int_warnings__renewals",),
    ),
    Mutation(
        "who pauses has left",
        f"{MIDDLE}/metrics/int_diagnostics__measures.sql",
        "and movements.movement_reason != 'pause'",
        "",
        ("unit:int_diagnostics__measures",),
    ),
    Mutation(
        "the touched are held against all others",
        f"{MIDDLE}/operations/int_impact__contrasts.sql",
        "hash(sides.segment, sides.tenure_band, sides.use_band)",
        "hash(sides.segment)",
        ("unit:int_impact__contrasts",),
    ),
    Mutation(
        "who uses as much by seat uses as much in all",
        f"{MIDDLE}/evidence/int_evidence__moments.sql",
        "+ percent_rank() over (alike order by asked.usual_use) as use_rank",
        "as use_rank",
        ("unit:int_evidence__moments",),
    ),
    Mutation(
        "who stays longer leaves as easily",
        "orchestration/statistics/survival.py",
        "self.alpha / (self.alpha + self.beta + so_far)",
        "self.alpha / (self.alpha + self.beta + 0 * so_far)",
        ("tests/statistics/test_survival.py",),
    ),
    Mutation(
        "a lifetime is held against more than a year",
        f"{MODELS}/governance/lifetime_readouts.sql",
        "and {{ dbt.dateadd('month', 12, 'standing.cutoff_on') }} >= later.month_start",
        "",
        ("unit:lifetime_readouts",),
    ),
    Mutation(
        "what was signed is usual besides",
        "orchestration/statistics/bridges.py",
        "sum(axis=1) - told)",
        "sum(axis=1) - 0 * told)",
        ("tests/statistics/test_bridges.py",),
    ),
    Mutation(
        "who leaves ahead is known already",
        "orchestration/statistics/bridges.py",
        "place - lag + 1)",
        "place + 1)",
        ("tests/statistics/test_bridges.py",),
    ),
    Mutation(
        "a bridge that misses by more stands",
        "orchestration/statistics/bridge_walks.py",
        "return mrr <= mrr_beside and net <= net_beside",
        "return mrr <= mrr_beside or net <= net_beside",
        ("tests/statistics/test_bridges.py",),
    ),
    Mutation(
        "a notice is known before billing showed it",
        f"{MIDDLE}/outlook/int_forecasts__announced.sql",
        "on ends.known_on >= days.observed_on",
        "on true",
        ("unit:int_forecasts__announced",),
    ),
    Mutation(
        "a year is as sure as one month of it",
        f"{MODELS}/governance/plan_attainment.sql",
        "having count(*) = placed.months_left",
        "",
        ("unit:plan_attainment",),
    ),
    Mutation(
        "a quarter asks for all that the target asks",
        f"{MODELS}/governance/metric_milestones.sql",
        "'ends.as_of', 'ends.milestone_on', 'day'",
        "'ends.as_of', 'ends.due_on', 'day'",
        ("unit:metric_milestones",),
    ),
    # What pages and files say.
    Mutation(
        "a customer's share is the average of rows",
        f"{MIDDLE}/customers/int_customers__measures.sql",
        "/ nullif(sum(readings.case_count) filter",
        "/ nullif(count(readings.case_count) filter",
        ("unit:int_customers__measures",),
    ),
    Mutation(
        "a year has eleven months",
        f"{MIDDLE}/reporting/int_board__values.sql",
        "having count(*) = 12",
        "having count(*) = 11",
        ("unit:int_board__values",),
    ),
    Mutation(
        "what lies on the limit of a band is below it",
        f"{MARTS}/customer_health/fct_customer_health.sql",
        "            9\n        ) as health_score",
        "            16\n        ) as health_score",
        ("unit:fct_customer_health",),
    ),
    Mutation(
        "a link opens the page for ever",
        "orchestration/pages/portal.py",
        "if until < (today or dt.datetime.now(dt.UTC).date()):",
        "if until is None:",
        ("tests/pages/test_own.py -k link",),
    ),
    Mutation(
        "a health score stands on the customer's own page",
        "orchestration/pages/own.py",
        '"outcome": "What comes of it",',
        '"outcome": "What comes of it", "health": "Health",',
        ("tests/pages/test_own.py -k risk",),
    ),
    Mutation(
        "who leaves a day late was foretold in time",
        f"{MARTS}/customer_health/fct_foretold_losses.sql",
        "            <= {{ dbt.dateadd('day', days_after, 'next_outcomes.known_on') }},",
        "            <= {{ dbt.dateadd('day', days_after + 1, 'next_outcomes.known_on') }},",
        ("unit:fct_foretold_losses",),
    ),
    Mutation(
        "what is estimated comes from what bears its name alone",
        "orchestration/lineage/project.py",
        "known.values())",
        "())",
        ("tests/lineage/test_features.py",),
    ),
    Mutation(
        "a loss before the first outlook is one that it missed",
        f"{MODELS}/governance/warning_readouts.sql",
        "                >= {{ dbt.dateadd('day', leads | max, 'signals.known_from') }},",
        "                >= {{ dbt.dateadd('day', -9999, 'signals.known_from') }},",
        ("unit:warning_readouts",),
    ),
    Mutation(
        "the outlook warns of whoever is a little likelier",
        f"{MIDDLE}/customers/int_warnings__foretold.sql",
        "told.probability >= 2 * told.base_rate as is_beyond",
        "told.probability >= 1.1 * told.base_rate as is_beyond",
        ("unit:int_warnings__foretold",),
    ),
    Mutation(
        "more losses in one quarter make the outlook too sure",
        "orchestration/statistics/hazards.py",
        "_, places = np.unique(times, return_inverse=True)",
        "_, places = np.unique(np.zeros(len(times)), return_inverse=True)",
        ("tests/statistics/test_hazards.py",),
    ),
    Mutation(
        "a loss that three month ends tell of weighs as three",
        "orchestration/statistics/outlook.py",
        "prior = PRIOR / np.sqrt((ends - begins) / MONTH_DAYS)",
        "prior = PRIOR",
        ("tests/statistics/test_outlook.py",),
    ),
)
