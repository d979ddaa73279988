"""The catalogue: products, prices per plan, cycle and currency, and coupons."""

from __future__ import annotations

from dataclasses import dataclass

from drivewheel_demo import story

CURRENCIES = ("usd", "eur", "gbp")
CYCLES = {
    "month": ("month", 1, 1.0),
    "year": ("year", 1, float(story.ANNUAL_MONTHS)),
    "two_years": ("year", 2, float(story.TWO_YEAR_MONTHS)),
    "week": ("week", 1, 12 / 52),
}
LEGACY_PLAN = "plan_starter_2023"


@dataclass(frozen=True)
class Price:
    """One price, immutable in amount (minor units)."""

    id: str
    product: str
    currency: str
    unit_amount: int
    interval: str | None = None
    interval_count: int | None = None
    metered: bool = False


@dataclass(frozen=True)
class Coupon:
    """A price reduction."""

    id: str
    percent_off: float | None
    amount_off: int | None
    duration: str
    months: int | None = None


COUPONS = (
    Coupon("coup_partner10", 10.0, None, "forever"),
    Coupon("coup_launch25", 25.0, None, "repeating", 6),
    Coupon("coup_credit50", None, 5000, "repeating", 12),
    Coupon("coup_welcome", 50.0, None, "once"),
)
PRODUCTS = {
    **{plan.product: name.title() for name, plan in story.PLANS.items()},
    story.ANALYTICS.product: "Analytics",
    "prod_api_calls": "API calls",
    "prod_onboarding": "Onboarding",
}


def price_id(plan: str, *, cycle: str, currency: str, version: int = 1) -> str:
    """Name of a price."""
    return f"price_{plan}_{cycle}_{currency}" + (f"_v{version}" if version > 1 else "")


def catalogue() -> dict[str, Price]:
    """Every price by id."""
    plans = {**story.PLANS, "analytics": story.ANALYTICS}
    found: list[Price] = []
    for currency in CURRENCIES:
        factor = story.PRICE_FACTOR[currency]
        for name, plan in plans.items():
            for cycle, (interval, count, months) in CYCLES.items():
                amount = plan.monthly * 100 * factor * months
                versions = {1: round(amount)}
                if name == "growth":
                    versions[2] = round(amount * (1 + story.PRICE_CHANGE.size))
                for version, unit in versions.items():
                    key = price_id(name, cycle=cycle, currency=currency, version=version)
                    found.append(Price(key, plan.product, currency, unit, interval, count))
        api, setup = f"price_api_calls_{currency}", f"price_onboarding_{currency}"
        found.append(Price(api, "prod_api_calls", currency, story.API_CALL_PRICE, "month", 1, True))
        found.append(Price(setup, "prod_onboarding", currency, story.ONBOARDING_PRICE))
    return {price.id: price for price in found}
