"""Who the customers are: attributes, ids across systems, and how their onboarding goes.

Rates are met by stratified draws within a channel, so planted effects show in small numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, random_stream

INDUSTRIES = ("software", "retail", "logistics", "health", "finance", "education")
WORDS = (
    "north",
    "blue",
    "iron",
    "maple",
    "river",
    "delta",
    "cedar",
    "amber",
    "lumen",
    "orbit",
    "quartz",
    "willow",
    "falcon",
    "harbor",
    "summit",
    "ember",
)
GUIDED_ARMS = ("guided", "rollout")
COUNTRY_OF_REGION = {"amer": "US", "emea": "DE", "apac": "AU"}


@dataclass(frozen=True)
class Customer:
    """A company that signs up, as every system sees it."""

    number: int
    signed_up_on: date
    segment: str
    region: str
    channel: str
    industry: str
    currency: str
    plan: str
    seats: int
    cycle: str  # month, year, two_years or week
    billed_by: str  # stripe or contracts
    arm: str | None  # guided or control, rollout after the experiment, none before it
    activates: bool
    days_to_value: int
    health: float  # latent, about standard normal

    @property
    def name(self) -> str:
        """A made-up company name, unique by its number."""
        first, second = WORDS[self.number % 16], WORDS[self.number // 16 % 16]
        return f"{first.title()} {second.title()} {self.number}"

    @property
    def domain(self) -> str:
        """The domain that CRM, app and contracts share."""
        return self.name.lower().replace(" ", "-") + ".example"

    @property
    def stripe_id(self) -> str | None:
        """Billing id, where Stripe bills."""
        return f"cus_{self.number:06d}" if self.billed_by == "stripe" else None

    @property
    def contract_id(self) -> str:
        """Customer id in the contracts spreadsheet."""
        return f"ctr_{self.number:06d}"

    @property
    def account_id(self) -> str:
        """Account in the product."""
        return f"acc_{self.number:06d}"

    @property
    def company_id(self) -> str:
        """Company in the CRM."""
        return str(700_000 + self.number)


def draw_customers(horizon: Horizon, *, seed: int, customers: int) -> tuple[Customer, ...]:
    """All customers of the span, in order of signup."""
    rng = random_stream(seed, "company")
    channel = rng.choice(list(story.CHANNELS), customers, p=list(story.CHANNELS.values()))
    days = _signup_days(rng, horizon, channel)
    order = np.argsort(days, kind="stable")
    channel, days = channel[order], days[order]
    segment = rng.choice(list(story.SEGMENTS), customers, p=list(story.SEGMENTS.values()))
    region = rng.choice(list(story.REGIONS), customers, p=list(story.REGIONS.values()))
    industry = rng.choice(INDUSTRIES, customers)
    draws = rng.random((customers, 8))
    arms = _arms(channel, days, horizon)
    rate, wait = _onboarding(channel, days, arms, horizon)
    activates = _stratified(rng, [f"{c}{a}" for c, a in zip(channel, arms, strict=True)]) < rate
    health = 0.75 * rng.standard_normal(customers) + np.where(activates, 0.5, -0.9)
    result = []
    for n in range(customers):
        seg = str(segment[n])
        contracts = seg != "smb" and draws[n, 0] < story.CONTRACT_SHARE / 0.4
        plan = _plan(seg, draws[n, 1])
        low, high = story.PLANS[plan].seats
        result.append(
            Customer(
                number=n + 1,
                signed_up_on=horizon.start + timedelta(days=int(days[n])),
                segment=seg,
                region=str(region[n]),
                channel=str(channel[n]),
                industry=str(industry[n]),
                currency=_currency(str(region[n]), draws[n, 2]),
                plan=plan,
                seats=int(low + (high - low) * draws[n, 3] ** 2),
                cycle=_cycle(seg, draws[n, 4]),
                billed_by="contracts" if contracts else "stripe",
                arm=arms[n] or None,
                activates=bool(activates[n]),
                days_to_value=max(1, int(wait[n] * (0.4 + 1.2 * draws[n, 5]))),
                health=float(health[n]),
            )
        )
    return tuple(result)


def _signup_days(rng: np.random.Generator, horizon: Horizon, channel: np.ndarray) -> np.ndarray:
    """A quarter of the customers in the first two months, then a slow ramp, then the spike."""
    early = rng.random(channel.size) < 0.25
    days = np.where(
        early,
        rng.integers(0, min(60, horizon.days), channel.size),
        (horizon.days * rng.random(channel.size) ** 0.85).astype(int),
    )
    for name, period, share in (
        ("paid_search", story.SPIKE, 0.10),
        ("partner", story.GUIDED_ONBOARDING, 0.4),
    ):
        first, last = horizon.index(period.starts), horizon.index(period.ends)
        moved = (channel == name) & ~early & (rng.random(channel.size) < share)
        # Without guided onboarding partners still come: nothing but its effect is left out.
        moved &= period is not story.SPIKE or horizon.tells(period)
        if last > first:
            days = np.where(moved, rng.integers(first, last, channel.size), days)
    return days.astype(int)


def _arms(channel: np.ndarray, days: np.ndarray, horizon: Horizon) -> list[str]:
    period, seen, arms = story.GUIDED_ONBOARDING, 0, []
    for name, day in zip(channel, days, strict=True):
        on = horizon.start + timedelta(days=int(day))
        if name != "partner" or on < period.starts:
            arms.append("")
        elif on > period.ends:
            arms.append("rollout")
        else:
            seen += 1
            arms.append("guided" if seen % 2 else "control")
    return arms


def _onboarding(
    channel: np.ndarray, days: np.ndarray, arms: list[str], horizon: Horizon
) -> tuple[np.ndarray, np.ndarray]:
    rate = np.array([story.ACTIVATION[c] for c in channel])
    wait = np.array([story.DAYS_TO_VALUE[c] for c in channel], dtype=float)
    guided = np.array([a in GUIDED_ARMS for a in arms]) & horizon.tells(story.GUIDED_ONBOARDING)
    first, last = horizon.index(story.SPIKE.starts), horizon.index(story.SPIKE.ends)
    spike = (channel == "paid_search") & (days >= first) & (days <= last)
    spike &= horizon.tells(story.SPIKE)
    rate = np.where(guided, rate * (1 + story.GUIDED_ONBOARDING.size), rate)
    wait = np.where(guided, wait - story.GUIDED_TTV_DAYS, wait)
    return np.where(spike, story.SPIKE_ACTIVATION, rate), wait


def _stratified(rng: np.random.Generator, groups: list[str]) -> np.ndarray:
    """Uniform draws that are evenly spread within each group of consecutive members."""
    draws = np.empty(len(groups))
    labels = np.array(groups)
    for group in sorted(set(groups)):
        members = np.flatnonzero(labels == group)
        draws[members] = (rng.permutation(members.size) + rng.random()) / members.size
    return draws


def _plan(segment: str, draw: float) -> str:
    shares = {"smb": (0.65, 0.98), "mid_market": (0.1, 0.75), "enterprise": (0.0, 0.2)}[segment]
    return "starter" if draw < shares[0] else "growth" if draw < shares[1] else "scale"


def _currency(region: str, draw: float) -> str:
    if region == "emea" and draw < story.GBP_SHARE_OF_EMEA:
        return "gbp"
    return story.CURRENCY_OF_REGION[region]


def _cycle(segment: str, draw: float) -> str:
    if segment == "smb":
        return "week" if draw < 0.03 else "month" if draw < 0.85 else "year"
    if segment == "mid_market":
        return "month" if draw < 0.6 else "year"
    return "month" if draw < 0.2 else "year" if draw < 0.85 else "two_years"
