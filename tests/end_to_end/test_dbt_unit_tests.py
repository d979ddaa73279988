"""The truth table and the edges of timelines, as dbt runs them."""

from __future__ import annotations

from pathlib import Path

from orchestration.settings import Settings
from tests.warehouse import run_dbt


def test_every_dbt_unit_test_passes(demo_home: Path) -> None:
    said = run_dbt(Settings(home=demo_home, _env_file=None), "test", "--select", "test_type:unit")
    assert "ERROR=0" in said, said
    passed = int(said.rsplit("PASS=", 1)[1].split()[0])
    assert passed >= 50, said
