"""The contract of each landing object, read from the dbt source YAML.

There is no second schema file: what a raw table looks like is what
`dbt_project/models/staging/<source>/_<source>__sources.yml` declares, as `declared.py` reads it.
Sources without `config.meta.load` on any table (`raw_meta`) describe no landing files and are
skipped. All faults of all files are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.files import read_yaml
from orchestration.landing.declared import Bound, ColumnMeta, ObjectMeta, SourceMeta, read_meta
from orchestration.landing.errors import LandingError

SIMPLE_TYPES = ("varchar", "bigint", "double", "boolean", "date", "timestamp", "json")
PROVENANCE = ("_extra", "_file", "_file_row", "_load_id", "_loaded_at")
_DECIMAL = re.compile(r"decimal\(\d{1,2},\d{1,2}\)")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Column:
    """One declared column.

    `required` is a value in every row, as of the primary key; `needed` the column in every file,
    without which an object says nothing; `empty` are the words by which the source says that
    there is nothing; `values` is all that it may be, where there are any, `bounds` between what
    it lies.
    """

    name: str
    data_type: str
    required: bool
    pii: str | None
    empty: tuple[str, ...] = ()
    needed: bool = False
    values: tuple[str, ...] = ()
    bounds: tuple[Bound, Bound] | None = None


@dataclass(frozen=True)
class ObjectContract:
    """What the files of one landing object hold, and how their rows are meant.

    `is_central` is an object without whose newest file nothing may be published. `rules` are
    conditions in SQL by their reasons, which no row may meet, `file_rules` queries over `{batch}`
    that find nothing in a file that can be used.
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
    rules: Mapping[str, str] = field(default_factory=dict)
    file_rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> str:
        """Schema of the raw tables."""
        return f"raw_{self.source}"

    @property
    def table(self) -> str:
        """Name of the raw table within its schema."""
        return self.name


@dataclass(frozen=True)
class Declared:
    """What source YAML declares, by source, and by source and object."""

    sources: dict[str, SourceMeta]
    objects: dict[tuple[str, str], ObjectMeta]
    contracts: dict[tuple[str, str], ObjectContract]


def load_contracts(*folders: Path) -> dict[tuple[str, str], ObjectContract]:
    """Contracts by (source, object); arguments and errors as of `load_declared`."""
    return dict(load_declared(*folders).contracts)


def billing_sources(contracts: Mapping[tuple[str, str], ObjectContract]) -> set[str]:
    """The sources that feed billing."""
    return {contract.source for contract in contracts.values() if contract.feeds == "billing"}


def load_declared(*folders: Path) -> Declared:
    """Everything that is declared in `*__sources.yml` below the folders.

    Each is a folder as `dbt_project/models`, or its `staging` folder itself.

    Raises:
        LandingError: what cannot be used, all faults of all files, each with its remedy.
    """
    stagings = [
        folder / "staging" if (folder / "staging").is_dir() else folder for folder in folders
    ]
    paths = [path for staging in stagings for path in sorted(staging.rglob("*__sources.yml"))]
    declared = _load(tuple((path, path.stat().st_mtime_ns) for path in paths))
    if not declared.contracts:
        raise LandingError(
            f"{stagings[0]}: no source with config.meta.load found. "
            "Declare the objects in <source>/_<source>__sources.yml."
        )
    return declared


@lru_cache(maxsize=8)
def _load(stamps: tuple[tuple[Path, int], ...]) -> Declared:
    found = Declared({}, {}, {})
    faults: list[str] = []
    for path, _ in stamps:
        try:
            document = read_yaml(path)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            faults.append(f"{path}: is not valid YAML; correct it. {error}")
            continue
        for source in (document or {}).get("sources") or []:
            if any("load" in _meta(table) for table in source.get("tables") or []):
                faults += _read_source(path, source, found)
    if faults:
        raise LandingError("\n  ".join(faults))
    return found


def _read_source(path: Path, source: Mapping[str, Any], found: Declared) -> list[str]:
    """Add a source and its objects to those that were found; gives the faults."""
    faults: list[str] = []
    name = _name(str(path), source.get("name"), faults)
    of_source = read_meta(SourceMeta, _meta(source), f"{path}: {name}", faults)
    of_source = of_source or SourceMeta(billing=None)
    found.sources[name] = of_source
    for table in source["tables"]:
        key, told = (name, str(table.get("name"))), len(faults)
        where = f"{path}: {'.'.join(key)}"
        _name(where, table.get("name"), faults)
        meta = read_meta(ObjectMeta, _meta(table), where, faults)
        columns = [_read_column(where, column, meta, faults) for column in table["columns"]]
        if key in found.contracts:
            faults.append(f"{where} is a duplicate. Keep one declaration.")
        if meta and len(faults) == told:
            found.objects[key] = meta
            found.contracts[key] = contract = _contract(key, columns, meta, of_source)
            schema = source.get("schema") or name
            faults += (f"{where}: {problem}" for problem in _problems(contract, schema, meta))
    return faults


def _contract(
    key: tuple[str, str], columns: Iterable[Column], meta: ObjectMeta, of_source: SourceMeta
) -> ObjectContract:
    return ObjectContract(
        source=key[0],
        name=key[1],
        columns=tuple(columns),
        primary_key=meta.primary_key,
        load=meta.load,
        version_by=meta.version_by,
        event_time=meta.event_time,
        feeds=meta.feeds or of_source.feeds or key[0],
        is_central=meta.central,
        rules=meta.rules,
        file_rules=meta.file_rules,
    )


def _read_column(
    where: str, column: Mapping[str, Any], of_table: ObjectMeta | None, faults: list[str]
) -> Column:
    name = _name(where, column.get("name"), faults)
    data_type = str(column.get("data_type") or "").lower().replace(" ", "")
    if data_type not in SIMPLE_TYPES and not _DECIMAL.fullmatch(data_type):
        faults.append(
            f"{where}.{name}: data_type {data_type or 'is missing'!r} is not known. "
            f"Use one of {', '.join(SIMPLE_TYPES)} or decimal(p,s)."
        )
    meta = read_meta(ColumnMeta, _meta(column), f"{where}.{name}", faults) or ColumnMeta()
    return Column(
        name=name,
        data_type=data_type,
        required=meta.required or (of_table is not None and name in of_table.primary_key),
        pii=meta.pii,
        empty=meta.empty,
        needed=of_table is not None and name in of_table.needed,
        values=meta.values,
        bounds=meta.range,
    )


def _problems(contract: ObjectContract, schema: object, meta: ObjectMeta) -> Iterator[str]:
    """What of a declaration does not fit the rest of it."""
    types = {column.name: column.data_type for column in contract.columns}
    lowered = [name.lower() for name in types]
    if schema != contract.schema:
        yield f"schema must be {contract.schema}, not {schema}"
    if len(set(lowered)) != len(contract.columns):
        yield "two columns have the same name (case does not count)"
    if reserved := sorted(set(lowered) & set(PROVENANCE)):
        yield f"the loader itself adds {', '.join(reserved)}: remove it"
    for list_name, names in (("primary_key", contract.primary_key), ("needed", meta.needed)):
        if absent := [name for name in names if name not in types]:
            yield f"{list_name} names no declared column: {', '.join(absent)}"
    if contract.version_by and contract.version_by not in types:
        yield f"version_by names no declared column: {contract.version_by}"
    if contract.event_time and types.get(contract.event_time) not in ("timestamp", "date"):
        yield f"event_time must name a timestamp or date column, not {contract.event_time}"


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a source, an object or a column says under `config.meta`."""
    config = node.get("config") or {}
    return config.get("meta") or node.get("meta") or {}


def _name(where: str, name: object, faults: list[str]) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        faults.append(f"{where}: {name!r} is no name; use letters, digits and _.")
    return str(name)
