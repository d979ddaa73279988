"""How cost grows is told size by size; of metrics, with each of them twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.growth import TWIN, copy_with_metrics_twice, main
from orchestration.files import read_yaml
from orchestration.settings import PROJECT_DIR

METRICS = "dbt_project/models/marts/customer_health/_customer_health__metrics.yml"
LINE = re.compile(r"(\d+) files: [\d.]+ s(; 2 times as many, [\d.]+ times as long)?")


def test_each_size_is_held_against_the_one_before(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--customers", "--files", "2", "4"])
    first, second = map(LINE.fullmatch, capsys.readouterr().out.splitlines())
    assert first
    assert second
    assert (first[1], first[2], second[1]) == ("2", None, "4")
    assert second[2]


def test_a_copy_has_each_metric_twice_and_the_project_is_as_it_was(tmp_path: Path) -> None:
    before = (PROJECT_DIR / METRICS).read_bytes()
    copy = copy_with_metrics_twice(tmp_path / "project")
    names = [metric["name"] for metric in read_yaml(copy / METRICS)["metrics"]]
    assert (PROJECT_DIR / METRICS).read_bytes() == before
    assert len(set(names)) == len(names)
    assert sorted(name + TWIN for name in names if not name.endswith(TWIN)) == sorted(
        name for name in names if name.endswith(TWIN)
    )
