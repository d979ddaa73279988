"""`mf query` and the materialised tables are two readings of one definition."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse.dbt_project import dbt_environment

METRICS = ("mrr", "nrr", "quick_ratio", "activation_rate", "net_new_arr", "seat_utilization")


@pytest.fixture(scope="module")
def queried(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """What `mf query` says of the published version, by month and industry."""
    folder = tmp_path_factory.mktemp("mf")
    # mf looks for the manifest beside dbt_project.yml, so the project is linked elsewhere.
    for name in ("dbt_project.yml", "profiles.yml", "dbt_project", "seeds", "orchestration"):
        (folder / name).symlink_to(PROJECT_DIR / name)
    variables = dbt_environment(Settings(home=demo_home, _env_file=None))
    environment = os.environ | variables | {"DBT_TARGET": "serving"}
    # As by hand: values are those of the published file, whatever tables are beside.
    for name in ("DRIVEWHEEL_SEEDS", "DRIVEWHEEL_SOURCES"):
        del environment[name]
    environment["DBT_PROFILES_DIR"] = str(folder)
    environment["DBT_TARGET_PATH"] = str(folder / "target")
    programs = Path(sys.executable).parent
    answer = folder / "answer.csv"
    for command in (
        [programs / "dbt", "--quiet", "parse"],
        [
            programs / "mf",
            "query",
            "--metrics",
            ",".join(METRICS),
            "--group-by",
            "metric_time__month,customer__industry",
            "--csv",
            answer,
        ],
    ):
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    with answer.open() as file:
        return list(csv.DictReader(file))


def test_mf_query_agrees_with_the_tables(queried: list[dict[str, str]], demo_home: Path) -> None:
    serving = demo_home / "serving" / "drivewheel.duckdb"
    with duckdb.connect(str(serving), read_only=True) as connection:
        tables = " union all ".join(
            f"select * from metrics.metrics_{family}"
            for family in ("customer_health", "revenue_velocity", "value_realization")
        )
        rows = connection.execute(
            f"select metric_id, period_start, dimension_value, value from ({tables}) "
            "where grain = 'month' and dimension = 'industry'"
        ).fetchall()
    table = {
        (metric, str(period), industry): value
        for metric, period, industry, value in rows
        if metric in METRICS and value is not None
    }
    asked = {
        (metric, row["metric_time__month"][:10], row["customer__industry"]): float(row[metric])
        for row in queried
        for metric in METRICS
        if row[metric]
    }
    assert len(asked) > 100
    assert asked.keys() == table.keys()
    for key, value in asked.items():
        assert value == pytest.approx(table[key], rel=1e-9), key
