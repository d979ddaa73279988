"""What the ledger's money follows, for the oracle: customers' shares of a month (decisions, F5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tests.oracles.books import Posting, by_month, postings
from tests.oracles.catalogue import Company, last_day
from tests.oracles.landing import is_deleted
from tests.oracles.rates import Rates, read_fx, read_minor_units
from tests.oracles.recompute_services import read_projects
from tests.oracles.results import month_of
from tests.oracles.tickets import read_tickets
from tests.oracles.usage import read_usage

NOBODY = "unknown"
Weights = dict[str, float]  # by customer
FOLLOWS = {
    "usage_revenue": "charges",
    "services_revenue": "hours",
    "delivery": "hours",
    "hosting": "events",
    "support": "tickets",
}


class Drivers:
    """Weights of customers by driver and month."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.weights: dict[tuple[str, date], Weights] = defaultdict(lambda: defaultdict(float))
        for driver, customer, month, weight in self._read():
            if weight > 0:
                self.weights[driver, month][customer] += weight

    def shares(self, posting: Posting) -> Weights:
        """Who caused a line, and how much of it; what nobody did stays with nobody."""
        month = month_of(posting.day)
        wanted = self.weights.get((FOLLOWS.get(posting.category, "mrr"), month))
        weights = wanted or self.weights.get(("mrr", month)) or {NOBODY: 1.0}
        whole = sum(weights.values())
        return {customer: weight / whole for customer, weight in weights.items()}

    def divided(self) -> Iterator[tuple[Posting, str, float]]:
        """Every line of revenue or variable cost, with the part of each customer."""
        for posting in postings(self.company):
            if posting.statement == "revenue" or posting.is_variable:
                for customer, share in self.shares(posting).items():
                    yield posting, customer, posting.amount * share

    def _read(self) -> Iterator[tuple[str, str, date, float]]:
        company, usage = self.company, read_usage(self.company)
        for month, rows in by_month(company).items():
            for row in rows:
                half = float(row.opening_mrr + row.closing_mrr) / 2
                yield "mrr", row.customer_id, month, half
        for month in company.months:
            for customer in usage.customers:
                seen = usage.at(customer, min(last_day("month", month), company.as_of))
                yield "events", customer, month, seen.events if seen else 0
        for ticket in read_tickets(company):
            if ticket.customer:
                yield "tickets", ticket.customer, month_of(ticket.created.date()), 1
        projects = read_projects(company)
        for entry in company.landing.newest("harvest.time_entry"):
            project = projects.get(entry["project_id"])
            if project and project.customer and entry["spent_date"] <= company.as_of:
                month = month_of(entry["spent_date"])
                yield "hours", project.customer, month, entry["hours"]
        yield from self._charges()

    def _charges(self) -> Iterator[tuple[str, str, date, float]]:
        """Invoiced use, at the rate with which its month opened, to the cent of each day."""
        landing, seeds = self.company.landing, self.company.seeds
        rates, units = (
            Rates(read_fx(seeds / "fx_rates.csv"), "usd"),
            read_minor_units(seeds / "currencies.csv"),
        )
        metered = {
            row["id"]
            for name, column in (("price", "recurring_usage_type"), ("plan", "usage_type"))
            for row in landing.newest(f"stripe.{name}")
            if row[column] == "metered"
        }
        invoices = {
            row["id"]: row
            for row in landing.newest("stripe.invoice")
            if not is_deleted(row) and row["status"] not in ("draft", "void")
        }
        found: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
        for line in landing.newest("stripe.invoice_line_item"):
            invoice, price = invoices.get(line["invoice_id"]), line["price_id"] or line["plan_id"]
            if is_deleted(line) or invoice is None or price not in metered:
                continue
            day, currency = line["period_end"].date(), line["currency"].lower()
            if day <= self.company.as_of:
                rate = rates.opening(currency, month_of(day))
                amount = Decimal(line["amount"]) / 10 ** units.get(currency, 2)
                amount *= Decimal(rate.numerator) / Decimal(rate.denominator)
                found[invoice["customer_id"], day] += amount
        for (customer, day), amount in found.items():
            rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
            yield "charges", customer, month_of(day), float(rounded)
