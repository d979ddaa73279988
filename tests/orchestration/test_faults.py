"""What fails by itself: the first of it leads, and nobody is told to deliver files again."""

from __future__ import annotations

import json
from pathlib import Path

from orchestration.settings import Settings
from orchestration.warehouse.dbt_project import broken_nodes
from tests.orchestration.homes import Home

NODES = {
    "model.drivewheel.int_a": ("int_a", "model", "dbt_project/models/a.sql"),
    "test.drivewheel.unique_b": ("unique_b", "test", "dbt_project/models/b.yml"),
    "test.drivewheel.failing_c": ("failing_c", "test", "dbt_project/models/c.yml"),
}
# As dbt writes them: of a model, of a Python model, and of a test that found rows.
INTERNAL = (
    "Runtime Error in model int_a (dbt_project/models/a.sql)\n"
    "  INTERNAL Error: dict-surviving cache: column 2 changed identity\n\n  Stack Trace:\n  x\n"
)
RAISED = (
    "Python model failed:\nTraceback (most recent call last):\n  File x\nValueError: no such day"
)


def test_models_and_tests_that_break_are_named_and_failing_tests_are_not(tmp_path: Path) -> None:
    results = [
        {"unique_id": "test.drivewheel.failing_c", "status": "fail", "message": "Got 3 results"},
        {"unique_id": "model.drivewheel.int_a", "status": "error", "message": INTERNAL},
        {"unique_id": "test.drivewheel.unique_b", "status": "error", "message": RAISED},
    ]
    nodes = {
        key: {"name": name, "resource_type": kind, "original_file_path": path}
        for key, (name, kind, path) in NODES.items()
    }
    settings = Settings(home=tmp_path, _env_file=None)
    settings.target_dir.mkdir()
    (settings.target_dir / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    (settings.target_dir / "run_results.json").write_text(json.dumps({"results": results}))
    model, test = broken_nodes(settings)
    assert str(model).startswith(
        "model int_a failed (dbt_project/models/a.sql):\n  INTERNAL Error: dict-surviving cache"
    )
    assert str(test) == (
        "test unique_b could not be asked (dbt_project/models/b.yml):\n  ValueError: no such day"
    )


def test_an_engine_that_fails_is_no_failed_check(home: Home) -> None:
    # A table has the name that a view of the ledger must have: DuckDB refuses.
    home.spoil("drop view raw_meta.coverage", "create table raw_meta.coverage (source varchar)")
    home.land("later.csv", "s4,c4,2026-01-10,,100,1,month,usd,active")
    ended = home.drivewheel("run")
    assert ended.code == 3, ended.terminal
    assert "coverage" in ended.terminal
    assert "nothing is to be delivered again" in ended.terminal
    assert "deliver the file again" not in ended.terminal
    assert "what was found" not in ended.terminal
