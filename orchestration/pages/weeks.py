"""The weekly review: what was first told of a week, with the weeks before and after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from orchestration.pages import addresses
from orchestration.pages.site import NoSuchPageError
from orchestration.report.weeks import (
    NoSuchWeekError,
    read_week,
    read_weeks,
    so_far,
    sums_of_weeks,
)

if TYPE_CHECKING:
    from orchestration.pages.site import Site

_PAGE = re.compile(r"^weeks/(\d{4}-W\d{2})\.html$")


def week_pages(site: Site) -> list[str]:
    """The addresses of all weeks of which something was published."""
    return [addresses.week(week) for week in read_weeks(site.settings)]


def read_week_page(site: Site, page: str) -> dict[str, Any]:
    """What the page of a week shows.

    Raises:
        NoSuchPageError: nothing was published of it.
    """
    found = _PAGE.match(page)
    if not found:
        message = f"there is no page {page}"
        raise NoSuchPageError(message)
    week = found[1]
    try:
        rows = read_week(site.settings, week)
    except NoSuchWeekError as error:
        raise NoSuchPageError(str(error)) from error
    weeks = read_weeks(site.settings)
    place = weeks.index(week)
    return {
        "title": f"The week {week}",
        "snapshot_on": rows[0]["snapshot_on"],
        "company_score": rows[0]["company_score"],
        "rows": [row | {"so_far": so_far(row)} for row in rows],
        "sums": list(filter(None, map(sums_of_weeks, rows))),
        "after": weeks[place - 1] if place else None,
        "before": weeks[place + 1] if place + 1 < len(weeks) else None,
        "here": addresses.HOME,
    }
