"""A model's key, as its YAML declares it, and the rows of a warehouse that repeat one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from orchestration.project.manifest import Manifest


def keys_by_tests(manifest: Manifest) -> dict[str, list[str]]:
    """The columns of each model of which a dbt test says that no two rows share them."""
    found: dict[str, list[str]] = {}
    for test in manifest.tests.values():
        if test.about and test.generic == "unique_combination":
            found[test.about] = test.arguments["columns"]
        elif test.about and test.generic == "unique":
            found[test.about] = [test.arguments["column_name"]]
    return found


def keys_by_meta(manifest: Manifest) -> dict[str, list[str]]:
    """The columns that each model states as its key, in `meta.key`."""
    return {
        key: [*model.meta.key]
        for key, model in manifest.models.items()
        if model.kind == "model" and model.meta.key is not None
    }


def repeated_keys(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> list[str]:
    """A line for each model that holds a key twice: how many keys, and one of them.

    No value is a value: two rows without a vendor are one key.
    """
    found = []
    for key, columns in (keys_by_tests(manifest) | keys_by_meta(manifest)).items():
        model = manifest.models[key]
        named = ", ".join(f"'{column}': \"{column}\"" for column in columns)
        grouped = ", ".join(f'"{column}"' for column in columns)
        count, example = connection.execute(
            "select count(*), min(key) from ("
            f"select {f'{{{named}}}' if columns else 'null'} as key from {model.relation_name} "
            f"{f'group by {grouped}' if columns else ''} having count(*) > 1)"
        ).fetchall()[0]
        if count:
            found.append(f"{model.name}: {count} by {columns}, such as {example}")
    return found
