"""Small files share a scan, and come out as if each had been loaded alone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.landing import loader
from orchestration.landing.ledger import FileResult

if TYPE_CHECKING:
    from tests.landing.conftest import Shop

FILES = {
    "01.csv": "id,amount,created\na1,1,2024-01-01\na2,2,2024-01-03\n",
    "02.csv": "id,amount,created\n",
    "03.csv": "id,amount,created\nc1,1,2024-01-05\nc2,x,2024-01-06\nc3,3,2024-01-07\n",
    "04.csv": "id,amount,colour\nd1,,red\n",
    "05.csv": "amount\n1\n",
    "06.csv": "",
    "07.csv": "id,amount,created\ng1,1,2024-02-01T00:00:00+02:00\n",
    "08.csv": "id,amount,created\nh1,1,1704067200\n",
    "10.jsonl": '{"id": "j1", "amount": 1}\n{"id": "j2", "created": "2024-03-01"}\n',
    "11.jsonl": '{"id": "k1", "colour": "red"}\nno json\n',
    "12.jsonl": '{"amount": 1}\n',
    "13.jsonl": "\n",
    "09.json": '[{"id": "n1"}]',
}
MANIFEST = (
    "path, rows_in, rows_loaded, rows_rejected, status, reason, missing_columns, "
    "unknown_columns, min_event_at, max_event_at, sha256"
)


def put_all(shop: Shop) -> None:
    """The text files above, and three Parquet files of which two are alike."""
    for name, text in FILES.items():
        shop.put(name, text)
    for name, query in {
        "21.parquet": "select 'p' || range as id, range as amount from range(3)",
        "22.parquet": "select 'q' || range as id, range as amount from range(2)",
        "23.parquet": "select 'r' || range as id, range + 0.0::double as amount from range(2)",
        "24.parquet": "select 's' || range as id, range + 0.5::double as amount from range(2)",
    }.items():
        path = shop.put(name, b"")
        shop.connection.execute(f"copy ({query}) to '{path}'")


def test_files_loaded_together_are_as_files_loaded_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_all(shop)
    shop.load()
    together = (
        shop.rows("* exclude _load_id"),
        sorted(shop.rejected("* exclude _load_id"), key=str),
        sorted(shop.manifest(MANIFEST), key=str),
    )
    for table in ("raw_shop.payment", "raw_shop.payment__rejected", "raw_meta.files"):
        shop.connection.execute(f"delete from {table}")
    monkeypatch.setattr(loader, "groups", lambda files: ((file,) for file in files))
    shop.load()
    assert together == (
        shop.rows("* exclude _load_id"),
        sorted(shop.rejected("* exclude _load_id"), key=str),
        sorted(shop.manifest(MANIFEST), key=str),
    )
    assert shop.rows("_file, id, _file_row")[:5] == [
        ("shop/payment/01.csv", "a1", 1),
        ("shop/payment/01.csv", "a2", 2),
        ("shop/payment/03.csv", "c1", 1),
        ("shop/payment/03.csv", "c3", 3),
        ("shop/payment/04.csv", "d1", 1),
    ]


def test_rows_carry_the_load_of_their_own_file(shop: Shop) -> None:
    put_all(shop)
    shop.load()
    assert shop.connection.execute(
        "select count(*) from raw_shop.payment "
        "left join raw_meta.files on load_id = _load_id where path is distinct from _file"
    ).fetchone() == (0,)
    assert shop.connection.execute(
        "select path, min_event_at, max_event_at from raw_meta.files where path like '%/01.csv'"
    ).fetchall() == [("shop/payment/01.csv", dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 3))]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_many_alike_files_keep_their_rows_apart(shop: Shop, ending: str) -> None:
    for number in range(60):
        path = shop.put(f"{number:02}.{ending}", b"")
        form = "format json" if ending == "jsonl" else f"format {ending}"
        shop.connection.execute(
            f"copy (select {number} as amount, range + 1 as id from range({number % 4})) "
            f"to '{path}' ({form})"
        )
    shop.load()
    assert shop.connection.execute(
        "select count(*), count(distinct _load_id), "
        "count(*) filter (id <> cast(_file_row as varchar)), "
        "count(*) filter (not contains(_file, printf('/%02d.', amount))) from raw_shop.payment"
    ).fetchone() == (90, 45, 0, 0)


@pytest.mark.parametrize("number_of_files", [1, 5])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_clean_alike_files_take_one_scan(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, ending: str, number_of_files: int
) -> None:
    scans: list[int] = []

    def count(*args: Any, **kwargs: Any) -> list[FileResult]:
        scans.append(len(args[1].files))
        return attempt(*args, **kwargs)

    attempt = loader._attempt
    monkeypatch.setattr(loader, "_attempt", count)
    for number in range(number_of_files):
        path = shop.put(f"{number}.{ending}", b"")
        form = "format json" if ending == "jsonl" else f"format {ending}"
        shop.connection.execute(
            "copy (select range as id, range as amount, 0.5::decimal(9,2) as price, "
            "0.5::double as share, true as is_paid, date '2024-01-31' as paid_on, "
            "timestamp '2024-01-31 10:00:00.123' as created, '{}'::json as properties "
            f"from range(3)) to '{path}' ({form})"
        )
    shop.load()
    assert scans == [number_of_files]
    assert shop.rows("id, paid_on, created")[0] == (
        "0",
        dt.date(2024, 1, 31),
        dt.datetime(2024, 1, 31, 10, 0, 0, 123000),
    )
