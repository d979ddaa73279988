"""The lineage of columns as Dagster shows it: by asset, what each of its columns comes from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator

from orchestration.lineage.project import TableColumns, keep_columns, kept_columns

Lineages = Mapping[str, dg.TableColumnLineage]


def kept_lineages(manifest: Mapping[str, Any], target: Path) -> Lineages | None:
    """By dbt's id of the node; None where a model has changed since they were worked out."""
    columns = kept_columns(manifest, target)
    return None if columns is None else _lineages(manifest, columns)


def new_lineages(
    manifest: Mapping[str, Any], target: Path, connection: duckdb.DuckDBPyConnection
) -> Lineages:
    """The same, worked out from what has just been built."""
    return _lineages(manifest, keep_columns(manifest, target, connection))


def _lineages(manifest: Mapping[str, Any], columns: TableColumns) -> Lineages:
    nodes = {
        f"{node['schema']}.{node.get('identifier') or node['alias']}": node
        for node in [*manifest["nodes"].values(), *manifest["sources"].values()]
        if node["resource_type"] in ("model", "seed", "source")
    }
    key = DagsterDbtTranslator().get_asset_key
    keys = {table: key(node) for table, node in nodes.items()}
    return {
        nodes[table]["unique_id"]: dg.TableColumnLineage(
            {
                name: [
                    dg.TableColumnDep(keys[f"{schema}.{source}"], column)
                    for schema, source, column in origins
                    if f"{schema}.{source}" in keys
                ]
                for name, origins in its_columns.items()
            }
        )
        for table, its_columns in columns.items()
        if table in nodes
    }
