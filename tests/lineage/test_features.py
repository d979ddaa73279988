"""Where columns come from that a Python model estimates from those of another."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from orchestration.lineage.columns import Column, LineageError
from orchestration.lineage.project import read_project
from orchestration.project.manifest import Manifest


def model(name: str, *, features: str | None = None, parents: tuple[str, ...] = ()) -> Any:
    """What is asked of a model; nothing of it has been compiled."""
    return SimpleNamespace(
        unique_id=name,
        name=name,
        kind="model",
        language="python" if features else "sql",
        path=f"{name}.py",
        schema="main",
        alias=name,
        parents=parents,
        meta=SimpleNamespace(features=features),
    )


def origins(*models: Any) -> dict[str, set[str]]:
    """Of the columns of `told` and of its rows, from `seen.customer` and `seen.visits`."""
    manifest = cast("Manifest", SimpleNamespace(models={each.name: each for each in models}))
    with duckdb.connect() as connection:
        connection.execute("create table seen (customer varchar, visits integer)")
        connection.execute(
            "create table told (customer varchar, outcome varchar, probability double)"
        )
        found = read_project(manifest, Path("nowhere"), connection).origins
    return {
        name: {
            f"{origin.column.name}{'?' * (origin.kind == 'rows')}"
            for origin in found[Column("main", "told", name)]
        }
        for name in ("customer", "outcome", "probability", "*")
    }


def test_what_is_handed_on_keeps_its_name_and_numbers_come_from_all() -> None:
    told = model("told", features="seen", parents=("seen", "a_seed_of_dbt"))
    assert origins(model("seen"), told) == {
        "customer": {"customer"},
        "outcome": {"*?"},
        "probability": {"customer", "visits"},
        "*": {"*?"},
    }


def test_features_are_of_a_relation_that_is_read() -> None:
    told = model("told", features="dreamt", parents=("seen",))
    with pytest.raises(LineageError, match=r"told.py: `features` is dreamt, .* reads is seen"):
        origins(model("seen"), told)
