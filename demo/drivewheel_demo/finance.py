"""What the books have to tell: invoices, receipts and earned revenue by day and month.

Read from what billing has delivered, so that ledger and billing agree to a cent. Amounts are
US dollars; others are converted with the reference rates of `seeds/fx_rates.csv`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, first_of_month
from drivewheel_demo.company import Customer
from drivewheel_demo.contracts import Period
from drivewheel_demo.rows import Delivery, Row
from orchestration.settings import PROJECT_DIR

CONTRACT_DAYS_TO_PAY = 25, 65


@dataclass
class Books:
    """Dollars by day or first of month; `earned` by kind of revenue."""

    invoiced: dict[date, float] = field(default_factory=lambda: defaultdict(float))
    tax: dict[date, float] = field(default_factory=lambda: defaultdict(float))
    received: dict[date, float] = field(default_factory=lambda: defaultdict(float))
    refunded: dict[date, float] = field(default_factory=lambda: defaultdict(float))
    written_off: dict[date, float] = field(default_factory=lambda: defaultdict(float))
    earned: dict[str, dict[date, float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )

    def revenue(self, month: date) -> float:
        """Earned in a month, of every kind."""
        return sum(kind.get(month, 0.0) for kind in self.earned.values())


@cache
def _rates() -> dict[str, list[tuple[date, float]]]:
    found: dict[str, list[tuple[date, float]]] = defaultdict(list)
    with (PROJECT_DIR / "seeds/fx_rates.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["currency"]].append(
                (date.fromisoformat(row["month_start"]), float(row["rate"]))
            )
    return {currency: sorted(rates) for currency, rates in found.items()}


def dollars(amount: float, currency: str, on: date) -> float:
    """An amount at the reference rate of its month, else the latest before it."""
    if currency == "usd":
        return amount
    return amount * _rate(currency, on.replace(day=1))


@cache
def _rate(currency: str, month: date) -> float:
    rates = _rates()[currency]
    known = [rate for begins, rate in rates if begins <= month]
    return known[-1] if known else rates[0][1]


def keep_books(
    out: Delivery,
    customers: tuple[Customer, ...],
    terms: dict[int, list[Period]],
    horizon: Horizon,
) -> Books:
    """The books of the whole span."""
    books = Books()
    invoices = {row["id"]: row for _, row in out.rows["stripe.invoice"] if row["status"] != "void"}
    for row in invoices.values():
        day = row["created"].date()
        books.invoiced[day] += dollars(row["total"] / 100, row["currency"], day)
        books.tax[day] += dollars(row["tax"] / 100, row["currency"], day)
    for seen, row in out.rows["stripe.invoice"]:
        if row["status"] == "uncollectible":
            due = dollars(row["amount_due"] / 100, row["currency"], row["created"].date())
            books.written_off[seen.date()] += due
    for _, row in out.rows["stripe.charge"]:
        invoice = invoices.get(row["invoice_id"])
        if invoice and row["status"] == "succeeded" and not row["amount_refunded"]:
            amount = dollars(row["amount"] / 100, row["currency"], invoice["created"].date())
            books.received[row["created"].date()] += amount
    for _, row in out.rows["stripe.refund"]:
        amount = dollars(row["amount"] / 100, row["currency"], row["created"].date())
        books.refunded[row["created"].date()] += amount
    for _, line in out.rows["stripe.invoice_line_item"]:
        if line["invoice_id"] in invoices:
            _earn_line(books, line, invoices[line["invoice_id"]])
    _earn_contracts(books, customers, terms, horizon)
    return books


def _earn_line(books: Books, line: Row, invoice: Row) -> None:
    share = (invoice["total"] - invoice["tax"]) / invoice["subtotal"] if invoice["subtotal"] else 0
    day = invoice["created"].date()
    amount = dollars(line["amount"] / 100 * share, line["currency"], day)
    if line.get("price_id") and "onboarding" in line["price_id"]:
        kind = "services"
    elif line["quantity"] >= story.METERED_FROM:
        kind = "usage"
    else:
        kind = "subscription"
    # Usage is billed after the fact, everything else ahead: earned from the invoice on.
    start = max(line["period_start"], invoice["created"]) if kind != "usage" else day
    _spread(books, kind, amount, start=start, end=line["period_end"])


def _spread(
    books: Books, kind: str, amount: float, *, start: datetime | date, end: datetime | date
) -> None:
    """Evenly over the days of a service; what has none is earned at once."""
    first = start.date() if isinstance(start, datetime) else start
    last = end.date() if isinstance(end, datetime) else end
    days = (last - first).days
    if days <= 0:
        books.earned[kind][first.replace(day=1)] += amount
        return
    day = first
    while day < last:
        following = min(first_of_month(day.year, day.month + 1), last)
        books.earned[kind][day.replace(day=1)] += amount * (following - day).days / days
        day = following


def _earn_contracts(
    books: Books,
    customers: tuple[Customer, ...],
    terms: dict[int, list[Period]],
    horizon: Horizon,
) -> None:
    """A spreadsheet's term is invoiced when it begins, for its length, and paid weeks later."""
    for number, periods in terms.items():
        customer = customers[number - 1]
        monthly = story.PLANS[customer.plan].monthly * story.PRICE_FACTOR[customer.currency]
        for period in periods:
            end = period.ended_on or period.started_on + timedelta(days=365)
            yearly = monthly * story.ANNUAL_MONTHS * period.seats
            amount = yearly * (end - period.started_on).days / 365
            value = dollars(amount, customer.currency, period.started_on)
            books.invoiced[period.started_on] += value
            fewest, most = CONTRACT_DAYS_TO_PAY
            days = fewest + (number * 17 + period.started_on.toordinal()) % (most - fewest)
            books.received[period.started_on + timedelta(days=days)] += value
            _spread(books, "subscription", value, start=period.started_on, end=end)
