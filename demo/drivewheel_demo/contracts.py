"""Contracts kept in a spreadsheet: a few larger customers that Stripe has never heard of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, add_months, at, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.rows import Delivery

GAP_DAYS = 46  # the first contract that ends comes back after so many days


@dataclass(frozen=True)
class Period:
    """One row of the spreadsheet."""

    started_on: date
    ended_on: date | None
    seats: int


def simulate_contracts(
    customers: tuple[Customer, ...], horizon: Horizon, *, seed: int
) -> dict[int, list[Period]]:
    """Yearly terms per customer number: growth in the middle, an end at a term's end."""
    found: dict[int, list[Period]] = {}
    gap_left = True
    for customer in (c for c in customers if c.billed_by == "contracts"):
        rng = random_stream(seed, "contracts", customer.number)
        start, seats, term = customer.signed_up_on, customer.seats, 0
        periods: list[Period] = []
        while start <= horizon.last:
            end = add_months(at(start), 12).date()
            draw = rng.random(3)
            if draw[0] < 0.5:
                middle = start + timedelta(days=int(60 + 200 * draw[1]))
                periods.append(Period(start, middle, seats))
                seats = round(seats * 1.2) + 1
                periods.append(Period(middle, end, seats))
            else:
                periods.append(Period(start, end, seats))
            leaves = draw[2] < 0.1
            if not leaves and term == 0 and gap_left and end <= horizon.end_on:
                gap_left, end = False, end + timedelta(days=GAP_DAYS)
            elif leaves:
                break
            start, term = end, term + 1
        else:
            last = periods[-1]
            periods[-1] = Period(last.started_on, None, last.seats)
        found[customer.number] = periods
    return found


def deliver_contracts(
    out: Delivery, customers: tuple[Customer, ...], terms: dict[int, list[Period]]
) -> None:
    """Rows of both sheets; a row appears on its first day, its end is known from the start."""
    for number, periods in terms.items():
        customer = customers[number - 1]
        monthly = story.PLANS[customer.plan].monthly * story.PRICE_FACTOR[customer.currency]
        out.add(
            "contracts.customer",
            at(customer.signed_up_on),
            {
                "customer_id": customer.contract_id,
                "name": customer.name,
                "segment": customer.segment,
                "plan": customer.plan.title(),
                "region": customer.region,
                "channel": customer.channel,
                "industry": customer.industry,
                "parent_customer_id": None,
                "domain": customer.domain,
            },
        )
        for period in periods:
            out.add(
                "contracts.subscription_periods",
                at(period.started_on),
                {
                    "subscription_id": f"con_{number:06d}",
                    "customer_id": customer.contract_id,
                    "started_on": period.started_on,
                    "ended_on": period.ended_on,
                    "amount": f"{monthly * story.ANNUAL_MONTHS:.2f}",
                    "quantity": period.seats,
                    "interval": "year",
                    "interval_count": 1,
                    "currency": customer.currency,
                    "plan": customer.plan.title(),
                    "status": "active",
                },
            )
