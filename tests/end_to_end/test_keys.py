"""What every model says of its key holds in the demo company's warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.project.manifest import Manifest, read_manifest
from tests.keys import repeated_keys


def test_no_model_repeats_its_key(demo_home: Path) -> None:
    """A row that is there twice is counted twice by whoever joins it.

    Remedy: the key in the model's YAML names the columns that tell its rows apart, or the SQL
    yields each of them once.
    """
    with duckdb.connect(str(demo_home / "warehouse.duckdb"), read_only=True) as connection:
        repeated = repeated_keys(connection, read_manifest(demo_home / "target/manifest.json"))
    assert not repeated, "\n".join(repeated)


def test_a_key_that_is_there_twice_is_found() -> None:
    """Two rows of no vendor are one key; a key of no columns is that of a single row."""
    with duckdb.connect() as connection:
        connection.execute("create table days (day_on varchar, vendor_id varchar)")
        connection.execute("insert into days values ('1', 'a'), ('1', null), ('1', null)")
        assert repeated_keys(connection, manifest(key=["day_on", "vendor_id"])) == [
            "days: 1 by ['day_on', 'vendor_id'], such as {'day_on': '1', 'vendor_id': None}"
        ]
        assert repeated_keys(connection, manifest(key=[])) == ["days: 1 by [], such as None"]
        connection.execute("delete from days where vendor_id is null")
        assert repeated_keys(connection, manifest(key=["day_on"])) == []
        assert repeated_keys(connection, manifest(key=[])) == []


def manifest(*, key: list[str]) -> Manifest:
    """Of one model, `days`, with that key."""
    config = {"meta": {"key": key}}
    node = {"resource_type": "model", "name": "days", "relation_name": "days", "config": config}
    return Manifest({"nodes": {"model.drivewheel.days": node}})
