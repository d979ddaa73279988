"""Vendors, sources and reviews recomputed, record by record and day by day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.oracles.catalogue import Company, Values, last_day
from tests.oracles.landing import every_source
from tests.oracles.operations import (
    Operations,
    half_arrived,
    reach_of,
    source_days,
    source_meta,
)
from tests.oracles.tally import WEEKLY, Dated, answer, last_days, share

METRICS = (
    "vendor_sla_compliance",
    "vendor_risk_score",
    "vendor_concentration",
    "source_automation_rate",
    "review_on_time_rate",
    "breach_to_action_hours",
)
TOTAL = (("total", "total"),)
Row = dict[str, Any]


def recompute(company: Company) -> Values:
    """Every metric, for the total and by vendor."""
    operations = Operations(company)
    actions = operations.living("governance.action_log")
    governance = reach_of(company, "governance")
    found = _vendors(company, operations) | _sources(company)
    found |= answer(
        company,
        "review_on_time_rate",
        [
            (row["due_on"], TOTAL, bool(row["held_on"] and row["held_on"] <= row["due_on"]))
            for row in company.landing.newest("governance.review")
            if row["due_on"] <= company.as_of
        ],
        share,
        grains=WEEKLY,
        reach=governance,
    )
    found |= answer(
        company,
        "breach_to_action_hours",
        [
            (row["opened_at"].date(), TOTAL, _waited(operations, row))
            for row in actions
            if row["opened_at"] < operations.end
        ],
        half_arrived,
        grains=WEEKLY,
        reach=governance,
    )
    return found


def _waited(operations: Operations, row: Row) -> tuple[float, bool]:
    until = min(row["closed_at"] or operations.end, operations.end)
    acted = row["acted_at"] is not None and row["acted_at"] <= until
    end = row["acted_at"] if acted else until
    return max(0.0, (end - row["opened_at"]).total_seconds() / 3600), acted


def _vendors(company: Company, operations: Operations) -> Values:
    vendors = operations.living("vendors.vendor")
    known = {row["id"] for row in vendors}
    reach = reach_of(company, "vendors")
    rows: list[Dated] = [
        (row["due_on"], (*TOTAL, ("vendor", _known(row["vendor_id"], known))), bool(row["is_met"]))
        for row in operations.living("vendors.commitment")
        if row["due_on"] <= company.as_of
    ]
    found = answer(company, "vendor_sla_compliance", rows, share, grains=WEEKLY, reach=reach)
    evidence = operations.living("vendors.evidence")
    for grain, start, day in last_days(company, WEEKLY):
        active = [
            v
            for v in vendors
            if (v["started_on"] or day) <= day and (v["ended_on"] is None or v["ended_on"] > day)
        ]
        spend = {v["id"]: float(v["annual_spend"]) for v in active}
        risks = {
            v["id"]: risk(v, [e for e in evidence if e["vendor_id"] == v["id"]], day)
            for v in active
        }
        for key in risks:
            found["vendor_risk_score", grain, start, "vendor", key] = risks[key]
            share_of = spend[key] / sum(spend.values())
            found["vendor_concentration", grain, start, "vendor", key] = share_of
        found["vendor_risk_score", grain, start, "total", "total"] = (
            sum(risks.values()) / len(risks) if risks else None
        )
        found["vendor_concentration", grain, start, "total", "total"] = (
            max(spend.values()) / sum(spend.values()) if spend else None
        )
    return found


def _known(vendor_id: str, known: set[str]) -> str:
    return vendor_id if vendor_id in known else "unknown"


def risk(vendor: Row, evidence: list[Row], day: date) -> float:
    """Criticality × (open findings + age of evidence), 0 to 100."""
    known = sorted(
        (e for e in evidence if e["issued_on"] <= day), key=lambda e: (e["issued_on"], e["id"])
    )
    findings, age = 0.0, 1.0
    if known:
        newest = known[-1]
        findings = min(newest["open_findings"] or 0, 5) / 5
        if newest["expires_on"] is None or newest["expires_on"] > day:
            age = min((day - newest["issued_on"]).days / 365, 1.0)
    return vendor["criticality"] / 5 * (50 * findings + 50 * age)


def _sources(company: Company) -> Values:
    """Of the days that sources cover, those of sources that nobody exports by hand."""
    known = [
        (source_meta(source)[0].get("collection"), days)
        for source in every_source()
        if (days := source_days(company, source))
    ]
    reach, found = reach_of(company, "billing"), {}
    for grain in WEEKLY:
        for start in company.periods(grain):
            first = max(start, company.first_month)
            last = min(last_day(grain, start), company.as_of)
            counts = [0, 0]
            for collection, days in known:
                covered = (min(days[1], last) - max(days[0], first)) // timedelta(days=1) + 1
                counts[0] += max(0, covered)
                counts[1] += max(0, covered) if collection != "manual" else 0
            has = reach.has(grain, start) and counts[0]
            value = counts[1] / counts[0] if has else None
            found["source_automation_rate", grain, start, "total", "total"] = value
    return found
