"""The tables of the demo company, as its folder and what is shipped give them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from orchestration.company.folder import Company, read_company
from orchestration.settings import PROJECT_DIR, Settings

DEMO_COMPANY = PROJECT_DIR / "demo/company"


@cache
def demo_company() -> Company:
    return read_company(Settings(company=DEMO_COMPANY, _env_file=None))


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a table, every column as text."""
    return [dict(row.cells) for row in demo_company().contents[name].rows]


def tables_dir() -> Path:
    """The folder of all tables as files."""
    return demo_company().tables_dir
