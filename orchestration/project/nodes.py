"""What dbt builds, asks and reads, as its manifest has it: models, tests, sources, macros."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from orchestration.landing.declared import ColumnMeta, ObjectMeta, SourceMeta, read_meta
from orchestration.project.code import code_text, plain_python, plain_sql

Said = Mapping[str, Any]
Meta = TypeVar("Meta", bound=BaseModel)


class ManifestError(Exception):
    """Something says under `config.meta` what it should not; the message says where and what."""


class _Meta(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelMeta(_Meta):
    """What a model or a table of a company says; `company/tables.py` reads the latter's."""

    # Columns that tell its rows apart; none where there is one row.
    key: tuple[str, ...] | None = None
    # The model that holds the members of its cohorts.
    members: str | None = None
    # Of a Python model, the relation that it estimates from: whose columns of equal names it hands
    # on, and from all of which its other numbers come.
    features: str | None = None
    required: tuple[str, ...] = ()
    values: dict[str, tuple[str, ...]] = {}
    references: dict[str, str] = {}


class ModelColumnMeta(_Meta):
    """What a column of a model says."""

    is_slice: bool = False
    # Why nobody can be told by it, or why its words are the house's own.
    shows_nobody: str | None = None
    own_words: str | None = None


@dataclass(frozen=True)
class Column:
    """A column as YAML describes it."""

    name: str
    data_type: str | None
    description: str
    where: str
    said: Said = field(repr=False)

    @classmethod
    def read(cls, name: str, said: Said, where: str) -> Column:
        """Of a node that stands at `where`."""
        return cls(name, said.get("data_type"), said.get("description", ""), where, said)

    @cached_property
    def of_model(self) -> ModelColumnMeta:
        """What it says as a column of a model."""
        return typed(ModelColumnMeta, self.said["config"]["meta"], f"{self.where}.{self.name}")

    @cached_property
    def of_source(self) -> ColumnMeta:
        """What it says as a column of a source."""
        return typed(ColumnMeta, self.said["config"]["meta"], f"{self.where}.{self.name}")


@dataclass(frozen=True)
class Node:
    """What dbt builds or asks.

    Attributes:
        unique_id: dbt's id.
        kind: model, seed, snapshot or test.
        path: Its file in the checkout, from which messages name it.
        fqn: The project, folders and name; `layer` is the first folder of a model.
        code: As it is written, with Jinja.
        parents: Ids of what it refers to.
        macros: Ids of the macros that it calls.
    """

    unique_id: str
    name: str
    kind: str
    path: str
    package: str
    schema: str
    alias: str
    relation_name: str
    fqn: tuple[str, ...]
    language: str
    code: str
    checksum: str
    description: str
    config: Said = field(repr=False)
    columns: Mapping[str, Column] = field(repr=False)
    parents: tuple[str, ...] = field(repr=False)
    macros: tuple[str, ...] = field(repr=False)

    @property
    def before(self) -> tuple[str, ...]:
        """The ids of all that it is made from."""
        return self.parents + self.macros

    @property
    def layer(self) -> str:
        """The first folder: staging, intermediate, marts and so on."""
        return self.fqn[1]

    @property
    def materialized(self) -> str:
        """How it is made: table, view, incremental, seed, test."""
        return str(self.config.get("materialized"))

    @cached_property
    def code_text(self) -> str:
        """What it makes follows from, beside its inputs and macros (`code.py`)."""
        return self._text(self.checksum if self.kind == "seed" else self._plain_code)

    @cached_property
    def shape_text(self) -> str:
        """What its columns come from follows from: as `code_text`, whatever a table's rows are."""
        return self._text("") if self.kind == "seed" else self.code_text

    @property
    def _plain_code(self) -> str:
        return plain_python(self.code) if self.language == "python" else plain_sql(self.code)

    def _text(self, code: str) -> str:
        columns = [(column.name, column.data_type) for column in self.columns.values()]
        return code_text(code, columns, self.config)


@dataclass(frozen=True)
class Model(Node):
    """A model, a table of a company (`seed`) or a snapshot."""

    access: str
    group: str | None
    has_contract: bool

    @cached_property
    def meta(self) -> ModelMeta:
        """What it says of itself."""
        return typed(ModelMeta, self.config["meta"], f"{self.path}: {self.name}")


@dataclass(frozen=True)
class Test(Node):
    """A test of data; `about` is the id of the model that it sits on.

    Of a generic one `generic` is its name and `arguments` what it is told; else both are empty.
    """

    about: str | None
    column: str | None
    generic: str
    arguments: Said
    is_error: bool


@dataclass(frozen=True)
class Source:
    """A raw table of a source."""

    unique_id: str
    source: str
    name: str
    path: str
    schema: str
    identifier: str
    description: str
    columns: Mapping[str, Column] = field(repr=False)
    said: Said = field(repr=False)

    @property
    def full_name(self) -> str:
        """As people name it: `source.object`."""
        return f"{self.source}.{self.name}"

    @cached_property
    def source_meta(self) -> SourceMeta:
        """What its source says, of all its tables."""
        return typed(SourceMeta, self.said["source_meta"], f"{self.path}: {self.source}")

    @cached_property
    def meta(self) -> ObjectMeta | None:
        """What it says of itself; None for a table of the ledger, which holds no files."""
        own = self.said["config"]["meta"]
        if "load" not in own:
            return None
        # dbt has put what the source says with it.
        inherited = SourceMeta.model_fields.keys() - ObjectMeta.model_fields.keys()
        own = {name: value for name, value in own.items() if name not in inherited}
        return typed(ObjectMeta, own, f"{self.path}: {self.full_name}")


@dataclass(frozen=True)
class Macro:
    """A macro of the project; `before` are the ids of those that it calls."""

    unique_id: str
    name: str
    sql: str
    before: tuple[str, ...]

    @cached_property
    def code_text(self) -> str:
        """Its text without comments and layout."""
        return plain_sql(self.sql)


def typed(kind: type[Meta], said: Said, where: str) -> Meta:
    """What `config.meta` says at a place.

    Raises:
        ManifestError: it says what it should not; with place, field and remedy.
    """
    faults: list[str] = []
    meta = read_meta(kind, said, where, faults)
    if meta is None:
        raise ManifestError("\n".join(faults))
    return meta


def read_node(key: str, said: Said) -> Model | Test:
    """A node of the manifest."""
    path, before = said.get("original_file_path", ""), said.get("depends_on", {})
    config = said.get("config", {})
    common: dict[str, Any] = {
        "unique_id": key,
        "name": said["name"],
        "kind": said["resource_type"],
        "path": path,
        "package": said.get("package_name", ""),
        "schema": said.get("schema", ""),
        "alias": said.get("alias", said["name"]),
        "relation_name": said.get("relation_name") or "",
        "fqn": tuple(said.get("fqn", ())),
        "language": said.get("language", "sql"),
        "code": said.get("raw_code", ""),
        "checksum": said.get("checksum", {}).get("checksum", ""),
        "description": said.get("description", ""),
        "config": config,
        "columns": _columns(said, f"{path}: {said['name']}"),
        "parents": tuple(before.get("nodes", ())),
        "macros": tuple(before.get("macros", ())),
    }
    if said["resource_type"] != "test":
        return Model(
            **common,
            access=said.get("access", ""),
            group=said.get("group"),
            has_contract=bool(said.get("contract", {}).get("enforced")),
        )
    # Only generic tests have any.
    generic = said.get("test_metadata") or {}
    return Test(
        **common,
        about=said.get("attached_node"),
        column=said.get("column_name"),
        generic=generic.get("name", ""),
        arguments=generic.get("kwargs", {}),
        is_error=config.get("severity", "error").lower() == "error",
    )


def read_source(key: str, said: Said) -> Source:
    """A source of the manifest."""
    path = said["original_file_path"]
    return Source(
        unique_id=key,
        source=said["source_name"],
        name=said["name"],
        path=path,
        schema=said["schema"],
        identifier=said["identifier"],
        description=said["description"],
        columns=_columns(said, f"{path}: {said['source_name']}.{said['name']}"),
        said=said,
    )


def read_macro(key: str, said: Said) -> Macro:
    """A macro of the manifest."""
    return Macro(key, said["name"], said["macro_sql"], tuple(said["depends_on"]["macros"]))


def _columns(said: Said, where: str) -> dict[str, Column]:
    return {name: Column.read(name, one, where) for name, one in said.get("columns", {}).items()}
