"""dbt ignores keys that it does not know on DuckDB; its own schema does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dbt
import jsonschema
import pytest
import yaml

from orchestration.settings import PROJECT_DIR

SCHEMAS = Path(dbt.__file__).parent / "jsonschemas"
FILES = sorted(
    path for folder in ("dbt_project", "seeds") for path in (PROJECT_DIR / folder).rglob("*.yml")
)


def problems(document: dict[str, Any], schema_path: str) -> list[str]:
    """What dbt's bundled schema has against a document, with the path to it."""
    schema = json.loads((SCHEMAS / schema_path).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in validator.iter_errors(document)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_yaml_is_what_dbt_knows(path: Path) -> None:
    found = problems(yaml.safe_load(path.read_text()), "resources/latest.json")
    assert not found, f"{path}: " + "; ".join(found[:5])


def test_the_project_file_is_what_dbt_knows() -> None:
    found = problems(
        yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text()), "project/latest.json"
    )
    assert not found, "; ".join(found[:5])


def test_a_misspelt_key_is_found() -> None:
    spoiled = {"version": 2, "models": [{"name": "m", "descripton": "typo"}]}
    assert problems(spoiled, "resources/latest.json")
