"""Laws over the folder of decisions: its index, its ids, and whoever names one."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from orchestration.settings import PROJECT_DIR
from tests.decision_folder import (
    FOLDER,
    INDEX,
    PARTS,
    bare,
    entries_of,
    index_of,
    print_index,
    read_entries,
    referenced,
    texts,
)

# A pager's priorities bear these names too.
PRIORITIES = {"P1", "P2", "P3", "P4", "P5"}
# No decision begins with an A; put together here, since this file is read by its own laws.
NAMED = "decisions" + ", "
ENTRY = "## A1 A title\n\n2026-11-21\n\nWhat was decided, in a sentence.\n\n- Example: one.\n"


def repeated(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def missing(found: list[str], known: set[str]) -> list[str]:
    return [name for name in found if name not in known]


def test_the_index_lists_every_decision() -> None:
    """What the index lacks nobody finds. Remedy: `make decisions`."""
    printed = print_index(read_entries()).splitlines()
    written = index_of(INDEX.read_text()).splitlines()
    lacks = [line for line in printed if line not in written]
    holds = [line for line in written if line not in printed]
    assert written == printed, (
        f"decisions/README.md lacks {lacks} and should not hold {holds}; print it: make decisions"
    )


def test_an_id_stands_for_one_decision() -> None:
    """Two entries of one id are two answers to one reference."""
    entries = read_entries()
    faults = [
        f"{entry.id} in {entry.part}/{entry.subject}.md: {entry.title}"
        for entry in entries
        if entry.id in repeated([other.id for other in entries])
    ]
    assert faults == [], f"{faults}: the newer one takes the next number of its letter"


def test_who_names_a_decision_names_one_that_exists() -> None:
    """A reference that leads nowhere is worse than none: the reader looks for a reason in vain."""
    known = {entry.id for entry in read_entries()}
    letters = {name[0] for name in known}
    pages = [(path, path.read_text()) for part in PARTS for path in (FOLDER / part).glob("*.md")]
    faults = [
        f"{path.relative_to(PROJECT_DIR)} names {name}"
        for path, text in [*texts(), (INDEX, INDEX.read_text())]
        for name in missing(referenced(text), known)
    ] + [
        f"{path.relative_to(PROJECT_DIR)} names {name}"
        for path, text in pages
        for name in missing(bare(text, letters), known)
    ]
    assert faults == [], f"{faults}: no such id in decisions; name another, or write its entry"


def test_decisions_are_named_in_one_form() -> None:
    """So that a search for an id finds whatever rests on it."""
    letters = {entry.id[0] for entry in read_entries()}
    faults = [
        f"{path.relative_to(PROJECT_DIR)} names {name}"
        for path, text in texts()
        for name in [*bare(text, letters), *re.findall(r"DECISIONS\.md", text)]
        if name not in PRIORITIES
    ]
    assert faults == [], f"{faults}: write `decisions, ID` (or `ID and ID`, `ID to ID`)"


def test_the_laws_see_what_they_forbid() -> None:
    assert [(e.id, e.decided_on) for e in entries_of(ENTRY, "definitions", "x")] == [
        ("A1", "2026-11-21")
    ]
    for spoiled in (
        ENTRY.replace("2026-11-21\n\n", ""),
        ENTRY.replace("What was", "- What was"),
        ENTRY.replace("A1 ", ""),
    ):
        with pytest.raises(ValueError, match=r"decisions/definitions/x\.md: `## "):
            list(entries_of(spoiled, "definitions", "x"))
    assert repeated(["A1", "A2", "A1"]) == ["A1"]
    assert referenced(f"-- rows ({NAMED}A1 to A3\n-- and A9b)") == ["A1", "A3", "A9b"]
    assert missing(["A1", "A9"], {"A1"}) == ["A9"]
    assert bare(f"see A9, not 'A1' nor 2026-A25; {NAMED}A2", "A") == ["A9"]
