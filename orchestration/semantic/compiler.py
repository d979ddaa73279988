"""MetricFlow as a compiler: metric names and a grouping in, SQL out.

MetricFlow's Python engine is not a stable interface, so it is pinned and touched here
alone. Nothing is executed: the client only knows its dialect.
"""

from __future__ import annotations

from functools import cache
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
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

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


@cache
def compiler_for(manifest_path: Path, mtime_ns: int) -> MetricCompiler:
    """One compiler per state of a manifest: setting it up costs more than its queries."""
    del mtime_ns
    return MetricCompiler(manifest_path)
