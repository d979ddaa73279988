"""Small random companies with awkward timelines, as landing files, for the property test.

Awkward but decided: what DECISIONS.md leaves open is not generated. Each customer is a few
records; values are text as a CSV export has them.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.oracles.build import add_months

FIRST, LAST = datetime(2024, 1, 1), datetime(2026, 4, 30)  # noqa: DTZ001
CURRENCIES = ("usd", "eur", "gbp", "jpy")
CYCLES = {"month": ("month", 1), "quarter": ("month", 3), "year": ("year", 1),
          "two_years": ("year", 2), "week": ("week", 1), "ten_days": ("day", 10)}  # fmt: skip
STATUSES = ("active", "active", "active", "past_due", "past_due", "unpaid", "paused", "trialing",
            "incomplete", "incomplete_expired")  # fmt: skip
Row = dict[str, Any]


def write_random_company(landing: Path, *, rng: random.Random, customers: int) -> None:
    """Write Stripe and contracts files of so many customers, one in seven in the spreadsheet."""
    company = _Company(rng)
    company.catalogue()
    for number in range(customers):
        if rng.random() < 1 / 7:
            company.contract_customer(number)
        else:
            company.stripe_customer(number)
    company.write(landing)


@dataclass
class _Terms:
    """A price and quantity from a moment on."""

    at: datetime
    price: str
    quantity: int


@dataclass
class _Company:
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

    def stripe_customer(self, number: int) -> None:
        key, livemode = f"cus_{number}", not self.chance(0.02)
        base = {"id": key, "created": FIRST, "livemode": livemode, "is_deleted": False}
        self.add("stripe.customer", base | {"_fivetran_synced": FIRST})
        if self.chance(0.04):
            gone = self.moment(FIRST + timedelta(days=200), LAST)
            self.add("stripe.customer", base | {"_fivetran_synced": gone, "is_deleted": True})
        currencies = self.rng.sample(CURRENCIES, 2 if self.chance(0.12) else 1)
        created = self.moment(FIRST, LAST - timedelta(days=120))
        for index in range(self.rng.choice([1, 1, 1, 2, 3])):
            self._subscription(f"sub_{number}_{index}", key, created, livemode=livemode,
                               currency=self.rng.choice(currencies))  # fmt: skip
            created = self.moment(created, LAST)
        if self.chance(0.15):
            self._discount(key, None, FIRST)

    def _subscription(
        self, key: str, customer: str, created: datetime, *, livemode: bool, currency: str
    ) -> None:
        start: datetime | None = created
        draw = self.rng.random()
        if draw < 0.05:
            start = None
        elif draw < 0.12:
            start = created - timedelta(days=self.rng.randrange(1, 90))
        elif draw < 0.20:
            start = created + timedelta(days=self.rng.randrange(1, 90))
        service = start or created
        row: Row = {
            "id": key, "customer_id": customer, "created": created, "start_date": start,
            "livemode": livemode, "status": "active", "cancel_at_period_end": False,
        }  # fmt: skip
        if self.chance(0.25):
            days = self.rng.randrange(3, 40)
            row |= {"trial_start": service, "trial_end": service + timedelta(days=days)}
        states = self._states(row, created)
        end = self._end(states, service)
        self._deliver_states(states)
        cycle = self.rng.choice(list(CYCLES) + ["month"] * 4)
        for index in range(self.rng.choice([1, 1, 2, 3])):
            self._item(f"si_{key[4:]}_{index}", key, (created, service, end), cycle=cycle,
                       currency=currency, livemode=livemode)  # fmt: skip
        for _ in range(self.rng.choice([0, 0, 0, 1, 2])):
            self._discount(customer, key, service)

    def _states(self, row: Row, created: datetime) -> list[tuple[datetime, Row]]:
        """Observations in order: some pauses, some changes on one day, any status."""
        moments = [created] if self.chance(0.8) else []
        for _ in range(self.rng.choice([0, 1, 1, 2, 3, 5])):
            moments.append(self.moment(created, LAST))
            if self.chance(0.3):
                moments.append(self.moment(moments[-1], moments[-1] + timedelta(hours=20)))
        moments = sorted(set(moments) or {created})
        states = []
        for index, moment in enumerate(moments):
            is_first = index == 0
            status = self.rng.choice(STATUSES if not is_first or self.chance(0.3) else ["active"])
            state = row | {"status": status}
            if not is_first and self.chance(0.15):
                resumes = moment + timedelta(days=self.rng.randrange(1, 90))
                state |= {
                    "status": "active", "pause_collection_behavior": "void",
                    "pause_collection_resumes_at": resumes if self.chance(0.5) else None,
                }  # fmt: skip
            states.append((moment, state))
        return states

    def _end(self, states: list[tuple[datetime, Row]], service: datetime) -> datetime | None:
        """One of the ways to end, or none; the newest state carries it."""
        moment, state = states[-1]
        after = self.moment(max(moment, service), max(moment, service) + timedelta(days=200))
        way = self.rng.choice(["none"] * 4 + ["ended", "ended", "scheduled", "period_end",
                                              "canceled", "bare", "deleted"])  # fmt: skip
        canceled = {**state, "status": "canceled", "pause_collection_behavior": None,
                    "pause_collection_resumes_at": None}  # fmt: skip
        if way == "ended":
            asked = self.moment(service, after)
            states.append((after, canceled | {"ended_at": after, "canceled_at": asked}))
        elif way == "scheduled":
            states[-1] = (moment, state | {"cancel_at": after})
        elif way == "period_end":
            states[-1] = (moment, state | {"cancel_at_period_end": True,
                                           "current_period_end": after})  # fmt: skip
        elif way == "canceled":
            states.append((after, canceled | {"canceled_at": after - timedelta(hours=30)}))
        elif way == "bare":
            states.append((after, canceled))
        elif way == "deleted":
            states.append((after, state | {"_fivetran_deleted": True}))
        return None if way == "none" else after

    def _deliver_states(self, states: list[tuple[datetime, Row]]) -> None:
        has_history = self.chance(0.8)
        for index, (moment, state) in enumerate(states):
            is_last = index == len(states) - 1
            if has_history:
                start = moment if self.chance(0.8) else None
                synced = moment + timedelta(minutes=7) if start else moment
                self.add("stripe.subscription_history", state | {
                    "_fivetran_synced": synced, "_fivetran_start": start,
                    "_fivetran_active": is_last,
                })  # fmt: skip
            if is_last or self.chance(0.4):
                later = timedelta(0) if self.chance(0.5) else timedelta(minutes=9)
                self.add("stripe.subscription", state | {"_fivetran_synced": moment + later})
                if self.chance(0.1):  # exported again, unchanged
                    self.add("stripe.subscription", state | {"_fivetran_synced": moment + later})

    def _item(
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
            if index < len(history) - 1 and not every and self.chance(0.5):
                continue
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
        """A line per period, two per change, a credit at the removal, and lines that don't count."""
        until, removed = span
        interval, count = CYCLES[cycle]
        number, start = 0, history[0].at
        while start < until or number == 0:
            number += 1
            stop = _step(history[0].at, interval, count * number)
            terms = [t for t in history if t.at <= start][-1]
            self._line(key, subscription, (start, stop), terms, currency=currency,
                       livemode=livemode)  # fmt: skip
            for before, after in zip(history, history[1:], strict=False):
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

    def _discount(self, customer: str, subscription: str | None, service: datetime) -> None:
        serial = len(self.rows["stripe.discount"]) + len(self.rows["stripe.subscription_discount"])
        start = self.moment(service, service + timedelta(days=200))
        row = {
            "id": f"di_{serial}", "_fivetran_synced": start, "customer_id": customer,
            "subscription_id": subscription, "coupon_id": f"coupon_{self.rng.randrange(24)}",
            "start": start, "_fivetran_deleted": False,
            "end": start + timedelta(days=self.rng.randrange(0, 300)) if self.chance(0.3) else None,
        }  # fmt: skip
        name = self.rng.choice(
            ["stripe.discount", "stripe.discount", "stripe.subscription_discount"]
        )
        self.add(name, row)
        if name == "stripe.discount" and self.chance(0.15):
            other = f"coupon_{self.rng.randrange(24)}"
            self.add("stripe.subscription_discount", row | {"coupon_id": other})
        elif self.chance(0.15):
            gone = self.moment(start, start + timedelta(days=200))
            self.add(name, row | {"_fivetran_synced": gone, "_fivetran_deleted": True})

    def contract_customer(self, number: int) -> None:
        key = f"ctr_{number}"
        self.add("contracts.customer", {"customer_id": key, "name": f"Contract {number}"})
        for index in range(self.rng.choice([1, 1, 2])):
            currency = self.rng.choice([None, "USD", "eur", "gbp"])
            day = self.moment(FIRST, LAST - timedelta(days=60)).date()
            for _ in range(self.rng.choice([1, 2, 3, 5])):
                end = day + timedelta(days=self.rng.randrange(1, 300))
                row = {
                    "subscription_id": f"con_{number}_{index}", "customer_id": key,
                    "started_on": day, "ended_on": end if self.chance(0.6) else None,
                    "amount": f"{self.rng.randrange(0, 900_000) / 100:.2f}",
                    "quantity": self.rng.choice([None, 1, 2, 7, 2.5]), "currency": currency,
                    "interval": self.rng.choice([None, "month", "year", "week", "day"]),
                    "interval_count": self.rng.choice([None, 1, 2, 3]),
                    "plan": self.rng.choice(["basic", "pro"]),
                    "status": self.rng.choice([None, "active", "active", "trialing", "past_due",
                                               "paused", "unpaid"]),
                    "is_deleted": self.chance(0.04),
                }  # fmt: skip
                self.add("contracts.subscription_periods", row)
                if self.chance(0.1):
                    self.add("contracts.subscription_periods#2", row | {"amount": "123.45"})
                day = self.rng.choice([end, end, day + (end - day) / 2, end + timedelta(days=20)])
                day += timedelta(days=int(day == row["started_on"]))

    def write(self, landing: Path) -> None:
        """One CSV file per object; `#2` is a second, later one."""
        for name, rows in self.rows.items():
            bare, _, second = name.partition("#")
            path = landing.joinpath(*bare.split("."), f"{second or 1}.csv")
            path.parent.mkdir(parents=True, exist_ok=True)
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, columns, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)


def _price(price: str) -> Row:
    """The fourth price of each kind is known as an older plan only."""
    is_plan = price.endswith("_3")
    return {"price_id": None if is_plan else price, "plan_id": price if is_plan else None}


def _step(start: datetime, interval: str, count: int) -> datetime:
    if interval in ("week", "day"):
        return start + timedelta(days=count * (7 if interval == "week" else 1))
    return add_months(start, count * (12 if interval == "year" else 1))
