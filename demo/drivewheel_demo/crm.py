"""The CRM's companies: every customer, and prospects that never bought."""

from __future__ import annotations

from datetime import timedelta

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, random_stream
from drivewheel_demo.company import COUNTRY_OF_REGION, Customer
from drivewheel_demo.rows import Delivery

EMPLOYEES = {"smb": 25, "mid_market": 300, "enterprise": 2500}
PROSPECT_SHARE = 12.0
OWNERS = ("40", "41", "42", "43", "44")


def deliver_companies(
    out: Delivery, customers: tuple[Customer, ...], *, horizon: Horizon, seed: int
) -> None:
    """Owners, companies of customers, created some weeks before they sign up, and prospects."""
    rng = random_stream(seed, "crm")
    for owner in OWNERS:
        start = at(horizon.start)
        out.add(
            "hubspot.owner",
            start,
            {
                "owner_id": owner,
                "_fivetran_synced": start,
                "email": f"rep-{owner}@drivewheel-demo.example",
                "first_name": f"Rep{owner}",
                "last_name": f"Holder{owner}",
            },
        )
    for customer in customers:
        created = at(customer.signed_up_on, 7 * 3600) - timedelta(days=int(40 * rng.random()))
        size = int(EMPLOYEES[customer.segment] * (0.4 + 1.2 * rng.random()))
        out.add(
            "hubspot.company",
            created,
            {
                "id": customer.company_id,
                "_fivetran_synced": created,
                "property_name": customer.name,
                "property_domain": customer.domain,
                "property_createdate": created,
                "property_industry": customer.industry,
                "property_country": COUNTRY_OF_REGION[customer.region],
                "property_numberofemployees": size,
                "property_customer_segment": customer.segment,
                "property_region": customer.region,
                "property_hs_analytics_source": customer.channel,
                "property_hs_parent_company_id": _parent(customers, customer),
                "property_hs_merged_object_ids": None,
                "property_stripe_customer_id": customer.stripe_id,
                "property_hubspot_owner_id": _owner(customer),
                "is_deleted": False,
            },
        )
    for number in range(int(PROSPECT_SHARE * len(customers))):
        created = at(horizon.start, 86400 * horizon.days * rng.random())
        segment = str(rng.choice(list(story.SEGMENTS)))
        region = str(rng.choice(list(story.REGIONS)))
        out.add(
            "hubspot.company",
            created,
            {
                "id": str(800_001 + number),
                "_fivetran_synced": created,
                "property_name": f"Prospect {number + 1}",
                "property_domain": f"prospect-{number + 1}.example",
                "property_createdate": created,
                "property_country": COUNTRY_OF_REGION[region],
                "property_customer_segment": segment,
                "property_region": region,
                "property_hs_analytics_source": str(rng.choice(list(story.CHANNELS))),
                "is_deleted": False,
            },
        )


def _owner(customer: Customer) -> str | None:
    """Accounts go round among the owners; some have none."""
    if customer.number % story.WITHOUT_OWNER_EVERY == 0:
        return None
    return OWNERS[customer.number % len(OWNERS)]


def _parent(customers: tuple[Customer, ...], customer: Customer) -> str | None:
    """Every so-many-th customer is a subsidiary of the one before it."""
    if customer.number % story.SUBSIDIARY_EVERY:
        return None
    return customers[customer.number - 2].company_id
