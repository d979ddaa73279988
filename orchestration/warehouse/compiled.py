"""What dbt compiled nodes to, kept for the next build of the same state of the project.

Rendering takes dbt a seventh of a small company's build. The result follows from the project's
files, the target, variables and whether this is a full refresh; only an incremental model also
asks whether its table is there. It is kept beside the parsed project (`dbt_project.GROWING`), which
goes when a file of the project changes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orchestration.files import write_whole
from orchestration.project.dbt_internals import is_full_refresh, relation_name, wrap_compiling

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.project.dbt_internals import Step

FILE = "compiled_nodes.json"


class CompiledNodes:
    """Compiled code of one home's nodes, by what it was compiled for."""

    def __init__(self, path: Path, project: str) -> None:
        """Read what earlier builds have left; the file may be missing.

        Args:
            path: The file.
            project: The state of the project that is built; of another nothing is kept.
        """
        self.path, self.project = path, project
        self.kept: dict[str, dict[str, str]] = {}
        if path.exists():
            left = json.loads(path.read_text())
            if left.get("project") == project:
                self.kept = left["nodes"]
        self.is_new = False

    def save(self) -> None:
        """Keep it for the next build, where something was compiled."""
        if self.is_new:
            write_whole(self.path, json.dumps({"project": self.project, "nodes": self.kept}))

    def install(self) -> None:
        """Have dbt's compiler look here first."""

        def kept_first(render: Step) -> Step:
            def compile_once(
                compiler: Any,  # noqa: ANN401 - dbt's own
                node: Any,  # noqa: ANN401
                manifest: Any,  # noqa: ANN401
                extra_context: dict[str, Any] | None = None,
            ) -> Any:  # noqa: ANN401
                if extra_context or not _is_kept(node):
                    return render(compiler, node, manifest, extra_context)
                config = compiler.config
                purpose = [config.target_name, config.cli_vars, is_full_refresh()]
                known = self.kept.setdefault(json.dumps(purpose, default=str), {})
                if node.unique_id in known:
                    node.compiled_code, node.compiled = known[node.unique_id], True
                    if node.resource_type == "test" and node.relation_name is None:
                        node.relation_name = relation_name(config, node)
                    return node
                node = render(compiler, node, manifest, extra_context)
                known[node.unique_id], self.is_new = node.compiled_code, True
                return node

            return compile_once

        wrap_compiling(kept_first)


def _is_kept(node: Any) -> bool:  # noqa: ANN401
    """Whether a node compiles to the same in any warehouse; rows given to unit tests do not."""
    return node.config.materialized in ("table", "view", "test")
