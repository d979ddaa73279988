"""The oracle of operations on cases small enough to work out by hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.oracles.cases import write
from tests.oracles.catalogue import Company
from tests.oracles.landing import every_source, read_landing
from tests.oracles.operations import Operations, half_arrived, overlap_minutes
from tests.oracles.recompute_governance import risk
from tests.oracles.recompute_systems import recompute
from tests.oracles.recompute_telemetry import percentile
from tests.tables import tables_dir

SEEDS = tables_dir()
AS_OF = date(2026, 3, 10)
API = {"id": "s1", "name": "api", "created_at": "2026-03-01", "_fivetran_synced": "2026-03-10"}


def company(landing: Path, **objects: list[dict[str, object]]) -> Company:
    write(landing, **objects)
    return Company(
        landing=read_landing(landing, every_source()),
        as_of=AS_OF,
        customers={},
        seeds=SEEDS,
        first_month=date(2026, 3, 1),
    )


def incident(key: str, opened: str, **more: object) -> dict[str, object]:
    at = f"2026-03-{opened}"
    return {
        "id": key,
        "service_id": "s1",
        "status": "triggered",
        "urgency": "high",
        "created_at": at,
        "updated_at": at,
        **more,
    }


def entry(key: str, incident_id: str, kind: str, at: str) -> dict[str, object]:
    return {
        "id": key,
        "incident_id": incident_id,
        "type": f"{kind}_log_entry",
        "created_at": f"2026-03-{at}",
    }


def test_who_waits_counts_as_waiting() -> None:
    # 5 at first: 4/5 after 1, 3/5 after 2, 2/5 after 8.
    waiting = [(20.0, False)] * 2
    assert half_arrived([(1.0, True), (2.0, True), (8.0, True), *waiting]) == 8.0
    assert half_arrived([(1.0, True), *waiting]) is None
    assert half_arrived([(20.0, True), (20.0, False)]) == 20.0


def test_an_incident_that_is_opened_again_is_not_restored(tmp_path: Path) -> None:
    found = Operations(
        company(
            tmp_path,
            pagerduty__service=[API],
            pagerduty__incident=[incident("i1", "09 10:00:00")],
            pagerduty__log_entry=[
                entry("1", "i1", "acknowledge", "09 10:05:00"),
                entry("2", "i1", "resolve", "09 10:30:00"),
                entry("3", "i1", "trigger", "09 10:40:00"),
                entry("4", "i1", "resolve", "11 00:00:00"),
            ],
        )
    ).incidents
    [only] = found
    assert (only.acknowledged, only.restored) == (datetime(2026, 3, 9, 10, 5), None)
    assert only.end == datetime(2026, 3, 11)


def test_overlapping_outages_lower_availability_once(tmp_path: Path) -> None:
    # March 1 to 10 is 14 400 minutes; 60 + 60 minutes of which 30 are shared: 90 are lost.
    # The allowed 0.05 % are 7.2 minutes: 1 - 90 / 7.2 = -11.5 of the budget are left.
    values = recompute(
        company(
            tmp_path,
            pagerduty__service=[API],
            pagerduty__incident=[
                incident("i1", "09 10:00:00", status="resolved", resolved_at="2026-03-09 11:00:00"),
                incident("i2", "09 10:30:00", status="resolved", resolved_at="2026-03-09 11:30:00"),
                incident("i3", "09 15:00:00", urgency="low"),
            ],
            vendors__vendor=[{"id": "v1", "name": "One"}],
        )
    )
    month = ("month", date(2026, 3, 1), "service", "api")
    assert values["availability", *month] == pytest.approx(1 - 90 / 14_400)
    assert values["error_budget_remaining", *month] == pytest.approx(-11.5)
    assert values["incidents", *month] == 3
    # Two of three are restored, after one hour each.
    assert values["time_to_restore_hours", *month] == 1.0


def test_minutes_of_stretches_are_cut_at_the_window() -> None:
    spans = [
        (datetime(2026, 3, 8, 23), datetime(2026, 3, 9, 0, 45)),
        (datetime(2026, 3, 9, 2), datetime(2026, 3, 9, 2, 10)),
    ]
    assert overlap_minutes(spans, datetime(2026, 3, 9), datetime(2026, 3, 10)) == 55


def test_a_commit_counts_for_the_deployment_that_brought_it_first(tmp_path: Path) -> None:
    def deployment(key: str, day: int, **more: object) -> dict[str, object]:
        return {
            "id": key,
            "service": "api",
            "environment": "production",
            "result": "success",
            "started_at": f"2026-03-{day:02d} 11:00:00",
            "finished_at": f"2026-03-{day:02d} 12:00:00",
            **more,
        }

    def commit(pull: str, sha: str, day: int) -> dict[str, object]:
        return {"pull_request_id": pull, "sha": sha, "authored_at": f"2026-03-{day:02d}"}

    operations = Operations(
        company(
            tmp_path,
            pagerduty__service=[API],
            pagerduty__incident=[
                incident("i1", "05 00:00:00"),
                incident("i2", "06", vendor_id="v"),
            ],
            cicd__deployment=[
                deployment("d1", 3),
                deployment("d2", 4),
                deployment("d3", 5, commit_sha="d"),
                deployment("d4", 6, rollback_of_deployment_id="d3"),
            ],
            cicd__deployment_commit=[
                {"deployment_id": "d1", "sha": "a"},
                {"deployment_id": "d2", "sha": "a"},
                {"deployment_id": "d2", "sha": "b"},
            ],
            github__pull_request_commit=[
                commit("p1", "a", 1),
                commit("p2", "b", 3),
                commit("p3", "c", 2),
                commit("p3", "d", 4),
            ],
        )
    )
    firsts = {d.id: d.first_commit and d.first_commit.day for d in operations.deployments}
    assert firsts == {"d1": 1, "d2": 3, "d3": 2}
    assert [d.id for d in operations.deployments if d.is_rolled_back] == ["d3"]
    assert operations.blamed() == {"d2"}


def test_a_percentile_is_linear_within_its_bucket() -> None:
    # 100 requests, 90 within 100 ms, all within 250: the 95th is half way, at 175.
    row = {
        "count": 100,
        **{f"le_{b}": 0 for b in (25, 50)},
        "le_100": 90,
        **{f"le_{b}": 100 for b in (250, 500, 1000, 2500, 5000)},
    }
    assert percentile([row], 95) == 175.0
    # Of one more row the requests took longer than any bucket tells.
    slow = {name: 0 for name in row} | {"count": 100}
    assert percentile([row, slow], 95) == 5000.0


def test_risk_is_criticality_times_findings_and_age() -> None:
    evidence = [
        {
            "id": "e",
            "issued_on": date(2026, 1, 1),
            "expires_on": date(2026, 3, 16),
            "open_findings": 3,
        }
    ]
    # 3 of 5 findings: 30 of 50. 73 of 365 days: 10 of 50.
    assert risk({"criticality": 5}, evidence, date(2026, 3, 15)) == 40.0
    # Expired: as old as can be.
    assert risk({"criticality": 5}, evidence, date(2026, 3, 16)) == 80.0
    assert risk({"criticality": 2}, [], date(2026, 3, 16)) == 20.0


def test_a_first_deployment_and_a_merge_commit_say_what_they_brought(tmp_path: Path) -> None:
    # The first of a service lists a year of commits: its newest counts. The next names what its
    # pull request was squashed into; `blue` is no environment that anybody knows.
    finished = {"result": "success", "service": "api"}
    operations = Operations(
        company(
            tmp_path,
            pagerduty__service=[API],
            cicd__deployment=[
                {
                    "id": "d0",
                    "environment": "blue",
                    "finished_at": "2026-03-01 12:00:00",
                    **finished,
                },
                {
                    "id": "d1",
                    "environment": "Prod",
                    "finished_at": "2026-03-03 12:00:00",
                    **finished,
                },
                {
                    "id": "d2",
                    "environment": "prod",
                    "finished_at": "2026-03-06 12:00:00",
                    **finished,
                },
            ],
            cicd__deployment_commit=[
                {"deployment_id": "d1", "sha": "a"},
                {"deployment_id": "d1", "sha": "b"},
                {"deployment_id": "d2", "sha": "m"},
            ],
            github__pull_request=[{"id": "p2", "merge_commit_sha": "m"}],
            github__pull_request_commit=[
                {"pull_request_id": "p1", "sha": "a", "authored_at": "2025-01-10"},
                {"pull_request_id": "p1", "sha": "b", "authored_at": "2026-03-02"},
                {"pull_request_id": "p2", "sha": "c", "authored_at": "2026-03-04"},
                {"pull_request_id": "p2", "sha": "d", "authored_at": "2026-03-05"},
            ],
        )
    )
    firsts = {d.id: d.first_commit and d.first_commit.day for d in operations.deployments}
    assert firsts == {"d1": 2, "d2": 4}
