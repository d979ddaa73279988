"""Every delivered row has one fate on its way into staging, and a view that loses one is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.lineage.reading import read_view
from orchestration.lineage.staged import Reading, account_rows
from orchestration.project import engine

# The macros of raw.sql as they are compiled: accepted rows, and the newest version of each key.
ACCEPTED = """(
    select loaded.*, files.file_order as _file_order from raw_crm.deal as loaded
    inner join raw_meta.accepted_files as files on loaded._load_id = files.load_id
)"""
LATEST = f"""(
    select versions.* from {ACCEPTED} as versions
    qualify row_number() over (
        partition by versions.id order by versions.synced desc, versions._file_order desc
    ) = 1
)"""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Six rows of a deal's object in one accepted file, one rejected; one more is pending."""
    with duckdb.connect() as connection:
        connection.execute("create schema staging; create schema raw_crm; create schema raw_meta")
        connection.execute(
            "create table raw_meta.files as select 1 as load_id, 'crm' as source, "
            "'deal' as object, 'accepted' as status, 7 as rows_in "
            "union all select 2, 'crm', 'deal', 'pending', 1"
        )
        connection.execute(
            "create view raw_meta.accepted_files as select load_id, 1 as file_order "
            "from raw_meta.files where status = 'accepted'"
        )
        # `a` in two versions; `b` deleted; `c` of the test mode; `d` and `e` simply there.
        connection.execute("""
            create table raw_crm.deal (id varchar, synced integer, is_deleted boolean,
                livemode boolean, owner varchar, _load_id bigint, _file_row bigint);
            insert into raw_crm.deal values
                ('a', 1, false, true, 'o1', 1, 1), ('a', 2, false, true, 'o1', 1, 2),
                ('b', 1, true, true, 'o1', 1, 3), ('c', 1, false, false, 'o1', 1, 4),
                ('d', 1, false, true, 'o1', 1, 5), ('e', 1, false, true, 'o2', 1, 6),
                ('f', 1, false, true, 'o1', 2, 1);
            create table raw_crm.deal__rejected as
                select 'amount: ''x'' is no number' as reason, 7 as _file_row, 1 as _load_id
        """)
        yield connection


def fates(connection: duckdb.DuckDBPyConnection) -> Counter[tuple[str, str]]:
    """Rows by fate and reason; those that are none are left out."""
    found: Counter[tuple[str, str]] = Counter()
    for fate in account_rows(connection):
        found[fate.fate, fate.reason] += fate.row_count
    return +found


def is_balanced(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether what was delivered is what became of it."""
    found = fates(connection)
    delivered = found["delivered", "rows of accepted files"]
    return delivered == found.total() - delivered


def test_every_row_has_its_fate(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"create view staging.stg_crm__deals as select deal.id from {LATEST} as deal "
        "where deal.livemode is not false and not coalesce(deal.is_deleted, false)"
    )
    assert fates(connection) == Counter(
        {
            ("delivered", "rows of accepted files"): 7,
            ("rejected", "amount has a value of another type"): 1,
            ("repeated", "an older version, or delivered before"): 1,
            ("filtered", "made in the vendor's test mode"): 1,
            ("filtered", "deleted where it comes from"): 1,
            ("staged", "a row of the model"): 3,
        }
    )
    assert is_balanced(connection)


def test_of_rows_without_a_key_one_is_kept_as_of_those_with_one(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute("update raw_crm.deal set id = null where id in ('d', 'e')")
    connection.execute(
        f"create view staging.stg_crm__deals as select deal.id from {LATEST} as deal"
    )
    assert fates(connection)["repeated", "an older version, or delivered before"] == 2
    assert is_balanced(connection)


def test_counts_are_the_engines(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.execute(
        f"create view staging.stg_crm__deals as select deal.id from {LATEST} as deal"
    )

    def compute(_: object, query: str) -> str:
        # By its name, as what another engine wrote down is read.
        return f"select row_count from ({query.replace('count(*)', '70', 1)})"

    monkeypatch.setattr(engine, "_given", [compute])
    found = fates(connection)
    assert found["staged", "a row of the model"] == 70
    assert found["repeated", "an older version, or delivered before"] == 70 - 5


def test_events_may_come_again(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"create view staging.stg_crm__deals as select deal.id from {ACCEPTED} as deal "
        "qualify row_number() over (partition by deal.id order by deal._file_row) = 1"
    )
    found = fates(connection)
    assert found["repeated", "delivered before"] == 1
    assert is_balanced(connection)


def test_rows_may_be_gathered_into_lists_of_others(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create view staging.stg_crm__owners as "
        f"with deals as (select deal.owner, list(deal.id) as ids from {LATEST} as deal "
        "group by deal.owner) select deals.owner, deals.ids from deals"
    )
    assert fates(connection)["gathered", "in lists of another object"] == 5
    assert is_balanced(connection)


def test_what_is_kept_tells_the_same_until_a_view_changes(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """`d` and `e` are no deletions; of the test mode is `c`, and `a` comes in two versions."""
    view = f"create or replace view staging.stg_crm__deals as select deal.id from {LATEST} as deal"
    connection.execute(f"{view} where not coalesce(deal.is_deleted, false)")
    first = list(account_rows(connection, tmp_path))
    assert list(account_rows(connection, tmp_path)) == first
    connection.execute(f"{view} where deal.livemode is not false")
    again = list(account_rows(connection, tmp_path))
    assert [fate.reason for fate in first if fate.fate == "filtered"] == [
        "deleted where it comes from"
    ]
    assert [fate.reason for fate in again if fate.fate == "filtered"] == [
        "made in the vendor's test mode"
    ]


def test_only_a_view_that_changed_is_read_again(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def read_and_tell(sql: str) -> list[Reading]:
        read.append(sql.split()[2])
        return read_view(sql)

    monkeypatch.setattr("orchestration.lineage.reading.read_view", read_and_tell)
    view = "create or replace view staging.{} as select deal.id from {} as deal"
    connection.execute(view.format("stg_crm__deals", LATEST))
    list(account_rows(connection, tmp_path))
    connection.execute(view.format("stg_crm__leads", ACCEPTED))
    both = list(account_rows(connection, tmp_path))
    assert read == ["staging.stg_crm__deals", "staging.stg_crm__leads"]
    connection.execute(view.format("stg_crm__deals", ACCEPTED))
    list(account_rows(connection, tmp_path))
    connection.execute("drop view staging.stg_crm__leads")
    of_deals = [fate for fate in both if fate.model_name == "stg_crm__deals"]
    connection.execute(view.format("stg_crm__deals", LATEST))
    assert list(account_rows(connection, tmp_path)) == of_deals
    assert read[2:] == ["staging.stg_crm__deals"] * 2
    (_,) = tmp_path.iterdir()


@pytest.mark.parametrize(
    "fault",
    [
        # A join that not every row has a partner for, and one that has two.
        "inner join (select 'o1' as owner) as owners on deal.owner = owners.owner",
        "inner join (select unnest(['o1', 'o2', 'o2']) as owner) as owners "
        "on deal.owner = owners.owner",
    ],
    ids=["loses", "multiplies"],
)
def test_a_view_that_loses_or_multiplies_rows_does_not_add_up(
    connection: duckdb.DuckDBPyConnection, fault: str
) -> None:
    connection.execute(
        f"create view staging.stg_crm__deals as select deal.id from {LATEST} as deal {fault}"
    )
    assert not is_balanced(connection)
