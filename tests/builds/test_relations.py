"""What dbt asks of each statement is answered as by dbt, from less than it looks through."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from orchestration.project.dbt_internals import (
    ask_what_is_logged_by_name,
    match_relations_by_name,
)


def test_a_relation_is_matched_as_dbt_matches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own, none, one whose name differs in case, which dbt refuses, and one in quotes."""
    from dbt.adapters.base import BaseAdapter
    from dbt.adapters.duckdb.relation import DuckDBRelation
    from dbt.adapters.exceptions import ApproximateMatchError

    quoting = {"database": True, "schema": True, "identifier": True}
    adapter: Any = SimpleNamespace(config=SimpleNamespace(quoting=quoting))
    adapter._make_match_kwargs = lambda *asked: BaseAdapter._make_match_kwargs(adapter, *asked)
    relations = [
        DuckDBRelation.create(database="w", schema="core", identifier=name)
        for name in ("dim_customers", "dim_days", "Odd", '"quoted"')
    ]

    def matches() -> list[Any]:
        found: list[Any] = []
        for name in ("dim_customers", "dim", "Odd", "odd", "quoted", '"quoted"'):
            try:
                found.append(BaseAdapter._make_match(adapter, relations, "w", "core", name))
            except ApproximateMatchError:
                found.append("approximate")
        return found

    by_dbt = matches()
    monkeypatch.setattr(BaseAdapter, "_make_match", BaseAdapter._make_match)
    match_relations_by_name()
    assert matches() == by_dbt
    assert by_dbt[:4] == [[relations[0]], [], [relations[2]], "approximate"]


def test_what_events_tell_of_a_node_is_what_dbt_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a node, within one inside it, of another prefix, and where it has been left."""
    from dbt_common.events import contextvars

    def told() -> list[Any]:
        asked: list[Any] = [contextvars.get_node_info()]
        with contextvars.log_contextvars(node_info={"name": "a"}):
            asked.append(contextvars.get_node_info())
            with contextvars.log_contextvars(node_info={"name": "b"}, other=1):
                asked.append(contextvars.get_contextvars("log_"))
            with contextvars.task_contextvars(project_root="here"):
                asked += [contextvars.get_contextvars("log_"), contextvars.get_project_root()]
        return [*asked, contextvars.get_node_info(), contextvars.get_project_root()]

    by_dbt = told()
    monkeypatch.setattr(contextvars, "get_contextvars", contextvars.get_contextvars)
    ask_what_is_logged_by_name()
    assert told() == by_dbt
    assert by_dbt[1:3] == [{"name": "a"}, {"node_info": {"name": "b"}, "other": 1}]
