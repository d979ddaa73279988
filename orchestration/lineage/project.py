"""Where every column of the dbt project comes from: the queries of its models, put together.

Read from the compiled SQL of the last build and the tables that it made.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.files import write_whole
from orchestration.lineage.columns import Column, LineageError, Origins, build_schema, trace
from orchestration.semantic.documents import reached

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from pathlib import Path

    import duckdb
    from sqlglot.schema import MappingSchema

CATALOG = "warehouse"
TABLES = """
select table_schema || '.' || table_name, column_name, data_type
from information_schema.columns
where table_catalog = current_database()
order by table_schema, table_name, ordinal_position
"""


@dataclass(frozen=True)
class ProjectLineage:
    """Origins of every column that a model makes; columns of sources have none."""

    schema: MappingSchema
    origins: Mapping[Column, Origins]

    def upstream(self, column: Column) -> Iterator[Column]:
        """A column and everything that it comes from, each once, the nearest first."""
        seen = {column}
        waiting = [column]
        for place in waiting:
            yield place
            for origin in sorted(self.origins.get(place, ())):
                if origin.column not in seen:
                    seen.add(origin.column)
                    waiting.append(origin.column)


def compiled_models(
    manifest: Mapping[str, Any], target: Path
) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """The manifest's SQL models with the files of what dbt has compiled, where it has."""
    compiled = target / "compiled" / manifest["metadata"]["project_name"]
    for node in manifest["nodes"].values():
        path = compiled / node["original_file_path"]
        if node["resource_type"] == "model" and node["language"] == "sql" and path.exists():
            yield node, path


def project_digest(manifest: Mapping[str, Any], *others: bytes) -> str:
    """A short hash of models and macros as they are written, and of whatever else is given.

    Not of what is compiled: an incremental model's text differs between its first run and the
    others, in which days it computes and in nothing that it says.
    """
    digest = hashlib.sha256(b"".join(others))
    for key, node in sorted(manifest["nodes"].items()):
        digest.update(f"{key}={node['checksum']['checksum']}".encode())
    for key, macro in sorted(manifest["macros"].items()):
        if macro["package_name"] == manifest["metadata"]["project_name"]:
            digest.update(f"{key}={macro['macro_sql']}".encode())
    return digest.hexdigest()[:16]


def keep(target: Path, name: str, digest: str, lines: Iterable[str]) -> Path:
    """Write lines to the file of a name and digest, in place of those of other digests."""
    kept = target / f"{name}_{digest}.json"
    for stale in target.glob(f"{name}_*.json"):
        stale.unlink()
    return write_whole(kept, "\n".join(lines))


TableColumns = dict[str, dict[str, list[tuple[str, str, str]]]]


def kept_columns(manifest: Mapping[str, Any], target: Path) -> TableColumns | None:
    """By table, what each of its columns comes from; None where a model has changed since.

    Tables are `schema.table`, origins `(schema, table, column)`.
    """
    kept = target / f"column_lineage_{project_digest(manifest)}.json"
    return json.loads(kept.read_text()) if kept.exists() else None


def keep_columns(
    manifest: Mapping[str, Any], target: Path, connection: duckdb.DuckDBPyConnection
) -> TableColumns:
    """Work out what `kept_columns` gives from now on; about a second for 230 models."""
    tables: TableColumns = defaultdict(dict)
    for column, origins in read_project(manifest, target, connection).origins.items():
        if column.name != "*":
            # A column may both give the value and decide the rows.
            sources = sorted({o.column for o in origins if o.column.name != "*"})
            tables[f"{column.schema}.{column.table}"][column.name] = [
                (source.schema, source.table, source.name) for source in sources
            ]
    keep(target, "column_lineage", project_digest(manifest), [json.dumps(tables)])
    return tables


def nodes_before(manifest: Mapping[str, Any], node: str) -> set[str]:
    """The ids of a node and of everything before it."""
    return reached(manifest["parent_map"], [node])


def read_project(
    manifest: Mapping[str, Any],
    target: Path,
    connection: duckdb.DuckDBPyConnection,
    *,
    only: Container[str] | None = None,
) -> ProjectLineage:
    """The lineage of all SQL models that the last builds have compiled.

    Args:
        manifest: dbt's manifest.
        target: dbt's target folder, with `compiled/`.
        connection: To the warehouse that was built.
        only: Ids of the models to be read: while others are being built, those that are there.

    Raises:
        LineageError: a model that cannot be followed, by its file.
    """
    tables: dict[str, dict[str, str]] = defaultdict(dict)
    for table, name, data_type in connection.execute(TABLES).fetchall():
        tables[table][name] = data_type
    schema = build_schema({CATALOG: tables})
    origins: dict[Column, Origins] = {}
    for node, path in compiled_models(manifest, target):
        if only is not None and node["unique_id"] not in only:
            continue
        try:
            columns = trace(path.read_text(), schema)
        except LineageError as error:
            message = f"{node['original_file_path']}: {error}"
            raise LineageError(message) from error
        table = node["alias"]
        origins |= {Column(node["schema"], table, name): found for name, found in columns.items()}
    return ProjectLineage(schema, origins)
