"""A second billing system through the same timeline: what it pays was worked out by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.end_to_end.conftest import RandomCompany
from tests.oracles.chargebee_company import PAYS

OURS = "where customer_id like 'cb\\_%' escape '\\'"


def ask(company: RandomCompany, query: str) -> list[tuple[Any, ...]]:
    with company.open() as connection:
        return connection.execute(query).fetchall()


def paid_on(company: RandomCompany, day: dt.date) -> dict[str, tuple[float, float]]:
    """By customer what it pays a month on a day, by list and net, in its currency."""
    rows = ask(
        company,
        "select customer_id, sum(list_mrr)::double, sum(net_mrr)::double "
        f"from intermediate.int_subscriptions__segments {OURS} "
        f"and valid_from <= date '{day}' and valid_to > date '{day}' group by all",
    )
    return {customer: (listed, net) for customer, listed, net in rows}


@pytest.mark.parametrize("customer", PAYS)
def test_a_customer_pays_what_was_worked_out_by_hand(
    random_company: RandomCompany, customer: str
) -> None:
    days = PAYS[customer]
    before = min(days) - dt.timedelta(days=1)
    assert paid_on(random_company, before).get(customer, (0, 0)) == (0, 0)
    # On each day of change, on the one before the next, and long after the last.
    ends = [*(day - dt.timedelta(days=1) for day in [*days][1:]), dt.date(2026, 12, 31)]
    for expected, day, end in zip(days.values(), days, ends, strict=True):
        for asked in (day, end):
            found = paid_on(random_company, asked).get(customer, (0, 0))
            assert found == pytest.approx(expected, abs=0.0001), asked


def test_months_hold_it_in_the_reporting_currency(random_company: RandomCompany) -> None:
    rows = dict(
        ask(
            random_company,
            "select customer_id, closing_mrr::double from revenue_velocity.fct_customer_months "
            f"{OURS} and month_start = date '2026-05-01'",
        )
    )
    ((rate,),) = ask(
        random_company,
        "select closing_rate from intermediate.int_currencies__monthly_rates "
        "where currency = 'jpy' and month_start = date '2026-05-01'",
    )
    assert rows["cb_yen"] == pytest.approx(9800 * rate, abs=0.01)
    assert (rows["cb_yearly"], rows["cb_seats"], rows["cb_coupons"]) == (100, 100, 90)
    assert {rows[name] for name in ("cb_cancelled", "cb_unpaid", "cb_deleted")} == {0}


def test_what_ended_says_why(random_company: RandomCompany) -> None:
    found = ask(
        random_company,
        "select customer_id, occurred_on, movement_reason "
        f"from revenue_velocity.fct_mrr_movements {OURS} and movement_type = 'churn' order by all",
    )
    assert found == [
        ("cb_cancelled", dt.date(2026, 4, 10), "voluntary"),
        ("cb_deleted", dt.date(2026, 5, 5), "voluntary"),
        ("cb_paused", dt.date(2026, 3, 15), "pause"),
        ("cb_unpaid", dt.date(2026, 4, 20), "involuntary"),
    ]


def test_notice_is_known_on_its_day(random_company: RandomCompany) -> None:
    assert ask(
        random_company,
        "select distinct end_known_on from intermediate.int_subscriptions__segments "
        "where customer_id = 'cb_notice'",
    ) == [(dt.date(2026, 6, 5),)]


def test_a_trial_is_tried(random_company: RandomCompany) -> None:
    assert ask(
        random_company,
        "select valid_from, valid_to, trial_mrr::double "
        "from intermediate.int_subscriptions__segments "
        "where customer_id = 'cb_trial' and trial_mrr > 0",
    ) == [(dt.date(2026, 6, 10), dt.date(2026, 6, 24), 90)]


def test_a_discount_on_one_item_is_listed(random_company: RandomCompany) -> None:
    assert ask(
        random_company,
        "select source_name, customer_id, item_id "
        f"from intermediate.int_subscriptions__doubtful_items {OURS}",
    ) == [("chargebee", "cb_one_item", "sub_cb_one_item/basic-monthly")]


def test_invoices_payments_and_credits_have_their_roles(random_company: RandomCompany) -> None:
    chargebee = "where source_name = 'chargebee'"
    assert ask(
        random_company,
        "select invoice_id, status, total_minor, amount_due_minor "
        f"from intermediate.int_billing__invoices {chargebee} and invoice_id like 'i%' order by 1",
    ) == [
        ("i1", "paid", 6900, 6900),
        ("i2", "paid", 6000, 6000),
        ("i3", "paid", 6000, 6000),
        ("i4", "paid", 3354, 3354),
        ("i5", "void", 1, 1),
        ("i6", "draft", 1, 1),
    ]
    assert ask(
        random_company,
        "select line_id, item_id, is_proration, subscription_id is not null "
        f"from intermediate.int_billing__invoice_lines {chargebee} "
        "and line_id in ('l1', 'l2', 'l5') order by 1",
    ) == [
        ("l1", "sub_cb_seats/basic-monthly", False, True),
        ("l2", None, True, False),
        ("l5", "sub_cb_seats/basic-monthly", True, False),
    ]
    assert ask(
        random_company,
        "select charge_id, status, amount_minor, currency "
        f"from intermediate.int_billing__payments {chargebee} order by 1",
    ) == [
        ("t1/i1", "failed", 100, "usd"),
        ("t2/i1", "succeeded", 100, "usd"),
        ("t2/i2", "succeeded", 100, "usd"),
    ]
    assert ask(
        random_company,
        "select refund_id, status, amount_minor "
        f"from intermediate.int_billing__refunds {chargebee} order by 1",
    ) == [("cn1", "succeeded", 500), ("cn2", "canceled", 700)]
