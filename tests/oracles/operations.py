"""Services, incidents and deployments as they were, for the oracle; one record at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from tests.oracles.catalogue import Company
from tests.oracles.landing import declared, every_source, is_deleted
from tests.oracles.tally import Reach, Slices, day_of

DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


def source_meta(source: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a source's contract says of it, and its tables."""
    said = declared(source)
    return said["config"]["meta"], said["tables"]


@lru_cache(maxsize=64)
def source_days(company: Company, source: str) -> tuple[date, date] | None:
    """First and last day that a source reaches; everything where its rows have no times.

    A row of the vendor's test mode says how far an export reaches as well as any other.
    """
    _, tables = source_meta(source)
    days, has_rows = [], False
    for table in tables:
        column, name = table["config"]["meta"].get("event_time"), f"{source}.{table['name']}"
        versions = company.landing.all_versions(name)
        for rows in (*versions, company.landing.test_mode.get(name, [])):
            has_rows |= bool(rows)
            days += [day_of(row[column]) for row in rows if column and row[column]]
    if days:
        return min(days), max(days)
    return (date.min, company.as_of) if has_rows else None


@lru_cache(maxsize=32)
def reach_of(company: Company, *roles: str) -> Reach:
    """The days covered for a metric that requires some roles."""
    first, last = date.min, company.as_of
    for role in roles:
        sources = [source for source in every_source() if source_meta(source)[0]["feeds"] == role]
        found = [days for source in sources if (days := source_days(company, source))]
        first = max(first, min(days[0] for days in found))
        last = min(last, *(days[1] for days in found))
    return Reach(first, last)


def by_service(service: str) -> Slices:
    """The total, and the service."""
    return (("total", "total"), ("service", service))


def half_arrived(items: list[tuple[float, bool]]) -> float | None:
    """Kaplan-Meier: the first moment at which at most half are still expected to wait."""
    waiting = 1.0
    for moment in sorted({hours for hours, _ in items}):
        at_risk = sum(hours >= moment for hours, _ in items)
        arrived = sum(hours == moment and has for hours, has in items)
        waiting *= 1 - arrived / at_risk
        if waiting <= 0.5 + 1e-9:
            return moment
    return None


@dataclass(frozen=True)
class Incident:
    """An incident in its last state; `end` is the end of the run's day while it is open."""

    service: str
    vendor_id: str | None
    opened: datetime
    acknowledged: datetime | None
    restored: datetime | None
    end: datetime
    is_outage: bool


@dataclass(frozen=True)
class Deployment:
    """A production deployment that worked and took nothing back."""

    id: str
    service: str
    finished: datetime
    first_commit: datetime | None
    is_rolled_back: bool


class Operations:
    """What the landing files say about how the product was run."""

    def __init__(self, company: Company) -> None:
        self.company, self.landing = company, company.landing
        self.end = datetime.combine(company.as_of + DAY, time())

    def living(self, name: str) -> list[dict[str, Any]]:
        """The newest versions that are not deleted."""
        return [row for row in self.landing.newest(name) if not is_deleted(row)]

    @cached_property
    def deployments_of_any_kind(self) -> list[dict[str, Any]]:
        """Rows, oldest first."""
        rows = self.living("cicd.deployment")
        return sorted(rows, key=lambda r: (r["finished_at"] or datetime.min, r["id"]))

    @cached_property
    def watched_from(self) -> dict[str, date]:
        """The services that can have incidents, and since when."""
        return {r["name"]: day_of(r["created_at"]) for r in self.living("pagerduty.service")}

    @cached_property
    def services(self) -> set[str]:
        """Every service that anybody names."""
        named = {row["service"] or "unknown" for row in self.deployments_of_any_kind}
        named |= {row["service"] for row in self.company.seed("service_levels")}
        named |= {row["service"] for row in self.landing.newest("telemetry.request_rollup")}
        return named | set(self.watched_from) | {"unknown"}

    @cached_property
    def repositories(self) -> dict[str, str]:
        """The service of a repository or project, by name: that of its last deployment."""
        found = {
            row["repository"]: row["service"] or "unknown"
            for row in self.deployments_of_any_kind
            if row["repository"]
        }
        return found | {service: service for service in self.services}

    def service_of_repository(self, repository_id: str | None) -> str:
        """Through the repository's name."""
        names = {row["id"]: row["name"] for row in self.landing.newest("github.repository")}
        return self.repositories.get(names.get(repository_id or "", ""), "unknown")

    @cached_property
    def incidents(self) -> list[Incident]:
        """Those opened by the end of the run's day."""
        names = {row["id"]: row["name"] for row in self.landing.newest("pagerduty.service")}
        log: dict[str, list[tuple[datetime, bool, str]]] = defaultdict(list)
        for entry in self.landing.newest("pagerduty.log_entry"):
            kind = entry["type"].removesuffix("_log_entry")
            if entry["created_at"] < self.end:
                # At one time the end comes last.
                log[entry["incident_id"]].append((entry["created_at"], kind == "resolve", kind))
        found = []
        for row in self.living("pagerduty.incident"):
            if row["resolve_reason_type"] == "merge_resolve_reason":
                continue
            if row["created_at"] >= self.end:
                continue
            restored = acknowledged = None
            entries = sorted(log[row["id"]])
            for moment, _, kind in entries:
                if kind == "resolve":
                    restored = moment
                elif kind in ("trigger", "acknowledge", "reopen"):
                    restored = None
                if kind == "acknowledge":
                    acknowledged = acknowledged or moment
            is_silent = all(kind != "resolve" for _, _, kind in entries)
            if is_silent and row["status"] == "resolved" and row["resolved_at"] < self.end:
                restored = row["resolved_at"]
            times = [moment for moment in (acknowledged, restored) if moment]
            found.append(
                Incident(
                    names.get(row["service_id"], "unknown"),
                    row["vendor_id"],
                    row["created_at"],
                    min(times) if times else None,
                    restored,
                    restored or self.end,
                    row["priority"] == "P1" if row["priority"] else row["urgency"] == "high",
                )
            )
        return found

    def outages(self, service: str, vendor_id: str | None = None) -> list[Span]:
        """Stretches of outage that do not overlap; of one cause, or of any."""
        spans = sorted(
            (i.opened, i.end)
            for i in self.incidents
            if i.is_outage and i.service == service and vendor_id in (None, i.vendor_id)
        )
        merged: list[Span] = []
        for start, end in spans:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    @cached_property
    def deployments(self) -> list[Deployment]:
        """Changes that reached production, with the first commit that each was first to bring."""
        live = {
            r["environment"]
            for r in self.company.seed("environment_map")
            if r["is_production"] == "true"
        }
        rows = [
            r
            for r in self.deployments_of_any_kind
            if (r["environment"] or "").strip().lower() in live
            and r["finished_at"]
            and r["finished_at"] < self.end
            and r["result"] == "success"
        ]
        taken_back = {r["rollback_of_deployment_id"] for r in rows}
        listed, pulls, siblings = defaultdict(set), defaultdict(set), defaultdict(set)
        for row in self.landing.newest("cicd.deployment_commit"):
            listed[row["deployment_id"]].add(row["sha"])
        authored: dict[str, datetime] = {}
        for row in self.landing.newest("github.pull_request_commit"):
            pulls[row["sha"]].add(row["pull_request_id"])
            siblings[row["pull_request_id"]].add(row["sha"])
            known = authored.get(row["sha"], row["authored_at"])
            authored[row["sha"]] = min(known, row["authored_at"])
        merged: dict[str, set[str]] = defaultdict(set)
        for row in self.living("github.pull_request"):
            pulls[row["merge_commit_sha"]].add(row["id"])
            merged[row["merge_commit_sha"]] |= siblings[row["id"]]
        brought: set[tuple[str, str]] = set()
        found = []
        for row in rows:
            if row["rollback_of_deployment_id"]:
                continue
            service = row["service"] or "unknown"
            through = {sha for pull in pulls[row["commit_sha"]] for sha in siblings[pull]}
            shas = set(listed[row["id"]]) or (through if row["commit_sha"] else set())
            shas |= {sha for one in listed[row["id"]] for sha in merged.get(one, ())}
            new = {(service, sha) for sha in shas if sha in authored} - brought
            brought |= new
            # What ran before a service's first change nobody knows: its newest commit alone.
            is_first = not any(known.service == service for known in found)
            told = [authored[sha] for _, sha in new]
            first = (max if is_first else min)(told, default=None)
            found.append(
                Deployment(row["id"], service, row["finished_at"], first, row["id"] in taken_back)
            )
        return found

    def blamed(self) -> set[str]:
        """Deployments to which an incident belongs: the last ones of its service before it."""
        found = set()
        for incident in self.incidents:
            same = [d for d in self.deployments if d.service == incident.service]
            before = [d for d in same if d.finished <= incident.opened]
            if before and not incident.vendor_id:
                found.add(max(before, key=lambda d: (d.finished, d.id)).id)
        return found


def overlap_minutes(spans: list[Span], start: datetime, end: datetime) -> float:
    """Minutes of some stretches within a window."""
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    return sum(max(0.0, (min(b, end) - max(a, start)).total_seconds()) / 60 for a, b in spans)
