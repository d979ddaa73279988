"""The ledger for the oracle: postings with what their accounts are part of, and MRR by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tests.oracles.catalogue import Company
from tests.oracles.landing import is_deleted
from tests.oracles.results import Month, month_of


@dataclass(frozen=True)
class Posting:
    """A journal line in the home currency, debit positive; `touches_cash` speaks of its journal."""

    day: date
    journal: str
    amount: float
    category: str
    statement: str
    cost_group: str
    is_variable: bool
    department: str
    line_of_business: str
    touches_cash: bool = False


@lru_cache(maxsize=2)
def postings(company: Company) -> tuple[Posting, ...]:
    """Every line of every journal that was not deleted, through the day computed."""
    numbers = {r["account_number"]: r["category"] for r in company.seed("ledger_account_map")}
    types = {r["account_type"]: r["category"] for r in company.seed("ledger_account_map")}
    categories = {r["category"]: r for r in company.seed("ledger_categories")}
    landing = company.landing
    accounts = {}
    for row in landing.newest("quickbooks.account"):
        category = numbers.get(row["account_number"]) or types.get(row["account_type"])
        accounts[row["id"]] = category or "balance_sheet"
    functions = {r["department"].lower(): r["function"] for r in company.seed("department_map")}
    departments = {
        row["id"]: functions.get(row["name"].lower(), "unknown")
        for row in landing.newest("quickbooks.department")
    }
    classes = {row["id"]: row["name"] for row in landing.newest("quickbooks.class")}
    journals = {
        row["id"]: row
        for row in landing.newest("quickbooks.journal_entry")
        if not is_deleted(row) and row["transaction_date"] <= company.as_of
    }
    lines = [
        row
        for row in landing.newest("quickbooks.journal_entry_line")
        if not is_deleted(row) and row["journal_entry_id"] in journals
    ]
    cash = {row["journal_entry_id"] for row in lines if accounts.get(row["account_id"]) == "cash"}
    found = []
    for row in lines:
        journal = journals[row["journal_entry_id"]]
        sign = -1 if row["posting_type"].lower() == "credit" else 1
        category = accounts.get(row["account_id"], "balance_sheet")
        kind = categories[category]
        found.append(
            Posting(
                day=journal["transaction_date"],
                journal=journal["id"],
                amount=sign * float(row["amount"]) * (journal["exchange_rate"] or 1.0),
                category=category,
                statement=kind["statement"],
                cost_group=kind["cost_group"],
                is_variable=kind["is_variable"] == "true",
                department=departments.get(row["department_id"], "unknown"),
                line_of_business=classes.get(row["class_id"], "unknown"),
                touches_cash=row["journal_entry_id"] in cash,
            )
        )
    return tuple(found)


def is_burn(posting: Posting) -> bool:
    """Why cash moved, where it is neither capital nor cash put aside."""
    aside = ("cash", "financing", "restricted_cash")
    return posting.touches_cash and posting.statement not in aside


def ledger_months(company: Company) -> Iterator[date]:
    """Months from the ledger's first to its last."""
    days = [posting.day for posting in postings(company)]
    first, last = month_of(min(days)), month_of(max(days))
    yield from (month for month in company.months if first <= month <= last)


def by_month(company: Company) -> dict[date, list[Month]]:
    """Customers' months by month."""
    found: dict[date, list[Month]] = defaultdict(list)
    for month in company.mrr.months:
        found[month.month_start].append(month)
    return found
