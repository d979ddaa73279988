"""What decides a metric's values beside the data: a hash per metric, from dbt's manifest.

A metric's fingerprint covers its own formula and everything before it in the graph: other
metrics, semantic models, models, seeds and the project's macros. It stays as it is where only
comments, layout or words for readers change (`project/code.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.project.code import digest

if TYPE_CHECKING:
    from orchestration.project.manifest import Manifest

LENGTH = 16


def build_fingerprints(manifest: Manifest) -> dict[str, str]:
    """Fingerprint by metric id, equal as long as nothing that decides its values changed."""
    known: dict[str, str] = {}

    def fingerprint(key: str) -> str:
        if key not in known:
            node = manifest.coded[key]
            # Sources are data; dbt's own macros change with the lock, not with a definition.
            before = sorted(parent for parent in node.before if parent in manifest.coded)
            known[key] = digest([node.code_text, *map(fingerprint, before)], LENGTH)
        return known[key]

    return {name: fingerprint(metric.unique_id) for name, metric in manifest.metrics.items()}
