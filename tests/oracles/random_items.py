"""Random catalogues, items and invoice lines: the part of a random company that sells."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.oracles.build import add_months

FIRST, LAST = datetime(2024, 1, 1), datetime(2026, 4, 30)
CURRENCIES = ("usd", "eur", "gbp", "jpy")
CYCLES = {"month": ("month", 1), "quarter": ("month", 3), "year": ("year", 1),
          "two_years": ("year", 2), "week": ("week", 1), "ten_days": ("day", 10)}  # fmt: skip
Row = dict[str, Any]


@dataclass
class _Terms:
    """A price and quantity from a moment on."""

    at: datetime
    price: str
    quantity: int


@dataclass
class RandomItems:
    """Rows by object, and what draws them."""

    rng: random.Random
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    units: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, row: Row) -> None:
        self.rows[name].append(row)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def moment(self, first: datetime, last: datetime) -> datetime:
        """A random second, now and then on the hour, so that days collide."""
        seconds = max(1, int((last - first).total_seconds()))
        return first + timedelta(seconds=self.rng.randrange(seconds))

    def catalogue(self) -> None:
        """Prices of three products in every cycle and currency; older plans; coupons."""
        for cycle, (interval, count) in CYCLES.items():
            for currency in CURRENCIES:
                for number in range(5):
                    key = f"price_{cycle}_{currency}_{number}"
                    amount = self.rng.randrange(1, 200_000)
                    self.units[key] = amount
                    row = {"id": key, "_fivetran_synced": FIRST, "currency": currency,
                           "product_id": f"prod_{number % 3}", "unit_amount": amount}  # fmt: skip
                    if number == 3:
                        self.add("stripe.plan", {
                            "id": key, "_fivetran_synced": FIRST, "currency": currency,
                            "product_id": "prod_0", "amount": amount, "interval": interval,
                            "interval_count": count, "usage_type": "licensed",
                        })  # fmt: skip
                        continue
                    if number == 4:
                        continue  # a price that was never exported
                    if number == 2:
                        row |= {"unit_amount": None, "unit_amount_decimal": amount + 0.5}
                    self.add("stripe.price", row | {
                        "recurring_interval": interval, "recurring_interval_count": count,
                        "recurring_usage_type": "licensed", "type": "recurring",
                    })  # fmt: skip
        for currency in CURRENCIES:
            self.add("stripe.price", {
                "id": f"price_metered_{currency}", "_fivetran_synced": FIRST, "unit_amount": 3,
                "currency": currency, "recurring_interval": "month", "type": "recurring",
                "recurring_usage_type": "metered", "product_id": "prod_metered",
            })  # fmt: skip
        for number in range(24):
            duration = self.rng.choice(["forever", "repeating", "repeating", "once"])
            is_amount = number % 3 == 0
            self.add("stripe.coupon", {
                "id": f"coupon_{number}", "_fivetran_synced": FIRST, "duration": duration,
                "duration_in_months": self.rng.randrange(1, 9) if duration == "repeating" else None,
                "amount_off": self.rng.randrange(1, 30_000) if is_amount else None,
                "currency": self.rng.choice(CURRENCIES) if is_amount else None,
                "percent_off": None if is_amount else self.rng.choice([5, 12.5, 33.3, 50, 100]),
            })  # fmt: skip

    def add_item(
        self, key: str, subscription: str, span: tuple[datetime, datetime, datetime | None], *,
        cycle: str, currency: str, livemode: bool,
    ) -> None:  # fmt: skip
        created, service, end = span
        if self.chance(0.06):
            self.add("stripe.subscription_item", {
                "id": key, "_fivetran_synced": created, "created": created,
                "subscription_id": subscription, "price_id": f"price_metered_{currency}",
            })  # fmt: skip
            return
        number = self.rng.choice([0, 1, 2, 3, 4])
        first = self.moment(service, service + timedelta(days=90)) if self.chance(0.25) else service
        if number == 4:
            first = service
        history = [_Terms(first, f"price_{cycle}_{currency}_{number}", self.rng.randrange(1, 12))]
        for _ in range(self.rng.choice([0, 0, 1, 2, 3])):
            moment = self.moment(history[-1].at, history[-1].at + timedelta(days=150))
            if self.chance(0.25):
                moment = history[-1].at + timedelta(hours=2)
            other = f"price_{cycle}_{currency}_{self.rng.choice([0, 1, 2, 3])}"
            moves = number != 4 and self.chance(0.35)
            quantity = self.rng.choice([0, *range(1, 15), history[-1].quantity])
            history.append(_Terms(moment, other if moves else history[-1].price, quantity))
        removed = None
        if self.chance(0.2):
            last = history[-1].at
            removed = self.moment(last + timedelta(hours=1), last + timedelta(days=200))
        kind = self.rng.choice(["both", "both", "both", "live", "lines"])
        if number == 4 and kind == "live":
            kind = "both"
        if kind == "lines" and first != service:
            kind = "both"
        if kind != "live":
            until = min(m for m in (removed, end, LAST) if m)
            self._lines(key, subscription, history, (until, removed), cycle=cycle,
                        currency=currency, livemode=livemode)  # fmt: skip
        if kind != "lines":
            item = (key, subscription, created if first == service else first)
            self._live_item(item, history, removed, every=kind == "live")

    def _live_item(
        self, item: tuple[str, str, datetime], history: list[_Terms], removed: datetime | None, *,
        every: bool,
    ) -> None:  # fmt: skip
        key, subscription, created = item
        for index, terms in enumerate(history):
            is_last = index == len(history) - 1
            if not is_last and (
                history[index + 1].at <= created or (not every and self.chance(0.5))
            ):
                continue  # not seen; and of what was before the record only the newest
            row = {
                "id": key, "_fivetran_synced": max(terms.at, created), "created": created,
                "subscription_id": subscription, "quantity": terms.quantity,
                "_fivetran_deleted": False, **_price(terms.price),
            }  # fmt: skip
            self.add("stripe.subscription_item", row)
            if self.chance(0.3):  # seen again later, unchanged
                again = terms.at + timedelta(minutes=30)
                self.add("stripe.subscription_item",
                         row | {"_fivetran_synced": max(again, created)})  # fmt: skip
        if removed:
            gone = max(removed, created + timedelta(minutes=31))
            self.add("stripe.subscription_item",
                     row | {"_fivetran_synced": gone, "_fivetran_deleted": True})  # fmt: skip

    def _lines(
        self, key: str, subscription: str, history: list[_Terms],
        span: tuple[datetime, datetime | None], *, cycle: str, currency: str, livemode: bool,
    ) -> None:  # fmt: skip
        """A line per period, two per change, a credit at the removal, and some that don't count."""
        until, removed = span
        interval, count = CYCLES[cycle]
        number, start = 0, history[0].at
        while start < until or number == 0:
            number += 1
            stop = _step(history[0].at, interval, count * number)
            terms = [t for t in history if t.at <= start][-1]
            self._line(key, subscription, (start, stop), terms, currency=currency,
                       livemode=livemode)  # fmt: skip
            for before, after in pairwise(history):
                if start < after.at < min(stop, until):
                    rest = (after.at, stop)
                    self._line(key, subscription, rest, before, currency=currency, sign=-1,
                               livemode=livemode)  # fmt: skip
                    self._line(key, subscription, rest, after, currency=currency, sign=1,
                               livemode=livemode)  # fmt: skip
            if removed and start < removed < stop:
                self._line(key, subscription, (removed, stop), history[-1], currency=currency,
                           sign=-1, livemode=livemode)  # fmt: skip
            if interval in ("week", "day") and number > 15:
                break
            start = stop
        if self.chance(0.3):
            noise = _Terms(start, history[0].price, 77)
            status = self.rng.choice(["void", "draft", "deleted"])
            middle = history[0].at + timedelta(days=3)
            self._line(key, subscription, (middle, start), noise, currency=currency,
                       status=status, livemode=livemode)  # fmt: skip

    def _line(
        self, item: str, subscription: str, period: tuple[datetime, datetime], terms: _Terms, *,
        currency: str, livemode: bool, sign: int = 0, status: str = "paid",
    ) -> None:  # fmt: skip
        serial = len(self.rows["stripe.invoice_line_item"])
        full = self.units[terms.price] * terms.quantity
        amount = full if sign == 0 else sign * (full // 2 if sign > 0 else full // 2 + 1)
        synced = max(period[0], FIRST)
        self.add("stripe.invoice", {
            "id": f"in_{serial}", "_fivetran_synced": synced, "created": period[0],
            "status": "paid" if status == "deleted" else status, "currency": currency,
            "livemode": livemode,
        })  # fmt: skip
        self.add("stripe.invoice_line_item", {
            "id": f"il_{serial:07d}", "_fivetran_synced": synced, "invoice_id": f"in_{serial}",
            "amount": amount, "currency": currency, "period_start": period[0],
            "period_end": period[1], "proration": sign != 0, "quantity": terms.quantity,
            "subscription_id": subscription, "subscription_item_id": item, "livemode": livemode,
            "is_deleted": status == "deleted", "type": "invoiceitem" if sign else "subscription",
            **_price(terms.price),
        })  # fmt: skip


def _price(price: str) -> Row:
    """The fourth price of each kind is known as an older plan only."""
    is_plan = price.endswith("_3")
    return {"price_id": None if is_plan else price, "plan_id": price if is_plan else None}


def _step(start: datetime, interval: str, count: int) -> datetime:
    if interval in ("week", "day"):
        return start + timedelta(days=count * (7 if interval == "week" else 1))
    return add_months(start, count * (12 if interval == "year" else 1))
