"""The board lens: a month, quarter or year as a board reads it."""

from __future__ import annotations

import datetime as dt
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from orchestration.pages import addresses, charts
from orchestration.pages.fan import Path, draw_fan
from orchestration.pages.site import NoSuchPageError
from orchestration.report.board import LOSSES, NothingToShowError, read_board
from orchestration.report.movers import read_movers
from orchestration.report.words import add_months, format_period, format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestration.pages.site import Site

# Of a cohort's age, months; and steps of the heat map's colour.
AGES, SHADES = 25, 9
BALANCES = ("opening_mrr", "mrr")
PERIODS = """
select distinct grain, period_start from audiences.board_lens
where section in ('bridge', 'core') order by all
"""
# What is left of the customers won in a month, and of their MRR, month by month of age.
COHORTS = """
with months as (
    select
        month_start, customer_id, closing_mrr,
        min(month_start) filter (new_mrr > 0) over (partition by customer_id) as won_in
    from revenue_velocity.fct_customer_months
    where month_start <= $start
)
select
    won_in, date_diff('month', won_in, month_start) as age,
    count(*) filter (closing_mrr > 0) as customer_count, sum(closing_mrr) as mrr
from months
where won_in is not null and month_start >= won_in and month_start > $start - interval 36 month
group by all order by all
"""
SCENARIOS = "select * from governance.runway_scenarios order by scenario_id"
LARGEST = """
select customers.customer_id, months.closing_mrr as mrr,
    months.closing_mrr / sum(months.closing_mrr) over () as share,
from revenue_velocity.fct_customer_months as months
inner join core.dim_customers as customers using (customer_id)
where months.month_start = (
    select max(month_start) from revenue_velocity.fct_customer_months where month_start <= $start
) and months.closing_mrr > 0
order by mrr desc, customer_id limit 10
"""
AHEAD = """
select
    date_trunc('month', due_on) as month_start, count(*) as due_count, sum(due_arr) as due_arr,
    count(*) filter (is_ending) as ending_count, sum(due_arr) filter (is_ending) as ending_arr,
    sum(due_arr * leaving_probability) as expected_loss_arr
from customer_health.fct_renewals_ahead
group by all order by all
"""
_PAGE = re.compile(r"^boards/(month|quarter|year)-(\d{4})-(\d{2})\.html$")


def board_pages(site: Site) -> list[str]:
    """The addresses of all months, quarters and years that the lens has."""
    return [addresses.board(row["grain"], row["period_start"]) for row in site.ask(PERIODS)]


def read_lens(site: Site, page: str) -> dict[str, Any]:
    """What the page of a month, quarter or year shows, or of the newest month.

    Raises:
        NoSuchPageError: the lens has no such period.
    """
    grain, start = "month", None
    if page != addresses.BOARD:
        found = _PAGE.match(page)
        if not found:
            message = f"the board lens has no page {page}"
            raise NoSuchPageError(message)
        grain = found[1]
        try:
            start = dt.date(int(found[2]), int(found[3]), 1)
        except ValueError as error:
            raise NoSuchPageError(str(error)) from error
    try:
        rows = read_board(site.settings, grain=grain, period_start=start)
    except NothingToShowError as error:
        raise NoSuchPageError(str(error)) from error
    start = rows[0]["period_start"]
    sections: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        sections.setdefault(row["section"], []).append(row)
    periods = site.ask(PERIODS)
    of_grain = [row["period_start"] for row in periods if row["grain"] == grain]
    place = of_grain.index(start)
    # What lies ahead is known as of today alone, which the last year ended long before.
    is_newest = place + 1 == len(of_grain) and grain != "year"
    scenarios = site.ask(SCENARIOS) if is_newest else []
    return {
        "title": f"Board lens, {format_period(start, grain)}",
        "grain": grain,
        "start": start,
        "sections": sections,
        "bridge": _bridge(sections.get("bridge", [])),
        "cohorts": _heat(site.ask(COHORTS, start=rows[0]["period_end"].replace(day=1))),
        "ages": range(AGES),
        "movers": read_movers(site.settings, start, rows[0]["period_end"]),
        "scenarios": scenarios,
        "fan": _fan(scenarios),
        "largest": site.ask(LARGEST, start=start),
        "ahead": site.ask(AHEAD) if is_newest else [],
        "before": of_grain[place - 1] if place else None,
        "after": of_grain[place + 1] if place + 1 < len(of_grain) else None,
        "others": _others(periods, grain, start),
        "here": addresses.BOARD,
    }


def _others(
    periods: Sequence[dict[str, Any]], grain: str, start: dt.date
) -> list[tuple[str, dt.date]]:
    """Of each other grain the newest period that does not begin later."""
    found: dict[str, dt.date] = {}
    for row in sorted(periods, key=lambda row: row["period_start"]):
        if row["grain"] != grain and row["period_start"] <= start:
            found[row["grain"]] = row["period_start"]
    return sorted(found.items())


def _fan(scenarios: Sequence[dict[str, Any]]) -> object:
    """Free cash by each scenario, month by month; None where cash or burn is unknown."""
    known = [row for row in scenarios if row["cash_by_month"]]
    if not known:
        return None
    months = range(len(known[0]["cash_by_month"]) + 1)
    return draw_fan(
        "Free cash by scenario",
        [format_period(add_months(known[0]["started_on"], ahead), "month") for ahead in months],
        [
            Path(
                row["label"],
                [row["cash"], *row["cash_by_month"]],
                is_main=row["scenario_id"] == "as_now",
            )
            for row in known
        ],
        partial(format_value, unit="currency"),
    )


def _bridge(rows: Sequence[dict[str, Any]]) -> object:
    """The bridge of MRR, signed so that its bars add up."""
    known = {row["item"]: row for row in rows if row["value"] is not None}
    if not all(balance in known for balance in BALANCES):
        return None
    changes = [row for item, row in known.items() if item not in BALANCES and row["value"]]
    opening, closing = (known[balance] for balance in BALANCES)
    steps = [
        (opening["label"], opening["value"], True),
        *(
            (row["label"], -row["value"] if row["item"] in LOSSES else row["value"], False)
            for row in changes
        ),
        (closing["label"], closing["value"], True),
    ]
    return charts.waterfall("Bridge of MRR", steps, partial(format_value, unit="currency"))


def _heat(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cohorts with, by age, the shares of customers and of MRR that are left."""
    cohorts: dict[dt.date, dict[int, dict[str, Any]]] = {}
    for row in rows:
        cohorts.setdefault(row["won_in"], {})[row["age"]] = row
    heat = []
    for won_in, ages in sorted(cohorts.items()):
        first = ages.get(0)
        if first is None or not first["customer_count"]:
            continue
        cells: list[dict[str, Any] | None] = []
        for age in range(AGES):
            if age not in ages:
                cells.append(None)
                continue
            row = ages[age]
            customers = row["customer_count"] / first["customer_count"]
            mrr = float(row["mrr"]) / float(first["mrr"]) if first["mrr"] else None
            cells.append(
                {
                    "customers": customers,
                    "mrr": mrr,
                    "shade": round(min(customers, 1.0) * SHADES),
                    "mrr_shade": None if mrr is None else round(min(mrr / 1.5, 1.0) * SHADES),
                }
            )
        heat.append({"won_in": won_in, "count": first["customer_count"], "cells": cells})
    return heat
