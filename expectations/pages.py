"""What the gates found, as Data Docs: a static site that needs no network and no script.

A page per check, with what was expected, how much was found and the failing rows; and an
index of all checks, what failed first. A check that has nothing to ask keeps its last page.
Whatever comes from files is text here and never markup.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from expectations.declared import known_names, page_path
from expectations.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from expectations.runner import CheckOutcome, Suite

CHECKS = "checks.json"
INDEX = "index.html"
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1rem 2rem;
    color: #1c2530; background: #fff }
a { color: #0b5cad; text-decoration: none } a:hover { text-decoration: underline }
h1 { font-size: 1.3rem; margin: .8rem 0 .2rem } h2 { font-size: 1rem; margin: 1.2rem 0 .2rem }
p { margin: .3rem 0 }
table { border-collapse: collapse; margin: .4rem 0 1rem; max-width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
    border-bottom: 1px solid #e4e9ee; overflow-wrap: anywhere }
th { font-weight: 600; color: #51606f; overflow-wrap: normal }
.refused { color: #b3261e } .passed { color: #1c7c3c } .warning { color: #8a6100 }
@media (prefers-color-scheme: dark) {
    body { background: #12171d; color: #dde4ea } a { color: #7ab8ff }
    th, td { border-color: #2a343f } th { color: #9fb0c0 }
    .refused { color: #ff8a80 } .passed { color: #7fd49b } .warning { color: #e6c36a }
}
"""


@dataclass(frozen=True)
class CheckedPage:
    """A row of the index."""

    page: str
    gate: str
    check: str
    asset: str
    is_blocking: bool
    passed: bool
    detail: str
    expectation_count: int
    asked_at: str


def write_page(site: Path, suite: Suite, outcome: CheckOutcome) -> None:
    """Write a check's page: what was expected, what was found, and the failing rows.

    Args:
        site: Folder of the Data Docs.
        suite: What was asked.
        outcome: What it found.
    """
    consequence = (
        "Blocks: nothing is published while it fails."
        if outcome.is_blocking
        else "Warns: what is unusual may be right."
    )
    word = "Passed" if outcome.passed else "Failed"
    reasons = [item.reason for batch in suite.batches for item in batch.expectations]
    # What is not met comes first.
    reasons.sort(key=lambda reason: reason not in outcome.unmet)
    expected = [
        [
            _mark("refused" if outcome.is_blocking else "warning", f"found {outcome.unmet[reason]}")
            if reason in outcome.unmet
            else _mark("passed", "met"),
            escape(printable(reason)),
        ]
        for reason in reasons
    ]
    title = f"{outcome.name} on {'/'.join(outcome.asset)}"
    blocks = [f"<h1>{escape(title)}</h1>", f"<p>{word}. {consequence}</p>"]
    if outcome.unexpected_rows:
        names = list(dict.fromkeys(name for row in outcome.unexpected_rows for name in row))
        # Where a row stands comes first, then what is wrong with it.
        names.sort(key=lambda name: not name.startswith("_file"))
        rows = [
            [escape(printable(str(row.get(name, "")))) for name in names]
            for row in outcome.unexpected_rows
        ]
        blocks += [f"<h2>Failing rows: the first {len(rows)}</h2>", _table(names, rows)]
    blocks += ["<h2>What is expected</h2>", _table(["", "Expectation"], expected)]
    _write(site, page_path(outcome.name, outcome.asset), title, blocks)


def write_index(site: Path, outcomes: Iterable[CheckOutcome], now: dt.datetime) -> None:
    """Bring the index up to date with outcomes; those not asked anything keep their row.

    What was refused and is not asked about again has been decided on by the operator.
    """
    path = site / CHECKS
    known = json.loads(path.read_text()) if path.exists() else []
    before = {row["page"]: CheckedPage(**row) for row in known}
    # A check that was once called otherwise is never asked again.
    names = known_names()
    rows = {page: row for page, row in before.items() if row.check in names}
    for outcome in outcomes:
        page = page_path(outcome.name, outcome.asset)
        if outcome.expectation_count:
            rows[page] = CheckedPage(
                page=page,
                gate=outcome.gate,
                check=outcome.name,
                asset="/".join(outcome.asset),
                is_blocking=outcome.is_blocking,
                passed=outcome.passed,
                detail=outcome.detail,
                expectation_count=outcome.expectation_count,
                asked_at=f"{now:%Y-%m-%d %H:%M:%S} UTC",
            )
        elif page in rows and not rows[page].passed:
            rows[page] = replace(
                rows[page], passed=True, detail=f"decided on since: {rows[page].detail}"
            )
    if rows == before:
        return
    listed = sorted(
        rows.values(), key=lambda row: (row.passed, not row.is_blocking, row.gate, row.asset)
    )
    site.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in listed], indent=1))
    _write(site, INDEX, "Checks", _index(listed))


def _index(rows: Sequence[CheckedPage]) -> list[str]:
    failed = sum(not row.passed for row in rows)
    asked = sum(row.expectation_count for row in rows)
    said = f"{asked:,} expectations of {len(rows)} checks; {failed} checks failed"
    table = _table(
        ["", "Check", "Asset", "Found", "Expectations", "Asked"],
        [
            [
                _status(row),
                f'<a href="{escape(row.page)}">{escape(row.check)}</a>',
                escape(row.asset),
                escape(printable(row.detail)),
                str(row.expectation_count),
                row.asked_at,
            ]
            for row in rows
        ],
    )
    return ["<h1>What the gates found</h1>", f"<p>{said}</p>", table]


def _status(row: CheckedPage) -> str:
    if row.passed:
        return _mark("passed", "passed")
    word = "refused" if row.is_blocking else "warning"
    return _mark(word, word)


def _mark(kind: str, text: str) -> str:
    return f'<span class="{kind}">{escape(text)}</span>'


def _table(header: list[str], rows: list[list[str]]) -> str:
    """A table of names and of cells that are markup already."""
    names = "".join(f"<th>{escape(name)}</th>" for name in header)
    cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    body = "\n".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table>\n<tr>{names}</tr>\n{body}\n</table>"


def _write(site: Path, page: str, title: str, blocks: Sequence[str]) -> None:
    home = "../" * page.count("/") + INDEX
    back = "" if page == INDEX else f'<nav><a href="{home}">All checks</a></nav>'
    path = site / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>{back}\n"
        + "\n".join(blocks)
        + "\n</body></html>\n"
    )
