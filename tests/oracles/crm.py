"""The CRM for the oracle: companies and who they are, deals and where they stood on a day."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from fractions import Fraction
from functools import cached_property

from tests.oracles.book import round_to
from tests.oracles.catalogue import Company
from tests.oracles.landing import Row, is_deleted
from tests.oracles.rates import Rates, read_fx
from tests.oracles.tally import Slices, day_of


class Crm:
    """What the CRM's landing files say."""

    def __init__(self, company: Company) -> None:
        self.company, self.landing = company, company.landing
        self.companies = {row["id"]: row for row in self.landing.newest("hubspot.company")}

    def living(self, name: str) -> list[Row]:
        """The newest versions that are not deleted."""
        return [row for row in self.landing.newest(f"hubspot.{name}") if not is_deleted(row)]

    def deals(self) -> list[Row]:
        """Deals that are not deleted, and went into no other one."""
        gone = {row["merged_deal_id"] for row in self.landing.newest("hubspot.merged_deal")}
        return [row for row in self.living("deal") if row["deal_id"] not in gone]

    def worth(self, deal: Row) -> Fraction:
        """What a deal is worth in the reporting currency."""
        home, local = deal["property_amount_in_home_currency"], deal["property_amount"]
        if home is not None or local is None:
            return round_to(Fraction(home or 0), 2)
        created = deal["property_createdate"].date()
        closes = (deal["property_closedate"] or deal["property_createdate"]).date()
        month = max(min(closes, self.company.as_of), created).replace(day=1)
        rates = Rates(read_fx(self.company.seeds / "fx_rates.csv"), "usd")
        currency = (deal["property_deal_currency_code"] or "usd").lower()
        return round_to(Fraction(local) * rates.opening(currency, month), 2)

    @cached_property
    def survivors(self) -> dict[str, str]:
        """What each company's id is today."""
        found = {key: key for key in self.companies}
        for key, row in self.companies.items():
            for gone in (row["property_hs_merged_object_ids"] or "").split(";"):
                if gone.strip() and not is_deleted(row):
                    found[gone.strip()] = key
        return found

    @cached_property
    def customers(self) -> dict[str, str]:
        """The customer that a company is: by the ids that name it, then by its domain."""
        by_id: dict[str, set[str]] = defaultdict(set)
        named: dict[str, str] = {}
        stripe = {
            row["id"]: json.loads(row["metadata"] or "{}")
            for row in self.landing.newest("stripe.customer")
        }
        for customer, metadata in stripe.items():
            if metadata.get("hubspot_company_id"):
                named.setdefault(customer, metadata["hubspot_company_id"])
        for account, customer in self.accounts.items():
            row = self.account_rows[account]
            if row["hubspot_company_id"]:
                named.setdefault(customer, row["hubspot_company_id"])
        for key, row in self.companies.items():
            if row["property_stripe_customer_id"] in stripe:
                named.setdefault(row["property_stripe_customer_id"], key)
        for customer, key in named.items():
            by_id[self.survivors.get(key, key)].add(customer)
        by_domain: dict[str, set[str]] = defaultdict(set)
        for row in self.landing.newest("contracts.customer"):
            by_domain[row["domain"]].add(row["customer_id"])
        for account, customer in self.accounts.items():
            by_domain[(self.account_rows[account]["domain"] or "").lower()].add(customer)
        found = {}
        for key, row in self.companies.items():
            alone = _only(by_domain, row["property_domain"])
            known = sorted(by_id[key]) or ([alone] if alone else [])
            if known:
                found[key] = known[0]
        return {
            key: found[self.survivors[key]]
            for key in self.survivors
            if self.survivors[key] in found
        }

    @cached_property
    def account_rows(self) -> dict[str, Row]:
        """Accounts of the product that are not tests."""
        return {row["id"]: row for row in self.landing.newest("app.account") if not row["is_test"]}

    @cached_property
    def accounts(self) -> dict[str, str]:
        """The customer of each account."""
        stripe = self.landing.newest("stripe.customer")
        ids = {row["id"] for row in stripe}
        named = {
            json.loads(row["metadata"] or "{}").get("app_account_id"): row["id"] for row in stripe
        }
        domains: dict[str, set[str]] = defaultdict(set)
        for row in self.landing.newest("contracts.customer"):
            domains[row["domain"]].add(row["customer_id"])
        found = {}
        for key, row in self.account_rows.items():
            if row["stripe_customer_id"] in ids:
                found[key] = row["stripe_customer_id"]
            else:
                found[key] = named.get(key) or _only(domains, row["domain"]) or key
        return found

    def slices(self, company_id: str | None) -> Slices:
        """The total, and the segment: the customer's, else what the CRM says of the company."""
        customer = self.company.customers.get(self.customers.get(company_id or "", ""))
        row = self.companies.get(self.survivors.get(company_id or "", ""))
        said = row["property_customer_segment"] if row else None
        segment = customer["segment"] if customer else said
        return (("total", "total"), ("segment", segment or "unknown"))

    @cached_property
    def company_of_deal(self) -> dict[str, str]:
        """The company that a deal is with: one that is a customer first."""
        linked: dict[str, list[str]] = defaultdict(list)
        for row in self.landing.newest("hubspot.deal_company"):
            if row["company_id"] in self.survivors:
                linked[row["deal_id"]].append(row["company_id"])
        return {
            deal: min(ids, key=lambda key: (key not in self.customers, key))
            for deal, ids in linked.items()
        }

    @cached_property
    def stages(self) -> dict[str, Row]:
        """Stages by id, and which of them are the end."""
        return {row["stage_id"]: row for row in self.landing.newest("hubspot.deal_pipeline_stage")}

    @cached_property
    def entered(self) -> dict[str, list[Row]]:
        """The stages that a deal has entered, oldest first."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.landing.newest("hubspot.deal_stage"):
            found[row["deal_id"]].append(row)
        for rows in found.values():
            rows.sort(key=lambda row: row["date_entered"])
        return found

    def stage_on(self, deal_id: str, day: date) -> Row | None:
        """The stage that a deal had entered last by the end of a day."""
        past = [row for row in self.entered.get(deal_id, []) if day_of(row["date_entered"]) <= day]
        return past[-1] if past else None


def _only(domains: dict[str, set[str]], domain: str | None) -> str | None:
    """The customer of a domain that is nobody else's."""
    found = domains.get((domain or "").lower(), set()) if domain else set()
    return next(iter(found)) if len(found) == 1 else None
