"""What the house takes of dbt beyond what dbt documents; nobody else touches that.

`tests/project/test_internals.py` names it, with the releases that it was written for. dbt is
imported where it is asked for: that takes a second and more.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# Compiles, or builds or asks, one node: dbt's own methods, whose arguments are dbt's.
Step = Callable[..., Any]


def target_dir() -> Path:
    """Where the running dbt invocation writes its manifests."""
    from dbt.flags import get_flags

    flags = get_flags()
    return Path(flags.PROJECT_DIR) / (flags.TARGET_PATH or "target")


def is_full_refresh() -> bool:
    """Whether the running invocation builds incremental models anew."""
    from dbt.flags import get_flags

    return bool(get_flags().FULL_REFRESH)


def wrap_compiling(wrap: Callable[[Step], Step]) -> None:
    """Have nodes compiled by another step `(compiler, node, manifest, extra_context)`."""
    from dbt.compilation import Compiler

    Compiler._compile_code = wrap(Compiler._compile_code)  # type: ignore[method-assign]


def relation_name(config: Any, node: Any) -> str:  # noqa: ANN401 - dbt's own
    """The table of a test, as dbt names it when it compiles one."""
    from dbt.adapters.factory import get_adapter

    return str(get_adapter(config).Relation.create_from(config, node))


def wrap_executing(wrap: Callable[[Step], Step]) -> None:
    """Have models, seeds and tests executed by another step `(runner, node, manifest)`."""
    from dbt.task.run import ModelRunner
    from dbt.task.test import TestRunner

    ModelRunner.execute = wrap(ModelRunner.execute)  # type: ignore[method-assign]
    TestRunner.execute = wrap(TestRunner.execute)  # type: ignore[method-assign]


def is_unit_test(node: Any) -> bool:  # noqa: ANN401
    """Whether a node is a unit test, which asks code and no data."""
    from dbt.contracts.graph.nodes import UnitTestDefinition

    return isinstance(node, UnitTestDefinition)


def succeeded(result: Any) -> bool:  # noqa: ANN401
    """Whether a node was built, or a test has passed."""
    from dbt.artifacts.schemas.results import RunStatus, TestStatus

    return result.status in (TestStatus.Pass, RunStatus.Success)


def as_skipped(node: Any, message: str) -> Any:  # noqa: ANN401
    """What dbt tells of a model that was built, or a test that has passed, in no time."""
    from dbt.artifacts.schemas.results import RunStatus, TestStatus
    from dbt.artifacts.schemas.run import RunResult

    is_test = node.resource_type == "test"
    return RunResult(
        node=node,
        status=TestStatus.Pass if is_test else RunStatus.Success,
        timing=[],
        thread_id=threading.current_thread().name,
        execution_time=0,
        message=None if is_test else message,
        adapter_response={},
        failures=0 if is_test else None,
        batch_results=None,
    )


def cursor_of(runner: Any) -> Any:  # noqa: ANN401
    """A cursor of the thread's connection to the warehouse."""
    return runner.adapter.connections.get_thread_connection().handle.cursor()


def drop_debug_events() -> None:
    """Make no events that nobody logs.

    dbt makes a protobuf message of each of its debug events and gives it to every logger, which
    passes it over: a tenth of a small build.
    """
    from dbt_common.events import base_types, event_manager

    fire = event_manager.EventManager.fire_event

    def make_nothing(self: Any, *_: object, **__: object) -> None:  # noqa: ANN401
        self.pb_msg = getattr(self.PROTO_TYPES_MODULE, type(self).__name__)()

    def fire_what_is_logged(
        self: Any,  # noqa: ANN401
        e: Any,  # noqa: ANN401
        level: Any = None,  # noqa: ANN401
        **others: Any,  # noqa: ANN401
    ) -> None:
        if level is not None or not isinstance(e, base_types.DebugLevel):
            fire(self, e, level=level, **others)

    base_types.DebugLevel.__init__ = make_nothing  # type: ignore[method-assign]
    event_manager.EventManager.fire_event = fire_what_is_logged  # type: ignore[assignment,method-assign]


class _Rendered(dict[str, Any]):
    """What strings without a template in them are rendered to, as dbt keeps it.

    Jinja takes a last line break off, and gives nothing for nothing: of such dbt makes templates.
    """

    def __contains__(self, text: object) -> bool:
        if dict.__contains__(self, text):
            return True
        if not isinstance(text, str) or not text or "\r" in text or text.endswith("\n"):
            return False
        from dbt_common.clients.jinja import quoted_native_concat

        self[text] = quoted_native_concat(iter([text]))
        return True


def render_plain_strings_at_once() -> None:
    """Make no templates of strings that are none.

    A name or description in YAML is rendered to what it says as a literal of Python, else to
    itself. dbt has Jinja compile a template for each to find that out: a fifth of parsing.
    """
    from dbt.clients import jinja

    jinja._render_cache = _Rendered()


def ask_what_is_logged_by_name() -> None:
    """Find what events tell of the node that is built without going through every variable.

    dbt copies the thread's context and reads the names of all that is in it, for each statement
    and each event: a twentieth of a small build. It keeps its own variables by name.
    """
    from dbt_common.events import contextvars

    known = contextvars._context_vars

    def get_contextvars(prefix: str) -> dict[str, Any]:
        # Another thread may add a name meanwhile.
        named = [(name, known[name]) for name in [*known] if name.startswith(prefix)]
        told = {name.removeprefix(prefix): variable.get() for name, variable in named}
        return {name: value for name, value in told.items() if value is not ...}

    contextvars.get_contextvars = get_contextvars


def match_relations_by_name() -> None:
    """Compare a relation with those of its name, not with all of its schema.

    dbt looks through all that a schema holds for what is there before it builds a model.
    """
    from dbt.adapters.base import BaseAdapter

    match = BaseAdapter._make_match

    def match_named(
        adapter: Any,  # noqa: ANN401 - dbt's own, and below
        relations: list[Any],
        database: str,
        schema: str,
        identifier: str,
    ) -> list[Any]:
        wanted = identifier.strip('"').lower()
        named = [one for one in relations if (one.identifier or "").strip('"').lower() == wanted]
        return [*match(adapter, named, database, schema, identifier)]

    BaseAdapter._make_match = match_named  # type: ignore[method-assign]


def write_what_changed() -> None:
    """Leave a file of compiled SQL as it is where it says the same.

    dbt writes two for each node in each build. Of a file that is emptied and written anew the
    file system waits for the disk: a twentieth of the build of a day.
    """
    from dbt.contracts.graph import nodes as untyped

    nodes: Any = untyped
    write = nodes.write_file

    def write_changed(path: str, contents: str = "") -> bool:
        return _holds(Path(path), str(contents)) or bool(write(path, contents))

    nodes.write_file = write_changed


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except FileNotFoundError:
        return False


def share_empty_tables() -> None:
    """Make once what tells the types of a result's columns.

    dbt makes it anew for every statement, also for those that give no rows, and with it a
    reader of dates in words.
    """
    from dbt_common.clients import agate_helper as untyped

    agate_helper: Any = untyped
    nothing = agate_helper.empty_table()
    build = functools.cache(agate_helper.build_type_tester)

    def build_once(text_columns: Iterable[str], string_null_values: Any = ("null", "")) -> Any:  # noqa: ANN401
        return build(tuple(sorted(text_columns)), tuple(string_null_values))

    agate_helper.empty_table = lambda: nothing
    agate_helper.build_type_tester = build_once


def look_for_cycles_where_there_are() -> None:
    """Search a graph for a cycle only if it has one.

    dbt follows every edge in Python each time that it makes its graph; whether nodes can be put
    in order is known in a twentieth of that time.
    """
    from dbt import compilation as untyped

    compilation: Any = untyped
    find = compilation.Linker.find_cycles

    def find_where_there_are(self: Any) -> Any:  # noqa: ANN401
        return None if compilation.nx.is_directed_acyclic_graph(self.graph) else find(self)

    compilation.Linker.find_cycles = find_where_there_are


def look_for_with_in_words_alone() -> None:
    """Find where a query begins to name others without taking all of it apart.

    dbt puts the rows that a unit test gives before a model's query, and has sqlparse group every
    expression of it for that: a fifth of what unit tests cost. Words and parentheses are enough.
    """
    from dbt import compilation as untyped

    compilation: Any = untyped
    whole = compilation.sqlparse
    compilation.sqlparse = SimpleNamespace(
        parse=lambda sql: tuple(map(_folded, whole.engine.FilterStack().run(sql))),
        sql=whole.sql,
        tokens=whole.tokens,
    )


def _folded(statement: Any) -> Any:  # noqa: ANN401 - sqlparse's own
    """A statement in which what stands in parentheses is one token."""
    from sqlparse import sql as untyped

    sql: Any = untyped
    tokens: list[Any] = []
    inside: list[Any] = []
    depth = 0
    for token in statement.tokens:
        depth += (token.value == "(") - (token.value == ")")
        if depth > 0 or inside:
            inside.append(token)
        else:
            tokens.append(token)
        if inside and depth <= 0:
            tokens.append(sql.TokenList(inside))
            inside = []
    return sql.Statement([*tokens, *inside])
