"""Telling people is the last step of a run, and takes nothing back when it fails."""

from __future__ import annotations

import dagster as dg
import pytest

from orchestration.defs.notices import build_notices
from orchestration.defs.resources import WarehouseLock
from tests.orchestration.homes import Home, Refreshed


def test_a_run_leaves_its_digest_in_the_home(refreshed: Refreshed) -> None:
    assert "notified: Metrics of the week 2026-W13, as of 2026-03-31" in refreshed.ended.terminal
    assert (refreshed.home.path / "notices" / "digest-2026-W13.txt").exists()


def test_what_cannot_be_sent_is_a_warning_and_no_failure(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DRIVEWHEEL_NOTIFY", "json://localhost:9")
    version = home.published
    result = dg.materialize(
        [build_notices()],
        instance=dg.DagsterInstance.ephemeral(),
        resources={"lock": WarehouseLock()},
    )
    assert result.success
    [check] = result.get_asset_check_evaluations()
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert "localhost" in str(check.metadata["failures"].value)
    assert home.published == version
