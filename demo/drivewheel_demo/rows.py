"""Rows as a connector would deliver them: each with the moment from which it can be seen.

A subject appends rows here; the writer cuts them into files. `OBJECTS` says per object what its
files look like; a new source is a new subject module and its lines in `OBJECTS`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

Row = dict[str, Any]


class Again(Row):
    """A row that was delivered before."""


@dataclass(frozen=True)
class ObjectSpec:
    """How an object is exported.

    `table`: a full export of the newest versions on the last day; `log`: a file per month with
    what was seen in it; `bulk`: the same of rows that are drawn as columns. `earlier_export`
    adds a full export one month before the last day.
    """

    form: Literal["table", "log", "bulk"]
    suffix: str
    key: tuple[str, ...] = ("id",)
    earlier_export: bool = False


OBJECTS: dict[str, ObjectSpec] = {
    "stripe.customer": ObjectSpec("table", "jsonl"),
    "stripe.product": ObjectSpec("table", "csv"),
    "stripe.price": ObjectSpec("table", "csv"),
    "stripe.plan": ObjectSpec("table", "csv"),
    "stripe.coupon": ObjectSpec("table", "csv"),
    "stripe.subscription": ObjectSpec("table", "csv", earlier_export=True),
    "stripe.subscription_history": ObjectSpec("log", "csv.gz"),
    "stripe.subscription_item": ObjectSpec("table", "jsonl.gz", earlier_export=True),
    "stripe.discount": ObjectSpec("table", "csv"),
    "stripe.subscription_discount": ObjectSpec("table", "csv"),
    "stripe.invoice": ObjectSpec("log", "csv.gz"),
    "stripe.invoice_line_item": ObjectSpec("log", "parquet"),
    "stripe.charge": ObjectSpec("log", "csv"),
    "stripe.refund": ObjectSpec("log", "jsonl"),
    "hubspot.company": ObjectSpec("table", "parquet"),
    "app.account": ObjectSpec("table", "csv"),
    "app.user": ObjectSpec("table", "csv.gz"),
    "app.membership": ObjectSpec("table", "parquet"),
    "app.environment": ObjectSpec("table", "csv"),
    "app.success_goal": ObjectSpec("table", "jsonl"),
    "hubspot.contact": ObjectSpec("table", "csv.gz"),
    "hubspot.deal": ObjectSpec("table", "csv", key=("deal_id",)),
    "hubspot.deal_pipeline_stage": ObjectSpec("table", "csv", key=("stage_id",)),
    "hubspot.deal_stage": ObjectSpec("log", "csv"),
    "hubspot.deal_company": ObjectSpec("table", "csv", key=("deal_id", "company_id")),
    "hubspot.engagement_task": ObjectSpec("table", "jsonl.gz", key=("engagement_id",)),
    "hubspot.engagement_company": ObjectSpec("table", "csv", key=("engagement_id", "company_id")),
    "hubspot.team": ObjectSpec("table", "csv"),
    "hubspot.owner": ObjectSpec("table", "csv", key=("owner_id",)),
    "quickbooks.account": ObjectSpec("table", "csv"),
    "quickbooks.class": ObjectSpec("table", "csv"),
    "quickbooks.department": ObjectSpec("table", "csv"),
    "quickbooks.vendor": ObjectSpec("table", "csv"),
    "quickbooks.journal_entry": ObjectSpec("log", "csv.gz"),
    "quickbooks.journal_entry_line": ObjectSpec("log", "parquet"),
    "ads.campaign_spend": ObjectSpec("log", "csv", key=("channel", "campaign", "day")),
    "bamboohr.employee": ObjectSpec("table", "csv"),
    "bamboohr.employment_status": ObjectSpec("table", "csv"),
    "bamboohr.compensation": ObjectSpec("table", "csv"),
    "engagement.survey_response": ObjectSpec("log", "jsonl"),
    "contracts.customer": ObjectSpec("table", "csv", key=("customer_id",)),
    "contracts.subscription_periods": ObjectSpec(
        "table", "csv", key=("subscription_id", "started_on")
    ),
    "zendesk.ticket": ObjectSpec("table", "jsonl.gz"),
    "zendesk.ticket_field_history": ObjectSpec(
        "log", "parquet", key=("ticket_id", "field_name", "updated")
    ),
    "zendesk.ticket_comment": ObjectSpec("log", "csv.gz"),
    "zendesk.organization": ObjectSpec("table", "csv"),
    "zendesk.domain_name": ObjectSpec("table", "csv", key=("organization_id", "domain_name")),
    "zendesk.organization_tag": ObjectSpec("table", "csv", key=("organization_id", "tag")),
    "zendesk.user": ObjectSpec("table", "csv"),
    "zendesk.group": ObjectSpec("table", "csv"),
    "zendesk.ticket_sla_policy": ObjectSpec("log", "csv.gz"),
    "zendesk.sla_policy_metric_history": ObjectSpec(
        "table", "csv", key=("sla_policy_id", "sla_policy_updated_at", "metric", "priority")
    ),
    "zendesk.schedule": ObjectSpec("table", "csv", key=("id", "start_time", "end_time")),
    "zendesk.schedule_holiday": ObjectSpec("table", "csv"),
    "zendesk.ticket_schedule": ObjectSpec("log", "csv.gz"),
    "delighted.survey_response": ObjectSpec("log", "jsonl"),
    "delighted.person": ObjectSpec("log", "csv"),
    "harvest.client": ObjectSpec("table", "csv"),
    "harvest.project": ObjectSpec("table", "csv"),
    "harvest.milestone": ObjectSpec("table", "csv", earlier_export=True),
    "harvest.time_entry": ObjectSpec("log", "parquet"),
    "harvest.user": ObjectSpec("table", "csv"),
    "github.repository": ObjectSpec("table", "csv"),
    "github.pull_request": ObjectSpec("table", "parquet"),
    "github.pull_request_commit": ObjectSpec("table", "csv.gz", key=("pull_request_id", "sha")),
    "github.pull_request_review": ObjectSpec("table", "jsonl.gz"),
    "github.issue": ObjectSpec("table", "csv"),
    "github.issue_label": ObjectSpec("table", "csv", key=("issue_id", "label_id")),
    "github.label": ObjectSpec("table", "csv"),
    "cicd.deployment": ObjectSpec("log", "csv"),
    "cicd.deployment_commit": ObjectSpec("table", "csv.gz", key=("deployment_id", "sha")),
    "cicd.pipeline_run": ObjectSpec("table", "jsonl.gz"),
    "sonarqube.file_metrics": ObjectSpec("bulk", "parquet"),
    "pagerduty.service": ObjectSpec("table", "csv"),
    "pagerduty.incident": ObjectSpec("table", "jsonl"),
    "pagerduty.log_entry": ObjectSpec("log", "jsonl"),
    "telemetry.request_rollup": ObjectSpec("bulk", "parquet"),
    "vendors.vendor": ObjectSpec("table", "csv"),
    "vendors.commitment": ObjectSpec("table", "csv"),
    "vendors.evidence": ObjectSpec("table", "csv"),
    "governance.action_log": ObjectSpec("table", "csv"),
    "governance.experiment": ObjectSpec("table", "csv"),
    "governance.experiment_assignment": ObjectSpec(
        "table", "csv", key=("experiment_id", "account_id")
    ),
    "governance.review": ObjectSpec("table", "csv"),
    "governance.decision": ObjectSpec("table", "jsonl"),
}


@dataclass
class Delivery:
    """Everything that could ever be delivered, in order of appearance."""

    rows: dict[str, list[tuple[datetime, Row]]] = field(default_factory=lambda: defaultdict(list))
    # Tables with the moment of each row in `_seen_at`; other columns that begin with an
    # underscore are kinds of dirt, to be counted.
    bulk: dict[str, pa.Table] = field(default_factory=dict)

    def add(self, name: str, seen_at: datetime, row: Row) -> None:
        """One version of one record, visible from a moment on."""
        self.rows[name].append((seen_at, row))

    def stripe(self, name: str, seen_at: datetime, row: Row) -> None:
        """The same with what the Stripe connector puts on every row."""
        self.add(f"stripe.{name}", seen_at, {"_fivetran_synced": seen_at, **row})
