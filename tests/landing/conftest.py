"""A warehouse in memory, a landing folder, and the smallest contract that has every type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.landing.contract import Column, ObjectContract
from orchestration.landing.ledger import FileResult
from orchestration.landing.loader import ObjectResult, load_landing
from orchestration.landing.manifest import Operator

NOW = datetime(2024, 3, 1, 6)
KIM = Operator("Kim", "the rows were agreed with billing")
TYPES = {
    "id": "varchar",
    "amount": "bigint",
    "price": "decimal(18,6)",
    "share": "double",
    "is_paid": "boolean",
    "paid_on": "date",
    "created": "timestamp",
    "properties": "json",
}


def build_contract(
    types: dict[str, str] = TYPES,
    *,
    primary_key: tuple[str, ...] = ("id",),
    required: tuple[str, ...] = (),
    load: str = "append",
    event_time: str | None = "created",
    name: str = "payment",
    source: str = "shop",
) -> ObjectContract:
    """A contract with these columns."""
    return ObjectContract(
        source=source,
        name=name,
        columns=tuple(
            Column(column, data_type, column in primary_key or column in required, None)
            for column, data_type in types.items()
        ),
        primary_key=primary_key,
        load=load,
        version_by=None,
        event_time=event_time,
        feeds="billing",
    )


class Shop:
    """Puts files into a landing folder and loads them into a warehouse."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, landing: Path) -> None:
        self.connection = connection
        self.landing = landing
        self.contract = build_contract()

    def put(self, name: str, content: str | bytes) -> Path:
        """Write one landing file of shop/payment."""
        path = self.landing / "shop" / "payment" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, now: datetime = NOW) -> ObjectResult:
        """Run the loader for the one contract."""
        contracts = {(self.contract.source, self.contract.name): self.contract}
        return load_landing(self.connection, self.landing, contracts, now=now)[0]

    def load_one(self, name: str, content: str | bytes) -> FileResult:
        """Put one file and load it; its result."""
        self.put(name, content)
        return {Path(file.path).name: file for file in self.load().files}[name]

    def rows(self, columns: str = "*") -> list[tuple[object, ...]]:
        """Rows of the raw table by file and row."""
        return self.connection.execute(
            f"select {columns} from raw_shop.payment order by _file, _file_row"
        ).fetchall()

    def rejected(self, columns: str = "_file_row, reason") -> list[tuple[object, ...]]:
        """Rows that were set aside."""
        return self.connection.execute(
            f"select {columns} from raw_shop.payment__rejected order by _file, _file_row"
        ).fetchall()

    def manifest(self, columns: str) -> list[tuple[object, ...]]:
        """Rows of the manifest by load."""
        return self.connection.execute(
            f"select {columns} from raw_meta.files order by load_id"
        ).fetchall()


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse."""
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def shop(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Shop:
    """An empty warehouse beside an empty landing folder."""
    landing = tmp_path / "landing"
    landing.mkdir()
    return Shop(connection, landing)


@pytest.fixture
def new_contract() -> Callable[..., ObjectContract]:
    """The contract factory."""
    return build_contract
