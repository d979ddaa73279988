"""From a metric through marts and staging down to raw columns, as rows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from orchestration.lineage.columns import Column, Origins, trace
from orchestration.lineage.project import ProjectLineage, keep, project_digest, read_project
from orchestration.project.manifest import MANIFEST, SEMANTICS, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

METRICS = "metrics"
VALUES = "model.drivewheel.metric_values"


@dataclass(frozen=True)
class Step:
    """One step of a metric's way: a column, and one that it comes from."""

    metric_id: str
    depth: int
    table_schema: str
    table_name: str
    column_name: str
    from_schema: str
    from_table: str
    from_column: str
    kind: str
    is_hashed: bool


def metric_steps(
    queries: Iterable[tuple[str, tuple[str, ...]]], project: ProjectLineage
) -> Iterator[Step]:
    """Every step of every metric, each once, at its least depth.

    Args:
        queries: Compiled SQL of metrics, with the names of those that it yields.
        project: The lineage of the models that the queries read.
    """
    for sql, metrics in queries:
        columns = trace(sql, project.schema)
        for metric in metrics:
            yield from _steps(metric, columns[metric], project)


def _steps(metric: str, origins: Origins, project: ProjectLineage) -> Iterator[Step]:
    start = Column(METRICS, "metric", metric)
    depths = {start: 0}
    waiting = [start]
    for column in waiting:
        for origin in sorted(origins if column is start else project.origins.get(column, ())):
            source = origin.column
            yield Step(
                metric,
                depths[column],
                column.schema,
                column.table,
                column.name,
                source.schema,
                source.table,
                source.name,
                origin.kind,
                origin.is_hashed,
            )
            if source not in depths:
                depths[source] = depths[column] + 1
                waiting.append(source)


def kept_steps(
    queries: Callable[[], Iterable[tuple[str, tuple[str, ...]]]],
    target: Path,
    connection: Any,  # noqa: ANN401 - DuckDB's, or whatever dbt hands its models
) -> Path:
    """A file of JSON lines with the steps, made anew where a metric or a model has changed.

    Compiling the metrics and reading 230 models costs six seconds, so it is done once for each
    state of the project; a look whether that is needed costs some hundredths.

    Args:
        queries: Compiles the metrics, where that is needed.
        target: dbt's target folder.
        connection: To the warehouse that is being built.
    """
    manifest = read_manifest(target / MANIFEST)
    digest = project_digest(manifest, (target / SEMANTICS).read_text())
    kept = target / f"metric_lineage_{digest}.json"
    if not kept.exists():
        # What the values are made of has been built; other models may be built right now.
        before = manifest.before(VALUES)
        steps = metric_steps(queries(), read_project(manifest, target, connection, only=before))
        keep(target, "metric_lineage", digest, (json.dumps(asdict(step)) for step in steps))
    return kept
