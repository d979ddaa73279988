"""What `drivewheel compare` finds between two small files, and what it leaves out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.settings import Settings
from orchestration.warehouse.compare import ComparisonError, compare_files
from orchestration.warehouse.sides import compare_sides

Write = Callable[..., Path]
METRIC_VALUES = (
    "create schema governance; create table governance.metric_values as "
    "select * from (values {}) as v "
    "(metric_id, grain, period_start, dimension, dimension_value, value, state)"
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a home whose warehouse is made by statements; gives the warehouse file."""

    def write_home(home: str, *statements: str) -> Path:
        (tmp_path / home).mkdir()
        path = tmp_path / home / "warehouse.duckdb"
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)
        return path

    return write_home


def test_rows_in_another_order_are_equal(write: Write) -> None:
    a = write("a", "create table t as select 1 as x union all select 2")
    b = write("b", "create table t as select 2 as x union all select 1")
    comparison = compare_files(a, b)
    assert comparison.is_equal
    assert comparison.table_count == 1


def test_a_row_that_is_there_twice_differs(write: Write) -> None:
    a = write("a", "create table t as select 1 as x")
    b = write("b", "create table t as select 1 as x from range(2)")
    (table,) = compare_files(a, b).tables
    assert (table.only_a, table.only_b) == (0, 1)


def test_the_last_bit_of_a_double_differs_and_its_column_is_named(write: Write) -> None:
    a = write("a", "create table t as select 'k' as id, 0.3::double as x, 1 as y")
    b = write("b", "create table t as select 'k' as id, 0.1::double + 0.2::double as x, 1 as y")
    (table,) = compare_files(a, b).tables
    assert table.columns == ("x",)
    assert table.examples_a == ({"x": "0.3", "id": "k", "y": "1"},)
    assert table.examples_b == ({"x": "0.30000000000000004", "id": "k", "y": "1"},)


def test_tables_and_columns_of_one_side_are_named(write: Write) -> None:
    a = write("a", "create table gone (x int)", "create table t (x int, z int)")
    b = write("b", "create table new (x int)", "create table t (x bigint, y int)")
    comparison = compare_files(a, b)
    assert (comparison.only_a, comparison.only_b) == (("main.gone",), ("main.new",))
    assert [(c.column, c.type_a, c.type_b) for c in comparison.columns] == [
        ("x", "INTEGER", "BIGINT"),
        ("y", None, "INTEGER"),
        ("z", "INTEGER", None),
    ]


def test_what_differs_by_nature_is_left_out_by_name(write: Write) -> None:
    made = (
        "create schema raw_meta; create table raw_meta.runs as select {0} as as_of; "
        "create table t as select {0} as build_id, {0} as _load_id, 7 as x"
    )
    assert compare_files(write("a", made.format(1)), write("b", made.format(2))).is_equal


def test_views_are_compared_by_what_they_show(write: Write) -> None:
    made = (
        "create schema raw_x; create table raw_x.t as select {0} as x",
        'create schema staging; create view staging.base as select x from "warehouse"."raw_x"."t"',
        'create view staging.again as select x + 1 as y from "warehouse"."staging"."base"',
        # The rest of a model that is no more: nobody can ask it.
        "create table gone (x int)",
        "create view staging.stale as from gone",
        "drop table gone",
    )
    a, b = (
        write(home, *(statement.format(x) for statement in made))
        for home, x in (("a", 1), ("b", 2))
    )
    assert [table.table for table in compare_files(a, b).tables] == [
        "raw_x.t",
        "staging.again",
        "staging.base",
    ]


def test_the_largest_relative_move_of_a_metric_comes_first(write: Write) -> None:
    key = "'month', date '2026-01-01', 'total', 'total'"
    a = write(
        "a",
        METRIC_VALUES.format(
            f"('small', {key}, 100.0::double, 'ok'), ('large', {key}, 10.0, 'ok'), "
            f"('new', {key}, null, 'no_data'), ('same', {key}, 1.0, 'ok')"
        ),
    )
    b = write(
        "b",
        METRIC_VALUES.format(
            f"('small', {key}, 101.0::double, 'ok'), ('large', {key}, 5.0, 'ok'), "
            f"('new', {key}, 3.0, 'ok'), ('same', {key}, 1.0, 'ok')"
        ),
    )
    moved = compare_files(a, b).moved_values
    # From nothing; 10 to 5 is half of it; 100 to 101 a hundredth.
    assert [(v.metric_id, v.change, v.relative) for v in moved] == [
        ("new", None, float("inf")),
        ("large", -5.0, 0.5),
        ("small", 1.0, 0.01),
    ]


def test_the_command_says_what_differs_and_how_many_it_leaves_out(write: Write) -> None:
    values = ", ".join(
        f"('m{i}', 'month', date '2026-01-01', 'total', 'total', {{}}.0::double, 'ok')"
        for i in range(3)
    )
    a = write("a", METRIC_VALUES.format(values.format(1, 1, 1))).parent
    b = write("b", METRIC_VALUES.format(values.format(2, 3, 4))).parent
    ended = CliRunner().invoke(main, ["compare", str(a), str(b), "--limit", "1"])
    assert ended.exit_code == 1
    assert "governance.metric_values: 3 rows only in" in ended.output
    assert "m2" in ended.output
    assert "and 2 more" in ended.output
    told = json.loads(CliRunner().invoke(main, ["compare", str(a), str(b), "--json"]).stdout)
    assert [value["relative"] for value in told["moved_values"]] == [3.0, 2.0, 1.0]
    assert CliRunner().invoke(main, ["compare", str(a), str(a)]).exit_code == 2


def test_equal_homes_end_with_0_and_what_is_no_side_with_2(write: Write) -> None:
    a, b = (write(home, "create table t as select 1 as x").parent for home in "ab")
    assert CliRunner().invoke(main, ["compare", str(a), str(b)]).exit_code == 0
    ended = CliRunner().invoke(main, ["compare", str(a), "no-such-revision"])
    assert ended.exit_code == 2
    assert "no-such-revision: no home, no .duckdb file and no revision" in ended.output


def test_beside_a_file_homes_show_what_they_have_published(write: Write, tmp_path: Path) -> None:
    file = write("a", "create table t as select 1 as x")
    write("b", "create table t as select 1 as x")
    with pytest.raises(ComparisonError, match="is not there; run `drivewheel run"):
        compare_sides(
            (str(file), str(tmp_path / "b")),
            Settings(home=tmp_path, _env_file=None),
            on_progress=print,
        )
