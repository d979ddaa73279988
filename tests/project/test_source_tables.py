"""Laws over decisions/mechanics/sources.md: each line on odd records is tested."""

from __future__ import annotations

import re

from orchestration.settings import PROJECT_DIR

KINDS = ["missing", "late", "merged", "deleted", "test", "half-synced"]
ROW = re.compile(r"^\| ([a-z-]+) \| .+ \| `(\w+)` \|$", re.MULTILINE)


def tables() -> dict[str, list[tuple[str, str]]]:
    """The lines of each page of sources: kind and test."""
    text = (PROJECT_DIR / "decisions/mechanics/sources.md").read_text()
    pages = re.findall(r"^## (V\d+ .+?)\n(.+?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    return {title: ROW.findall(body) for title, body in pages}


def test_each_source_says_what_it_does_with_each_kind_of_record() -> None:
    """A kind that nobody thought of is one that a customer finds.

    Remedy: the table of that source (decisions, V1 to V8) has the line.
    """
    found = tables()
    assert len(found) == 8
    for title, rows in found.items():
        assert [kind for kind, _ in rows] == KINDS, title


def test_every_line_of_a_source_names_a_test_that_exists() -> None:
    """A line without a test is a promise.

    Remedy: write the test, or correct its name in the table.
    """
    named = [test for rows in tables().values() for _, test in rows]
    written = {
        name
        for path in (PROJECT_DIR / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }
    assert not [name for name in named if name not in written]
    assert len(set(named)) == len(named), "one test answers for two lines"
