"""Delivery and code recomputed: deployments, reviews, builds, analysed files and defects."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from tests.oracles.catalogue import Company, Values
from tests.oracles.operations import Operations, by_service, half_arrived, reach_of
from tests.oracles.tally import DAILY, Dated, answer, last_days, quantile, share

METRICS = (
    "deployment_frequency",
    "lead_time_hours",
    "change_failure_rate",
    "change_review_hours",
    "pipeline_success_rate",
    "code_coverage",
    "defect_density",
    "escaped_defect_rate",
)
FORGOTTEN_AFTER = timedelta(days=31)


def recompute(company: Company) -> Values:
    """Every metric of delivery, for the total and by service."""
    operations = Operations(company)
    deployments, blamed = operations.deployments, operations.blamed()
    found: Values = {}
    for metric, roles, rows, finish in (
        (
            "deployment_frequency",
            ("delivery_pipeline",),
            [(d.finished.date(), by_service(d.service), 1) for d in deployments],
            sum,
        ),
        (
            "lead_time_hours",
            ("delivery_pipeline", "code"),
            [
                (
                    d.finished.date(),
                    by_service(d.service),
                    max(0.0, (d.finished - d.first_commit).total_seconds() / 3600),
                )
                for d in deployments
                if d.first_commit
            ],
            quantile(0.5),
        ),
        (
            "change_failure_rate",
            ("delivery_pipeline", "incidents"),
            [
                (d.finished.date(), by_service(d.service), d.is_rolled_back or d.id in blamed)
                for d in deployments
            ],
            share,
        ),
        ("change_review_hours", ("code",), _reviews(operations), half_arrived),
        (
            "pipeline_success_rate",
            ("delivery_pipeline",),
            [
                (
                    run["finished_at"].date(),
                    by_service(operations.repositories.get(run["repository"], "unknown")),
                    run["result"] == "success",
                )
                for run in operations.landing.newest("cicd.pipeline_run")
                if run["result"] in ("success", "failure")
            ],
            share,
        ),
        ("escaped_defect_rate", ("code",), _defects(operations), share),
    ):
        found |= answer(
            company,
            metric,
            rows,
            finish,
            grains=DAILY,
            reach=reach_of(company, *roles),
            is_dense=metric == "deployment_frequency",
        )
    return found | _code(company, operations)


def _reviews(operations: Operations) -> list[Dated]:
    issues = {row["id"]: row for row in operations.living("github.issue")}
    reviews = defaultdict(list)
    for row in operations.living("github.pull_request_review"):
        if row["state"] != "PENDING":
            reviews[row["pull_request_id"]].append(row)
    rows: list[Dated] = []
    for pull in operations.living("github.pull_request"):
        issue = issues.get(pull["issue_id"])
        if issue is None or issue["created_at"] >= operations.end:
            continue
        opened = issue["created_at"]
        until = min(issue["closed_at"] or operations.end, operations.end)
        others = [
            r["submitted_at"]
            for r in reviews[pull["id"]]
            if r["user_id"] != issue["user_id"] and opened <= r["submitted_at"] <= until
        ]
        end = min(others, default=until)
        service = operations.service_of_repository(pull["base_repo_id"])
        hours = max(0.0, (end - opened).total_seconds() / 3600)
        rows.append((opened.date(), by_service(service), (hours, bool(others))))
    return rows


def _defects(operations: Operations) -> list[Dated]:
    names = {row["id"]: row["name"].lower() for row in operations.living("github.label")}
    labels = defaultdict(set)
    for row in operations.living("github.issue_label"):
        labels[row["issue_id"]].add(names.get(row["label_id"], ""))
    rows: list[Dated] = []
    for issue in operations.living("github.issue"):
        text = " ".join(labels[issue["id"]])
        if issue["pull_request"] or not ("bug" in text or "defect" in text):
            continue
        service = operations.service_of_repository(issue["repository_id"])
        rows.append(
            (
                issue["created_at"].date(),
                by_service(service),
                "customer" in text or "production" in text,
            )
        )
    return rows


def _code(company: Company, operations: Operations) -> Values:
    """Each file as it was last analysed, one day after the other."""
    reach = reach_of(company, "code_quality")
    by_day = defaultdict(list)
    for row in operations.landing.newest("sonarqube.file_metrics"):
        by_day[row["day"]].append(row)
    standing: dict[date, dict[str, list[int]]] = {}
    files: dict[tuple[str, str], dict[str, object]] = {}
    wanted = {day for _, _, day in last_days(company, DAILY)}
    day = min(min(by_day), min(wanted))
    while day <= company.as_of:
        for row in by_day[day]:
            files[row["project"], row["file"]] = row
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for (project, _), row in files.items():
            if row["is_deleted"] or row["day"] + FORGOTTEN_AFTER <= day:
                continue
            amounts = (
                row["lines_to_cover"],
                row["lines_to_cover"] - row["uncovered_lines"],
                row["ncloc"],
                row["bugs"],
            )
            for _, service in by_service(operations.repositories.get(project, "unknown")):
                sums[service] = [a + b for a, b in zip(sums[service], amounts, strict=True)]
        standing[day] = sums
        day += timedelta(days=1)
    found: Values = {}
    for grain, start, last in last_days(company, DAILY):
        for service in (*operations.services, "total"):
            coverable, covered, lines, bugs = standing[last].get(service, (0, 0, 0, 0))
            key = (grain, start, "total" if service == "total" else "service", service)
            has = reach.has(grain, start)
            found["code_coverage", *key] = covered / coverable if has and coverable else None
            found["defect_density", *key] = 1000 * bugs / lines if has and lines else None
    return found
