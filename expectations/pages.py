"""What the gates found, as Great Expectations' Data Docs: a static site that needs no network.

A page per check, drawn by GX's own renderers, with the rows to blame of what failed; and an
index of all checks, what failed first. A check that has nothing to ask keeps its last page.
GX's frame loads its looks from elsewhere; these are left out and said in `STYLE` instead.

A page takes 3 ms: 0.6 s for the 170 of a first load of the demo company, of gate 1's 10 s.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from expectations.declared import page_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from expectations.runner import CheckOutcome

CHECKS = "checks.json"
INDEX = "index.html"
ELSEWHERE = re.compile(
    r'<link[^>]*href="https?:[^>]*>|<script.*?</script>|<img[^>]*https?:[^>]*>'
    r'|<div class="modal.*?(?=<div class="container-fluid)',
    re.DOTALL,
)
STYLE = """<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; color: #1c2530; background: #fff }
a { color: #0b5cad; text-decoration: none } a:hover { text-decoration: underline }
nav.navbar { height: auto !important; padding: .7rem 2rem; border-bottom: 1px solid #d9e0e7 }
nav ol { list-style: none; display: flex; gap: 1rem; margin: 0; padding: 0 }
.container-fluid { padding: .6rem 2rem } .row > .col-lg-2 { display: none }
.ge-section .container-fluid, .ge-section { padding: 0 }
.alert { background: #eef2f6; border-radius: 6px; padding: .6rem 1rem; margin: .8rem 0 .3rem }
h4, h5, h6, .h6 { margin: .2rem 0; font-size: 1rem; font-weight: 600 }
table { border-collapse: collapse; margin: .4rem 0 1rem; max-width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
    border-bottom: 1px solid #e4e9ee; overflow-wrap: break-word }
th { font-weight: 600; color: #51606f } th:empty { display: none }
.badge { background: #eef2f6; border-radius: 4px; padding: 0 .35rem }
.text-danger { color: #b3261e } .text-success { color: #1c7c3c } .text-warning { color: #8a6100 }
.fa-times::before { content: "\\2717" } .fa-check-circle::before { content: "\\2713" }
.fa-exclamation-triangle::before { content: "!" } i.fas { font-style: normal; font-weight: 700 }
.collapse, .cta-footer, footer { display: none } p { margin: .3rem 0 }
@media (prefers-color-scheme: dark) {
    body { background: #12171d; color: #dde4ea } a { color: #7ab8ff }
    .alert, .badge { background: #1f2730 } th, td { border-color: #2a343f } th { color: #9fb0c0 }
}
</style></head>"""


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


def write_page(site: Path, outcome: CheckOutcome, results: Sequence[Any]) -> None:
    """Write a check's page: GX's results, and the rows to blame."""
    from great_expectations.core.expectation_validation_result import (
        ExpectationSuiteValidationResult,
    )
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    met = sum(bool(result.success) for result in results)
    asked = len(results)
    drawn = ValidationResultsPageRenderer(run_info_at_end=False).render(
        ExpectationSuiteValidationResult(
            success=outcome.passed,
            results=list(results),
            suite_name=f"{outcome.name} on {'/'.join(outcome.asset)}",
            suite_parameters={},
            statistics={
                "evaluated_expectations": asked,
                "successful_expectations": met,
                "unsuccessful_expectations": asked - met,
                "success_percent": 100.0 * met / asked if asked else 100.0,
            },
            meta={},
        )
    )
    drawn.page_title = f"{outcome.name} on {'/'.join(outcome.asset)}"
    consequence = (
        "Blocks: nothing is published while it fails."
        if outcome.is_blocking
        else "Warns: what is unusual may be right."
    )
    overview, *rest = drawn.sections
    overview.content_blocks = [
        _header(drawn.page_title, f"{'Passed' if outcome.passed else 'Failed'}. {consequence}")
    ]
    drawn.sections = [overview, *_blamed(outcome), *rest]
    _write(site, page_path(outcome.name, outcome.asset), drawn)


def write_index(site: Path, outcomes: Iterable[CheckOutcome], now: dt.datetime) -> None:
    """Bring the index up to date with outcomes; those not asked anything keep their row.

    What was refused and is not asked about again has been decided on by the operator.
    """
    path = site / CHECKS
    known = json.loads(path.read_text()) if path.exists() else []
    before = {row["page"]: CheckedPage(**row) for row in known}
    rows = dict(before)
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
        # Great Expectations need not be imported to say nothing.
        return
    listed = sorted(
        rows.values(), key=lambda row: (row.passed, not row.is_blocking, row.gate, row.asset)
    )
    site.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in listed], indent=1))
    _write(site, INDEX, _index(listed))


def _index(rows: Sequence[CheckedPage]) -> Any:  # noqa: ANN401 - GX's document
    from great_expectations.render import (
        RenderedDocumentContent,
        RenderedSectionContent,
    )

    failed = sum(not row.passed for row in rows)
    asked = sum(row.expectation_count for row in rows)
    title = f"{asked:,} expectations of {len(rows)} checks; {failed} checks failed"
    table = _table(
        ["", "Check", "Asset", "Found", "Expectations", "Asked"],
        [
            [
                _status(row),
                _link(row.check, row.page),
                row.asset,
                row.detail,
                str(row.expectation_count),
                row.asked_at,
            ]
            for row in rows
        ],
    )
    return RenderedDocumentContent(
        renderer_type="SiteIndexPageRenderer",
        page_title="Checks",
        expectation_suite_name="checks",
        sections=[
            RenderedSectionContent(
                section_name="Checks",
                content_blocks=[_header("What the gates found", title), table],
            )
        ],
        utm_medium="index",
    )


def _blamed(outcome: CheckOutcome) -> list[Any]:
    from great_expectations.render import RenderedSectionContent

    if not outcome.unexpected_rows:
        return []
    names = list(dict.fromkeys(name for row in outcome.unexpected_rows for name in row))
    # Where a row stands comes first, then what is wrong with it.
    names.sort(key=lambda name: not name.startswith("_file"))
    header = _header("Rows to blame", f"The first {len(outcome.unexpected_rows)}")
    rows = [[str(row.get(name, "")) for name in names] for row in outcome.unexpected_rows]
    return [
        RenderedSectionContent(
            section_name="Rows to blame", content_blocks=[header, _table(names, rows)]
        )
    ]


def _header(header: str, subheader: str) -> Any:  # noqa: ANN401
    from great_expectations.render import RenderedHeaderContent

    return RenderedHeaderContent(
        header=_text(header),
        subheader=_text(subheader),
        styling={"classes": ["col-12"], "header": {"classes": ["alert"]}},
    )


def _table(header: list[str], rows: list[list[Any]]) -> Any:  # noqa: ANN401
    from great_expectations.render import RenderedTableContent

    cells = [[_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    return RenderedTableContent(header_row=[_text(name) for name in header], table=cells)


def _text(text: str, tag: str = "span", **attributes: str) -> Any:  # noqa: ANN401
    """A text as it is: GX's templates would read `$` in it."""
    from great_expectations.render import RenderedStringTemplateContent

    return RenderedStringTemplateContent(
        string_template={
            "template": "$text",
            "params": {"text": text},
            "styling": {"params": {"text": {"tag": tag, "attributes": attributes}}},
        }
    )


def _link(text: str, page: str) -> Any:  # noqa: ANN401
    return _text(text, "a", href=page)


def _status(row: CheckedPage) -> Any:  # noqa: ANN401
    if row.passed:
        return _text("passed", **{"class": "text-success"})
    return _text("refused", **{"class": "text-danger"}) if row.is_blocking else _text(
        "warning", **{"class": "text-warning"}
    )  # fmt: skip


def _write(site: Path, page: str, drawn: Any) -> None:  # noqa: ANN401
    from great_expectations.render.view import DefaultJinjaPageView

    text = ELSEWHERE.sub("", DefaultJinjaPageView().render(drawn))
    home = "../" * page.count("/") + INDEX
    text = re.sub(r'href="(\.\./)*index\.html"', f'href="{home}"', text)
    path = site / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("</head>", STYLE, 1))
