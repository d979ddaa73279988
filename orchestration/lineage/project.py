"""Where every column of the dbt project comes from: the queries of its models, put together.

Read from the compiled SQL of the last build and the tables that it made. A Python model that
estimates says in its YAML from which relation (`features`): what it hands on bears its name there,
each other number comes from all columns that are there, and anything else from its rows.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import astuple, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.files import write_whole
from orchestration.lineage.columns import (
    Column,
    LineageError,
    Origin,
    Origins,
    build_schema,
    trace,
)
from orchestration.project.code import digest
from orchestration.project.manifest import PROJECT

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    import duckdb
    from sqlglot.schema import MappingSchema

    from orchestration.project.manifest import Manifest
    from orchestration.project.nodes import Model

CATALOG = "warehouse"
# By model, what its query's columns come from, beside what that was read out of.
TRACED = "traced_columns.json"
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


def compiled_models(manifest: Manifest, target: Path) -> Iterator[tuple[Model, Path]]:
    """The manifest's SQL models with the files of what dbt has compiled, where it has."""
    compiled = target / "compiled" / PROJECT
    for model in manifest.models.values():
        path = compiled / model.path
        if model.kind == "model" and model.language == "sql" and path.exists():
            yield model, path


def project_digest(manifest: Manifest, *others: str) -> str:
    """A short hash of models and macros, of columns of tables and sources, and of what is given.

    Not of what is compiled: an incremental model's text differs between its first run and the
    others, in which days it computes and in nothing that it says. Nor of the rows of a company's
    tables: no column comes from elsewhere because a target is another.
    """
    texts = {key: node.shape_text for key, node in manifest.nodes.items()}
    texts |= {key: macro.code_text for key, macro in manifest.macros.items()}
    texts |= {key: ",".join(source.columns) for key, source in manifest.sources.items()}
    features = (model.meta.features for model in manifest.models.values() if model.kind == "model")
    others = (_code(), *others, *filter(None, features))
    return digest([*others, *(f"{key}={texts[key]}" for key in sorted(texts))], 16)


@cache
def _code() -> str:
    """A hash of what follows columns."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return digest([version("sqlglot"), *(file.read_text() for file in files)], 16)


def keep(target: Path, name: str, state: str, lines: Iterable[str]) -> Path:
    """Write lines to the file of a name and state, in place of those of other states."""
    kept = target / f"{name}_{state}.json"
    for stale in target.glob(f"{name}_*.json"):
        stale.unlink()
    return write_whole(kept, "\n".join(lines))


TableColumns = dict[str, dict[str, list[tuple[str, str, str]]]]


def kept_columns(manifest: Manifest, target: Path) -> TableColumns | None:
    """By table, what each of its columns comes from; None where a model has changed since.

    Tables are `schema.table`, origins `(schema, table, column)`.
    """
    kept = target / f"column_lineage_{project_digest(manifest)}.json"
    return json.loads(kept.read_text()) if kept.exists() else None


def keep_columns(
    manifest: Manifest, target: Path, connection: duckdb.DuckDBPyConnection
) -> TableColumns:
    """Work out what `kept_columns` gives from now on."""
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


def read_project(
    manifest: Manifest,
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
    traced = _Traced(target / TRACED, schema, tables)
    origins: dict[Column, Origins] = {}
    for model, path in compiled_models(manifest, target):
        if only is not None and model.unique_id not in only:
            continue
        try:
            columns = traced.trace(model.unique_id, path.read_text())
        except LineageError as error:
            message = f"{model.path}: {error}"
            raise LineageError(message) from error
        origins |= {
            Column(model.schema, model.alias, name): found for name, found in columns.items()
        }
    traced.save()
    for model in manifest.models.values():
        if only is not None and model.unique_id not in only:
            continue
        if model.kind == "model" and model.meta.features:
            origins |= _estimated(model, _features(model, manifest), tables)
    return ProjectLineage(schema, origins)


class _Traced:
    """What queries were traced to, kept for as long as they and the tables that they name last.

    To read 250 queries takes three seconds, to read what they were traced to some hundredths.
    """

    def __init__(
        self, path: Path, schema: MappingSchema, tables: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Begin with what the file holds, which may be missing."""
        self._path, self._schema = path, schema
        self._kept = json.loads(path.read_text()) if path.exists() else {}
        self._is_new = False
        self._tables: dict[str, list[str]] = defaultdict(list)
        for name, columns in tables.items():
            self._tables[name.split(".")[1]].append(f"{name}({columns})")

    def trace(self, key: str, sql: str) -> Mapping[str, Origins]:
        """As `trace`, worked out where the query of a key has changed, or a table that it names.

        Raises:
            LineageError: as `trace`.
        """
        state = digest([_code(), sql, *self._named(sql)], 16)
        kept = self._kept.get(key)
        if kept is not None and kept["of"] == state:
            return {
                name: frozenset(Origin(Column(*place), *how) for place, *how in origins)
                for name, origins in kept["columns"].items()
            }
        columns = trace(sql, self._schema)
        self._kept[key] = {
            "of": state,
            "columns": {
                name: [astuple(origin) for origin in sorted(origins)]
                for name, origins in columns.items()
            },
        }
        self._is_new = True
        return columns

    def save(self) -> None:
        """Keep what was worked out."""
        if self._is_new:
            write_whole(self._path, json.dumps(self._kept))

    def _named(self, sql: str) -> Iterator[str]:
        """Tables that a query may read, with their columns: their names are words of it."""
        words = {*re.findall(r"\w+", sql)}
        for name in sorted(words & self._tables.keys()):
            yield from self._tables[name]


def _features(model: Model, manifest: Manifest) -> Model:
    """The relation that a Python model estimates from, which it must read.

    Raises:
        LineageError: it reads none of that name.
    """
    read = [manifest.models[key] for key in model.parents if key in manifest.models]
    for parent in read:
        if parent.name == model.meta.features:
            return parent
    names = ", ".join(parent.name for parent in read) or "nothing"
    message = f"{model.path}: `features` is {model.meta.features}, and what it reads is {names}"
    raise LineageError(message)


def _estimated(
    model: Model, features: Model, tables: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[Column, Origins]]:
    """Where the columns of a model come from that is estimated from the columns of another.

    An estimate is a number; what else is beside it (which outcome, which fold) decides nothing.
    """
    known = {
        name: Origin(Column(features.schema, features.alias, name), "value")
        for name in tables[f"{features.schema}.{features.alias}"]
    }
    rows = frozenset([Origin(Column(features.schema, features.alias, "*"), "rows")])
    for name, kind in tables[f"{model.schema}.{model.alias}"].items():
        found = frozenset(known.values()) if kind == "DOUBLE" else rows
        yield (
            Column(model.schema, model.alias, name),
            frozenset([known[name]]) if name in known else found,
        )
    yield Column(model.schema, model.alias, "*"), rows
