"""Dirt in what software, telemetry and incidents deliver: in the files as counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from drivewheel_demo import DemoSummary, write_demo
from drivewheel_demo.incidents import UNKNOWN_SERVICE_ID


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("software") / "landing"


@pytest.fixture(scope="module")
def summary(landing: Path) -> DemoSummary:
    return write_demo(landing, customers=60, months=16, events_per_day=60, end_on=date(2026, 6, 30))


def count(landing: Path, name: str, what: str) -> int:
    path = landing.joinpath(*name.split("."))
    reader = {
        "csv": "read_csv({}, all_varchar=true, union_by_name=true)",
        "parquet": "read_parquet({})",
        "jsonl": "read_json({})",
    }[next(path.iterdir()).name.split(".")[1]].format(f"'{path}/*'")
    [(found,)] = duckdb.sql(f"select {what} from {reader}").fetchall()
    return int(found)


@pytest.mark.parametrize(
    ("kind", "name", "what"),
    [
        ("duplicate_deployments", "cicd.deployment", "count(*) - count(distinct id)"),
        ("offset_deployment_times", "cicd.deployment", "count_if(finished_at like '%+02:00')"),
        ("deleted_pull_requests", "github.pull_request", "count_if(_fivetran_deleted)"),
        (
            "unknown_services",
            "pagerduty.incident",
            f"count_if(service_id = '{UNKNOWN_SERVICE_ID}')",
        ),
        (
            "duplicate_rollups",
            "telemetry.request_rollup",
            "count(*) - count(distinct (service, endpoint, account_id, minute))",
        ),
    ],
)
def test_dirt_of_software_is_in_the_files_as_counted(
    kind: str, name: str, what: str, landing: Path, summary: DemoSummary
) -> None:
    assert summary.dirt[kind] > 0
    assert count(landing, name, what) >= summary.dirt[kind]
    if kind != "offset_deployment_times":  # a repeated delivery may carry one too
        assert count(landing, name, what) == summary.dirt[kind]


def test_late_rollups_stand_in_a_file_of_another_month(landing: Path, summary: DemoSummary) -> None:
    folder = landing / "telemetry/request_rollup"
    moved = 0
    for path in folder.iterdir():
        [(found,)] = duckdb.sql(
            f"select count_if(strftime(minute, '%Y-%m') != '{path.name[:7]}') from '{path}'"
        ).fetchall()
        moved += int(found)
    assert moved == summary.dirt["late_rollups"] + summary.dirt["duplicate_rollups"]
