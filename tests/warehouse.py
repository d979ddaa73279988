"""Building a home for tests: load, accept, dbt, as the job does it, without Dagster and gates."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

from orchestration.landing.contract import load_contracts
from orchestration.landing.evidence import weigh_new_loads
from orchestration.landing.loader import load_landing
from orchestration.landing.manifest import accept_loads, pending_loads
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse.builds import begin_build, finish_build
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.dbt_project import (
    built_nodes,
    dbt_environment,
    incremental_lineage,
    keep_parsed,
    prepare_manifest,
)
from orchestration.warehouse.publications import remember_publication
from orchestration.warehouse.publish import publish

LINES_SHOWN = 60


class BuildError(Exception):
    """A load or a build that failed; the message is the loader's or dbt's."""


def build_home(
    home: Path,
    *,
    select: str | None = None,
    as_of: dt.date | None = None,
    is_published: bool = False,
) -> Settings:
    """Load `home/landing`, accept everything and build it; gives the home's settings.

    Args:
        home: Folder with the landing files; the warehouse is made in it, or built further.
        select: dbt's selection, separated by spaces; everything where it is left out.
        as_of: Day to compute; default as in a run.
        is_published: Whether to publish what was built, past the gates.

    Raises:
        BuildError: with what the loader or dbt said.
    """
    settings = Settings(home=home, landing=home / "landing", as_of=as_of, _env_file=None)
    contracts = load_contracts(PROJECT_DIR / "dbt_project/models/staging")
    now = dt.datetime.now(dt.UTC)
    with open_warehouse(settings) as connection:
        for result in load_landing(connection, settings.landing_dir, contracts, now=now):
            for file in result.files:
                if file.status in ("failed", "changed"):
                    raise BuildError(f"{file.path}: {file.status}: {file.reason}")
        loads = [load.load_id for load in pending_loads(connection)]
        accept_loads(connection, loads, accepted_by="test", now=now)
        weigh_new_loads(connection, contracts)
        build = begin_build(
            connection,
            build_id=uuid.uuid4().hex,
            as_of=as_of,
            billing_sources={c.source for c in contracts.values() if c.feeds == "billing"},
            code_fingerprint="test",
            landing=settings.landing_dir,
            now=now,
        )
    arguments = ["--full-refresh"] if build.full_refresh_reason else []
    if select:
        # Of a part only tests that ask nothing beyond it.
        arguments += ["--indirect-selection", "cautious", "--select", *select.split()]
    run_dbt(settings, "build", "--exclude-resource-type", "unit_test", *arguments)
    manifest = json.loads((settings.target_dir / "manifest.json").read_text())
    with open_warehouse(settings) as connection:
        finish_build(
            connection,
            build,
            code_fingerprint="test",
            is_complete=incremental_lineage(manifest) <= built_nodes(settings.target_dir),
            now=dt.datetime.now(dt.UTC),
        )
        if is_published:
            publish(connection, settings, build.build_id)
            remember_publication(connection, build.build_id, now=dt.datetime.now(dt.UTC))
    return settings


def run_dbt(settings: Settings, *arguments: str) -> str:
    """Run dbt on a home in a process of its own; gives what it said.

    Raises:
        BuildError: dbt failed; with the end of what it said.
    """
    prepare_manifest(settings)
    result = subprocess.run(
        [sys.executable, "-m", "orchestration.warehouse.dbt_process", *arguments],
        cwd=PROJECT_DIR,
        env=os.environ | dbt_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    said = f"{result.stdout}{result.stderr}"
    if result.returncode != 0:
        raise BuildError("\n".join(said.splitlines()[-LINES_SHOWN:]))
    keep_parsed(settings)
    return said
