"""From rows to what each customer holds, for the oracle, read literally.

By decisions, T1, T3, T5 and T7.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import ceil, floor
from typing import Any

from tests.oracles.book import (
    Contract,
    ContractRow,
    Customer,
    Discount,
    Holding,
    Item,
    StatusSeen,
    StripeItem,
    Subscription,
    Terms,
    months_of,
    round_to,
)
from tests.oracles.landing import Landing, Row, is_deleted

AVERAGE_MONTH = Fraction("30.4375")


def build_customers(
    landing: Landing, *, minor_units: Mapping[str, int], reporting_currency: str
) -> dict[str, Customer]:
    """Every customer of both sources by id."""
    customers: dict[str, Customer] = {}
    subscriptions = _subscriptions(landing)
    builder = _Items(landing, subscriptions, minor_units)
    held: list[Item] = [*builder.build(), *_contracts(landing, reporting_currency)]
    for item in held:
        customers.setdefault(item.customer_id, Customer(item.customer_id)).items.append(item)
    for discount in _discounts(landing, minor_units):
        owner = discount.customer_id
        if discount.subscription_id:
            found = subscriptions.get(discount.subscription_id)
            owner = found.customer_id if found else None
        if owner in customers:
            customers[owner].discounts.append(discount)
    return customers


def add_months(moment: datetime, months: int) -> datetime:
    """The same day some months on, or the last of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(
        year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1])
    )


def _deleted_at(versions: list[Row]) -> datetime | None:
    """When the deletion of a record that is deleted now was first seen."""
    if not is_deleted(versions[-1]):
        return None
    seen: list[datetime] = [row["_fivetran_synced"] for row in versions if is_deleted(row)]
    return min(seen)


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _subscriptions(landing: Landing) -> dict[str, Subscription]:
    history: dict[str, list[Row]] = defaultdict(list)
    for row in landing.newest("stripe.subscription_history"):
        history[row["id"]].append(row)
    gone = {v[-1]["id"]: _deleted_at(v) for v in landing.all_versions("stripe.customer")}
    live = {v[-1]["id"]: v for v in landing.all_versions("stripe.subscription")}
    found: dict[str, Subscription] = {}
    for key in {*live, *history}:
        versions = live.get(key, [])
        states = sorted(history[key], key=_since)
        newest = versions[-1] if versions else states[-1]
        start = newest["start_date"] or newest["created"]
        if start is None or newest["customer_id"] is None:
            continue
        seen = [_seen(row, row["_fivetran_start"], 1) for row in states]
        seen += [_seen(row, None, 0) for row in versions]
        end = newest["ended_at"] or newest["cancel_at"]
        if end is None and newest["cancel_at_period_end"]:
            end = newest["current_period_end"] or _earliest(_item_period_ends(landing, key))
        if end is None and newest["status"] == "canceled":
            first_seen = min(o.at for o in seen if o.status == "canceled")
            end = newest["canceled_at"] or first_seen
        deleted = _deleted_at(versions) if versions else _deleted_state(states)
        end = _earliest((end, deleted, gone.get(newest["customer_id"])))
        found[key] = Subscription(
            key,
            newest["customer_id"],
            start,
            end,
            newest["created"] or start,
            seen,
            newest["trial_start"],
            newest["trial_end"],
        )
    return found


def _since(state: Row) -> datetime:
    """When a state of the history began."""
    began: datetime = state["_fivetran_start"] or state["_fivetran_synced"]
    return began


def _deleted_state(states: list[Row]) -> datetime | None:
    """When a subscription that history alone knows was first seen to be deleted."""
    return min(_since(s) for s in states if is_deleted(s)) if is_deleted(states[-1]) else None


def _item_period_ends(landing: Landing, subscription_id: str) -> list[datetime | None]:
    """Where the periods of a subscription's items end, as they are now."""
    items = landing.newest("stripe.subscription_item")
    return [
        row["current_period_end"]
        for row in items
        if row["subscription_id"] == subscription_id and not is_deleted(row)
    ]


def _seen(row: Row, started: datetime | None, precedence: int) -> StatusSeen:
    return StatusSeen(
        started or row["_fivetran_synced"],
        precedence,
        row["status"],
        row["pause_collection_behavior"] is not None,
        row["pause_collection_resumes_at"],
    )


@dataclass
class _Items:
    """Builds the items of subscriptions from item versions and invoice lines (decisions, T3)."""

    landing: Landing
    subscriptions: dict[str, Subscription]
    minor_units: Mapping[str, int]

    def build(self) -> list[StripeItem]:
        prices = {row["id"]: row for row in self.landing.newest("stripe.price")}
        plans = {row["id"]: row for row in self.landing.newest("stripe.plan")}
        self.catalogue = (prices, plans)
        lines = self._lines()
        live = {v[-1]["id"]: v for v in self.landing.all_versions("stripe.subscription_item")}
        found = [self._item(key, live.get(key, []), lines[key]) for key in {*live, *lines}]
        return sorted((item for item in found if item), key=lambda item: item.id)

    def _lines(self) -> defaultdict[str, list[Row]]:
        """Lines that speak of an item: not deleted, and not of a draft or void invoice."""
        status = {row["id"]: row["status"] for row in self.landing.newest("stripe.invoice")}
        lines: defaultdict[str, list[Row]] = defaultdict(list)
        for versions in self.landing.all_versions("stripe.invoice_line_item"):
            for row in _told_apart(versions):
                off = is_deleted(row) or status.get(row["invoice_id"]) in ("draft", "void")
                if not off and row["subscription_item_id"] and row["period_start"]:
                    lines[row["subscription_item_id"]].append(row)
        for group in lines.values():
            group.sort(key=lambda row: (row["period_start"], line_id(row)))
        return lines

    def _item(self, key: str, versions: list[Row], lines: list[Row]) -> StripeItem | None:
        owner = versions[-1]["subscription_id"] if versions else None
        owner = owner or next((r["subscription_id"] for r in lines if r["subscription_id"]), None)
        subscription = self.subscriptions.get(owner) if owner else None
        charges = [row for row in lines if row["amount"] >= 0]
        if subscription is None or not (versions or charges):
            return None
        created = versions[-1]["created"] if versions else None
        # Of lines without an amount per unit those of one invoice are one.
        told = [row for row in charges if self._has_unit(row)]
        told += _together([row for row in charges if not self._has_unit(row)])
        seen = [(row["period_start"], 0, line_id(row), row) for row in told]
        seen += [(row["_fivetran_synced"], 1, "", row) for row in versions]
        seen.sort(key=lambda entry: entry[:3])
        terms = [self._terms(at, row, charges) for at, _, _, row in seen]
        start = terms[0].at
        if versions:
            start = min(start, created) if created else subscription.start
            if created and created.date() <= subscription.created.date():
                start = subscription.start
        end = _deleted_at(versions) if versions else _end_of_lines(charges, lines)
        return StripeItem(key, subscription, terms, start, end)

    def _has_unit(self, row: Row) -> bool:
        """Whether the price of a row says what a unit costs."""
        prices, plans = self.catalogue
        source = prices.get(row["price_id"]) or plans.get(row["plan_id"]) or {}
        amounts = (source.get(c) for c in ("unit_amount", "unit_amount_decimal", "amount"))
        return source.get("billing_scheme") != "tiered" and any(a is not None for a in amounts)

    def _terms(self, at: datetime, row: Row, charges: list[Row]) -> Terms:
        prices, plans = self.catalogue
        price, plan = prices.get(row["price_id"]), plans.get(row["plan_id"])
        quantity = Fraction(1 if row["quantity"] is None else row["quantity"])
        source = price or plan or {}
        # An unknown product is told from others by its price.
        product = source.get("product_id") or row["price_id"] or row["plan_id"]
        metered = "metered" in (source.get("recurring_usage_type"), source.get("usage_type"))
        is_mrr = not metered and source.get("type") != "one_time"
        of_price = "recurring_interval" if price else "interval"
        interval, count = source.get(of_price), source.get(f"{of_price}_count") or 1
        full = [line for line in _together(charges) if _tells_price(line, row)]
        last = full[-1] if full else {}
        currency = (last.get("currency") or source.get("currency") or "").lower()
        is_foreign = bool(source and currency != source["currency"].lower())
        tiers = source.get("billing_scheme") == "tiered" or (not source and last.get("is_tiers"))
        each: Fraction | None = None  # what a unit of that quantity costs
        whole: Fraction | None = None
        if tiers and not is_foreign and source.get("tiers"):
            whole = _by_tiers(json.loads(source["tiers"]), source["tiers_mode"], quantity)
        if whole is None and tiers and full:
            whole = Fraction(_nearest(full, quantity, at)["amount"])
        if whole is not None:
            each = whole / quantity if quantity else whole
        elif self._has_unit(row) and not is_foreign:
            unit = source.get("unit_amount_decimal")
            unit = source.get("unit_amount", source.get("amount")) if unit is None else unit
            each = Fraction(unit) * (_charged(quantity, source) / quantity if quantity else 1)
        elif full:
            each = Fraction(last["amount"]) / Fraction(last["quantity"])
        if each is None or not (interval or full or not is_mrr):
            return Terms(at, quantity, Fraction(0), Fraction(1), "", product, is_mrr=False)
        months = months_of(interval, count) if interval else _months_of_line(last) if full else 1
        return Terms(
            at,
            quantity,
            self._major(each, currency) / months,
            Fraction(months),
            currency,
            product,
            is_mrr,
        )

    def _major(self, amount: Fraction, currency: str) -> Fraction:
        return amount / Fraction(10) ** self.minor_units.get(currency, 2)


def line_id(row: Row) -> str:
    """What tells a line from others: its unique id, else its id on its invoice."""
    return row["unique_id"] or f"{row['id']}/{row['invoice_id']}"


def _told_apart(versions: list[Row]) -> list[Row]:
    """The newest version of each line that has the same id on the same invoice."""
    known = max((row["unique_id"] for row in versions if row["unique_id"]), default=None)
    return list({row["unique_id"] or known: row for row in versions}.values())


def _together(charges: list[Row]) -> list[Row]:
    """Charges of one invoice, price and period as one: tiers, whose sums are what counts."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in charges:
        key = ("invoice_id", "price_id", "plan_id", "period_start", "period_end", "proration")
        groups[tuple(row[column] for column in key)].append(row)
    found = []
    for rows in groups.values():
        quantities = [1 if row["quantity"] is None else row["quantity"] for row in rows]
        units = {Fraction(r["amount"], q) for r, q in zip(rows, quantities, strict=True) if q}
        found.append(
            rows[-1]
            | {
                "quantity": sum(quantities),
                "amount": sum(row["amount"] for row in rows),
                "is_tiers": len(units) > 1,
            }
        )
    return found


def _by_tiers(tiers: list[dict[str, Any]], mode: str, quantity: Fraction) -> Fraction | None:
    """What a quantity costs in minor units; unknown for none."""
    total, below = Fraction(0), 0
    for tier in sorted(tiers, key=lambda tier: tier["up_to"] or float("inf")):
        upper = quantity if tier["up_to"] is None else Fraction(tier["up_to"])
        unit, flat = (
            Fraction(str(tier.get(f"{k}_decimal") or tier.get(k) or 0))
            for k in ("unit_amount", "flat_amount")
        )
        if mode == "volume" and below < quantity <= upper:
            return unit * quantity + flat
        if mode != "volume" and quantity > below:
            total += unit * (min(quantity, upper) - below) + flat
        below = tier["up_to"] or 0
    return total if quantity and mode != "volume" else None


def _nearest(full: list[Row], quantity: Fraction, at: datetime) -> Row:
    """The charge of that quantity, else the last one before; of several the nearest."""
    same = [line for line in full if line["quantity"] == quantity] or full
    before = [line for line in same if line["period_start"].date() <= at.date()] or same
    return min(before, key=lambda line: abs(line["period_start"] - at))


def _charged(quantity: Fraction, source: Row) -> Fraction:
    """How many units are charged, where they come in packages."""
    by = source.get("transform_quantity_divide_by") or source.get("transform_usage_divide_by")
    how = source.get("transform_quantity_round") or source.get("transform_usage_round")
    if not by:
        return quantity
    return Fraction(ceil(quantity / by) if how == "up" else floor(quantity / by))


def _tells_price(line: Row, row: Row) -> bool:
    """Whether a charge says what a unit of that price costs; one for no units does not."""
    same = all(line[column] == row[column] for column in ("price_id", "plan_id"))
    return same and not line["proration"] and line["quantity"] != 0


def _months_of_line(line: Row) -> Fraction:
    days = (line["period_end"].date() - line["period_start"].date()).days
    if days < 10:
        return months_of("day", max(1, days))
    return max(Fraction(1), round_to(days / AVERAGE_MONTH, 0))


def _end_of_lines(charges: list[Row], lines: list[Row]) -> datetime | None:
    """Where an item that is known from its lines alone ends."""
    last = charges[-1]["period_start"]
    starts = {row["period_start"] for row in charges}
    credits = [
        row["period_start"]
        for row in lines
        if row["amount"] < 0 and row["proration"] and row["period_start"] not in starts
    ]
    covered = max(row["period_end"] for row in lines if row["period_end"])
    return _earliest(moment for moment in [covered, *credits] if moment > last)


def _discounts(landing: Landing, minor_units: Mapping[str, int]) -> list[Discount]:
    coupons = {row["id"]: row for row in landing.newest("stripe.coupon")}
    chosen = {v[-1]["id"]: v for v in landing.all_versions("stripe.subscription_discount")}
    chosen |= {v[-1]["id"]: v for v in landing.all_versions("stripe.discount")}
    found = []
    for versions in chosen.values():
        row = versions[-1]
        coupon = coupons.get(row["coupon_id"])
        whole = row["customer_id"] and not (row["invoice_id"] or row["invoice_item_id"])
        if coupon is None or coupon["duration"] == "once" or not (row["subscription_id"] or whole):
            continue
        start, until = row["start"] or row["_fivetran_synced"], row["end"]
        if until is None and coupon["duration"] == "repeating" and coupon["duration_in_months"]:
            until = add_months(start, coupon["duration_in_months"])
        until = _earliest((until, _deleted_at(versions)))
        currency = (coupon["currency"] or "").lower()
        off, percent = coupon["amount_off"], coupon["percent_off"]
        found.append(
            Discount(
                row["subscription_id"],
                row["customer_id"],
                start.date(),
                until.date() if until else None,
                None if percent is None else Fraction(str(percent)),
                None if off is None else Fraction(off) / 10 ** minor_units.get(currency, 2),
                currency or None,
            )
        )
    return found


def _contracts(landing: Landing, reporting_currency: str) -> list[Contract]:
    sheet: dict[str, list[Row]] = defaultdict(list)
    for row in landing.newest("contracts.subscription_periods"):
        if not is_deleted(row):
            sheet[row["subscription_id"]].append(row)
    found: dict[tuple[str, str], Contract] = {}
    for key, rows in sheet.items():
        rows.sort(key=lambda row: row["started_on"])
        for row, after in zip(rows, [*rows[1:], None], strict=True):
            ends = [d for d in (row["ended_on"], after and after["started_on"]) if d]
            owner = row["customer_id"]
            contract = found.setdefault((key, owner), Contract(key, owner, []))
            until: date | None = min(ends, default=None)
            holding = _contract_holding(row, reporting_currency)
            contract.rows.append(ContractRow(row["started_on"], until, holding))
    return list(found.values())


def _contract_holding(row: Row, reporting_currency: str) -> Holding:
    quantity = Fraction(1 if row["quantity"] is None else row["quantity"])
    months = months_of((row["interval"] or "month").lower(), row["interval_count"] or 1)
    unit = Fraction(row["amount"]) / months
    amount = round_to(unit * quantity)
    status = (row["status"] or "active").lower()
    currency = (row["currency"] or reporting_currency).lower()
    key = row["subscription_id"]
    return Holding(key, key, status, currency, row["plan"], quantity, unit, months, amount, amount)
