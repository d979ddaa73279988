"""Laws over the terms of CONTRIBUTING.md: names and messages say the field's word for a thing."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from expectations.declared import VERDICTS, known_names
from orchestration.settings import PROJECT_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator

ROW = re.compile(r"^\| ([^|`]+) \| ((?:`[^`|]+`(?:, )?)+) \| ([^|]+) \|$", re.MULTILINE)
CTE = re.compile(r"^\s*(?:with )?(?:recursive )?(\w+)(?: \([\w, ]+\))? as \($", re.MULTILINE)
# Statements are no messages; what they call their CTEs is asked of the text of the file.
STATEMENT = re.compile(
    r"\bselect\b|insert into |delete from |create (or replace|table|temp)|update \w+[.]\w+"
)
WORD_OF_NAME = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


def terms(text: str) -> dict[str, tuple[str, ...]]:
    """Each term of the table with the words that it replaces."""
    return {term: tuple(re.findall(r"`([^`]+)`", words)) for term, words, _ in ROW.findall(text)}


def spoken(name: str) -> str:
    """A name as words: `PendingLoad`, `pending_load` and `pending-load` are one."""
    return " ".join(WORD_OF_NAME.findall(name)).lower()


def names_in(code: str) -> Iterator[str]:
    """What a Python module calls its functions, classes and CTEs."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
    yield from CTE.findall(code)


def messages_in(code: str) -> Iterator[str]:
    """The texts of a Python module that people may read: what has words, is no statement."""
    tree = ast.parse(code)
    # Docstrings, and the parts of texts that stand as a whole.
    parts = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(value) for value in node.values}
            pieces = [value.value for value in node.values if isinstance(value, ast.Constant)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            pieces = [] if id(node) in parts else [node.value]
        else:
            continue
        text = "…".join(map(str, pieces))
        if " " in text and not STATEMENT.search(text):
            yield text


def replaced_in(text: str, words: tuple[str, ...]) -> list[str]:
    """The words of these that a text uses; an option of the terminal (`--quiet`) is none."""
    return [word for word in words if re.search(rf"(?<![\w-]){word}(?!\w)", text.lower())]


def said() -> Iterator[tuple[str, str]]:
    """Every name and message of the house, with where it stands."""
    for folder in ("orchestration", "expectations", "dbt_project"):
        for path in sorted((PROJECT_DIR / folder).rglob("*.py")):
            where, code = str(path.relative_to(PROJECT_DIR)), path.read_text()
            yield where, spoken(path.stem)
            yield from ((where, spoken(name)) for name in names_in(code))
            yield from ((where, message) for message in messages_in(code))
    for path in sorted((PROJECT_DIR / "dbt_project").rglob("*.sql")):
        where = str(path.relative_to(PROJECT_DIR))
        yield where, spoken(path.stem)
        yield from ((where, spoken(name)) for name in CTE.findall(path.read_text()))
    checks = {*known_names(), *VERDICTS.values()}
    yield from (("expectations/declared.py", spoken(name)) for name in sorted(checks))


@pytest.fixture(scope="module")
def table() -> dict[str, tuple[str, ...]]:
    return terms((PROJECT_DIR / "CONTRIBUTING.md").read_text())


def test_terms_are_told_with_what_they_replace(table: dict[str, tuple[str, ...]]) -> None:
    words = [word for replaced in table.values() for word in replaced]
    assert len(table) >= 25
    assert len(words) == len(set(words)), "a word is replaced by one term"


def test_names_and_messages_are_of_the_trade(table: dict[str, tuple[str, ...]]) -> None:
    """Whoever comes from another warehouse finds a thing by the word that they know.

    Remedy: write the term; where a word came to mean something else, change the table.
    """
    faults = [
        f"{where}: {text[:60]!r} says {word!r}; write {term!r}"
        for where, text in said()
        for term, replaced in table.items()
        for word in replaced_in(text, replaced)
    ]
    assert not faults, "\n".join(faults)


def test_the_law_sees_what_it_forbids() -> None:
    row = "| term | instead of | meaning |\n| quarantine | `set aside`, `aside` | Kept. |"
    assert terms(row) == {"quarantine": ("set aside", "aside")}
    code = (
        'class SetAside:\n    "Docs say set aside."\n    def set_aside(self):\n'
        '        ask("select 1 as aside from rows")\n        tell(f"{n} rows set aside: {self}")\n'
        'Q = """\nwith set_aside as (\n    select 1\n)\nselect 1 from set_aside\n"""\n'
    )
    assert [spoken(name) for name in names_in(code)] == ["set aside"] * 3
    assert list(messages_in(code)) == [" rows set aside: "]
    assert replaced_in("nothing is set aside", ("set aside", "side")) == ["set aside"]
    assert replaced_in("dbt --quiet list", ("quiet",)) == []
