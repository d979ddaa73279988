"""A model's key, as its YAML declares it, and the rows of a warehouse that repeat one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Manifest = dict[str, Any]


def keys_by_tests(manifest: Manifest) -> dict[str, list[str]]:
    """The columns of each model of which a dbt test says that no two rows share them."""
    found: dict[str, list[str]] = {}
    for node in manifest["nodes"].values():
        # Only generic tests have any.
        test = node.get("test_metadata") or {}
        if test.get("name") == "unique_combination":
            found[node["attached_node"]] = test["kwargs"]["columns"]
        elif test.get("name") == "unique":
            found[node["attached_node"]] = [test["kwargs"]["column_name"]]
    return found


def keys_by_meta(manifest: Manifest) -> dict[str, list[str]]:
    """The columns that each model states as its key, in `meta.key`."""
    return {
        key: node["config"]["meta"]["key"]
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and "key" in node["config"]["meta"]
    }


def repeated_keys(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> list[str]:
    """A line for each model that holds a key twice: how many keys, and one of them.

    No value is a value: two rows without a vendor are one key.
    """
    found = []
    for model, columns in (keys_by_tests(manifest) | keys_by_meta(manifest)).items():
        node = manifest["nodes"][model]
        named = ", ".join(f"'{column}': \"{column}\"" for column in columns)
        grouped = ", ".join(f'"{column}"' for column in columns)
        count, example = connection.execute(
            "select count(*), min(key) from ("
            f"select {f'{{{named}}}' if columns else 'null'} as key from {node['relation_name']} "
            f"{f'group by {grouped}' if columns else ''} having count(*) > 1)"
        ).fetchall()[0]
        if count:
            found.append(f"{node['name']}: {count} by {columns}, such as {example}")
    return found
