"""MetricFlow as a compiler: metric names and a grouping in, SQL out.

MetricFlow's Python engine is not a stable interface, so it is pinned and touched here
alone. Nothing is executed: the client only knows its dialect.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class SemanticError(Exception):
    """A metric that cannot be compiled; the message names it and the remedy."""


def _dialect_only_client() -> Any:  # noqa: ANN401 - MetricFlow's protocol has no public name
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer

    class DialectOnlyClient:
        """Satisfies MetricFlow's SqlClient protocol without a connection."""

        sql_engine_type = SqlEngine.DUCKDB
        sql_plan_renderer = DuckDbSqlPlanRenderer()

        def _refuse(self, *_: object, **__: object) -> NoReturn:
            message = "metrics are compiled here and executed by dbt's own connection"
            raise SemanticError(message)

        query = execute = dry_run = _refuse

        def close(self) -> None:
            """There is nothing to close."""

        def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
            """DuckDB's spelling of a named parameter."""
            return f"${bind_parameter_key}"

    return DialectOnlyClient()


class MetricCompiler:
    """Compiles metrics of one semantic manifest.

    Args:
        manifest_path: dbt's `semantic_manifest.json`.
    """

    def __init__(self, manifest_path: Path) -> None:
        """Read the manifest and start the engine (about a second, with imports)."""
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.dbt_manifest_parser import (
            parse_manifest_from_dbt_generated_manifest,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import (
            SemanticManifestLookup,
        )

        if not manifest_path.exists():
            message = f"{manifest_path}: no semantic manifest; run `dbt parse` first"
            raise SemanticError(message)
        manifest = parse_manifest_from_dbt_generated_manifest(
            manifest_json_string=manifest_path.read_text()
        )
        self._engine = MetricFlowEngine(
            semantic_manifest_lookup=SemanticManifestLookup(manifest),
            sql_client=_dialect_only_client(),
        )

    def compile(self, metrics: Sequence[str], group_by: Sequence[str]) -> str:
        """The SQL that yields one column per grouping and per metric.

        Raises:
            SemanticError: where MetricFlow cannot resolve the query; names it.
        """
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        try:
            result = self._engine.explain(
                MetricFlowQueryRequest.create(
                    metric_names=list(metrics), group_by_names=list(group_by)
                )
            )
        except Exception as error:
            message = (
                f"metrics {', '.join(metrics)} by {', '.join(group_by)} do not compile: "
                f"{error}; check `dimensions` and `grains` in the metrics' meta"
            )
            raise SemanticError(message) from error
        return str(result.sql_statement.sql)


class CompiledQueries:
    """Compiled SQL, kept beside the manifest that it was compiled from.

    A query costs 60-75 ms to compile and the demo's families have some 90, while running
    them takes under a second; so the text is kept until the semantic manifest changes.
    """

    def __init__(self, manifest_path: Path) -> None:
        """Read what an earlier invocation compiled from this very manifest."""
        self._manifest_path = manifest_path
        if not manifest_path.exists():
            message = f"{manifest_path}: no semantic manifest; run `dbt parse` first"
            raise SemanticError(message)
        self._fingerprint = hashlib.sha256(manifest_path.read_bytes()).hexdigest()
        self._store = manifest_path.with_name("compiled_metrics.json")
        self._queries: dict[str, str] = {}
        self._is_changed = False
        self._compiler: MetricCompiler | None = None
        if self._store.exists():
            kept = json.loads(self._store.read_text())
            if kept["fingerprint"] == self._fingerprint:
                self._queries = kept["queries"]

    def compile(self, metrics: Sequence[str], group_by: Sequence[str]) -> str:
        """As `MetricCompiler.compile`, from the store where it is there."""
        key = f"{','.join(metrics)} by {','.join(group_by)}"
        if key not in self._queries:
            self._compiler = self._compiler or MetricCompiler(self._manifest_path)
            self._queries[key] = self._compiler.compile(metrics, group_by)
            self._is_changed = True
        return self._queries[key]

    def save(self) -> None:
        """Keep what was compiled for the next invocation."""
        if self._is_changed:
            partial = self._store.with_suffix(".partial")
            partial.write_text(
                json.dumps({"fingerprint": self._fingerprint, "queries": self._queries})
            )
            partial.replace(self._store)
