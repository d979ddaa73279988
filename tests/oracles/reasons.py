"""Why MRR moved, for the oracle: the reasons and their split (decisions, M1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracles.book import Holding, round_to
from tests.oracles.rates import Money

Held = dict[str, Holding]
ROUNDING = Fraction(1, 100)  # more than this is not rounding
Effect = tuple[str, str, Fraction]  # reason, currency, local amount


@dataclass
class Seen:
    """What the days so far have shown of a customer."""

    paid: bool = False
    had_trial: bool = False
    products: set[str | None] = field(default_factory=set)

    def add(self, held: Held) -> None:
        for holding in held.values():
            self.had_trial |= holding.state == "trialing"
            if holding.pays and holding.net_mrr > 0:
                self.paid = True
                self.products.add(holding.product)


def start_reason(before: Held, after: Held, seen: Seen) -> str:
    if not seen.paid:
        return "trial_conversion" if seen.had_trial else "first_purchase"
    resumed = any(
        key in before and before[key].state == "paused"
        for key, holding in after.items()
        if holding.pays
    )
    return "resume" if resumed else "return"


def end_reason(before: Held, after: Held) -> str:
    paid = {key: h for key, h in before.items() if h.pays and h.net_mrr > 0}
    states = {key: after[key].state if key in after else "ended" for key in paid}
    if all(state == "paused" for state in states.values()):
        return "pause"
    failed = any(
        state == "unpaid" or (state == "ended" and paid[key].state == "past_due")
        for key, state in states.items()
    )
    return "involuntary" if failed else "voluntary"


def effects(before: Held, after: Held, seen: Seen) -> list[Effect]:
    """Why the amount changed, item by item."""
    paid_before = {key: h for key, h in before.items() if h.pays}
    paid_after = {key: h for key, h in after.items() if h.pays}
    gone = [h for key, h in sorted(paid_before.items()) if key not in paid_after]
    come = [h for key, h in sorted(paid_after.items()) if key not in paid_before]
    found: list[Effect] = []
    for holding in gone:
        state = after[holding.item_id].state if holding.item_id in after else "ended"
        reason = {"paused": "pause", "unpaid": "involuntary"}.get(state, "product")
        found.append(("tier" if come else reason, holding.currency, -holding.net_mrr))
    for holding in come:
        reason = "seats" if holding.product in seen.products else "product"
        found.append(("tier" if gone else reason, holding.currency, holding.net_mrr))
    for key in sorted(paid_before.keys() & paid_after.keys()):
        found += _item_effects(paid_before[key], paid_after[key])
    return found


def _item_effects(b: Holding, a: Holding) -> Iterable[Effect]:
    if b.currency != a.currency:
        # Not foreseen by the rule: the price of the same or another product, in two amounts.
        reason = "price" if a.product == b.product else "tier"
        return [(reason, b.currency, -b.net_mrr), (reason, a.currency, a.net_mrr)]
    r_b = b.net_mrr / b.list_mrr if b.list_mrr else Fraction(1)
    r_a = a.net_mrr / a.list_mrr if a.list_mrr else Fraction(1)
    discount = a.quantity * a.unit * (r_a - r_b)
    return [
        ("seats", b.currency, (a.quantity - b.quantity) * b.unit * r_b),
        (
            "price" if a.product == b.product else "tier",
            b.currency,
            a.quantity * (a.unit - b.unit) * r_b,
        ),
        ("discount_expiry" if discount > 0 else "discount_start", b.currency, discount),
    ]


def by_reason(
    parts: list[Effect], rate: Callable[[str], Fraction], total: Fraction
) -> dict[str, Fraction]:
    """Effects added by reason and rounded; what rounding leaves goes to the largest."""
    exact: Money = defaultdict(Fraction)
    for reason, currency, amount in parts:
        exact[reason] += amount * rate(currency)
    rounded = {reason: round_to(amount) for reason, amount in sorted(exact.items())}
    left = total - sum(rounded.values())
    if abs(left) > ROUNDING:
        message = f"effects {dict(exact)} do not add up to {total}"
        raise ArithmeticError(message)
    largest = max(rounded, key=lambda reason: abs(rounded[reason]))
    rounded[largest] += left
    return rounded
