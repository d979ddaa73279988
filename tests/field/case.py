"""What a case is, and how an answer to it is judged.

A case is a landing folder, or files written out here, and the questions asked of what came
out of it. It is right where the value is right, where a refusal says what is wrong and what
to do, and nowhere else: a wrong number is wrong however it came about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch

RIGHT, REFUSED, WRONG = "right", "refused by name", "WRONG"
# Next steps that a person can take, as messages word them.
NEXT_STEP = (
    r"(?i)\b(deliver|export|rename|save|write|remove|replace|put|use|move|correct|add|map)\b"
)
SHOWN = 300


@dataclass(frozen=True)
class Ask:
    """One question.

    Attributes:
        what: What is asked, in a word or two.
        right: Values that are right; text is a pattern that the whole value matches.
        query: Asks the published file, and the warehouse as `warehouse.…`.
        terminal: A pattern that is right on the terminal, whatever the value.
        says: What a refusal must say to be right, a next step besides; without it none is.
        files: Of which files of the case a refusal counts.
        tolerance: How far a value may be from a right one.
    """

    what: str
    right: tuple[object, ...] = ()
    query: str = ""
    terminal: str = ""
    says: tuple[str, ...] = ()
    files: str = "*"
    tolerance: float = 0.005


@dataclass(frozen=True)
class Case:
    """A case and the group of cases that share its refresh, in a home of that name."""

    name: str
    group: str
    asks: tuple[Ask, ...]
    folder: str | None = None
    home: str = "home"
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A row of the table."""

    case: str
    what: str
    got: str
    right: str
    verdict: str


def judge(
    case: Case, ask: Ask, *, value: object, terminal: str, refused: Mapping[str, str]
) -> Answer:
    """Weigh a value, or what was said where the files behind it were refused.

    Args:
        case: The case.
        ask: The question.
        value: What the query gave; an exception where it could not be asked.
        terminal: What the refreshes said.
        refused: What was said of each refused file of the case.
    """
    said = " ".join(text for path, text in refused.items() if fnmatch(path, ask.files))
    told = [line.strip() for line in terminal.splitlines() if re.search(ask.terminal, line)]
    if ask.terminal and told:
        got, verdict = f"told: {told[0]}", RIGHT
    elif said:
        wanting = [p for p in (*ask.says, NEXT_STEP) if not re.search(p, said)]
        is_right = bool(ask.says) and not wanting
        got = f"refused: {said}" + (f" [does not say {', '.join(wanting)}]" if wanting else "")
        verdict = REFUSED if is_right else WRONG
    else:
        got = shown(value) if ask.query else "nothing was said"
        verdict = RIGHT if any(_agrees(value, r, ask.tolerance) for r in ask.right) else WRONG
    return Answer(case.name, ask.what, got, _wanted(ask), verdict)


def shown(value: object) -> str:
    """A value as the table shows it."""
    if isinstance(value, Exception):
        return f"not to be asked: {str(value).splitlines()[0]}"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return "no value" if value is None else str(value)


def _agrees(value: object, right: object, tolerance: float) -> bool:
    if value is None or right is None:
        return value is right
    if isinstance(right, int | float):
        return isinstance(value, int | float) and abs(value - right) <= tolerance
    return not isinstance(value, Exception) and bool(re.fullmatch(str(right), str(value), re.S))


def _wanted(ask: Ask) -> str:
    values = [shown(value) for value in ask.right]
    values += [f"told: {ask.terminal}"] if ask.terminal else []
    return " or ".join([*values, *([REFUSED] if ask.says else [])])
