"""The parsed dbt project, once per session."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.settings import Settings
from orchestration.warehouse.dbt_project import prepare_manifest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def manifest_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_manifest(Settings(home=tmp_path_factory.mktemp("laws")))


@pytest.fixture(scope="session")
def manifest(manifest_path: Path) -> dict[str, Any]:
    return json.loads(manifest_path.read_text())
