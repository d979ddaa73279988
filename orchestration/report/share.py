"""One customer's scorecard as a file that can be sent to that customer.

Only rows of that customer are ever read. The page holds everything that it needs; a CSV or
JSON file holds the same rows as numbers.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import html
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.report.names import company_names
from orchestration.report.published import ask_published
from orchestration.report.words import format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestration.settings import Settings

COLUMNS = (
    "section",
    "label",
    "unit",
    "value",
    "baseline_value",
    "segment_median",
    "goal_value",
    "goal_due_on",
    "standing",
    "snapshot_on",
)
QUERY = f"""
select {", ".join(COLUMNS)} from audiences.customer_scorecard
where customer_id = $customer
order by
    list_position(['onboarding', 'nurturing', 'outcome', 'health', 'goal'], section),
    measure_id
"""
KNOWN = "select customer_id, churned_on from core.dim_customers"
SECTIONS = {
    "onboarding": "Getting started",
    "nurturing": "Using it",
    "outcome": "What comes of it",
    "health": "Health",
    "goal": "Goals of your success plan",
}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Scorecard of {customer}, {day}</title>
<style>
body {{ font: 15px/1.5 sans-serif; margin: 2rem auto; max-width: 52rem; color: #222; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ padding: .3rem .6rem; text-align: right; border-bottom: 1px solid #ddd; }}
th:first-child, td:first-child {{ text-align: left; }}
p {{ color: #555; }}
</style>
</head>
<body>
<h1>Scorecard of {customer}</h1>
<p>As of {day}. "Before" is your own year that ended ninety days earlier; "others like you" is
the median of at least five other customers of your segment.</p>
{tables}
</body>
</html>
"""


class ShareError(Exception):
    """There is nothing that could be shared; the message says the remedy."""


def share_scorecard(
    settings: Settings, customer: str, target: Path | None = None
) -> tuple[Path, int]:
    """Write a customer's own rows; gives the file and the number of rows.

    Raises:
        ShareError: an unknown customer, one without a scorecard, or an unknown kind of file.
    """
    path = target or Path(f"{file_name(customer)}.html")
    write = {".html": _page, ".csv": _csv, ".json": _json}.get(path.suffix)
    if write is None:
        message = (
            f"{path}: cannot be told what to write; name a file that ends in .html, .csv or .json"
        )
        raise ShareError(message)
    rows = ask_published(settings, QUERY, {"customer": customer})
    if not rows:
        raise ShareError(_why_none(settings, customer))
    path.parent.mkdir(parents=True, exist_ok=True)
    # A page is for people; rows of a file are found by their id.
    is_page = path.suffix == ".html"
    name = company_names(settings).get(("customer", customer), customer) if is_page else customer
    path.write_text(write(name, rows), encoding="utf-8")
    return path, len(rows)


def file_name(customer: str) -> str:
    """A name for a file in this folder, whatever the id holds; different ids, different names."""
    plain = re.sub(r"[^\w-]+", "_", customer)
    if plain == customer:
        return plain
    return f"{plain}-{hashlib.sha256(customer.encode()).hexdigest()[:8]}"


def _why_none(settings: Settings, customer: str) -> str:
    known = {row["customer_id"]: row["churned_on"] for row in ask_published(settings, KNOWN)}
    if customer not in known:
        near = ", ".join(difflib.get_close_matches(customer, known, n=3)) or "none"
        return f"{customer}: no such customer; ids are in core.dim_customers. Near matches: {near}"
    if known[customer]:
        return f"{customer}: left on {known[customer]}; a scorecard is for customers who are there"
    return f"{customer}: nothing is known yet that could be shared; connect the product's exports"


def _page(customer: str, rows: Sequence[dict[str, Any]]) -> str:
    tables = []
    for section, title in SECTIONS.items():
        lines = [_line(row) for row in rows if row["section"] == section]
        if lines:
            last = "due" if section == "goal" else "others like you"
            now, before = ("reached", "began at") if section == "goal" else ("now", "before")
            head = "".join(f"<th>{name}</th>" for name in ("", now, before, last, ""))
            body = "\n".join(lines)
            tables.append(f"<h2>{title}</h2>\n<table>\n<tr>{head}</tr>\n{body}\n</table>")
    return PAGE.format(
        customer=html.escape(customer), day=rows[0]["snapshot_on"], tables="\n".join(tables)
    )


def _line(row: dict[str, Any]) -> str:
    unit = row["unit"]
    if row["section"] == "goal":
        wanted = format_value(row["goal_value"], unit)
        compared, label = f"{wanted} by {row['goal_due_on'] or 'no day'}", row["label"]
    else:
        compared, label = format_value(row["segment_median"], unit), row["label"]
    cells = [
        label,
        format_value(row["value"], unit),
        format_value(row["baseline_value"], unit),
        compared,
        row["standing"].replace("_", " "),
    ]
    return "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells) + "</tr>"


def _csv(customer: str, rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["customer_id", *COLUMNS], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        cells = {"customer_id": customer, **row}
        writer.writerow({name: _not_a_formula(cell) for name, cell in cells.items()})
    return text.getvalue()


def _not_a_formula(cell: object) -> object:
    """Text as a spreadsheet shows it, and does not compute it."""
    is_formula = isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{cell}" if is_formula else cell


def _json(customer: str, rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"customer_id": customer, "measures": rows}, default=str, indent=1) + "\n"
