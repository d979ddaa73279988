"""What each expectation guards against: SQL that spoils a good warehouse in just that way.

One entry per spoiling; a reason may have several. What sources declare of rows is
spoiled one by one in `test_vocabulary.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from expectations.declared import AS_BEFORE, declared_checks
from expectations.rhythm import OVERDUE, STALE
from tests.expectations.spoiled_rows import (
    A_MONTH,
    ACCEPTED_EVENTS,
    ACCEPTED_REQUESTS,
    CONTRACTS,
    COUNTED_REQUESTS,
    EVENTS,
    FILES,
    FIVE_WEEKS,
    HISTORY,
    MARCH_MRR,
    MONTHS,
    MOVEMENTS,
    PENDING,
    REQUESTS,
    SCORECARD,
    SPARSE,
    THREE_HOLIDAYS,
    TRACKS,
    TWO_DAYS_APART,
    USED_EVENT,
    VALUES,
    answers,
    bridge,
    days_of_events,
    held_by,
    others_go_on_until,
    paying,
    plan_of_months,
    rejected_rows,
)

DRIFTING = "metrics_do_not_drift"


@dataclass(frozen=True)
class Spoiling:
    """How to spoil what a gate is asked about, and the check that must fail for it.

    `within` changes the same thing just so little that the check must not fail.
    """

    gate: str
    reason: str
    asset: tuple[str, ...]
    statements: tuple[str, ...]
    check: str = ""
    within: tuple[str, ...] = ()

    @property
    def check_name(self) -> str:
        """The asset check; the gate's blocking one unless said otherwise."""
        if self.check:
            return self.check
        declared = declared_checks(self.gate, [self.asset])
        (name,) = [each.name for each in declared if each.is_blocking and each.asset == self.asset]
        return name


SPOILINGS = (
    Spoiling(
        "gate_1",
        "every file can be read",
        CONTRACTS,
        ("update raw_meta.files set status = 'failed', reason = 'not UTF-8'",),
    ),
    # Six of a hundred rows; and of five, where two are few in themselves, but no fifth.
    Spoiling(
        "gate_1",
        "at most 5% of a file's rows are quarantined",
        CONTRACTS,
        (PENDING, *rejected_rows(6, "amount: ''x'' is no number", of=100)),
        within=(PENDING, *rejected_rows(5, "amount: ''x'' is no number", of=100)),
    ),
    Spoiling(
        "gate_1",
        "at most 5% of a file's rows are quarantined",
        CONTRACTS,
        (PENDING, *rejected_rows(2, "amount: ''x'' is no number", of=9)),
        within=(PENDING, *rejected_rows(2, "amount: ''x'' is no number", of=10)),
    ),
    Spoiling(
        "gate_1",
        "no row is quarantined",
        CONTRACTS,
        (PENDING, *rejected_rows(1, "amount: ''x'' is no number", of=100)),
        AS_BEFORE,
    ),
    Spoiling(
        "gate_1",
        "a first delivery has most of the columns that are declared",
        CONTRACTS,
        (
            PENDING,
            "update raw_meta.files set unknown_columns = ['Betrag'], "
            "missing_columns = ['amount', 'plan', 'status', 'interval', 'quantity', 'currency', "
            "'interval_count']",
        ),
        AS_BEFORE,
        within=(
            PENDING,
            "update raw_meta.files set unknown_columns = ['Betrag'], "
            "missing_columns = ['amount', 'plan', 'status', 'interval', 'quantity', "
            "'currency']",
        ),
    ),
    Spoiling(
        "gate_1",
        "no column of earlier files is dropped",
        CONTRACTS,
        (
            PENDING,
            HISTORY,
            "update raw_meta.files set missing_columns = ['quantity'] where status = 'pending'",
        ),
        # It never was there.
        within=(PENDING, HISTORY, "update raw_meta.files set missing_columns = ['quantity']"),
    ),
    Spoiling(
        "gate_1",
        "no file of events is a copy of another",
        TRACKS,
        (
            *days_of_events(101, "2026-03-01", days=1, rows=1),
            *days_of_events(102, "2026-03-02", days=1, rows=1, status="pending"),
            "update raw_meta.files set sha256 = '101' where load_id = 102",
        ),
        within=(
            *days_of_events(101, "2026-03-01", days=1, rows=1),
            *days_of_events(102, "2026-03-02", days=1, rows=1, status="pending"),
        ),
    ),
    Spoiling(
        "gate_1",
        "a file ends with a whole row",
        CONTRACTS,
        (PENDING, *rejected_rows(1, "the line is no row of this file: too few", last_row=5)),
        within=(PENDING, *rejected_rows(1, "the line is no row of this file: too few", last_row=4)),
    ),
    Spoiling(
        "gate_1",
        "no row is a duplicate within its file",
        CONTRACTS,
        (
            PENDING,
            "insert into raw_contracts.subscription_periods "
            "from raw_contracts.subscription_periods",
        ),
        AS_BEFORE,
        within=(
            PENDING,
            "insert into raw_contracts.subscription_periods "
            "from raw_contracts.subscription_periods where subscription_id != 's1'",
        ),
    ),
    Spoiling(
        "gate_1",
        "no key stands for two rows of its file",
        CONTRACTS,
        (
            PENDING,
            "insert into raw_contracts.subscription_periods "
            "select * replace (amount + 1 as amount) from raw_contracts.subscription_periods",
        ),
        # The same again says nothing new.
        within=(
            PENDING,
            "insert into raw_contracts.subscription_periods "
            "from raw_contracts.subscription_periods",
        ),
    ),
    Spoiling(
        "gate_1",
        "the volume of a day is within that of its weekday",
        TRACKS,
        (*FIVE_WEEKS, *days_of_events(102, "2026-03-02", days=1, rows=59, status="pending")),
        within=(*FIVE_WEEKS, *days_of_events(102, "2026-03-02", days=1, rows=60, status="pending")),
    ),
    Spoiling(
        "gate_1",
        "the volume of a day is within that of its weekday",
        TRACKS,
        (*FIVE_WEEKS, *days_of_events(102, "2026-03-02", days=1, rows=167, status="pending")),
        within=(
            *FIVE_WEEKS,
            *days_of_events(102, "2026-03-02", days=1, rows=166, status="pending"),
        ),
    ),
    # Events on every day but the third of each week: never more than two days apart.
    Spoiling(
        "gate_1",
        STALE,
        TRACKS,
        (*FIVE_WEEKS, *TWO_DAYS_APART, others_go_on_until("2026-03-08")),
        within=(*FIVE_WEEKS, *TWO_DAYS_APART, others_go_on_until("2026-03-07")),
    ),
    # Every second day is half of them; who speaks on every third stops nothing by being silent.
    Spoiling(
        "gate_1",
        STALE,
        TRACKS,
        (
            *days_of_events(101, "2026-02-01", days=15, rows=1, every=2),
            others_go_on_until("2026-03-08"),
        ),
        within=(
            *days_of_events(101, "2026-01-18", days=15, rows=1, every=3),
            others_go_on_until("2026-03-31"),
        ),
    ),
    # Three of the days are a holiday of the support team's calendar, or the last one is.
    Spoiling(
        "gate_1",
        STALE,
        TRACKS,
        (*FIVE_WEEKS, *TWO_DAYS_APART, others_go_on_until("2026-03-11"), *THREE_HOLIDAYS),
        within=(*FIVE_WEEKS, *TWO_DAYS_APART, others_go_on_until("2026-03-10"), *THREE_HOLIDAYS),
    ),
    Spoiling(
        "gate_1",
        OVERDUE,
        TRACKS,
        (*SPARSE, others_go_on_until("2026-03-08")),
        AS_BEFORE,
        within=(*SPARSE, others_go_on_until("2026-03-07")),
    ),
    Spoiling(
        "gate_1",
        "no key of JSON is dropped",
        CONTRACTS,
        (
            PENDING,
            HISTORY,
            "update raw_meta.files set missing_columns = ['quantity'], "
            "path = 'new.jsonl.gz' where status = 'pending'",
        ),
        AS_BEFORE,
    ),
    Spoiling(
        "gate_1",
        "no column appears that nobody has declared",
        CONTRACTS,
        (
            PENDING,
            HISTORY,
            "update raw_meta.files set unknown_columns = ['colour'] where status = 'pending'",
        ),
        AS_BEFORE,
    ),
    Spoiling(
        "gate_1",
        "no column of a typed file changes its type",
        CONTRACTS,
        (
            PENDING,
            HISTORY,
            "update raw_meta.files set column_types = [case status "
            "when 'pending' then 'amount DOUBLE' else 'amount DECIMAL(18,2)' end]",
        ),
        AS_BEFORE,
        within=(PENDING, HISTORY, "update raw_meta.files set column_types = ['amount DOUBLE']"),
    ),
    # The company's file is `periods.csv`.
    Spoiling(
        "gate_1",
        "no file is superseded by one that was there before; if this one is to hold, "
        "deliver it under a name that sorts behind, or withdraw the other",
        CONTRACTS,
        (PENDING, *held_by("periods-v2", "amount + 1")),
        AS_BEFORE,
        within=(PENDING, *held_by("earlier", "amount + 1")),
    ),
    Spoiling(
        "gate_1",
        "no file is superseded by one that was there before; if this one is to hold, "
        "deliver it under a name that sorts behind, or withdraw the other",
        CONTRACTS,
        (PENDING, *held_by("periods-v2", "null")),
        AS_BEFORE,
        within=(PENDING, *held_by("periods-v2", "amount")),
    ),
    Spoiling(
        "gate_1",
        "the watermark of a delivery is not behind the one before",
        TRACKS,
        (
            *days_of_events(101, "2026-03-01", days=2, rows=1),
            *days_of_events(102, "2026-03-01", days=1, rows=1, status="pending"),
        ),
        AS_BEFORE,
        within=(
            *days_of_events(101, "2026-03-01", days=2, rows=1),
            *days_of_events(102, "2026-03-02", days=1, rows=1, status="pending"),
        ),
    ),
    Spoiling(
        "gate_2",
        "no customer churns before its first payment",
        ("core", "dim_customers"),
        (
            "update core.dim_customers set churned_on = first_paid_on - 1, is_active = false "
            "where customer_id = 'c2'",
        ),
    ),
    Spoiling(
        "gate_2",
        "a customer who pays has not churned",
        ("core", "dim_customers"),
        ("update core.dim_customers set is_active = true where customer_id = 'c2'",),
    ),
    Spoiling(
        "gate_2",
        "every journal sums to zero",
        ("intermediate", "int_ledger__postings"),
        (
            "insert into intermediate.int_ledger__postings by name select 'j' as journal_entry_id, "
            "0.01 as amount",
        ),
    ),
    Spoiling(
        "gate_2",
        "no record is unmatched",
        ("governance", "unmatched_records"),
        (
            "insert into governance.unmatched_records by name select 'harvest.client' as system, "
            "'7' as record_id, 'nobody' as reason",
        ),
        "records_are_matched",
    ),
    Spoiling(
        "gate_2",
        "opening_mrr is not negative",
        MONTHS,
        (f"update revenue_velocity.fct_customer_months set opening_mrr = -0.01 where {A_MONTH}",),
    ),
    Spoiling(
        "gate_2",
        "closing_mrr is not negative",
        MONTHS,
        (f"update revenue_velocity.fct_customer_months set closing_mrr = -0.01 where {A_MONTH}",),
    ),
    Spoiling(
        "gate_2",
        "closing_list_mrr is not negative",
        MONTHS,
        (
            "update revenue_velocity.fct_customer_months set closing_list_mrr = -0.01 "
            f"where {A_MONTH}",
        ),
    ),
    Spoiling(
        "gate_2",
        "a discount does not raise a price",
        MONTHS,
        (
            "update revenue_velocity.fct_customer_months "
            f"set closing_list_mrr = closing_mrr - 0.02 where {A_MONTH}",
        ),
    ),
    Spoiling(
        "gate_2",
        "states are known",
        VALUES,
        ("update governance.metric_values set state = 'fine' where metric_id = 'mrr'",),
    ),
    Spoiling(
        "gate_2",
        "a value is a finite number or has a state instead",
        VALUES,
        ("update governance.metric_values set value = 'nan' where metric_id = 'mrr'",),
    ),
    Spoiling(
        "gate_2",
        "a value is a finite number or has a state instead",
        VALUES,
        ("update governance.metric_values set value = '-inf' where metric_id = 'mrr'",),
    ),
    Spoiling(
        "gate_2",
        "a value lies within the bounds of its metric",
        VALUES,
        (
            "update governance.metric_values set value = 1.3 "
            "where metric_id = 'sla_compliance_rate'",
        ),
        within=(
            "update governance.metric_values set value = 1 where metric_id = 'sla_compliance_rate'",
        ),
    ),
    Spoiling(
        "gate_2",
        "a value lies within the bounds of its metric",
        VALUES,
        ("update governance.metric_values set value = -0.01 where metric_id = 'stickiness'",),
    ),
    # A customer base may well have grown by more than it was; it cannot shrink by more.
    Spoiling(
        "gate_2",
        "a value lies within the bounds of its metric",
        VALUES,
        ("update governance.metric_values set value = -0.01 where metric_id = 'nrr'",),
        within=("update governance.metric_values set value = 3 where metric_id = 'nrr'",),
    ),
    Spoiling(
        "gate_2",
        "NPS lies in its interval, and that between -100 and 100",
        VALUES,
        (
            "update governance.metric_values set state = 'ok', value = 30, lower = 31, upper = 40 "
            "where metric_id = 'nps'",
        ),
    ),
    Spoiling(
        "gate_2",
        "NPS lies in its interval, and that between -100 and 100",
        VALUES,
        (
            "update governance.metric_values set state = 'ok', value = 90, lower = 70, upper = 101 "
            "where metric_id = 'nps'",
        ),
    ),
    Spoiling(
        "gate_2",
        "GRR is at most NRR",
        VALUES,
        (
            "update governance.metric_values set value = case metric_id when 'grr' then 0.9 "
            "else 0.8 end where metric_id in ('grr', 'nrr')",
        ),
    ),
    Spoiling(
        "gate_2",
        "a month moves a balance by 50% at most",
        VALUES,
        (
            "update governance.metric_values set is_complete = true, value = case "
            "when period_start < date '2026-03-01' then 100 else 151 end "
            "where metric_id = 'mrr' and grain = 'month' and dimension = 'total'",
        ),
        DRIFTING,
    ),
    Spoiling(
        "gate_2",
        "the core has at most ten metrics",
        SCORECARD,
        ("insert into audiences.executive_scorecard from audiences.executive_scorecard",),
    ),
    Spoiling(
        "gate_2",
        "the core has at most ten metrics",
        SCORECARD,
        ("delete from audiences.executive_scorecard",),
    ),
    Spoiling(
        "gate_2",
        "a missing value says why",
        SCORECARD,
        ("update audiences.executive_scorecard set value = null, state = 'ok'",),
    ),
    Spoiling(
        "gate_2",
        "nothing is counted or lasts less than zero",
        VALUES,
        (
            "update governance.metric_values set value = -1 where metric_id = 'headcount'",
            "insert into governance.metric_values by name select 'tickets_created' as metric_id, "
            "'week' as grain, 'total' as dimension, -1 as value, 'ok' as state",
        ),
    ),
    Spoiling(
        "gate_2",
        "slices of a sum add up to it",
        VALUES,
        (
            f"update governance.metric_values set value = value + 0.01 where {MARCH_MRR} "
            "and dimension = 'plan'",
        ),
        within=(
            f"update governance.metric_values set value = value + 0.004 where {MARCH_MRR} "
            "and dimension = 'plan'",
            # Of each service the conversions that it cost: by its own untouched trials.
            "update governance.metric_values set value = value + 1, state = 'ok' "
            "where metric_id = 'lost_conversions'",
        ),
    ),
    Spoiling(
        "gate_2",
        "MRR is what it was, and what moved",
        VALUES,
        (f"update governance.metric_values set value = value + 0.01 where {MARCH_MRR}",),
        within=(f"update governance.metric_values set value = value + 0.004 where {MARCH_MRR}",),
    ),
    Spoiling(
        "gate_2",
        "promoters, passives and detractors are all who answered",
        VALUES,
        (*answers(promoters=3, passives=1, detractors=1, answered=6),),
        within=(*answers(promoters=3, passives=1, detractors=1, answered=5),),
    ),
    Spoiling(
        "gate_2",
        "no slice of 3 months is dropped",
        VALUES,
        (plan_of_months("2025-12-01", "2026-01-01", "2026-02-01"),),
        DRIFTING,
        # New in January: two months are no habit yet.
        within=(plan_of_months("2026-01-01", "2026-02-01"),),
    ),
    Spoiling(
        "gate_2",
        "the population of paying customers is stable: PSI at most 0.25",
        VALUES,
        (paying("2026-02-01", smb=50, enterprise=0), paying("2026-03-01", smb=40, enterprise=10)),
        DRIFTING,
        within=(
            paying("2026-02-01", smb=45, enterprise=0),
            paying("2026-03-01", smb=35, enterprise=10),
        ),
    ),
    # From 50 and 50 to 73 and 27: 0.23 ln(0.73 / 0.5) + 0.23 ln(0.5 / 0.27) = 0.229; to 75 and
    # 25: 0.25 ln 1.5 + 0.25 ln 2 = 0.275.
    Spoiling(
        "gate_2",
        "the population of paying customers is stable: PSI at most 0.25",
        VALUES,
        (
            paying("2026-02-01", smb=5000, enterprise=5000),
            paying("2026-03-01", smb=7500, enterprise=2500),
        ),
        DRIFTING,
        within=(
            paying("2026-02-01", smb=5000, enterprise=5000),
            paying("2026-03-01", smb=7300, enterprise=2700),
        ),
    ),
    Spoiling(
        "gate_2",
        "a day has 24 hours, some of them billable",
        ("cost_efficiency", "fct_consultant_days"),
        (
            "insert into cost_efficiency.fct_consultant_days by name "
            "select 24.1 as hours, 0 as billable_hours",
        ),
        within=(
            "insert into cost_efficiency.fct_consultant_days by name "
            "select 24 as hours, 24 as billable_hours",
        ),
    ),
    Spoiling(
        "gate_2",
        "a day has 24 hours, some of them billable",
        ("cost_efficiency", "fct_consultant_days"),
        (
            "insert into cost_efficiency.fct_consultant_days by name "
            "select 8 as hours, 8.1 as billable_hours",
        ),
    ),
    Spoiling(
        "gate_2",
        "hosting and services are a part of what revenue costs",
        ("cost_efficiency", "fct_financial_periods"),
        (
            "insert into cost_efficiency.fct_financial_periods by name "
            "select 5 as hosting_cost, 5 as services_cost, 9.99 as cost_of_revenue",
        ),
        within=(
            "insert into cost_efficiency.fct_financial_periods by name "
            "select 5 as hosting_cost, 5 as services_cost, 10 as cost_of_revenue",
        ),
    ),
    Spoiling(
        "gate_2",
        "health lies between 0 and 100",
        ("customer_health", "fct_customer_health"),
        ("insert into customer_health.fct_customer_health by name select 100.1 as health_score",),
        within=(
            "insert into customer_health.fct_customer_health by name select 100 as health_score",
        ),
    ),
    Spoiling(
        "gate_2",
        "nobody answers before being asked",
        ("customer_health", "fct_survey_requests"),
        (
            "insert into customer_health.fct_survey_requests by name "
            "select date '2026-03-02' as sent_on, date '2026-03-01' as answered_on",
        ),
        within=(
            "insert into customer_health.fct_survey_requests by name "
            "select date '2026-03-02' as sent_on, date '2026-03-02' as answered_on",
        ),
    ),
    Spoiling(
        "gate_2",
        "no ticket is answered or solved before it is there",
        ("customer_health", "fct_tickets"),
        (
            "insert into customer_health.fct_tickets by name "
            "select date '2026-03-02' as created_on, date '2026-03-01' as solved_on",
        ),
        within=(
            "insert into customer_health.fct_tickets by name "
            "select date '2026-03-02' as created_on, date '2026-03-02' as solved_on",
        ),
    ),
    Spoiling(
        "gate_2",
        "business hours pass no faster than the clock",
        ("customer_health", "fct_tickets"),
        (
            "insert into customer_health.fct_tickets by name "
            "select 5.1 as resolution_business_hours, 5 as resolution_calendar_hours",
        ),
        within=(
            "insert into customer_health.fct_tickets by name "
            "select 5 as resolution_business_hours, 5 as resolution_calendar_hours",
        ),
    ),
    Spoiling(
        "gate_2",
        "no change is deployed before it is written",
        ("operating_resilience", "fct_deployments"),
        (
            "insert into operating_resilience.fct_deployments by name "
            "select -0.1 as lead_time_hours",
        ),
        within=(
            "insert into operating_resilience.fct_deployments by name select 0 as lead_time_hours",
        ),
    ),
    Spoiling(
        "gate_2",
        "a day has 1440 minutes, some of them without outage",
        ("operating_resilience", "fct_service_days"),
        (
            "insert into operating_resilience.fct_service_days by name "
            "select 1440 as watched_minutes, 1441 as available_minutes",
        ),
        within=(
            "insert into operating_resilience.fct_service_days by name "
            "select 1440 as watched_minutes, 1440 as available_minutes",
        ),
    ),
    Spoiling(
        "gate_2",
        "no more requests fail than are made",
        ("operating_resilience", "fct_service_days"),
        (
            "insert into operating_resilience.fct_service_days by name "
            "select 6 as error_count, 5 as request_count",
        ),
        within=(
            "insert into operating_resilience.fct_service_days by name "
            "select 5 as error_count, 5 as request_count",
        ),
    ),
    Spoiling(
        "gate_2",
        "no deal is closed before it is there",
        ("revenue_velocity", "fct_deals"),
        (
            "insert into revenue_velocity.fct_deals by name "
            "select date '2026-03-02' as created_on, date '2026-03-01' as closed_on",
        ),
        within=(
            "insert into revenue_velocity.fct_deals by name "
            "select date '2026-03-02' as created_on, date '2026-03-02' as closed_on",
        ),
    ),
    Spoiling(
        "gate_2",
        "no value comes before the purchase",
        ("value_realization", "fct_customer_onboarding"),
        (
            "insert into value_realization.fct_customer_onboarding by name "
            "select -1 as days_to_value",
        ),
        within=(
            "insert into value_realization.fct_customer_onboarding by name "
            "select 0 as days_to_value",
        ),
    ),
    Spoiling(
        "gate_2",
        "who comes daily comes weekly, who comes weekly comes monthly",
        ("value_realization", "fct_usage_snapshots"),
        (
            "insert into value_realization.fct_usage_snapshots by name "
            "select 5 as weekly_active_users, 4 as monthly_active_users",
        ),
        within=(
            "insert into value_realization.fct_usage_snapshots by name select "
            "5 as daily_active_users, 5 as weekly_active_users, 5 as monthly_active_users",
        ),
    ),
    Spoiling(
        "gate_3",
        "rows of a file are loaded or rejected, none is lost",
        FILES,
        ("update raw_meta.files set rows_in = rows_in + 1",),
    ),
    Spoiling(
        "gate_3",
        "raw tables hold what the manifest says, no more, no less",
        FILES,
        ("delete from raw_contracts.subscription_periods where customer_id = 'c1'",),
    ),
    Spoiling(
        "gate_3",
        "raw tables hold what the manifest says, no more, no less",
        FILES,
        ("insert into raw_contracts.subscription_periods from raw_contracts.subscription_periods",),
    ),
    Spoiling(
        "gate_3",
        "every accepted event is used or was delivered before",
        EVENTS,
        ACCEPTED_EVENTS,
    ),
    Spoiling(
        "gate_3",
        "every accepted event is used or was delivered before",
        EVENTS,
        (*ACCEPTED_EVENTS, USED_EVENT, USED_EVENT),
    ),
    Spoiling(
        "gate_3",
        "daily movements and month ends hold the same money",
        MOVEMENTS,
        ("delete from revenue_velocity.fct_mrr_movements where customer_id = 'c2'",),
    ),
    Spoiling(
        "gate_3",
        "daily movements and month ends hold the same money",
        MOVEMENTS,
        ("delete from revenue_velocity.fct_customer_months where month_start = date '2025-10-01'",),
    ),
    Spoiling(
        "gate_3",
        "the balance of the day is that of the segments in force",
        MOVEMENTS,
        (
            "update revenue_velocity.fct_mrr_balances set mrr = mrr + 0.01 "
            "where customer_id = 'c1' and snapshot_on = date '2026-03-31'",
        ),
    ),
    Spoiling(
        "gate_3",
        "the balance of the day is that of the segments in force",
        MOVEMENTS,
        ("delete from revenue_velocity.fct_mrr_balances",),
    ),
    Spoiling(
        "gate_3",
        "every metric has values, or says why it has none",
        ("governance", "dim_metrics"),
        ("delete from governance.metric_values where metric_id = 'grr'",),
    ),
    Spoiling(
        "gate_3",
        "every accepted request is counted or was delivered before",
        REQUESTS,
        ACCEPTED_REQUESTS,
        # Five, delivered twice, counted once.
        within=(*ACCEPTED_REQUESTS, COUNTED_REQUESTS),
    ),
    Spoiling(
        "gate_3",
        "every accepted request is counted or was delivered before",
        REQUESTS,
        (*ACCEPTED_REQUESTS, COUNTED_REQUESTS, COUNTED_REQUESTS),
    ),
    Spoiling(
        "gate_3",
        "every delivered row is staged, or left out for a reason that is counted",
        ("governance", "row_accounting"),
        (
            "update governance.row_accounting set row_count = row_count - 1 "
            "where fate = 'staged' and object_name = 'subscription_periods'",
        ),
        within=(
            "update governance.row_accounting set fate = 'filtered' "
            "where fate = 'staged' and object_name = 'subscription_periods'",
        ),
    ),
    Spoiling(
        "gate_3",
        "what a layer passes on is in the next one, to the cent",
        ("governance", "layer_accounting"),
        (
            "insert into governance.layer_accounting by name "
            "select 'hours' as flow, 'hours' as measure, 'passed_on' as fate, 0.01 as amount",
        ),
        within=(
            "insert into governance.layer_accounting by name "
            "select 'hours' as flow, 'hours' as measure, 'passed_on' as fate, 0.004 as amount",
            "insert into governance.layer_accounting by name "
            "select 'hours' as flow, 'hours' as measure, 'left_out' as fate, 7 as amount",
        ),
    ),
    Spoiling(
        "gate_3",
        "every metric that is shown comes from a column of a source",
        ("governance", "metric_lineage"),
        ("delete from governance.metric_lineage where metric_id = 'grr' and is_source",),
        within=("delete from governance.metric_lineage where metric_id = 'grr' and not is_source",),
    ),
    Spoiling(
        "gate_3",
        "MRR, invoices and ledger agree, but for named differences and 1%",
        ("governance", "revenue_reconciliation"),
        (bridge(closing=1000, unexplained=-10.01),),
        "mrr_invoices_and_ledger_agree",
        within=(bridge(closing=1000, unexplained=-10),),
    ),
)
