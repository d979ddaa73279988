"""The lineage of columns as Dagster shows it: by asset, what each of its columns comes from."""

from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import duckdb

from orchestration.defs.dagster_dbt_internals import DagsterDbtTranslator
from orchestration.lineage.project import TableColumns, keep_columns, kept_columns
from orchestration.project.manifest import Manifest

Lineages = Mapping[str, dg.TableColumnLineage]


def kept_lineages(manifest: Manifest, target: Path) -> Lineages | None:
    """By dbt's id of the node; None where a model has changed since they were worked out."""
    columns = kept_columns(manifest, target)
    return None if columns is None else _lineages(manifest, columns)


def new_lineages(
    manifest: Manifest, target: Path, connection: duckdb.DuckDBPyConnection
) -> Lineages:
    """The same, worked out from what has just been built."""
    return _lineages(manifest, keep_columns(manifest, target, connection))


def _lineages(manifest: Manifest, columns: TableColumns) -> Lineages:
    ids = {f"{model.schema}.{model.alias}": key for key, model in manifest.models.items()}
    ids |= {f"{one.schema}.{one.identifier}": key for key, one in manifest.sources.items()}
    said = {**manifest.document["nodes"], **manifest.document["sources"]}
    asset_key = DagsterDbtTranslator().get_asset_key
    keys = {table: asset_key(said[key]) for table, key in ids.items()}
    return {
        ids[table]: dg.TableColumnLineage(
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
        if table in ids
    }
