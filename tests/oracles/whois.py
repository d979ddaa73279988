"""Who is whom, for the oracle: an id of another system first, then a domain of one customer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from tests.oracles.catalogue import Company


class Whois:
    """Customers by the ids and domains that other systems know."""

    def __init__(self, company: Company) -> None:
        """Read accounts, contracts and companies."""
        landing = company.landing
        self._ids = {customer: customer for customer in company.customers}
        self._domains: dict[str, set[str]] = defaultdict(set)
        stripe = {row["id"]: row for row in landing.newest("stripe.customer")}
        named = {
            json.loads(row["metadata"] or "{}").get("app_account_id"): key
            for key, row in stripe.items()
        }
        contracts = {
            row["domain"]: row["customer_id"] for row in landing.newest("contracts.customer")
        }
        for account in landing.newest("app.account"):
            if account["is_test"]:
                continue
            key = account["id"]
            customer = account["stripe_customer_id"]
            if customer not in stripe:
                customer = named.get(key) or contracts.get(account["domain"]) or key
            self._ids.setdefault(key, customer)
            self._domains[account["domain"]].add(customer)
        for domain, customer in contracts.items():
            self._domains[domain].add(customer)
        for row in landing.newest("hubspot.company"):
            if row["property_stripe_customer_id"] in stripe:
                self._ids.setdefault(row["id"], row["property_stripe_customer_id"])

    def find(self, external_id: str | None, domains: Iterable[str | None]) -> str | None:
        """The customer, or none."""
        if external_id in self._ids:
            return self._ids[external_id]
        for domain in domains:
            found = self._domains.get((domain or "").lower(), set())
            if len(found) == 1:
                return next(iter(found))
        return None


def topmost_parents(company: Company) -> dict[str, str]:
    """Customers that belong to somebody else: to whom at the top, a holding by its own id."""
    whois, landing = Whois(company), company.landing
    parents = {
        row["customer_id"]: row["parent_customer_id"]
        for row in landing.newest("contracts.customer")
        if row["parent_customer_id"]
    }
    rows = {row["id"]: row for row in landing.newest("hubspot.company")}
    survivors = {
        old.strip(): key
        for key, row in rows.items()
        for old in (row["property_hs_merged_object_ids"] or "").split(";")
        if old.strip()
    }
    owners: dict[str, str] = {}
    for account in landing.newest("app.account"):
        customer = whois.find(account["id"], ())
        if customer and account["hubspot_company_id"]:
            key = account["hubspot_company_id"]
            owners[survivors.get(key, key)] = customer
    for key, row in rows.items():
        top, seen = row, {key}
        while (above := top["property_hs_parent_company_id"]) and above not in seen:
            above = survivors.get(above, above)
            seen.add(above)
            top = rows.get(above, {"id": above, "property_hs_parent_company_id": None})
        if top["id"] != key and key in owners:
            parents.setdefault(owners[key], owners.get(top["id"], top["id"]))
    return parents
