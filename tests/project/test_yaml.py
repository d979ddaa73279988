"""dbt ignores keys that it does not know on DuckDB; its own schema does not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import dbt
import jsonschema
import pytest

from orchestration.files import read_yaml
from orchestration.settings import PROJECT_DIR

SCHEMAS = Path(dbt.__file__).parent / "jsonschemas"
FILES = sorted(
    path for folder in ("dbt_project", "seeds") for path in (PROJECT_DIR / folder).rglob("*.yml")
)


def problems(document: dict[str, Any], schema_path: str) -> list[str]:
    """What dbt's bundled schema has against a document, with the path to it."""
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in validator_of(schema_path).iter_errors(document)
    ]


@cache
def validator_of(schema_path: str) -> Any:
    """What holds documents to one of dbt's schemas."""
    schema = json.loads((SCHEMAS / schema_path).read_text())
    return jsonschema.validators.validator_for(schema)(schema)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_yaml_is_what_dbt_knows(path: Path) -> None:
    found = problems(read_yaml(path), "resources/latest.json")
    assert not found, f"{path}: " + "; ".join(found[:5])


def test_the_project_file_is_what_dbt_knows() -> None:
    found = problems(read_yaml(PROJECT_DIR / "dbt_project.yml"), "project/latest.json")
    assert not found, "; ".join(found[:5])


def test_a_misspelt_key_is_found() -> None:
    spoiled = {"version": 2, "models": [{"name": "m", "descripton": "typo"}]}
    assert problems(spoiled, "resources/latest.json")
