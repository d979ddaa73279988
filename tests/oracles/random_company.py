"""Small random companies with awkward timelines, as landing files, for the property test.

Awkward but decided: what the decisions leave open is not generated. Each customer is a few
records; values are text as a CSV export has them.
"""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

from tests.oracles.random_items import CURRENCIES, CYCLES, FIRST, LAST, RandomItems, Row

STATUSES = (
    "active",
    "active",
    "active",
    "past_due",
    "past_due",
    "unpaid",
    "paused",
    "trialing",
    "incomplete",
    "incomplete_expired",
)


def write_random_company(landing: Path, *, rng: random.Random, customers: int) -> None:
    """Write the files of so many customers, one in seven of them in the spreadsheet."""
    company = _Company(rng)
    company.catalogue()
    for number in range(customers):
        if rng.random() < 1 / 7:
            company.contract_customer(number)
        else:
            company.stripe_customer(number)
    company.write(landing)


class _Company(RandomItems):
    """Subscriptions, discounts and contracts around the items."""

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
            self._subscription(
                f"sub_{number}_{index}",
                key,
                created,
                livemode=livemode,
                currency=self.rng.choice(currencies),
            )
            created = self.moment(created, LAST)
        if self.chance(0.15):
            self._discount(key, None, FIRST)
        if number % 10:  # one in ten is unknown to the CRM
            self.add(
                "hubspot.company",
                {
                    "id": str(number),
                    "_fivetran_synced": FIRST,
                    "property_name": f"Company {number}",
                    "property_stripe_customer_id": key,
                    "is_deleted": False,
                    "property_customer_segment": ("smb", "mid_market", "enterprise")[number % 3],
                    "property_region": ("amer", "emea", "apac")[number // 3 % 3],
                    "property_hs_analytics_source": ("organic", "partner")[number // 9 % 2],
                },
            )

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
            "id": key,
            "customer_id": customer,
            "created": created,
            "start_date": start,
            "livemode": livemode,
            "status": "active",
            "cancel_at_period_end": False,
        }
        if self.chance(0.25):
            days = self.rng.randrange(3, 40)
            row |= {"trial_start": service, "trial_end": service + timedelta(days=days)}
        states = self._states(row, created)
        end = self._end(states, service)
        self._deliver_states(states)
        cycle = self.rng.choice(list(CYCLES) + ["month"] * 4)
        for index in range(self.rng.choice([1, 1, 2, 3])):
            self.add_item(
                f"si_{key[4:]}_{index}",
                key,
                (created, service, end),
                cycle=cycle,
                currency=currency,
                livemode=livemode,
            )
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
                    "status": "active",
                    "pause_collection_behavior": "void",
                    "pause_collection_resumes_at": resumes if self.chance(0.5) else None,
                }
            states.append((moment, state))
        return states

    def _end(self, states: list[tuple[datetime, Row]], service: datetime) -> datetime | None:
        """One of the ways to end, or none; the newest state carries it."""
        moment, state = states[-1]
        after = self.moment(max(moment, service), max(moment, service) + timedelta(days=200))
        way = self.rng.choice(
            ["none"] * 4
            + ["ended", "ended", "scheduled", "period_end", "canceled", "bare", "deleted"]
        )
        canceled = {
            **state,
            "status": "canceled",
            "pause_collection_behavior": None,
            "pause_collection_resumes_at": None,
        }
        if way == "ended":
            asked = self.moment(service, after)
            states.append((after, canceled | {"ended_at": after, "canceled_at": asked}))
        elif way == "scheduled":
            states[-1] = (moment, state | {"cancel_at": after})
        elif way == "period_end":
            states[-1] = (
                moment,
                state | {"cancel_at_period_end": True, "current_period_end": after},
            )
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
                self.add(
                    "stripe.subscription_history",
                    state
                    | {
                        "_fivetran_synced": synced,
                        "_fivetran_start": start,
                        "_fivetran_active": is_last,
                    },
                )
            if is_last or self.chance(0.4):
                later = timedelta(0) if self.chance(0.5) else timedelta(minutes=9)
                self.add("stripe.subscription", state | {"_fivetran_synced": moment + later})
                if self.chance(0.1):  # exported again, unchanged
                    self.add("stripe.subscription", state | {"_fivetran_synced": moment + later})

    def _discount(self, customer: str, subscription: str | None, service: datetime) -> None:
        serial = len(self.rows["stripe.discount"]) + len(self.rows["stripe.subscription_discount"])
        start = self.moment(service, service + timedelta(days=200))
        row = {
            "id": f"di_{serial}",
            "_fivetran_synced": start,
            "customer_id": customer,
            "subscription_id": subscription,
            "coupon_id": f"coupon_{self.rng.randrange(24)}",
            "start": start,
            "_fivetran_deleted": False,
            "end": start + timedelta(days=self.rng.randrange(0, 300)) if self.chance(0.3) else None,
        }
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
                    "subscription_id": f"con_{number}_{index}",
                    "customer_id": key,
                    "started_on": day,
                    "ended_on": end if self.chance(0.6) else None,
                    # Some are large: nothing may end where an amount has many digits.
                    "amount": f"{self.rng.randrange(0, 900_000) / (100 if number % 9 else 1):.2f}",
                    "quantity": self.rng.choice([None, 1, 2, 7, 2.5]),
                    "currency": currency,
                    "interval": self.rng.choice([None, "month", "year", "week", "day"]),
                    "interval_count": self.rng.choice([None, 1, 2, 3]),
                    "plan": self.rng.choice(["basic", "pro"]),
                    "status": self.rng.choice(
                        [None, "active", "active", "trialing", "past_due", "paused", "unpaid"]
                    ),
                    "is_deleted": self.chance(0.04),
                }
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
