"""A law over scenarios; what is paid for what is held by `company/rules.py`, for any company."""

from __future__ import annotations

from tests.tables import rows_of


def test_scenarios_are_possible_and_one_is_as_things_are() -> None:
    """Without the one in which nothing changes the others compare with nothing."""
    rows = [
        tuple(
            float(row[name])
            for name in (
                "churn_factor",
                "bookings_factor",
                "price_change",
                "cost_of_capital_change",
            )
        )
        for row in rows_of("scenarios")
    ]
    assert (1, 1, 0, 0) in rows
    for churn, bookings, price, _ in rows:
        assert churn >= 0
        assert bookings >= 0
        assert price > -1
