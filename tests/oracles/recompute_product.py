"""The product recomputed: onboarding, use, adoption and what customers set out for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracles.catalogue import Company, Values
from tests.oracles.operations import half_arrived, reach_of
from tests.oracles.tally import (
    MONTHLY,
    WEEKLY,
    Dated,
    Slices,
    answer,
    by_customer,
    last_days,
    quantile,
    share,
)
from tests.oracles.usage import Onboarded, Snapshot, Usage, read_usage

Part = Callable[[Snapshot], float]
BALANCES: dict[str, Part] = {
    "daily_active_users": lambda s: s.working_user_days / 5,
    "weekly_active_users": lambda s: s.weekly,
    "monthly_active_users": lambda s: s.monthly,
    "customers_waiting_for_value": lambda s: s.is_waiting,
    "use_cases_in_use": lambda s: s.use_cases,
}
RATIOS: dict[str, tuple[tuple[str, ...], Part, Part]] = {
    "active_user_growth": (WEEKLY, lambda s: s.monthly - s.before, lambda s: s.before),
    "transaction_growth": (
        WEEKLY,
        lambda s: s.transactions - s.transactions_before,
        lambda s: s.transactions_before,
    ),
    "usage_depth": (WEEKLY, lambda s: s.events, lambda s: s.monthly),
    "stickiness": (WEEKLY, lambda s: s.working_user_days / 5, lambda s: s.monthly),
    "seat_utilization": (WEEKLY, lambda s: s.active_seats, lambda s: s.seats),
    "active_users_vs_baseline": (MONTHLY, lambda s: s.comparable, lambda s: s.baseline),
}
METRICS = (
    *BALANCES,
    *RATIOS,
    "activation_rate",
    "time_to_value_days",
    "time_to_provision_days",
    "purchase_to_value_days",
    "initial_user_activation_rate",
    "initial_transactions_per_user",
    "feature_adoption_rate",
    "new_feature_types_used",
    "d30_user_retention",
    "user_setup_hours",
    "users_onboarded",
    "profile_completion_rate",
    "business_results_rate",
    "business_value_attained",
)
NEVER = 1e9  # hours; longer than anybody takes


def recompute(company: Company) -> Values:
    """Every metric of the product, for the total and by segment; features where they are meant."""
    usage = read_usage(company)
    return (
        _windows(company, usage)
        | _onboarding(company, usage)
        | _adoption(company, usage)
        | _people(company, usage)
        | _goals(company, usage)
    )


def quotient(items: list[tuple[float, float]]) -> float | None:
    """Uppers over lowers."""
    below = sum(item[1] for item in items)
    return sum(item[0] for item in items) / below if below else None


def _windows(company: Company, usage: Usage) -> Values:
    """By the windows that end on each period's last day."""
    reach, result = reach_of(company, "app", "product_events"), Values()
    for grain in WEEKLY:
        found = [
            (start, by_customer(company, name), snapshot)
            for each, start, day in last_days(company, WEEKLY)
            for name in usage.customers
            if each == grain and (snapshot := usage.at(name, day))
        ]
        for metric, part in BALANCES.items():
            rows = [(start, whose, part(item)) for start, whose, item in found]
            result |= answer(
                company, metric, rows, sum, grains=(grain,), reach=reach, is_dense=True
            )
        for metric, (grains, upper, lower) in RATIOS.items():
            if grain in grains:
                pairs = [(start, whose, (upper(s), lower(s))) for start, whose, s in found]
                result |= answer(company, metric, pairs, quotient, grains=(grain,), reach=reach)
    return result


def _onboarding(company: Company, usage: Usage) -> Values:
    """Cohorts of start, those still waiting censored at the day computed."""
    end, reach = company.as_of, reach_of(company, "app", "product_events")
    known = [(c, by_customer(company, c.customer)) for c in usage.customers.values()]
    result: Values = {}
    for metric, roles, span in (
        ("time_to_value_days", ("app", "product_events"), lambda c: (c.provisioned, c.first_value)),
        ("time_to_provision_days", ("billing", "app"), lambda c: (c.subscribed, c.provisioned)),
        (
            "purchase_to_value_days",
            ("app", "product_events"),
            lambda c: (c.purchased, c.first_value),
        ),
    ):
        waits = [(*span(customer), whose) for customer, whose in known]
        rows: list[Dated] = [
            (started, whose, _waited(started, arrived, end))
            for started, arrived, whose in waits
            if started and started <= end
        ]
        result |= answer(
            company,
            metric,
            rows,
            half_arrived,
            grains=MONTHLY,
            maturity_days=30,
            reach=reach_of(company, *roles),
        )
    ready = [(c, whose) for c, whose in known if c.provisioned and c.provisioned <= end]
    activated = [
        (c.provisioned, whose, bool(c.first_value and (c.first_value - c.provisioned).days <= 30))
        for c, whose in ready
    ]
    result |= answer(
        company, "activation_rate", activated, share, grains=MONTHLY, maturity_days=30, reach=reach
    )
    for metric, part in (
        ("initial_user_activation_rate", _initial_active),
        ("initial_transactions_per_user", _initial_transactions),
    ):
        pairs = [(c.first_value, whose, part(c)) for c, whose in ready if c.first_value]
        result |= answer(
            company, metric, pairs, quotient, grains=MONTHLY, maturity_days=14, reach=reach
        )
    return result


def _waited(started: date, arrived: date | None, end: date) -> tuple[float, bool]:
    has = arrived is not None and arrived <= end
    return max(0, ((arrived if arrived and has else end) - started).days), has


def _initial(customer: Onboarded, first: date) -> Iterator[tuple[str, str]]:
    """Those who were invited by the day of first value."""
    for row in customer.people:
        if (row["invited_at"] or row["created_at"]).date() <= first:
            yield row["account_id"], row["id"]


def _initial_active(customer: Onboarded) -> tuple[float, float]:
    first = customer.first_value or date.max
    users = list(_initial(customer, first))
    window = (first, first + timedelta(days=13))
    known = [customer.users.get(key) for key in users]
    return sum(bool(user and user.within(window)) for user in known), len(users)


def _initial_transactions(customer: Onboarded) -> tuple[float, float]:
    first = customer.first_value or date.max
    users = list(_initial(customer, first))
    last = first + timedelta(days=13)
    days = [user.days for key in users if (user := customer.users.get(key))]
    made = sum(counts[1] for of in days for day, counts in of.items() if first <= day <= last)
    return made, len(users)


def _adoption(company: Company, usage: Usage) -> Values:
    """Features: used of those available, and used for the first time."""
    rows: dict[str, list[Dated]] = {grain: [] for grain in MONTHLY}
    for grain, start, day in last_days(company, MONTHLY):
        for name in usage.customers:
            snapshot, whose = usage.at(name, day), by_customer(company, name)
            for feature in usage.core if snapshot and snapshot.is_subscribed else ():
                has = bool(snapshot and feature in snapshot.features)
                rows[grain].append((start, (*whose, ("feature", feature)), has))
    result: Values = {}
    for grain, found in rows.items():
        result |= answer(
            company,
            "feature_adoption_rate",
            found,
            share,
            grains=(grain,),
            reach=reach_of(company, "app", "product_events"),
        )
    firsts: list[Dated] = [
        (min(days), (*by_customer(company, c.customer), ("feature", feature)), 1)
        for c in usage.customers.values()
        for feature, days in c.features.items()
    ]
    return result | answer(
        company,
        "new_feature_types_used",
        firsts,
        sum,
        grains=WEEKLY,
        is_dense=True,
        reach=reach_of(company, "product_events"),
    )


def _people(company: Company, usage: Usage) -> Values:
    """Users: set up, complete, and back a month after their first active day."""
    hours: list[Dated] = []
    set_up: list[Dated] = []
    back: list[Dated] = []
    for customer in usage.customers.values():
        whose: Slices = by_customer(company, customer.customer)
        for row in customer.people:
            invited, session = row["invited_at"], _by(company, row["first_session_at"])
            if invited:
                taken = (session - invited).total_seconds() / 3600 if session else NEVER
                hours.append((invited.date(), whose, taken))
            if session:
                complete = _by(company, row["profile_completed_at"])
                set_up.append((session.date(), whose, complete is not None))
            user = customer.users.get((row["account_id"], row["id"]))
            if user and user.ordered:
                first = user.ordered[0]
                window = (first + timedelta(days=30), first + timedelta(days=36))
                back.append((first, whose, bool(user.within(window))))
    app, both = reach_of(company, "app"), reach_of(company, "app", "product_events")
    result = answer(
        company, "user_setup_hours", hours, _half, grains=MONTHLY, reach=app, maturity_days=14
    )
    result |= answer(
        company, "users_onboarded", set_up, len, grains=WEEKLY, reach=app, is_dense=True
    )
    result |= answer(company, "profile_completion_rate", set_up, share, grains=MONTHLY, reach=app)
    return result | answer(
        company, "d30_user_retention", back, share, grains=MONTHLY, reach=both, maturity_days=37
    )


def _by(company: Company, moment: datetime | None) -> datetime | None:
    """The moment, where it has come."""
    return moment if moment and moment.date() <= company.as_of else None


def _half(items: list[float]) -> float | None:
    found = quantile(0.5)(items)
    return found if found is not None and found < NEVER / 10 else None


def _goals(company: Company, usage: Usage) -> Values:
    """Goals that came due: met by their day, and how far the way from their baseline was gone."""
    met: list[Dated] = []
    gone: list[Dated] = []
    for row in company.landing.newest("app.success_goal"):
        known = usage.of(row["account_id"])
        if known is None or not row["due_on"] or row["due_on"] > company.as_of:
            continue
        whose = by_customer(company, known.customer)
        in_time = row["achieved_on"] is not None and row["achieved_on"] <= row["due_on"]
        met.append((row["due_on"], whose, in_time))
        attained = _attained(row)
        if attained is not None:
            gone.append((row["due_on"], whose, attained))
    reach = reach_of(company, "app")
    result = answer(company, "business_results_rate", met, share, grains=MONTHLY, reach=reach)
    return result | answer(
        company, "business_value_attained", gone, _mean, grains=MONTHLY, reach=reach
    )


def _attained(row: dict[str, Any]) -> float | None:
    start = row["baseline_value"] or 0.0
    if row["goal_value"] in (None, start):
        return None
    if row["achieved_value"] is None:
        return 0.0
    return (row["achieved_value"] - start) / (row["goal_value"] - start)


def _mean(items: list[float]) -> float | None:
    return sum(items) / len(items) if items else None
