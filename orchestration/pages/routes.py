"""Which address shows what: the template of each page, and what it is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from orchestration.pages import (
    accounts,
    addresses,
    catalogue,
    doing,
    executive,
    foresight,
    hierarchies,
    lens,
    weeks,
)
from orchestration.pages.site import NoSuchPageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestration.pages.site import Site

FUNCTIONS = "select distinct function from audiences.leadership_scorecard order by 1"
METRICS = "select metric_id from governance.dim_metrics order by 1"
STEPS = "select intervention_id from governance.open_interventions order by 1"
_METRIC = re.compile(r"^metrics/([a-z0-9_]+)\.html$")
_TRACE = re.compile(r"^traces/([a-z0-9_]+?)(?:-(\d{4}(?:-[QW]?\d{2}|-Q\d|-\d{2}-\d{2})))?\.html$")


@dataclass(frozen=True)
class Page:
    """A template and what it needs; whether it shows what acts in the landing change."""

    template: str
    read: Callable[[], dict[str, Any]]
    shows_steps: bool = False


# Pages of which there is one.
SINGLE: dict[str, tuple[str, Callable[[Site], dict[str, Any]], bool]] = {
    addresses.HOME: ("executive.html", executive.read_executive, True),
    addresses.METRICS: ("dictionary.html", catalogue.read_dictionary, False),
    addresses.CUSTOMERS: ("customers.html", accounts.read_customers, False),
    addresses.DRIVERS: ("drivers.html", foresight.read_drivers, False),
    addresses.AT_RISK: ("at_risk.html", accounts.read_at_risk_page, False),
    addresses.STEPS: ("steps.html", doing.read_steps, True),
    addresses.TREE: ("tree.html", hierarchies.read_picture, False),
    addresses.LEADERSHIP: ("leadership.html", hierarchies.read_leadership, False),
    addresses.TECHNICAL: ("technical.html", hierarchies.read_technical, False),
}


def find_page(site: Site, page: str) -> Page:
    """What an address shows.

    Raises:
        NoSuchPageError: nothing.
    """
    if page in SINGLE:
        template, read, shows_steps = SINGLE[page]
        return Page(template, partial(read, site), shows_steps)
    if found := _METRIC.match(page):
        return Page("metric.html", partial(catalogue.read_metric, site, found[1]), True)
    if found := _TRACE.match(page):
        return Page("trace.html", partial(catalogue.read_rows, site, found[1], found[2]))
    if page == addresses.BOARD or page.startswith("boards/"):
        return Page("board.html", partial(lens.read_lens, site, page))
    if page.startswith("customers/"):
        return Page("customer.html", partial(accounts.read_customer, site, page), True)
    if page.startswith("steps/"):
        return Page("step.html", partial(doing.read_step, site, page), True)
    if page.startswith("weeks/"):
        return Page("week.html", partial(weeks.read_week_page, site, page))
    if page.startswith("functions/"):
        return Page("function.html", partial(hierarchies.read_function, site, page))
    message = f"there is no page {page}"
    raise NoSuchPageError(message)


def render_page(site: Site, page: str, **more: str) -> str:
    """A page as HTML; `more` is what a visit adds to it (a token of its forms).

    Raises:
        NoSuchPageError: there is none at this address.
    """
    found = find_page(site, page)
    key = "|".join([site.acts() if found.shows_steps else "", *more.values()])
    return site.render(page, found.template, lambda: {**found.read(), **more}, key=key)


def all_pages(site: Site) -> Iterator[str]:
    """Every page that the site has now, the executive page first.

    Traces only of newest values: those of others are made when somebody asks for one.
    """
    yield from SINGLE
    yield addresses.BOARD
    yield from lens.board_pages(site)
    yield from weeks.week_pages(site)
    yield from map(addresses.function, site.column(FUNCTIONS))
    yield from map(addresses.metric, site.column(METRICS))
    yield from map(addresses.trace, sorted(catalogue.read_traceable(site)))
    yield from site.customers
    yield from map(addresses.step, site.column(STEPS))
