"""The folder `decisions`: its entries, the index over them, and references to them.

`python -m tests.decision_folder` (`make decisions`) prints the index into `decisions/README.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.settings import PROJECT_DIR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FOLDER = PROJECT_DIR / "decisions"
INDEX = FOLDER / "README.md"
PARTS = ("definitions", "mechanics")
ENTRY = re.compile(
    r"## (?P<id>[A-Z]\d+[a-z]?) (?P<title>.+)\n\n"
    r"(?P<day>\d{4}-\d\d-\d\d)\n\n"
    r"(?P<decision>[^-\s].*[.!?])\n"
)
ID = r"[A-Z]\d{1,2}[a-z]?"
# A line of a comment may end amid a reference.
GAP = r"\s+(?:(?:--|#) )?"
BETWEEN = rf"(?:,{GAP}|,?{GAP}(?:and|to){GAP})"
REFERENCE = re.compile(rf"\b[Dd]ecisions,{GAP}({ID}(?:{BETWEEN}{ID})*)\b")
# Of 2026-W25 and the like it finds nothing; what stands between quotes is data (`quoted`).
BARE = re.compile(rf"(?<![\w-]){ID}\b(?!-)")
LEFT_BEHIND = {"build", "dist", "logs", "target"}
TEXTS = {".md", ".py", ".sql", ".toml", ".yml"}


@dataclass(frozen=True)
class Entry:
    """A decision: where it stands and what it says first."""

    id: str
    title: str
    decided_on: str
    decision: str
    part: str
    subject: str

    @property
    def link(self) -> str:
        heading = f"{self.id} {self.title}".lower()
        anchor = re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
        return f"[{self.subject}]({self.part}/{self.subject}.md#{anchor})"

    @property
    def order(self) -> tuple[str, int, str]:
        number = re.findall(r"\d+", self.id)[0]
        return self.id[0], int(number), self.id


def read_entries(folder: Path = FOLDER) -> list[Entry]:
    """Every entry of both parts, in the order of ids; one of another form is refused."""
    found = [
        entry
        for part in PARTS
        for path in sorted((folder / part).glob("*.md"))
        for entry in entries_of(path.read_text(), part, path.stem)
    ]
    return sorted(found, key=lambda entry: entry.order)


def entries_of(text: str, part: str, subject: str) -> Iterator[Entry]:
    for start in re.finditer(r"^## .*", text, re.MULTILINE):
        read = ENTRY.match(text, start.start())
        if not read:
            message = (
                f"decisions/{part}/{subject}.md: `{start[0]}` is no entry; write `## ID Title`, "
                "its date and its decision in one paragraph, with blank lines between"
            )
            raise ValueError(message)
        yield Entry(read["id"], read["title"], read["day"], read["decision"], part, subject)


def print_index(entries: list[Entry]) -> str:
    """The pages of each part, and a table of its entries."""
    lines = []
    for part in PARTS:
        lines += [f"## {part.capitalize()}", "", *list_pages(part), ""]
        lines.append("| id | title | decision | in |")
        lines.append("|---|---|---|---|")
        for entry in entries:
            if entry.part == part:
                decision = entry.decision.replace("|", "\\|")
                lines.append(f"| {entry.id} | {entry.title} | {decision} | {entry.link} |")
        lines.append("")
    return "\n".join(lines)


def list_pages(part: str) -> Iterator[str]:
    for path in sorted((FOLDER / part).glob("*.md")):
        title = path.read_text().splitlines()[0].removeprefix("# ")
        yield f"- [{path.stem}]({part}/{path.name}): {title}"


def index_of(text: str) -> str:
    """What is printed of a page, without what people wrote before it."""
    return text[text.index("## Definitions\n") :] if "## Definitions\n" in text else ""


def referenced(text: str) -> list[str]:
    """The ids that a text names in the form `decisions, T1 to T7`."""
    return [name for match in REFERENCE.findall(text) for name in re.findall(ID, match)]


def bare(text: str, letters: Iterable[str]) -> list[str]:
    """Ids, by their first letter, that stand in a text without that form."""
    found = BARE.finditer(REFERENCE.sub("", text))
    return [
        match[0]
        for match in found
        if match[0][0] in letters and not quoted(match.string, match.start(), match.end())
    ]


def quoted(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start] in {'"', "'", "`"} and text[end : end + 1] in {'"', "'", "`"}


def texts() -> Iterator[tuple[Path, str]]:
    """Every text of the checkout beside the folder: code, tests, YAML and pages.

    What programs leave there (`target`, `logs`) is nobody's text.
    """
    for top in sorted(PROJECT_DIR.iterdir()):
        if top.name.startswith(".") or top == FOLDER or top.name in LEFT_BEHIND:
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.suffix in TEXTS or path.name == "Makefile":
                yield path, path.read_text()


if __name__ == "__main__":
    head = INDEX.read_text()
    written = head.removesuffix(index_of(head)) + print_index(read_entries())
    INDEX.write_text(written)
