"""A table with a contract is made once: its query yields the columns as they are declared."""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.project.manifest import read_manifest


def test_queries_yield_what_contracts_declare_in_their_order(demo_home: Path) -> None:
    """Else dbt makes the table, finds another order and makes it again.

    Remedy: bring the columns of the YAML into the order of the query, or the other way round.
    """
    compiled = demo_home / "target/compiled/drivewheel"
    differing = []
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as connection:
        for model in read_manifest(demo_home / "target/manifest.json").models.values():
            if not model.has_contract or model.language != "sql":
                continue
            query = (compiled / model.path).read_text()
            made = [
                (name, kind.lower())
                for name, kind, *_ in connection.execute(f"describe ({query})").fetchall()
            ]
            declared = [
                (column.name, (column.data_type or "").replace(" ", ""))
                for column in model.columns.values()
            ]
            if made != declared:
                differing.append(f"{model.name}: {made} where {declared} is declared")
    assert not differing, "\n".join(differing)
