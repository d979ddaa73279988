"""How software reaches production: pull requests, commits, reviews, builds, deployments.

Deployments come first and pull requests are made to fit them: each production deployment
brings some, whose commits are as much older as the team is slow at that time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Any

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, random_stream
from drivewheel_demo.rows import Delivery

REVIEWERS = 9


@dataclass(frozen=True)
class Deployment:
    """A production deployment that worked, as incidents know it."""

    id: str
    service: str
    finished_at: datetime
    is_bad: bool


@dataclass
class Counters:
    """Numbers of the next records, and the stream that everything is drawn from."""

    rng: np.random.Generator
    deployment: int = 0
    pull_request: int = 0
    run: int = 0


def deliver_software(out: Delivery, horizon: Horizon, *, seed: int) -> list[Deployment]:
    """Every service's deployments with what they bring; gives those that worked."""
    count = Counters(random_stream(seed, "delivery"))
    good: list[Deployment] = []
    for service, spec in story.SERVICES.items():
        _deliver_repository(out, horizon, service)
        for moment in _moments(count.rng, horizon, spec.deployments_a_year):
            good += _deploy(out, count, service, moment, horizon=horizon)
        if horizon.start <= story.BAD_RELEASE.starts <= horizon.last and service == "api":
            moment = at(story.BAD_RELEASE.starts, 8 * 3600 + 2400)
            is_bad = horizon.tells(story.BAD_RELEASE)
            good.append(_release(out, count, service, moment, horizon, is_bad=is_bad))
    _deliver_nightly(out, count, horizon)
    return sorted(good, key=lambda deployment: deployment.finished_at)


def _moments(rng: np.random.Generator, horizon: Horizon, a_year: int) -> list[datetime]:
    """Working hours of working days, so many a year."""
    days = [d for d in range(horizon.days) if (horizon.start + timedelta(days=d)).weekday() < 5]
    chosen = [day for day in days if rng.random() < a_year / 260]
    return [at(horizon.start + timedelta(days=d), 32400 + 25200 * rng.random()) for d in chosen]


def _deploy(
    out: Delivery, count: Counters, service: str, moment: datetime, *, horizon: Horizon
) -> list[Deployment]:
    """A try, which may fail and be repeated, or be bad and be taken back."""
    draw = count.rng.random(4)
    if draw[0] < 0.05:
        _add(out, count, service, moment - timedelta(hours=1), result="failure")
    elif draw[0] < 0.07:
        _add(out, count, service, moment - timedelta(hours=2), result="canceled")
    is_quiet = abs(moment - at(story.BAD_RELEASE.starts)) < timedelta(days=4)
    bad = bool(draw[1] < story.BAD_DEPLOYMENT_SHARE) and not is_quiet
    first = _release(out, count, service, moment, horizon, is_bad=bad)
    if bad and draw[2] < story.ROLLED_BACK_SHARE:
        back = moment + timedelta(hours=2 + 3 * draw[3])
        if back < at(horizon.last):
            _add(out, count, service, back, rollback_of=first.id)
    return [first]


def _release(
    out: Delivery,
    count: Counters,
    service: str,
    moment: datetime,
    horizon: Horizon,
    *,
    is_bad: bool,
) -> Deployment:
    """A production deployment that works, an hour after the one to staging."""
    shas: list[str] = []
    for _ in range(1 + int(count.rng.poisson(0.9))):
        shas += _deliver_pull_request(out, count, service, moment, horizon)
    _add(out, count, service, moment - timedelta(hours=1), environment="staging", sha=shas[-1])
    key = _add(out, count, service, moment, sha=shas[-1])
    # Every third pipeline tells the newest commit only; its pull request knows the others.
    if count.deployment % 3:
        for sha in shas:
            out.add("cicd.deployment_commit", moment, {"deployment_id": key, "sha": sha})
    return Deployment(key, service, moment, is_bad)


def _add(
    out: Delivery,
    count: Counters,
    service: str,
    moment: datetime,
    *,
    environment: str = "production",
    result: str = "success",
    sha: str | None = None,
    rollback_of: str | None = None,
) -> str:
    count.deployment += 1
    key = f"dep_{count.deployment:06d}"
    out.add(
        "cicd.deployment",
        moment,
        {
            "id": key,
            "service": service,
            "repository": story.SERVICES[service].repository,
            "environment": environment,
            "result": result,
            "started_at": moment - timedelta(seconds=int(240 + 600 * count.rng.random())),
            "finished_at": moment,
            "commit_sha": sha,
            "rollback_of_deployment_id": rollback_of,
            "is_deleted": False,
        },
    )
    return key


def _deliver_pull_request(
    out: Delivery, count: Counters, service: str, deployed: datetime, horizon: Horizon
) -> list[str]:
    """A merged pull request; gives its commits, oldest first."""
    rng = count.rng
    count.pull_request += 1
    number = count.pull_request
    is_smaller = deployed >= at(story.LEAD_TIME_FALL.starts) and horizon.tells(story.LEAD_TIME_FALL)
    pace = story.LEAD_TIME_FALL.size if is_smaller else 1.0
    merged = deployed - timedelta(hours=0.3 + pace * 6 * rng.random())
    opened = merged - timedelta(hours=pace * (3 + 18 * float(rng.lognormal(0, 0.6))))
    commits = 1 + int(rng.poisson(1.4))
    first = opened - timedelta(hours=pace * (1 + 9 * float(rng.lognormal(0, 0.7))))
    shas = [
        sha1(f"{number}-{n}".encode(), usedforsecurity=False).hexdigest() for n in range(commits)
    ]
    for n, sha in enumerate(shas):
        out.add(
            "github.pull_request_commit",
            opened,
            {
                "pull_request_id": str(5_000_000 + number),
                "sha": sha,
                "authored_at": _second(first + (opened - first) * (n / commits)),
            },
        )
    _deliver_pull_request_rows(out, number, service, _second(opened), _second(merged), shas[-1])
    reviewed = _second(opened + (merged - opened) * float(0.15 + 0.5 * rng.random()))
    out.add(
        "github.pull_request_review",
        reviewed,
        {
            "id": str(8_000_000 + number),
            "pull_request_id": str(5_000_000 + number),
            "state": "APPROVED" if rng.random() < 0.7 else "CHANGES_REQUESTED",
            "submitted_at": reviewed,
            "user_id": str(100 + (number * 7 + 3) % REVIEWERS),
            "_fivetran_synced": reviewed,
            "_fivetran_deleted": False,
        },
    )
    for at_fault in range(1 + (rng.random() < 0.06)):
        _deliver_run(
            out,
            count,
            service,
            _second(opened + timedelta(minutes=40 * at_fault + 12)),
            ok=not at_fault,
        )
    return shas


def _deliver_pull_request_rows(
    out: Delivery, number: int, service: str, opened: datetime, merged: datetime, sha: str
) -> None:
    repository = str(900 + list(story.SERVICES).index(service))
    issue: dict[str, Any] = {
        "id": str(1_000_000 + number),
        "number": number,
        "repository_id": repository,
        "pull_request": True,
        "state": "open",
        "title": f"Change {number}",
        "created_at": opened,
        "updated_at": opened,
        "closed_at": None,
        "user_id": str(100 + number % REVIEWERS),
        "_fivetran_synced": opened,
        "_fivetran_deleted": False,
    }
    pull = {
        "id": str(5_000_000 + number),
        "issue_id": issue["id"],
        "base_repo_id": repository,
        "base_ref": "main",
        "head_sha": sha,
        "merge_commit_sha": None,
        "_fivetran_synced": opened,
        "_fivetran_deleted": False,
    }
    out.add("github.issue", opened, issue)
    out.add("github.pull_request", opened, pull)
    out.add(
        "github.issue",
        merged,
        {
            **issue,
            "state": "closed",
            "closed_at": merged,
            "updated_at": merged,
            "_fivetran_synced": merged,
        },
    )
    out.add(
        "github.pull_request", merged, {**pull, "merge_commit_sha": sha, "_fivetran_synced": merged}
    )


def _deliver_run(
    out: Delivery, count: Counters, service: str, finished: datetime, *, ok: bool
) -> None:
    count.run += 1
    out.add(
        "cicd.pipeline_run",
        finished,
        {
            "id": f"run_{count.run:06d}",
            "repository": story.SERVICES[service].repository,
            "branch": "main" if finished.hour == 3 else "change",
            "result": "success" if ok else "failure",
            "started_at": finished - timedelta(minutes=11),
            "finished_at": finished,
        },
    )


def _deliver_nightly(out: Delivery, count: Counters, horizon: Horizon) -> None:
    """A build of one repository every night, so that the pipeline is never silent."""
    for day in range(horizon.days):
        service = list(story.SERVICES)[day % len(story.SERVICES)]
        finished = at(horizon.start + timedelta(days=day), 3 * 3600 + 700)
        _deliver_run(out, count, service, finished, ok=bool(count.rng.random() > 0.08))


def _deliver_repository(out: Delivery, horizon: Horizon, service: str) -> None:
    """As of every day on which it may be exported: its time of sync says how far we see."""
    spec = story.SERVICES[service]
    row = {
        "id": str(900 + list(story.SERVICES).index(service)),
        "name": spec.repository,
        "full_name": f"drivewheel-demo/{spec.repository}",
        "archived": False,
        "created_at": at(horizon.start, 3600),
        "_fivetran_deleted": False,
    }
    for moment in export_moments(horizon):
        out.add("github.repository", moment, {**row, "_fivetran_synced": moment})


def export_moments(horizon: Horizon) -> list[datetime]:
    """The evenings of the last written day and of those that can be added to it."""
    first = horizon.index(horizon.end_on)
    return [at(horizon.start + timedelta(days=d), 86340) for d in range(first, horizon.days)]


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
