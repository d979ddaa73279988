"""Where each page lives: one address for the server and for the static site.

An address is relative to the site and ends in `.html`, so that a page opens from a folder of
files too. Links are relative to the page that they stand on.
"""

from __future__ import annotations

import datetime as dt
import re

from orchestration.report.share import file_name

HOME = "index.html"
METRICS = "metrics.html"
CUSTOMERS = "customers.html"
AT_RISK = "at-risk.html"
DRIVERS = "drivers.html"
STEPS = "steps.html"
TREE = "tree.html"
BOARD = "board.html"
LEADERSHIP = "leadership.html"
TECHNICAL = "technical.html"


def metric(metric_id: str) -> str:
    """The page of a metric; it stays the same for as long as the metric keeps its name."""
    return f"metrics/{metric_id}.html"


def trace(metric_id: str, period: str | None = None) -> str:
    """The rows behind a value of a metric, the newest complete one by default."""
    return f"traces/{metric_id}{f'-{period}' if period else ''}.html"


def customer(customer_id: str) -> str:
    """The page of a customer, for colleagues."""
    return f"customers/{file_name(customer_id)}.html"


def step(intervention_id: str) -> str:
    """The page of an open step."""
    return f"steps/{intervention_id[:16]}.html"


def board(grain: str, start: dt.date) -> str:
    """The board lens of a month, quarter or year."""
    return f"boards/{grain}-{start:%Y-%m}.html"


def week(name: str) -> str:
    """What was first told of a week, by its ISO name."""
    return f"weeks/{name}.html"


def function(name: str) -> str:
    """What a function of the company is measured by."""
    return f"functions/{file_name(name)}.html"


def relative(address: str, page: str) -> str:
    """An address as a link from another page of the site."""
    return f"{'../' * page.count('/')}{address}"


def plain(text: str) -> str:
    """A part of an address that a page's heading is found by."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
