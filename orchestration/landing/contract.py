"""The contract of each landing object, read from the dbt source YAML.

There is no second schema file: what a raw table looks like is what
`dbt_project/models/staging/<source>/_<source>__sources.yml` declares. Sources without
`config.meta.load` on any table (`raw_meta`) describe no landing files and are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.files import read_yaml
from orchestration.landing.errors import LandingError

LOADS = ("append", "latest", "snapshot")
SIMPLE_TYPES = ("varchar", "bigint", "double", "boolean", "date", "timestamp", "json")
PROVENANCE = ("_extra", "_file", "_file_row", "_load_id", "_loaded_at")
_DECIMAL = re.compile(r"decimal\(\d{1,2},\d{1,2}\)")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Column:
    """One declared column.

    `required` is a value in every row, as of the primary key; `needed` the column in every file,
    without which an object says nothing; `empty` are the words by which the source says that
    there is nothing.
    """

    name: str
    data_type: str
    required: bool
    pii: str | None
    empty: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class ObjectContract:
    """What the files of one landing object hold, and how their rows are meant.

    `is_central` is an object without whose newest file nothing may be published.
    """

    source: str
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    load: str
    version_by: str | None
    event_time: str | None
    feeds: str
    is_central: bool = False

    @property
    def schema(self) -> str:
        """Schema of the raw tables."""
        return f"raw_{self.source}"

    @property
    def table(self) -> str:
        """Name of the raw table within its schema."""
        return self.name


def load_contracts(*folders: Path) -> dict[tuple[str, str], ObjectContract]:
    """Contracts by (source, object), from every `*__sources.yml` below the folders.

    Each is a folder as `dbt_project/models`, or its `staging` folder itself.

    Raises:
        LandingError: a file or a declaration that cannot be used, with its remedy.
    """
    stagings = [
        folder / "staging" if (folder / "staging").is_dir() else folder for folder in folders
    ]
    contracts: dict[tuple[str, str], ObjectContract] = {}
    paths = (path for staging in stagings for path in sorted(staging.rglob("*__sources.yml")))
    for path in paths:
        for contract in _read_file(path):
            key = (contract.source, contract.name)
            if key in contracts:
                raise LandingError(
                    f"{path}: {contract.source}.{contract.name} is declared twice. "
                    "Keep one declaration."
                )
            contracts[key] = contract
    if not contracts:
        raise LandingError(
            f"{stagings[0]}: no source with config.meta.load found. "
            "Declare the objects in <source>/_<source>__sources.yml."
        )
    return contracts


def _read_file(path: Path) -> list[ObjectContract]:
    try:
        document = read_yaml(path)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LandingError(f"{path}: is not valid YAML; correct it. {error}") from error
    found: list[ObjectContract] = []
    for source in (document or {}).get("sources") or []:
        tables = source.get("tables") or []
        if any("load" in _meta(table) for table in tables):
            found.extend(_read_table(path, source, table) for table in tables)
    return found


def _read_table(path: Path, source: Mapping[str, Any], table: Mapping[str, Any]) -> ObjectContract:
    where = f"{path}: {source.get('name')}.{table.get('name')}"
    meta = _meta(table)
    columns = tuple(_read_column(where, column, meta) for column in table.get("columns") or [])
    contract = ObjectContract(
        source=_name(where, source.get("name")),
        name=_name(where, table.get("name")),
        columns=columns,
        primary_key=tuple(meta.get("primary_key") or ()),
        load=str(meta.get("load")),
        version_by=meta.get("version_by"),
        event_time=meta.get("event_time"),
        feeds=str(meta.get("feeds") or _meta(source).get("feeds") or source.get("name")),
        is_central=bool(meta.get("central")),
    )
    _check(
        where,
        contract,
        schema=source.get("schema") or source.get("name"),
        needed=meta.get("needed") or (),
    )
    return contract


def _read_column(where: str, column: Mapping[str, Any], table_meta: Mapping[str, Any]) -> Column:
    name = _name(where, column.get("name"))
    data_type = str(column.get("data_type") or "").lower().replace(" ", "")
    if data_type not in SIMPLE_TYPES and not _DECIMAL.fullmatch(data_type):
        raise LandingError(
            f"{where}.{name}: data_type {data_type or 'is missing'!r} is not known. "
            f"Use one of {', '.join(SIMPLE_TYPES)} or decimal(p,s)."
        )
    meta = _meta(column)
    required = bool(meta.get("required")) or name in (table_meta.get("primary_key") or ())
    return Column(
        name=name,
        data_type=data_type,
        required=required,
        pii=meta.get("pii"),
        empty=tuple(meta.get("empty") or ()),
        needed=name in (table_meta.get("needed") or ()),
    )


def _check(where: str, contract: ObjectContract, *, schema: object, needed: Iterable[str]) -> None:
    types = {column.name: column.data_type for column in contract.columns}
    lowered = [name.lower() for name in types]
    problems = []
    if contract.load not in LOADS:
        problems.append(f"config.meta.load must be one of {', '.join(LOADS)}")
    if not contract.primary_key:
        problems.append("config.meta.primary_key must list the columns of the key")
    if schema != contract.schema:
        problems.append(f"schema must be {contract.schema}, not {schema}")
    if len(set(lowered)) != len(contract.columns):
        problems.append("two columns have the same name (case does not count)")
    if reserved := sorted(set(lowered) & set(PROVENANCE)):
        problems.append(f"the loader itself adds {', '.join(reserved)}: remove it")
    for list_name, names in (("primary_key", contract.primary_key), ("needed", needed)):
        if absent := [name for name in names if name not in types]:
            problems.append(f"{list_name} names no declared column: {', '.join(absent)}")
    if contract.version_by and contract.version_by not in types:
        problems.append(f"version_by names no declared column: {contract.version_by}")
    if contract.event_time and types.get(contract.event_time) not in ("timestamp", "date"):
        problems.append(
            f"event_time must name a timestamp or date column, not {contract.event_time}"
        )
    if problems:
        raise LandingError(f"{where}: {'; '.join(problems)}.")


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    config = node.get("config") or {}
    return config.get("meta") or node.get("meta") or {}


def _name(where: str, name: object) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise LandingError(f"{where}: {name!r} is no name; use letters, digits and _.")
    return name
