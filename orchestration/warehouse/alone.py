"""What dbt builds beside nothing else: incremental models, which are so because they are large.

Two statements over a hundred million events share DuckDB's threads, its memory and the caches of
the processor: each takes more than twice as long beside the other, so two of them take longer
side by side than in turn. What is small is built by two workers all the same, for one waits for
DuckDB while the other renders.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from orchestration.project.dbt_internals import wrap_executing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.project.dbt_internals import Step


class Turns:
    """A readers-writer lock that prefers writers: many side by side, or one alone, who is next."""

    def __init__(self) -> None:
        """Nobody is at work."""
        self._changed = threading.Condition()
        self._working = self._waiting = 0
        self._is_alone = False

    @contextmanager
    def beside_others(self) -> Iterator[None]:
        """Wait until nobody is alone, or waits to be; the body runs beside others."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._is_alone or self._waiting))
            self._working += 1
        try:
            yield
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody works; the body runs by itself."""
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: not (self._is_alone or self._working))
            self._waiting -= 1
            self._is_alone = True
        try:
            yield
        finally:
            with self._changed:
                self._is_alone = False
                self._changed.notify_all()


def install() -> None:
    """Have dbt's runners build incremental models by themselves."""
    turns = Turns()

    def in_turn(execute: Step) -> Step:
        def execute_in_turn(runner: Any, node: Any, manifest: Any) -> Any:  # noqa: ANN401
            is_large = getattr(node.config, "materialized", "") == "incremental"
            with turns.alone() if is_large else turns.beside_others():
                return execute(runner, node, manifest)

        return execute_in_turn

    wrap_executing(in_turn)
