"""A cycle of models is found as dbt finds it, and a graph without one is not searched."""

from __future__ import annotations

import pytest

from orchestration.project.dbt_internals import look_for_cycles_where_there_are


def test_a_cycle_is_told_and_a_graph_that_has_none_is_not_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dbt.compilation import Linker

    searched = []
    find = Linker.find_cycles

    def searching(self: Linker) -> str | None:
        searched.append(self)
        found: str | None = find(self)
        return found

    monkeypatch.setattr(Linker, "find_cycles", searching)
    look_for_cycles_where_there_are()
    ordered, circular = Linker(), Linker()
    for linker in (ordered, circular):
        linker.graph.add_edge("model.a", "model.b")
    circular.graph.add_edge("model.b", "model.a")
    assert ordered.find_cycles() is None
    assert searched == []
    assert circular.find_cycles() == "model.a --> model.b"
    assert searched == [circular]
