"""Invoices in Stripe's shape: lines, prorations, usage, charges and refunds.

Amounts are minor units, before discounts and tax on lines, after them on the invoice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, add_months, at
from drivewheel_demo.prices import COUPONS, Price, catalogue
from drivewheel_demo.rows import Delivery, Row
from drivewheel_demo.stripe import legacy_plan_of
from drivewheel_demo.subscriptions import Change, Item, Subscription

RETRY_DAYS = (0, 3, 5)
REFUND_EVERY = 97


@dataclass
class InvoiceDraft:
    """An invoice while its lines are collected."""

    reason: str
    at: datetime
    period: tuple[datetime, datetime]
    lines: list[Row] = field(default_factory=list)


@dataclass
class Biller:
    """Writes the invoices of one subscription after the other, numbering them."""

    out: Delivery
    horizon: Horizon
    prices: dict[str, Price] = field(default_factory=catalogue)
    refundable: int = 0

    def bill(self, sub: Subscription, *, livemode: bool = True) -> None:
        """Every invoice of a subscription: trial, periods, and changes between them."""
        last = at(self.horizon.last + timedelta(days=1))
        drafts: list[tuple[InvoiceDraft, int | None]] = []
        if sub.trial_end:
            draft = InvoiceDraft("subscription_create", sub.start, (sub.start, sub.trial_end))
            for item in sub.items:
                if (now := item.at(sub.start)) and not item.metered:
                    draft.lines.append(self._line(sub, item, now, draft.period, amount=0))
            drafts.append((draft, None))
        for period, start, end in sub.periods(last):
            drafts.append((self._period(sub, period, start, end), period))
        for moment in sorted({c.at for i in sub.items for c in i.changes} | _removals(sub)):
            if sub.anchor < moment < (sub.ended_at or last):
                drafts.append((self._change(sub, moment), None))
        drafts.sort(key=lambda entry: entry[0].at)
        for index, (draft, number) in enumerate(drafts):
            if draft.lines:
                self._deliver(sub, draft, index=index, period=number, livemode=livemode)

    def _period(
        self, sub: Subscription, number: int, start: datetime, end: datetime
    ) -> InvoiceDraft:
        reason = "subscription_cycle" if number or sub.trial_end else "subscription_create"
        draft = InvoiceDraft(reason, max(start, sub.created), (start, end))
        for item in sub.items:
            now = item.at(start)
            if now and item.metered:
                if number:
                    draft.lines.append(self._usage(sub, item, now, number))
            elif now:
                amount = self.prices[now.price].unit_amount * now.quantity
                draft.lines.append(self._line(sub, item, now, draft.period, amount=amount))
        if number == 0 and sub.onboarding_fee:
            setup = self.prices[f"price_onboarding_{sub.currency}"]
            draft.lines.append(
                {
                    "amount": setup.unit_amount,
                    "currency": sub.currency,
                    "discountable": False,
                    "period_start": start,
                    "period_end": start,
                    "price_id": setup.id,
                    "proration": False,
                    "quantity": 1,
                    "subscription_id": sub.id,
                    "type": "invoiceitem",
                }
            )
        return draft

    def _change(self, sub: Subscription, moment: datetime) -> InvoiceDraft:
        """Credit for what was, charge for what is, for the rest of the period."""
        start, end = sub.period_of(moment)
        draft = InvoiceDraft("subscription_update", moment, (moment, end))
        rest = (end - moment) / (end - start)
        for item in sub.items:
            before, after = item.at(moment - timedelta(seconds=1)), item.at(moment)
            if item.metered or before == after:
                continue
            for change, sign in ((before, -1), (after, 1)):
                if change:
                    full = self.prices[change.price].unit_amount * change.quantity
                    amount = sign * round(full * rest)
                    draft.lines.append(
                        self._line(sub, item, change, draft.period, amount=amount, proration=True)
                    )
        return draft

    def _usage(self, sub: Subscription, item: Item, now: Change, number: int) -> Row:
        begin, end = sub.boundary(number - 1), sub.boundary(number)
        calls = 2000 + (sub.customer_number * 7919 + number * 104729) % 9000
        amount = calls * self.prices[now.price].unit_amount
        return {**self._line(sub, item, now, (begin, end), amount=amount), "quantity": calls}

    def _line(
        self,
        sub: Subscription,
        item: Item,
        change: Change,
        period: tuple[datetime, datetime],
        *,
        amount: int,
        proration: bool = False,
    ) -> Row:
        starter = self.prices[change.price].product == story.PLANS["starter"].product
        plan = legacy_plan_of(sub, item, self.horizon) if starter else None
        return {
            "amount": amount,
            "currency": sub.currency,
            "discountable": True,
            "period_start": period[0],
            "period_end": period[1],
            "price_id": None if plan else change.price,
            "plan_id": plan,
            "proration": proration,
            "quantity": change.quantity,
            "subscription_id": sub.id,
            "subscription_item_id": item.id,
            "type": "invoiceitem" if proration else "subscription",
        }

    def _deliver(
        self,
        sub: Subscription,
        draft: InvoiceDraft,
        *,
        index: int,
        period: int | None,
        livemode: bool,
    ) -> None:
        key = f"in_{sub.id[4:]}_{index:03d}"
        for number, line in enumerate(draft.lines):
            self.out.stripe(
                "invoice_line_item",
                draft.at,
                {
                    "id": f"il_{key[3:]}_{number}",
                    "invoice_id": key,
                    "livemode": livemode,
                    **line,
                },
            )
        subtotal = sum(line["amount"] for line in draft.lines)
        net = max(0, subtotal - _discount(sub, draft, subtotal))
        tax = round(net * story.TAX[sub.currency])
        base = {
            "id": key,
            "created": draft.at,
            "currency": sub.currency,
            "customer_id": f"cus_{sub.customer_number:06d}",
            "subscription_id": sub.id,
            "billing_reason": draft.reason,
            "subtotal": subtotal,
            "tax": tax,
            "total": net + tax,
            "amount_due": net + tax,
            "period_start": draft.period[0],
            "period_end": draft.period[1],
            "number": key[3:].upper(),
            "livemode": livemode,
            "status_transitions_finalized_at": draft.at,
        }
        if draft.at.date() >= story.UNKNOWN_COLUMN_FROM:
            base[story.UNKNOWN_COLUMN] = "charge_automatically"
        if sub.state_at(draft.at).paused:
            self._emit(base, draft.at, status="void")
        elif period in sub.failed:
            self._dun(sub, base, recovered=sub.failed[period])
        else:
            self._emit(base, draft.at, status="paid")
            if net + tax:
                self._charge(base, draft.at, attempt=0, failure=None)

    def _emit(self, base: Row, moment: datetime, *, status: str) -> None:
        paid = base["amount_due"] if status == "paid" else 0
        self.out.stripe(
            "invoice",
            moment,
            {
                **base,
                "status": status,
                "paid": status == "paid",
                "amount_paid": paid,
                "amount_remaining": base["amount_due"] - paid,
                "attempted": status != "void",
                "attempt_count": 0 if status == "void" else 1,
                "status_transitions_paid_at": moment if status == "paid" else None,
                "status_transitions_voided_at": moment if status == "void" else None,
                "status_transitions_marked_uncollectible_at": moment
                if status == "uncollectible"
                else None,
            },
        )

    def _dun(self, sub: Subscription, base: Row, *, recovered: datetime | None) -> None:
        self._emit(base, base["created"], status="open")
        first = base["created"] + timedelta(hours=1)
        for attempt, days in enumerate(RETRY_DAYS):
            moment = first + timedelta(days=days)
            if recovered and moment >= recovered:
                self._charge(base, recovered, attempt=attempt, failure=None)
                self._emit(base, recovered, status="paid")
                return
            self._charge(base, moment, attempt=attempt, failure="card_declined")
        self._emit(base, sub.ended_at or first + timedelta(days=21), status="uncollectible")

    def _charge(self, base: Row, moment: datetime, *, attempt: int, failure: str | None) -> None:
        row = {
            "id": f"ch_{base['id'][3:]}_{attempt}",
            "amount": base["amount_due"],
            "amount_refunded": 0,
            "captured": failure is None,
            "created": moment,
            "currency": base["currency"],
            "customer_id": base["customer_id"],
            "failure_code": failure,
            "invoice_id": base["id"],
            "paid": failure is None,
            "refunded": False,
            "status": "failed" if failure else "succeeded",
            "livemode": base["livemode"],
        }
        self.out.stripe("charge", moment, row)
        self.refundable += failure is None
        if failure is None and self.refundable % REFUND_EVERY == 0:
            later, amount = moment + timedelta(days=6), max(1, base["amount_due"] // 4)
            self.out.stripe(
                "charge", later, {**row, "_fivetran_synced": later, "amount_refunded": amount}
            )
            self.out.stripe(
                "refund",
                later,
                {
                    "id": f"re_{base['id'][3:]}",
                    "amount": amount,
                    "charge_id": row["id"],
                    "created": later,
                    "currency": base["currency"],
                    "reason": "requested_by_customer",
                    "status": "succeeded",
                },
            )


def _removals(sub: Subscription) -> set[datetime]:
    return {item.removed_at for item in sub.items if item.removed_at}


def _discount(sub: Subscription, draft: InvoiceDraft, subtotal: int) -> int:
    coupon = next((c for c in COUPONS if c.id == sub.coupon), None)
    if coupon is None or subtotal <= 0:
        return 0
    until = add_months(sub.start, coupon.months) if coupon.months else None
    first = draft.reason == "subscription_create"
    if (coupon.duration == "once" and not first) or (until and draft.at >= until):
        return 0
    if coupon.amount_off:
        return coupon.amount_off if sub.currency == "usd" else 0
    return round(subtotal * (coupon.percent_off or 0) / 100)
