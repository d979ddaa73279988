"""One customer's scorecard as a file that can be sent to that customer.

Only rows of that customer are ever read. The page (`pages/own.py`) is for people; a CSV or JSON
file holds the rows behind it as numbers.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import hashlib
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.pages.portal import sign_link
from orchestration.report.forms import cell_of
from orchestration.report.published import ask_published

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
    write = {".csv": _csv, ".json": _json}.get(path.suffix)
    if write is None and path.suffix != ".html":
        message = (
            f"{path}: cannot be told what to write; name a file that ends in .html, .csv or .json"
        )
        raise ShareError(message)
    rows = ask_published(settings, QUERY, {"customer": customer})
    if not rows:
        raise ShareError(_why_none(settings, customer))
    # A page is for people; rows of a file are found by their id.
    text = write(customer, rows) if write else _page(settings, customer)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path, len(rows)


def link_scorecard(settings: Settings, customer: str, days: int) -> tuple[str, dt.date]:
    """The address of a customer's own page, and the last day, by UTC, on which it opens.

    Raises:
        ShareError: an unknown customer, one without a scorecard, or no token to sign with.
    """
    if settings.pages_token is None:
        message = (
            "a link is signed with the token that `drivewheel serve` was started with: set "
            "DRIVEWHEEL_PAGES_TOKEN to the same here"
        )
        raise ShareError(message)
    if not ask_published(settings, QUERY, {"customer": customer}):
        raise ShareError(_why_none(settings, customer))
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
    link = sign_link(settings.pages_token, customer, until)
    return f"{settings.pages_url.rstrip('/')}/{link}", until


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


def _page(settings: Settings, customer: str) -> str:
    # Pages build on reports; this is the one report that is a page.
    from orchestration.pages.own import render_own
    from orchestration.pages.site import Site

    html = render_own(Site(settings, is_alone=True), customer)
    if html is None:
        raise ShareError(_why_none(settings, customer))
    return html


def _csv(customer: str, rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["customer_id", *COLUMNS], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        cells = {"customer_id": customer, **row}
        writer.writerow({name: cell_of(cell) for name, cell in cells.items()})
    return text.getvalue()


def _json(customer: str, rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"customer_id": customer, "measures": rows}, default=str, indent=1) + "\n"
