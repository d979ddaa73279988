"""Renewals, failed payments and what leaks, recomputed subscription by subscription."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from tests.oracles.book import round_to
from tests.oracles.catalogue import Company, Values
from tests.oracles.landing import Row, is_deleted
from tests.oracles.life import Life
from tests.oracles.operations import reach_of
from tests.oracles.reasons import Held
from tests.oracles.results import add_to_month, month_of
from tests.oracles.tally import MONTHLY, Dated, answer, by_customer, day_of
from tests.oracles.terms import stretches

METRICS = (
    "renewal_rate_value",
    "renewal_rate_count",
    "renewed_arr",
    "renewed_customers",
    "dunning_recovery_rate",
    "revenue_leakage",
)
DAY, COLLECTION = timedelta(days=1), timedelta(days=21)
COMMITMENT = 3  # months


@dataclass(frozen=True)
class Renewal:
    """The end of a term: what was up for renewal and what carried on, in MRR."""

    due: Fraction
    kept: Fraction


def recompute(company: Company) -> Values:
    """Every metric of renewing and collecting, for the total and by segment."""
    reach = reach_of(company, "billing")
    ended: list[Dated] = [
        (day, by_customer(company, key), renewal)
        for key, life in company.lives.items()
        for day, renewal in renewals(life)
    ]
    failures = list(failed_payments(company))
    failed = [(f.day, by_customer(company, f.customer), f.is_recovered) for f in failures]
    leaks = [
        (day, by_customer(company, customer), amount)
        for day, customer, amount in _leaks(company, failures)
    ]
    slices = {slice_ for _, whose, _ in ended for slice_ in whose}
    result: Values = {}
    for metric, finish in (
        (
            "renewal_rate_value",
            lambda of: float(sum(r.kept for r in of) / sum(r.due for r in of)) if of else None,
        ),
        ("renewal_rate_count", lambda of: sum(r.kept > 0 for r in of) / len(of) if of else None),
        ("renewed_arr", lambda of: float(12 * sum(r.kept for r in of))),
        ("renewed_customers", lambda of: sum(r.kept > 0 for r in of)),
    ):
        result |= answer(
            company,
            metric,
            ended,
            finish,
            grains=MONTHLY,
            reach=reach,
            is_dense=True,
            slices=slices,
        )
    result |= answer(
        company,
        "dunning_recovery_rate",
        failed,
        lambda of: sum(of) / len(of) if of else None,
        grains=MONTHLY,
        reach=reach,
        maturity_days=COLLECTION.days,
        is_dense=True,
    )
    return result | answer(
        company,
        "revenue_leakage",
        leaks,
        lambda of: float(sum(of)),
        grains=MONTHLY,
        reach=reach,
        is_dense=True,
    )


def _paid(life: Life, held: Held, month: date, subscription_id: str | None = None) -> Fraction:
    """What is paid, at the month's closing rates: by the customer, or by one subscription."""
    return sum(
        (
            h.net_mrr * life.rates.closing(h.currency, month)
            for h in held.values()
            if h.pays and subscription_id in (None, h.subscription_id)
        ),
        Fraction(0),
    )


def renewals(life: Life) -> Iterator[tuple[date, Renewal]]:
    """Ends of terms that the subscription reached, and that have come."""
    for stretch in stretches(life):
        if stretch.months < COMMITMENT:
            continue
        for day in stretch.ends():
            if day > min(stretch.until, life.as_of):
                break
            before, after, month = life.at(day - DAY), life.at(day), month_of(day)
            due = _paid(life, before, month, stretch.subscription_id)
            others = _paid(life, before, month) - due
            # Its own payment counts whatever others do; theirs only as far as they grew.
            taken_over = _paid(life, after, month) - others
            kept = max(_paid(life, after, month, stretch.subscription_id), taken_over)
            yield day, Renewal(due, min(due, kept))


@dataclass(frozen=True)
class Failure:
    """An invoice of which a charge failed."""

    customer: str
    day: date
    amount: Fraction
    is_recovered: bool


def failed_payments(company: Company) -> Iterator[Failure]:
    """By the day of the first failure; recovered by a charge that succeeded after it."""
    charges: dict[str, list[Row]] = defaultdict(list)
    for row in company.landing.newest("stripe.charge"):
        if day_of(row["created"]) <= company.as_of:
            charges[row["invoice_id"]].append(row)
    rates = next(iter(company.lives.values())).rates
    digits = {row["currency"]: int(row["minor_units"]) for row in company.seed("currencies")}
    for invoice in company.landing.newest("stripe.invoice"):
        tried = sorted(charges[invoice["id"]], key=lambda row: row["created"])
        failed = next((row for row in tried if row["status"] == "failed"), None)
        if failed is None or invoice["customer_id"] not in company.customers:
            continue
        day, currency = day_of(failed["created"]), invoice["currency"].lower()
        amount = Fraction(invoice["amount_due"]) / 10 ** digits.get(currency, 2)
        later = [row for row in tried if row["created"] > failed["created"]]
        yield Failure(
            invoice["customer_id"],
            day,
            round_to(amount * rates.opening(currency, month_of(day)), 2),
            any(row["status"] == "succeeded" for row in later),
        )


def _leaks(company: Company, failures: Iterable[Failure]) -> Iterator[tuple[date, str, Fraction]]:
    """Payments given up, and months that no invoice covers."""
    for failure in failures:
        if not failure.is_recovered and failure.day + COLLECTION <= company.as_of:
            yield failure.day, failure.customer, failure.amount
    covered = _covered(company)
    billed = {row["id"] for row in company.landing.newest("stripe.customer")}
    for month in company.mrr.months:
        is_paying = month.opening_mrr > 0 and month.closing_mrr > 0
        key = (month.customer_id, month.month_start)
        if is_paying and month.customer_id in billed and key not in covered:
            yield month.month_start, month.customer_id, round_to(Fraction(month.closing_mrr), 2)


def _covered(company: Company) -> set[tuple[str, date]]:
    """Customers and months of which an issued line of an item covers a day."""
    invoices = {
        row["id"]: row
        for row in company.landing.newest("stripe.invoice")
        if row["status"] not in ("draft", "void") and not is_deleted(row)
    }
    found = set()
    for line in company.landing.newest("stripe.invoice_line_item"):
        invoice = invoices.get(line["invoice_id"])
        if invoice is None or is_deleted(line) or not line["subscription_item_id"]:
            continue
        start, end = line["period_start"], line["period_end"]
        for month in company.months if start and end else ():
            if day_of(start) < add_to_month(month, 1) and end > datetime.combine(month, time()):
                found.add((invoice["customer_id"], month))
    return found
