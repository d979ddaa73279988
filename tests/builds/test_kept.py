"""What one home has compiled serves the others of the checkout, whichever of them kept it last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration.project.manifest import MANIFEST
from orchestration.settings import Settings
from orchestration.warehouse import dbt_project
from orchestration.warehouse.dbt_project import (
    STAMP,
    bring_parsed,
    keep_parsed,
    project_fingerprint,
)

QUERIES, NODES = "compiled_queries.json", "compiled_nodes.json"


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Three homes of a checkout, the first two of them parsed."""
    monkeypatch.setattr(dbt_project, "KEPT_DIR", tmp_path / "kept")
    homes = [Settings(home=tmp_path / name, _env_file=None) for name in ("a", "b", "c")]
    for settings in homes[:2]:
        settings.target_dir.mkdir(parents=True)
        (settings.target_dir / MANIFEST).write_text("{}")
        (settings.target_dir / STAMP).write_text(project_fingerprint(settings))
    return homes


def write(settings: Settings, name: str, held: object) -> None:
    (settings.target_dir / name).write_text(json.dumps(held))


def read(settings: Settings, name: str) -> object:
    return json.loads((settings.target_dir / name).read_text())


def test_homes_add_to_what_others_compiled(homes: list[Settings]) -> None:
    """A home with data of few sources ends last, and takes nothing from the others."""
    many, few, fresh = homes
    write(many, QUERIES, {"mrr": 1, "tickets": {"fingerprint": "1"}})
    write(few, QUERIES, {"mrr": 1, "hours": {"fingerprint": "2"}})
    keep_parsed(many)
    keep_parsed(few)
    united = {"mrr": 1, "tickets": {"fingerprint": "1"}, "hours": {"fingerprint": "2"}}
    assert bring_parsed(fresh)
    assert read(fresh, QUERIES) == united
    # A home that was parsed before finds what has come since.
    assert bring_parsed(many)
    assert read(many, QUERIES) == united
    assert bring_parsed(few)
    assert read(few, QUERIES) == united


def test_the_newer_of_two_that_differ_is_kept_whole(homes: list[Settings]) -> None:
    older, newer, fresh = homes
    write(older, QUERIES, {"mrr": {"fingerprint": "1", "queries": ["a", "b"]}})
    write(newer, QUERIES, {"mrr": {"fingerprint": "2", "queries": ["c"]}})
    keep_parsed(older)
    keep_parsed(newer)
    bring_parsed(fresh)
    assert read(fresh, QUERIES) == {"mrr": {"fingerprint": "2", "queries": ["c"]}}


def test_nodes_are_united_by_what_they_were_compiled_for(homes: list[Settings]) -> None:
    first, again, fresh = homes
    write(first, NODES, {"project": "p", "nodes": {"first build": {"a": "1"}}})
    write(again, NODES, {"project": "p", "nodes": {"first build": {"b": "2"}, "later": {"a": "3"}}})
    keep_parsed(first)
    keep_parsed(again)
    bring_parsed(fresh)
    assert read(fresh, NODES) == {
        "project": "p",
        "nodes": {"first build": {"a": "1", "b": "2"}, "later": {"a": "3"}},
    }


def test_nodes_of_two_states_of_the_project_are_not_mixed(homes: list[Settings]) -> None:
    before, after, fresh = homes
    write(before, NODES, {"project": "p", "nodes": {"first build": {"a": "1"}}})
    write(after, NODES, {"project": "q", "nodes": {"first build": {"b": "2"}}})
    keep_parsed(before)
    keep_parsed(after)
    bring_parsed(fresh)
    assert read(fresh, NODES) == {"project": "q", "nodes": {"first build": {"b": "2"}}}
