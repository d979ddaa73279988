"""A plugin of pytest: processes that run side by side take modules that either may run in turn.

Each runs first what is its own, and then module by module what all of them have collected, until
none is left; so none of them ends long before the other, whatever becomes slower or quicker.
`make test` asks for it; whoever starts pytest alone runs all that it collects.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the processes meet, and what they share."""
    parser.addoption("--turns", type=Path, required=True, help="an empty folder, for all of them")
    parser.addoption(
        "--either",
        action="append",
        default=[],
        help="a module or folder that any of them may run; the longest first",
    )


def pytest_configure(config: pytest.Config) -> None:
    """One more that takes modules."""
    turns = Turns(config.getoption("turns"), config.getoption("either"))
    config.pluginmanager.register(turns, "turns")


class Turns:
    """The modules that one process takes, of those that several have collected."""

    def __init__(self, folder: Path, either: Sequence[str]) -> None:
        """Begin with none; the folder exists."""
        self.folder, self.either = folder, either
        self._taken: dict[str, bool] = {}

    def place(self, module: str) -> int:
        """Where a module stands among those that any process may run; 0: it is this one's own."""
        for number, shared in enumerate(self.either, start=1):
            if module == shared or module.startswith(f"{shared}/"):
                return number
        return 0

    def takes(self, module: str) -> bool:
        """Whether this process has taken a module, now or before; it takes it if nobody has."""
        if module not in self._taken:
            try:
                (self.folder / module.replace("/", ".")).touch(exist_ok=False)
                self._taken[module] = True
            except FileExistsError:
                self._taken[module] = False
        return self._taken[module]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Let what the processes share come last."""
        items.sort(key=lambda item: self.place(_module_of(item)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """As pytest's own, over what is ours; a module is taken before the last test of another.

        Each test is told which one follows: what the two do not share is torn down between them.
        """
        if session.testsfailed or session.config.option.collectonly:
            # Of what could not be collected pytest tells.
            return None
        ours = filter(self._is_ours, session.items)
        item = next(ours, None)
        while item is not None:
            following = next(ours, None)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following
        return True

    def _is_ours(self, item: pytest.Item) -> bool:
        module = _module_of(item)
        return self.place(module) == 0 or self.takes(module)


def _module_of(item: pytest.Item) -> str:
    return item.path.relative_to(item.config.rootpath).as_posix()
