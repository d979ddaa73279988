"""A model that does not hold its contract fails, and leaves the table that was there."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from orchestration.settings import PROJECT_DIR, Settings
from tests.ready import run_dbt_in_fork

PROJECT = {
    "name": "drivewheel",
    "version": "0.1.0",
    "profile": "drivewheel",
    "macro-paths": ["macros"],
    "models": {"+materialized": "table", "+contract": {"enforced": True}},
}
DECLARED = {"day": "date", "amount": "decimal(18, 4)", "name": "varchar"}
HOLDS = "date '2026-03-31' as day, cast(1 as decimal(18, 4)) as amount, 'a' as name"
BROKEN = {
    "another type": HOLDS.replace("decimal(18, 4)", "double"),
    "another precision": HOLDS.replace("18, 4", "18, 2"),
    "a column too few": HOLDS.removesuffix(", 'a' as name"),
    "a column too many": f"{HOLDS}, 1 as more",
    "another name": HOLDS.replace("as name", "as title"),
}


class Project:
    """A project of one model with our macros and profile."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder / "project", folder / "home"
        (self.folder / "models").mkdir(parents=True)
        self.home.mkdir()
        shutil.copytree(PROJECT_DIR / "dbt_project/macros", self.folder / "macros")
        (self.folder / "dbt_project.yml").write_text(yaml.safe_dump(PROJECT))
        self.declare(DECLARED)

    def declare(self, columns: dict[str, str], **said: object) -> None:
        """Write the contract; `said` is what else it says of the model."""
        listed = [{"name": name, "data_type": kind} for name, kind in columns.items()]
        models = [{"name": "kept", "columns": listed, **said}]
        (self.folder / "models/kept.yml").write_text(yaml.safe_dump({"models": models}))

    def build(self, select: str) -> tuple[int, str]:
        """Build the model from a select; gives dbt's exit code and what it said."""
        (self.folder / "models/kept.sql").write_text(f"select {select}")
        settings = Settings(home=self.home, _env_file=None)
        return run_dbt_in_fork(settings, "run", "--project-dir", str(self.folder))

    def table(self) -> tuple[list[tuple[str, str]], list[tuple[object, ...]]]:
        """Names and types of its columns, and its rows."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            described = connection.execute("describe main.kept").fetchall()
            return [row[:2] for row in described], connection.execute("from main.kept").fetchall()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The model as its contract declares it, built once."""
    project = Project(tmp_path_factory.mktemp("contracts"))
    code, said = project.build(HOLDS)
    assert code == 0, said
    return project


@pytest.mark.parametrize("select", BROKEN.values(), ids=BROKEN)
def test_a_table_that_is_not_as_declared_is_refused_and_the_old_one_stays(
    project: Project, select: str
) -> None:
    before = project.table()
    code, said = project.build(select)
    assert code == 1, said
    assert "This model has an enforced contract that failed" in said
    assert project.table() == before


def test_columns_in_another_order_and_spelling_are_put_as_declared(project: Project) -> None:
    project.declare({"name": "text", "amount": "decimal(18,4)", "day": "date"})
    code, said = project.build(HOLDS.replace("'a'", "'b'"))
    assert code == 0, said
    columns, rows = project.table()
    assert columns == [("name", "VARCHAR"), ("amount", "DECIMAL(18,4)"), ("day", "DATE")]
    assert [row[0] for row in rows] == ["b"]


def test_a_constraint_is_the_table_s(project: Project) -> None:
    columns = {"day": "date", "name": "varchar"}
    project.declare(columns, constraints=[{"type": "unique", "columns": ["day"]}])
    same_day = "day, name from (values (date '2026-03-31', 'a'), (date '2026-03-31', 'b')) "
    code, said = project.build(f"{same_day} as two (day, name)")
    assert code == 1, said
    assert "onstraint" in said
