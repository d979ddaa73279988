"""The recomputation of use, health and worth on cases that can be worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.oracles.health import weigh
from tests.oracles.recompute_outcomes import quartiles
from tests.oracles.recompute_product import quotient
from tests.oracles.usage import Onboarded, Seat, User

SUNDAY = date(2026, 3, 29)
CASES = {"reports": {"reporting"}, "dashboards": {"reporting"}, "payments": {"billing"}}


def user(name: str | None, *days_ago: int) -> User:
    days = {SUNDAY - timedelta(days=ago): [2, 1] for ago in days_ago}
    return User("a", name, days)


def customer(*users: User, **changes: object) -> Onboarded:
    found = Onboarded("c", **changes)  # type: ignore[arg-type]
    found.users = {(known.account, known.name): known for known in users}
    return found


def test_windows_end_on_their_day_and_do_not_overlap() -> None:
    # 0 and 29 days ago are this month's; 30 and 59 the one's before; 60 nobody's.
    found = customer(user("now", 0), user("edge", 29), user("old", 30, 59), user("gone", 60))
    seen = found.snapshot(SUNDAY, CASES)
    assert (seen.weekly, seen.monthly, seen.before) == (1, 2, 1)
    assert (seen.events, seen.transactions, seen.transactions_before) == (4, 2, 2)


def test_daily_users_are_those_of_working_days() -> None:
    # Sunday, Saturday, Friday and Monday: two of them are working days; last Sunday is a week off.
    found = customer(user("u", 0, 1, 2, 6, 7), user("v", 2))
    assert found.snapshot(SUNDAY, CASES).working_user_days == 3


def test_events_of_nobody_make_nobody_active() -> None:
    assert customer(user(None, 0)).snapshot(SUNDAY, CASES).monthly == 0


def test_a_seat_is_active_by_its_own_user_while_it_is_held() -> None:
    # Of three seats one ends on the day, so it is held no more; one of the others is in use.
    seats = [
        Seat(("a", name), date(2026, 1, 1), until)
        for name, until in (("u", date.max), ("v", date.max), ("w", SUNDAY))
    ]
    seen = customer(user("u", 3), user("w", 3), seats=seats).snapshot(SUNDAY, CASES)
    assert (seen.seats, seen.active_seats) == (2, 1)


def test_use_is_compared_with_go_live_once_its_thirty_days_are_over() -> None:
    def seen(days_since: int) -> tuple[int, int]:
        found = customer(
            user("u", days_since, 0), user("v", 1), first_value=SUNDAY - timedelta(days=days_since)
        )
        snapshot = found.snapshot(SUNDAY, CASES)
        return snapshot.comparable, snapshot.baseline

    # The thirtieth day is still the baseline's; from the next on two of today stand against one.
    assert seen(29) == (0, 0)
    assert seen(31) == (2, 1)


def test_two_features_of_one_use_case_are_one() -> None:
    found = customer()
    for feature in CASES:
        found.features[feature].add(SUNDAY - timedelta(days=29 if feature != "payments" else 30))
    seen = found.snapshot(SUNDAY, CASES)
    assert seen.features == {"reports", "dashboards"}
    assert seen.use_cases == 1


def test_what_is_not_known_weighs_nothing() -> None:
    # 80, 60 and 100, weighing 3, 3 and 2: (240 + 180 + 200) / 8; scales are cut at their ends.
    scales = {
        "adoption": (3, 0.0, 1.0),
        "seats": (3, 0.0, 1.0),
        "payment": (2, 1.0, 0.0),
        "support": (2, 2.0, 0.0),
    }
    assert weigh({"adoption": 0.8, "seats": 0.6, "payment": 0}, scales) == pytest.approx(77.5)
    assert weigh({"support": 5}, scales) == 0
    assert weigh({}, scales) is None


def test_quartiles_are_as_equal_as_can_be() -> None:
    # Six into four: two, two, one, one; of equals the one whose id comes first is lower.
    use = {"a": 1.0, "b": 0.0, "c": 2.0, "d": 1.0, "e": 3.0, "f": 4.0}
    assert quartiles(use) == {"b": 1, "a": 1, "d": 2, "c": 2, "e": 3, "f": 4}
    assert quartiles({"a": 1.0}) == {"a": 1}


def test_a_ratio_is_that_of_its_sums() -> None:
    # 1 of 2 and 3 of 8 are 4 of 10, not the mean of 0.5 and 0.375.
    assert quotient([(1, 2), (3, 8)]) == pytest.approx(0.4)
    assert quotient([(0, 0)]) is None
