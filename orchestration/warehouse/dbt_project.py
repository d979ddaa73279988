"""The dbt project beside the warehouse: its environment, its manifest, and what it says."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from orchestration.settings import PROJECT_DIR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestration.settings import Settings

# What the manifest is made of.
SOURCES = ("dbt_project.yml", "profiles.yml", "dbt_project", "seeds")


class DbtParseError(Exception):
    """The dbt project does not parse; the message is dbt's."""


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The variables that dbt, started by anybody, needs to find this home."""
    return {
        "DRIVEWHEEL_HOME": str(settings.home_dir),
        "DRIVEWHEEL_MEMORY_LIMIT": settings.memory_limit,
        "DRIVEWHEEL_THREADS": str(settings.threads),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(settings.target_dir),
        "DBT_LOG_PATH": str(settings.home_dir / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_STATIC_PARSER": "true",
    }


def prepare_environment(settings: Settings) -> None:
    """Let this process's children see the home."""
    os.environ.update(dbt_environment(settings))


def prepare_manifest(settings: Settings) -> Path:
    """The path of dbt's `manifest.json`, parsed anew when a file of the project is newer.

    Raises:
        DbtParseError: with what dbt said.
    """
    manifest = settings.target_dir / "manifest.json"
    if manifest.exists() and manifest.stat().st_mtime >= _newest_source():
        return manifest
    prepare_environment(settings)
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "parse"]
    result = subprocess.run(
        command,
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        message = f"the dbt project does not parse:\n{result.stdout}{result.stderr}"
        raise DbtParseError(message)
    manifest.touch()
    return manifest


def _newest_source() -> float:
    paths = (PROJECT_DIR / name for name in SOURCES)
    files = (
        file
        for path in paths
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file()
    )
    return max(file.stat().st_mtime for file in files)


def billing_sources(manifest: Mapping[str, Any]) -> list[str]:
    """The sources that feed billing."""
    return sorted(
        {
            node["source_name"]
            for node in manifest["sources"].values()
            if node["source_meta"].get("feeds") == "billing"
        }
    )


def incremental_lineage(manifest: Mapping[str, Any]) -> set[str]:
    """The ids of every incremental model, and of every model and seed before one."""
    pending = [
        key
        for key, node in manifest["nodes"].items()
        if node["config"].get("materialized") == "incremental"
    ]
    seen: set[str] = set()
    while pending:
        key = pending.pop()
        if key in seen or key not in manifest["nodes"]:
            continue
        seen.add(key)
        pending += manifest["parent_map"].get(key, [])
    return seen


def incremental_fingerprint(manifest: Mapping[str, Any]) -> str:
    """A hash of everything that decides what incremental models hold.

    That is their text, that of every model and seed before them, and our macros.
    """
    texts = [
        f"{key}={manifest['nodes'][key]['checksum']['checksum']}"
        for key in incremental_lineage(manifest)
    ]
    texts += [
        f"{key}={macro['macro_sql']}"
        for key, macro in manifest["macros"].items()
        if macro["package_name"] == "drivewheel"
    ]
    digest = hashlib.sha256()
    for text in sorted(texts):
        digest.update(text.encode())
    return digest.hexdigest()


def built_nodes(target: Path) -> set[str]:
    """The ids of what the dbt invocation that has just ended built."""
    results = json.loads((target / "run_results.json").read_text())["results"]
    return {result["unique_id"] for result in results if result["status"] == "success"}
