"""A proposal that a person takes: one column of a table, written into the company's folder.

What a company wrote itself is never written over: then it is told what to change.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from orchestration.company import CompanyError
from orchestration.company.folder import read_company
from orchestration.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from orchestration.settings import Settings


def write_proposed(
    settings: Settings, table: str, *, column: str, proposed: Mapping[str, float]
) -> Path:
    """Write a table as shipped with other numbers in one column; gives the path of its file.

    A file that holds comments alone, as `drivewheel init` writes it, keeps them above the rows.

    Args:
        settings: Whose company.
        table: A table that has a single column for a key.
        column: The column that is proposed.
        proposed: Its numbers, by the key of their row; other rows stay.

    Raises:
        CompanyError: there is no folder, or the table in it is the company's own.
    """
    folder = settings.company_dir
    if folder is None:
        raise CompanyError(
            [
                "there is no company's folder to write to; make one with `drivewheel init FOLDER`, "
                "and name it by DRIVEWHEEL_COMPANY"
            ]
        )
    company = read_company(settings)
    declared, content = company.tables[table], company.contents[table]
    (key,) = declared.key
    if content.path.parent == folder:
        raise CompanyError(
            [
                f"{content.path}, row {row.line}: is your own, so that it stays; by what is "
                f"proposed the {column} of {row.cells[key]} is {told} instead of "
                f"{row.cells[column]}"
                for row in content.rows
                if (told := _told(proposed, row.cells[key])) not in (None, row.cells[column])
            ]
            or [f"{content.path}: holds what is proposed already"]
        )
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=[*declared.types], lineterminator="\n")
    writer.writeheader()
    for row in content.rows:
        told = _told(proposed, row.cells[key])
        writer.writerow({**row.cells, column: row.cells[column] if told is None else told})
    path = folder / declared.file_name
    comments = path.read_text(encoding="utf-8-sig").rstrip("\n") if path.exists() else ""
    above = f"{comments}\n" if comments else ""
    write_whole(path, f"{above}{text.getvalue()}".encode())
    return path


def _told(proposed: Mapping[str, float], name: str) -> str | None:
    """A proposed number as people write it; None where none is proposed."""
    return f"{proposed[name]:g}" if name in proposed else None
