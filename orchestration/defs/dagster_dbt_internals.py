"""What the house takes of dagster-dbt beyond what it documents; nobody else touches that.

`tests/project/test_internals.py` names it, with the release that it was written for.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version as installed_version
from typing import Any

import dagster as dg
from dagster_shared.libraries import DagsterLibraryRegistry
from packaging.version import Version

from orchestration.project.manifest import Manifest
from orchestration.settings import PROJECT_DIR, Settings

_DBT = "dbt.version"


@contextmanager
def _without_dbt() -> Iterator[None]:
    """Have dagster-dbt imported as where dbt-core is not installed, which it allows for.

    It selects from the manifest then, and takes names of states as its own: a second of
    importing less, for each process of Dagster's. dbt runs in a process of its own.
    """
    if _DBT in sys.modules:
        yield
        return
    # As Python says that there is none.
    sys.modules[_DBT] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[_DBT]
    # The UI shows what a code location runs: dbt-core, though this process does not import it.
    DagsterLibraryRegistry._libraries.pop("dbt-fusion", None)
    DagsterLibraryRegistry.register(
        "dbt-core", installed_version("dbt-core"), is_dagster_package=False
    )


with _without_dbt():
    from dagster_dbt import (
        DagsterDbtError,
        DagsterDbtTranslator,
        DbtCliEventMessage,
        DbtCliInvocation,
        DbtCliResource,
    )
    from dagster_dbt.asset_utils import (
        DAGSTER_DBT_UNIQUE_ID_METADATA_KEY,
        DBT_DEFAULT_EXCLUDE,
        DBT_DEFAULT_SELECT,
        DBT_DEFAULT_SELECTOR,
        build_dbt_specs,
    )

__all__ = [
    "UNIQUE_ID",
    "DagsterDbtError",
    "DagsterDbtTranslator",
    "DbtCliEventMessage",
    "DbtCliInvocation",
    "LeanDbtCliResource",
    "build_specs",
    "follow_process",
]

# Where an asset or a check says dbt's id of its node.
UNIQUE_ID = DAGSTER_DBT_UNIQUE_ID_METADATA_KEY


class LeanDbtCliResource(DbtCliResource):
    """dagster-dbt's resource without its two detours.

    For every call it runs `dbt --version` (3.5 s) and builds an adapter (2.9 s) that only
    fetching of column metadata needs; together they cost as much as dbt's own start.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return _dbt_version()

    def _initialize_dbt_core_adapter(self, args: Any) -> Any:  # noqa: ANN401 - as in the base
        return None


def build_specs(
    manifest: Manifest, translator: DagsterDbtTranslator
) -> tuple[Sequence[dg.AssetSpec], Sequence[dg.AssetCheckSpec]]:
    """Assets and checks of all of the graph."""
    return build_dbt_specs(
        translator=translator,
        manifest=manifest.document,
        select=DBT_DEFAULT_SELECT,
        exclude=DBT_DEFAULT_EXCLUDE,
        selector=DBT_DEFAULT_SELECTOR,
        io_manager_key=None,
        project=None,
    )


def follow_process(
    process: subprocess.Popen[bytes],
    context: dg.AssetExecutionContext,
    settings: Settings,
    manifest: Manifest,
    translator: DagsterDbtTranslator,
) -> DbtCliInvocation:
    """What dagster-dbt would make of a dbt that it had started itself."""
    return DbtCliInvocation(
        process=process,
        manifest=manifest.document,
        dagster_dbt_translator=translator,
        project_dir=PROJECT_DIR,
        target_path=settings.target_dir,
        raise_on_error=True,
        context=context,
        cli_version=_dbt_version(),
    )


def _dbt_version() -> Version:
    return Version(installed_version("dbt-core"))
