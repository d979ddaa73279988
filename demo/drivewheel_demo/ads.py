"""Advertising platforms: spend by channel, campaign and day, some of it corrected later."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, random_stream
from drivewheel_demo.finance import Books, dollars
from drivewheel_demo.ledger import cost_level
from drivewheel_demo.rows import Delivery

CAMPAIGNS = ("brand", "generic")
CLICK_PRICE = 4.0


def deliver_ads(out: Delivery, books: Books, *, horizon: Horizon, seed: int) -> dict[date, float]:
    """Spend of every day; gives the dollars of each month, as the ledger books them."""
    rng = random_stream(seed, "ads")
    months = list(horizon.months())
    spent: dict[date, float] = defaultdict(float)
    rows = 0
    corrected = set(range(40, 40 + 97 * story.DIRT["corrected_spend"], 97))
    for offset in range(horizon.days):
        day = horizon.start + timedelta(days=offset)
        month = day.replace(day=1)
        budget = (
            story.ADVERTISING_SHARE
            * _dearer(day, horizon)
            * cost_level(books, months, month)
            / 30.4
        )
        for channel, share in story.AD_CHANNELS.items():
            currency = story.AD_CURRENCY.get(channel, "usd")
            for campaign, part in zip(CAMPAIGNS, (0.3, 0.7), strict=True):
                amount = round(budget * share * part * (0.7 + 0.6 * rng.random()), 2)
                local = round(amount / dollars(1.0, currency, day), 2)
                seen = at(day + timedelta(days=1), 5 * 3600)
                row = {
                    "channel": channel,
                    "campaign": campaign,
                    "day": day,
                    "currency": currency,
                    "spend": local,
                    "impressions": int(local * 60),
                    "clicks": int(local / CLICK_PRICE),
                    "updated_at": seen,
                }
                if rows in corrected:
                    out.add("ads.campaign_spend", seen, {**row, "spend": round(local * 1.5, 2)})
                    seen += timedelta(days=2)
                    row["updated_at"] = seen
                out.add("ads.campaign_spend", seen, row)
                spent[month] += dollars(local, currency, day)
                rows += 1
    return spent


def _dearer(day: date, horizon: Horizon) -> float:
    """How much more the same attention costs by then."""
    climb = story.CAC_CLIMB
    if not horizon.tells(climb):
        return 1.0
    share = (day - climb.starts).days / (climb.ends - climb.starts).days
    return 1 + (climb.size - 1) * min(1.0, max(0.0, share))
