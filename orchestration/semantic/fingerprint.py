"""What decides a metric's values beside the data: a hash per metric, from dbt's manifest.

A metric's fingerprint covers its own formula and everything before it in the graph: other
metrics, semantic models, models, seeds and the project's macros.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECTIONS = ("metrics", "semantic_models", "nodes", "macros")
LENGTH = 16


def build_fingerprints(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Fingerprint by metric id, equal as long as nothing that decides its values changed."""
    nodes = {key: node for section in _SECTIONS for key, node in manifest[section].items()}
    known: dict[str, str] = {}

    def fingerprint(key: str) -> str:
        if key not in known:
            node = nodes[key]
            before = node.get("depends_on", {})
            parents = {*before.get("nodes", ()), *before.get("macros", ())}
            texts = [_own_text(node)]
            # Sources are data; dbt's own macros change with the lock, not with a definition.
            texts += [
                fingerprint(parent)
                for parent in sorted(parents)
                if parent in nodes and parent.split(".")[1] == node["package_name"]
            ]
            known[key] = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:LENGTH]
        return known[key]

    return {node["name"]: fingerprint(key) for key, node in manifest["metrics"].items()}


def _own_text(node: Mapping[str, Any]) -> str:
    """What a node itself says: its file's checksum, a macro's text, a metric's parameters."""
    if "macro_sql" in node:
        return str(node["macro_sql"])
    if "checksum" in node:
        return str(node["checksum"]["checksum"])
    own = [node.get(name) for name in ("type_params", "filter", "measures", "dimensions")]
    return json.dumps(own, sort_keys=True, default=str)
