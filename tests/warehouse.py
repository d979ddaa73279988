"""Building a home for tests: load, accept, dbt, as the job does it, without Dagster and gates."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import duckdb

from orchestration.landing.contract import billing_sources, load_contracts
from orchestration.landing.evidence import classify_new_loads
from orchestration.landing.loader import load_landing
from orchestration.landing.manifest import accept_loads, pending_loads
from orchestration.project.manifest import read_manifest
from orchestration.settings import MEMORY_LIMIT, PROJECT_DIR, Settings
from orchestration.warehouse.builds import begin_build, finish_build
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.dbt_project import (
    build_state,
    built_nodes,
    incremental_lineage,
    keep_parsed,
    prepare_manifest,
)
from orchestration.warehouse.publications import record_publication
from orchestration.warehouse.publish import publish
from tests.ready import run_dbt_in_fork

LINES_SHOWN = 60


class BuildError(Exception):
    """A load or a build that failed; the message is the loader's or dbt's."""


def build_home(
    home: Path,
    *,
    select: str | None = None,
    as_of: dt.date | None = None,
    is_published: bool = False,
    is_tested: bool = True,
    threads: int | None = None,
    memory_limit: str = MEMORY_LIMIT,
    same_as: Path | None = None,
) -> Settings:
    """Load `home/landing`, accept everything and build it; gives the home's settings.

    Args:
        home: Folder with the landing files; the warehouse is made in it, or built further.
        select: dbt's selection, separated by spaces; everything where it is left out.
        as_of: Day to compute; default as in a run.
        is_published: Whether to publish what was built, past the gates.
        is_tested: Whether dbt's tests of data run too.
        threads: DuckDB's threads, and dbt's; default as in a run.
        memory_limit: DuckDB's memory, beyond which it spills to disk.
        same_as: A home whose clock and hash key it takes, so that it could equal that home.

    Raises:
        BuildError: with what the loader or dbt said.
    """
    settings = Settings(
        home=home,
        landing=home / "landing",
        as_of=as_of,
        memory_limit=memory_limit,
        _env_file=None,
        **({"threads": threads} if threads else {}),
    )
    contracts = load_contracts(PROJECT_DIR / "dbt_project/models/staging")
    now, hash_key = clock_and_key(same_as) if same_as else (dt.datetime.now(dt.UTC), None)
    load_home(settings, now=now)
    with open_warehouse(settings) as connection:
        loads = [load.load_id for load in pending_loads(connection)]
        accept_loads(connection, loads, accepted_by="test", now=now)
        classify_new_loads(connection, contracts)
        build = begin_build(
            connection,
            build_id=uuid.uuid4().hex,
            as_of=as_of,
            billing_sources=billing_sources(contracts),
            code_fingerprint="test",
            landing=settings.landing_dir,
            company=settings.company_dir,
            state=build_state(settings),
            hash_key=hash_key,
            now=now,
        )
    arguments = ["--full-refresh"] if build.full_refresh_reason else []
    if select:
        # Of a part only tests that ask nothing beyond it.
        arguments += ["--indirect-selection", "cautious", "--select", *select.split()]
    left_out = ["unit_test"] if is_tested else ["unit_test", "test"]
    run_dbt(settings, "build", "--exclude-resource-type", *left_out, *arguments)
    manifest = read_manifest(settings.target_dir / "manifest.json")
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
            record_publication(connection, build.build_id, now=dt.datetime.now(dt.UTC))
    return settings


def load_home(settings: Settings, *, now: dt.datetime) -> None:
    """Load what lies in a home's landing folder.

    Raises:
        BuildError: a file that cannot be loaded.
    """
    contracts = load_contracts(PROJECT_DIR / "dbt_project/models/staging")
    with open_warehouse(settings) as connection:
        for result in load_landing(connection, settings.landing_dir, contracts, now=now):
            for file in result.files:
                if file.status in ("failed", "changed"):
                    raise BuildError(f"{file.path}: {file.status}: {file.reason}")


def clock_and_key(home: Path) -> tuple[dt.datetime, str]:
    """When a home's last build began, and by which key it hashes persons."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        row = connection.execute(
            "select (select max(started_at) from raw_meta.runs), hash_key from raw_meta.settings"
        ).fetchone()
    assert row
    return row[0].replace(tzinfo=dt.UTC), row[1]


def run_dbt(settings: Settings, *arguments: str) -> str:
    """Run dbt on a home in a process of its own; gives what it said.

    Raises:
        BuildError: dbt failed; with the end of what it said.
    """
    prepare_manifest(settings)
    code, said = run_dbt_in_fork(settings, *arguments)
    if code != 0:
        raise BuildError("\n".join(said.splitlines()[-LINES_SHOWN:]))
    keep_parsed(settings)
    return said
