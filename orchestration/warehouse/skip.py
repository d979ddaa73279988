"""dbt passes over what would come out as it is: nodes of which code and inputs are unchanged.

A node is skipped when its code (what dbt compiled, without comments and layout, with its
configuration and the project's materializations; for Python the package's code and what metrics
say, and the whole project where the model's tag says that it reads that), the content of
everything that it reads, and what it left behind are those of the build that made it.
Contents are hashed, never remembered for true: a table that was changed, restored or dropped by
hand is built again. A table that is built again with equal content does not wake its readers.

A copy that nobody loads into and nobody else writes (`drivewheel dev run`) need not look at what
no change of code reaches: of each node it is kept as what it was written.

What is known of each node is kept in `built_nodes.json` beside dbt's artifacts; where it is
missing or of another engine, everything is built. Only whole builds skip: who names what to
build, or asks for a full refresh, gets it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.files import write_whole
from orchestration.project.code import code_text, digest, plain_python, plain_sql
from orchestration.project.dbt_internals import (
    as_skipped,
    cursor_of,
    is_unit_test,
    succeeded,
    wrap_executing,
)
from orchestration.project.manifest import PROJECT, SEMANTICS, reached
from orchestration.warehouse.dbt_project import code_state, package_state

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from orchestration.project.dbt_internals import Step
    from orchestration.project.manifest import Manifest

FILE = "built_nodes.json"
# Shown by dbt, and by Dagster, where it else says what was made.
UNCHANGED = "unchanged"
# Tags of models that read more than they refer to: raw tables, and what other models are.
READS_ALL = "reads_all_sources"
READS_PROJECT = "reads_project"
# A column that says what rows were made from, and not what they are: it wakes no reader.
MADE_FROM = "_made_from"
# Given to what changed code reaches, while a build looks at that alone.
REACHED = "reached_by_a_change"


def is_whole(arguments: Sequence[str]) -> bool:
    """Whether dbt's arguments are those of a whole build: what it makes is remembered."""
    return "build" in arguments and not {"--select", "-s"} & {*arguments}


def is_asked_for(arguments: Sequence[str]) -> bool:
    """Whether dbt's arguments are those of a whole build of what changed."""
    return is_whole(arguments) and not {"--full-refresh", "-f"} & {*arguments}


class Nodes:
    """What is known of the nodes of one warehouse, and of their contents in this build."""

    def __init__(self, path: Path, *, is_skipping: bool) -> None:
        """Read what earlier builds have left.

        Args:
            path: The file, which may be missing.
            is_skipping: Whether to skip; what is built is remembered all the same.
        """
        self.path, self.is_skipping = path, is_skipping
        self.known: dict[str, list[str]] = {}
        if path.exists():
            kept = json.loads(path.read_text())
            if kept["engine"] == duckdb.__version__:
                self.known = kept["nodes"]
        self._contents: dict[str, str] = {}
        self._tables: dict[str, str] = {}
        self._left: dict[str, str] = {}
        self._written: dict[str, str] = {}
        self._materializations = ""
        self._said_of_metrics = ""

    def save(self) -> None:
        """Keep it for the next build."""
        for key in self._contents.keys() & self.known.keys() & self._written.keys():
            self.known[key][2:] = [self._written[key]]
        write_whole(self.path, json.dumps({"engine": duckdb.__version__, "nodes": self.known}))

    def key(self, cursor: Any, node: Any, manifest: Any) -> str:  # noqa: ANN401 - dbt's own
        """A hash of a node's code and the content of its inputs."""
        self._materializations = self._materializations or _materializations(manifest)
        parts = [code_of(node), self._materializations]
        if _is_python(node):
            parts += self._beside_python(node.tags)
        inputs = {*getattr(node.depends_on, "nodes", ())}
        if READS_ALL in node.tags:
            inputs |= manifest.sources.keys()
        parts += [self._content(cursor, parent, manifest) for parent in sorted(inputs)]
        return digest(parts)

    def read(self, manifest: Manifest) -> None:
        """Keep as what each node is written, with the macros that it calls."""
        calls = {key: macro.before for key, macro in manifest.macros.items()}
        materializations = [
            key for key, macro in manifest.macros.items() if _is_materialization(macro.name)
        ]
        for key, model in manifest.models.items():
            macros = reached(calls, [*model.macros, *materializations]) & calls.keys()
            parts = [model.code_text, *sorted(model.parents)]
            parts += [manifest.macros[macro].code_text for macro in sorted(macros)]
            if model.language == "python":
                parts += self._beside_python(model.config["tags"])
            self._written[key] = digest(parts)

    def reached(self, manifest: Manifest, *, until: str | None = None) -> set[str]:
        """Ids of what is not as it was written when it was built, and of all that descends from it.

        Args:
            manifest: What was read.
            until: Name of a model; what it is not made of is left to the next build.
        """
        changed = [
            key
            for key, written in self._written.items()
            if self.known.get(key, [])[2:] != [written]
        ]
        found = manifest.after(*changed) & self._written.keys()
        for key in found & self.known.keys():
            # Until it is built, whichever build does so.
            del self.known[key][2:]
        if until:
            last = manifest.model(until).unique_id
            found &= manifest.before(last) | {last}
        return found

    def _beside_python(self, tags: Sequence[str]) -> list[str]:
        """What decides what a Python model makes, beside its own code and its inputs."""
        project = [code_state()] if READS_PROJECT in tags else []
        return [package_state(), self._semantics(), *project]

    def _semantics(self) -> str:
        """A hash of what metrics and their facts say, with everything under `meta`."""
        path = self.path.with_name(SEMANTICS)
        if not self._said_of_metrics and path.exists():
            self._said_of_metrics = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._said_of_metrics

    def is_unchanged(self, cursor: Any, node: Any, key: str) -> bool:  # noqa: ANN401
        """Whether the node left behind what it would leave now, and it is still there."""
        made_by, left, *_ = self.known.get(node.unique_id, ("", ""))
        if not self.is_skipping or made_by != key:
            return False
        if node.resource_type == "test":
            return True
        try:
            content = self._content_of(cursor, node, key)
        except duckdb.CatalogException:
            # It is not there any more.
            return False
        self._contents[node.unique_id] = content
        return content == left

    def told(self, node: Any) -> str:  # noqa: ANN401
        """What dbt says of a node that was skipped."""
        rows = self._contents.get(node.unique_id, "").rpartition(" rows ")[0]
        return f"{rows} rows, {UNCHANGED}" if rows else UNCHANGED

    def record(self, cursor: Any, node: Any, key: str) -> None:  # noqa: ANN401
        """What a node that was just built, or a test that has just passed, is made from."""
        content = "" if node.resource_type == "test" else self._content_of(cursor, node, key)
        self._contents[node.unique_id] = content
        self.known[node.unique_id] = [key, content]

    def invalidate(self, node: Any) -> None:  # noqa: ANN401
        """What a node was made from that is about to be built, and may fail."""
        self._contents.pop(node.unique_id, None)
        _, left, *_ = self.known.pop(node.unique_id, ("", ""))
        self._left[_name(node)] = left

    def _content_of(self, cursor: Any, node: Any, key: str) -> str:  # noqa: ANN401
        if node.config.materialized == "view":
            # It holds nothing: what it shows follows from its code and its inputs. That it is
            # there, and that what it reads has its columns, is all there is to ask.
            cursor.execute(f"select * from {_name(node)} limit 0")
            return key
        return _table_content(cursor, _name(node))

    def _content(self, cursor: Any, parent: str, manifest: Any) -> str:  # noqa: ANN401
        """The content of an input: as this build left it, else as it is found."""
        if parent not in self._contents:
            if parent.startswith("source."):
                source = manifest.sources[parent]
                content = _source_content(cursor, source)
            else:
                content = _table_content(cursor, _name(manifest.nodes[parent]))
            self._contents[parent] = content
        if parent in manifest.nodes:
            self._tables[_name(manifest.nodes[parent])] = self._contents[parent]
        return self._contents[parent]

    def content_of_input(self, name: str) -> str | None:
        """The content of what a node reads that has asked for it, by `"schema"."table"`."""
        return self._tables.get(name)

    def left_in(self, name: str) -> str:
        """The content that the last build left in a table that is about to be built again."""
        return self._left.get(name, "")


# Those of the build that this process runs.
_installed: list[Nodes] = []


def input_content(connection: Any, name: str) -> str:  # noqa: ANN401 - DuckDB's, or dbt's
    """The content of a table that a node being built reads: a hash of what it holds.

    Args:
        connection: To the warehouse.
        name: `"schema"."table"`.
    """
    for nodes in _installed:
        if (known := nodes.content_of_input(name)) is not None:
            return known
    return _table_content(connection.cursor(), name)


def is_as_left(connection: Any, name: str) -> bool:  # noqa: ANN401 - DuckDB's, or dbt's
    """Whether a table that is being built again holds what the last build left in it."""
    left = [nodes.left_in(name) for nodes in _installed]
    return any(left) and _table_content(connection.cursor(), name) in left


def install(nodes: Nodes) -> None:
    """Have dbt's runners of models, seeds and tests skip what is unchanged."""
    _installed[:] = [nodes]

    def skipping(execute: Step) -> Step:
        def execute_changed(runner: Any, node: Any, manifest: Any) -> Any:  # noqa: ANN401
            if is_unit_test(node):
                return execute(runner, node, manifest)
            cursor = cursor_of(runner)
            key = nodes.key(cursor, node, manifest)
            if nodes.is_unchanged(cursor, node, key):
                return as_skipped(node, nodes.told(node))
            nodes.invalidate(node)
            result = execute(runner, node, manifest)
            if succeeded(result):
                nodes.record(cursor_of(runner), node, key)
            return result

        return execute_changed

    wrap_executing(skipping)


def _name(node: Any) -> str:  # noqa: ANN401
    return f'"{node.schema}"."{node.alias}"'


def code_of(node: Any) -> str:  # noqa: ANN401
    """What dbt compiled a node to, without comments and layout, and how it is to be made.

    A seed's is the checksum of its file.
    """
    compiled = getattr(node, "compiled_code", None)
    plain = plain_python if _is_python(node) else plain_sql
    columns = [(column.name, column.data_type) for column in node.columns.values()]
    return code_text(
        plain(compiled) if compiled else node.checksum.checksum, columns, node.config.to_dict()
    )


def _materializations(manifest: Any) -> str:  # noqa: ANN401
    return digest(
        plain_sql(macro.macro_sql)
        for macro in sorted(manifest.macros.values(), key=lambda macro: str(macro.unique_id))
        if macro.package_name == PROJECT and _is_materialization(macro.name)
    )


def _is_materialization(name: str) -> bool:
    return name.startswith("materialization_")


def _source_content(cursor: Any, source: Any) -> str:  # noqa: ANN401
    """Of a raw table which accepted loads its rows are of, and the order of their files.

    Rows of a load are added and taken away together, and never changed. What is accepted is
    read with raw tables only (`accepted_rows`), and is part of the content of each.
    """
    name = f'"{source.schema}"."{source.identifier}"'
    if source.schema != "raw_meta":
        accepted = (
            f"{name} as loaded join raw_meta.accepted_files as files "
            "on loaded._load_id = files.load_id"
        )
        return _table_content(cursor, name, "hash(loaded._load_id, files.file_order)", accepted)
    return "" if source.identifier == "accepted_files" else _table_content(cursor, name)


def _table_content(cursor: Any, name: str, row: str = "hash(_row)", source: str = "") -> str:  # noqa: ANN401
    """A hash of columns, types and rows in any order; but for what rows were made from."""
    cursor.execute(f"select * from {name} limit 0")
    shape = [(column[0], str(column[1])) for column in cursor.description]
    if MADE_FROM in (column for column, _ in shape):
        source = f"(select * exclude ({MADE_FROM}) from {name}) as _row"
    cursor.execute(f"select count(*), sum({row}) from {source or f'{name} as _row'}")
    count, total = cursor.fetchone()
    return f"{count} rows {digest([json.dumps(shape), str(total)])}"


def _is_python(node: Any) -> bool:  # noqa: ANN401
    return bool(getattr(node, "language", "sql") == "python")
