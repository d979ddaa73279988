"""Laws over the folder of decisions: its index, its ids, and whoever names one."""

from __future__ import annotations

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

# No decision has it; put together here, since this file is read by its own laws.
GONE = "T" + "99"
ENTRY = "## T1 A title\n\n2026-11-21\n\nWhat was decided, in a sentence.\n\n- Example: one.\n"


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
    """Remedy: the newer one takes the next number of its letter."""
    assert repeated([entry.id for entry in read_entries()]) == []


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


def test_the_laws_see_what_they_forbid() -> None:
    assert [(e.id, e.decided_on) for e in entries_of(ENTRY, "definitions", "x")] == [
        ("T1", "2026-11-21")
    ]
    for spoiled in (
        ENTRY.replace("2026-11-21\n\n", ""),
        ENTRY.replace("What was", "- What was"),
        ENTRY.replace("T1 A", "A"),
    ):
        with pytest.raises(ValueError, match=r"decisions/definitions/x\.md: `## "):
            list(entries_of(spoiled, "definitions", "x"))
    assert repeated(["T1", "T2", "T1"]) == ["T1"]
    assert referenced(f"-- rows (decisions,\n-- T1 to {GONE} and M3)") == ["T1", GONE, "M3"]
    assert missing(["T1", GONE], {"T1"}) == [GONE]
    assert bare(f"see {GONE}, not 'T1' nor 2026-W25; decisions, T2", "TW") == [GONE]
