"""Telling people, and leaving them pages, comes last in a run and takes nothing back."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from orchestration.defs.notices import build_notices
from orchestration.defs.pages import build_pages
from orchestration.defs.resources import WarehouseLock
from orchestration.pages import addresses, export
from orchestration.pages.routes import all_pages
from orchestration.pages.site import Site
from orchestration.settings import load_settings
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


def test_pages_are_left_where_a_setting_says_and_nowhere_without_it(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)

    def written() -> dg.ExecuteInProcessResult:
        return dg.materialize(
            [build_pages()],
            instance=dg.DagsterInstance.ephemeral(),
            resources={"lock": WarehouseLock()},
            raise_on_error=False,
        )

    [nothing] = written().asset_materializations_for_node("pages")
    assert nothing.metadata["pages"].value == 0
    # A metric without a complete month has a page, and no rows to be traced to.
    untold = addresses.metric("active_user_growth")
    pages = [*all_pages(Site(load_settings()))]
    assert untold in pages
    assert addresses.trace("active_user_growth") not in pages
    monkeypatch.setattr(export, "all_pages", lambda _: ["index.html", untold])
    folder = tmp_path / "site"
    monkeypatch.setenv("DRIVEWHEEL_PAGES_TO", str(folder))
    [made] = written().asset_materializations_for_node("pages")
    assert made.metadata["pages"].value == len([*folder.rglob("*.html")]) == 2
    assert "GRR" in (folder / "index.html").read_text()
    assert "Rows of files" not in (folder / untold).read_text()
    (folder / "static/pages.css").unlink()
    assert not written().success, "a folder of somebody else's is left alone"
