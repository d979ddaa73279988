"""Landing files as rows, for the oracle: read, cast, rejected, deduplicated; no business rules.

The contract (the dbt source YAML) says which columns, types and keys there are. A row that
cannot be cast, or lacks its key or a required column, is dropped and counted. Rows of the
vendor's test mode are kept apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from orchestration.files import read_yaml

CONTRACTS = Path(__file__).resolve().parents[2] / "dbt_project/models/staging"
BILLING = ("stripe", "contracts")
Row = dict[str, Any]


@dataclass(frozen=True)
class Landing:
    """Per object and key the versions in order, oldest first, and how many rows were rejected."""

    versions: dict[str, dict[tuple[Any, ...], list[Row]]] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    test_mode: dict[str, list[Row]] = field(default_factory=dict)

    def all_versions(self, name: str) -> list[list[Row]]:
        """The versions of each record of an object."""
        return list(self.versions.get(name, {}).values())

    def newest(self, name: str) -> list[Row]:
        """The newest version of each record of an object."""
        return [versions[-1] for versions in self.all_versions(name)]


def is_deleted(row: Row) -> bool:
    """Whether a version carries either deletion flag."""
    return bool(row.get("is_deleted") or row.get("_fivetran_deleted"))


def every_source() -> tuple[str, ...]:
    """Names of all sources that have a contract."""
    return tuple(
        sorted(
            path.parent.name
            for path in CONTRACTS.glob("*/_*__sources.yml")
            if path.parent.name != "raw_meta"
        )
    )


@cache
def declared(source: str) -> dict[str, Any]:
    """What a source's contract says, read once."""
    return dict(read_yaml(CONTRACTS / source / f"_{source}__sources.yml")["sources"][0])


def read_landing(landing: Path, sources: tuple[str, ...] = BILLING) -> Landing:
    """Every row of some sources below a landing folder; billing's where none is named."""
    result = Landing()
    with duckdb.connect(config={"threads": 1}) as connection:
        for source in sources:
            for table in declared(source)["tables"]:
                name = f"{source}.{table['name']}"
                rows, rejected = _read_object(connection, landing / source, table)
                live = [row for row in rows if row.get("livemode") is not False]
                result.versions[name] = _in_order(live, table["config"]["meta"])
                result.test_mode[name] = [row for row in rows if row.get("livemode") is False]
                result.rejected[name] = rejected
    return result


def _read_object(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: dict[str, Any]
) -> tuple[list[Row], int]:
    types = {column["name"]: column["data_type"] for column in table["columns"]}
    required = {
        column["name"]
        for column in table["columns"]
        if column.get("config", {}).get("meta", {}).get("required")
    } | set(table["config"]["meta"]["primary_key"])
    # A column's own words for nothing.
    empty = {
        column["name"]: {"", *column.get("config", {}).get("meta", {}).get("empty", ())}
        for column in table["columns"]
    }
    rows: list[Row] = []
    rejected = 0
    for path in sorted((folder / table["name"]).glob("*")):
        for raw, cast in _read_file(connection, path, types):
            bad = any(
                cast[c] is None and raw[c] is not None and raw[c] not in empty[c] for c in types
            )
            if bad or any(cast[c] is None for c in required):
                rejected += 1
            else:
                rows.append(cast)
    return rows, rejected


def _read_file(
    connection: duckdb.DuckDBPyConnection, path: Path, types: dict[str, str]
) -> list[tuple[Row, Row]]:
    """Each row twice: as text, and cast to the contract's types (null where that fails)."""
    as_text = ", ".join(f"'{column}': 'VARCHAR'" for column in types)
    kind = path.name.removesuffix(".gz").removesuffix(".zst").rpartition(".")[2]
    scan = {
        "csv": "read_csv($path, all_varchar=true, header=true, delim=',', quote='\"', escape='\"')",
        "jsonl": f"read_json($path, format='newline_delimited', columns={{{as_text}}})",
        "json": f"read_json($path, columns={{{as_text}}})",
        "parquet": "read_parquet($path)",
    }[kind]
    found = connection.execute(f"describe select * from {scan}", {"path": str(path)}).fetchall()
    present = {str(row[0]).lower() for row in found}
    text = [f'"{c}"::varchar' if c in present else "null::varchar" for c in types]
    cast = [_cast(t, types[c]) for t, c in zip(text, types, strict=True)]
    query = f"select {', '.join(text + cast)} from {scan}"
    size, names = len(types), list(types)
    return [
        (dict(zip(names, row[:size], strict=True)), dict(zip(names, row[size:], strict=True)))
        for row in connection.execute(query, {"path": str(path)}).fetchall()
    ]


def _cast(cell: str, data_type: str) -> str:
    """The cell's value; times may be seconds since 1970 or carry an offset, and end as UTC."""
    if data_type != "timestamp":
        return f"try_cast({cell} as {data_type})"
    return (
        f"case when regexp_full_match({cell}, '[0-9]{{9,10}}') "
        f"then make_timestamp(cast({cell} as bigint) * 1000000) "
        f"when regexp_matches({cell}, '[+-][0-9]{{2}}:?[0-9]{{2}}$') "
        f"then timezone('UTC', try_cast({cell} as timestamptz)) "
        f"else try_cast({cell} as timestamp) end"
    )


def _in_order(rows: list[Row], meta: dict[str, Any]) -> dict[tuple[Any, ...], list[Row]]:
    """Versions by key, by `version_by`, then as delivered; of equal events the first."""
    by_key: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        by_key[tuple(row[column] for column in meta["primary_key"])].append(row)
    if meta["load"] == "append":
        return {key: versions[:1] for key, versions in by_key.items()}
    order = meta.get("version_by")
    if order:
        for versions in by_key.values():
            versions.sort(key=lambda row: (row[order] is not None, row[order] or 0))
    return dict(by_key)
