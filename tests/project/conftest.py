"""The parsed dbt project, once per session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orchestration.project.manifest import Manifest, read_manifest
from orchestration.settings import Settings
from orchestration.warehouse.dbt_project import prepare_manifest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def manifest_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_manifest(Settings(home=tmp_path_factory.mktemp("laws")))


@pytest.fixture(scope="session")
def manifest(manifest_path: Path) -> Manifest:
    return read_manifest(manifest_path)
