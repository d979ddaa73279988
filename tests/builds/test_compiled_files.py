"""Files of compiled SQL say what was compiled, and are written where they said something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration.project.dbt_internals import write_what_changed


@pytest.mark.parametrize(
    ("before", "after", "is_written"),
    [
        (None, "select 'é'", True),
        ("select 'é'", "select 'é'", False),
        ("select 'é'", "select 'e'", True),
        ("select 1\n", "select 1", True),
    ],
)
def test_a_file_that_says_the_same_is_left_as_it_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: str | None,
    after: str,
    is_written: bool,
) -> None:
    from dbt.contracts.graph import nodes

    monkeypatch.setattr(nodes, "write_file", nodes.write_file)
    write_what_changed()
    file = tmp_path / "compiled" / "model.sql"
    if before is not None:
        file.parent.mkdir()
        file.write_text(before, encoding="utf-8")
        os.utime(file, ns=(1, 1))
    nodes.write_file(str(file), after)
    assert file.read_text(encoding="utf-8") == after
    assert (file.stat().st_mtime_ns != 1) == is_written
