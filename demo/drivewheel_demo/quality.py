"""How good the code is: files as analysed at each month's end, and the bugs that were found."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, add_months, at, random_stream
from drivewheel_demo.rows import Delivery

LABELS = ("bug", "customer-reported", "enhancement")
FIRST_BUG, CUSTOMER_SHARE = 3_000_000, 0.24
BUGS_A_MONTH = 7


def deliver_quality(out: Delivery, horizon: Horizon, *, seed: int) -> None:
    """Analyses in bulk, and bugs as issues with labels."""
    rng = random_stream(seed, "quality")
    out.bulk["sonarqube.file_metrics"] = _analyses(rng, horizon)
    for number, name in enumerate(LABELS, 1):
        out.add(
            "github.label",
            at(horizon.start),
            {
                "id": str(number),
                "name": name,
                "_fivetran_synced": at(horizon.start),
                "_fivetran_deleted": False,
            },
        )
    _deliver_bugs(out, rng, horizon)


def _analyses(rng: np.random.Generator, horizon: Horizon) -> pa.Table:
    """Code grows, and coverage with it, slowly; a file is analysed from its birth on."""
    ends = [add_months(at(month), 1) - timedelta(days=1) for month in horizon.months()]
    ends = [end for end in ends if end.date() <= horizon.last]
    parts = []
    for spec in story.SERVICES.values():
        born = np.floor(len(ends) * rng.random(spec.files) ** 2 * 0.8).astype(int)
        lines = np.round(30 + 120 * rng.lognormal(0, 0.7, spec.files))
        covered = np.clip(spec.coverage + 0.18 * rng.standard_normal(spec.files), 0.02, 0.99)
        for n, end in enumerate(ends):
            alive = np.flatnonzero(born <= n)
            size = np.round(lines[alive] * (1 + 0.012 * (n - born[alive]))).astype(np.int64)
            coverable = (size * 0.62).astype(np.int64)
            share = np.minimum(0.99, covered[alive] + 0.002 * n)
            parts.append(
                pa.table(
                    {
                        "project": [spec.repository] * alive.size,
                        "file": [f"src/module_{f:03d}.py" for f in alive],
                        "day": pa.array([end.date()] * alive.size),
                        "ncloc": size,
                        "lines_to_cover": coverable,
                        "uncovered_lines": np.round(coverable * (1 - share)).astype(np.int64),
                        "bugs": rng.binomial(2, 0.09, alive.size),
                        "is_deleted": np.zeros(alive.size, dtype=bool),
                        "_seen_at": pa.array([end] * alive.size, pa.timestamp("us")),
                    }
                )
            )
    return pa.concat_tables(parts)


def _deliver_bugs(out: Delivery, rng: np.random.Generator, horizon: Horizon) -> None:
    days = np.sort(rng.integers(0, horizon.days, int(horizon.days / 30 * BUGS_A_MONTH)))
    for number, day in enumerate(days):
        draw = rng.random(4)
        found = at(horizon.start + timedelta(days=int(day)), 28800 + 36000 * draw[0])
        key = str(FIRST_BUG + number)
        repository = str(900 + int(len(story.SERVICES) * draw[1]))
        issue = {
            "id": key,
            "number": 50_000 + number,
            "repository_id": repository,
            "pull_request": False,
            "state": "open",
            "title": f"Defect {number}",
            "created_at": found,
            "updated_at": found,
            "closed_at": None,
            "user_id": str(100 + number % 9),
            "_fivetran_synced": found,
            "_fivetran_deleted": False,
        }
        fixed = found + timedelta(days=int(1 + 20 * draw[2]))
        out.add("github.issue", found, issue)
        if draw[2] < 0.85:
            issue = {
                **issue,
                "state": "closed",
                "closed_at": fixed,
                "updated_at": fixed,
                "_fivetran_synced": fixed,
            }
            out.add("github.issue", fixed, issue)
        labels = [1, 2] if draw[3] < CUSTOMER_SHARE else [1]
        for label in labels if number % 7 else [3]:
            out.add(
                "github.issue_label",
                found,
                {
                    "issue_id": key,
                    "label_id": str(label),
                    "_fivetran_synced": found,
                    "_fivetran_deleted": False,
                },
            )
