"""What is wrong with the data, on purpose: small, counted, and never part of the true story.

Rows that do not parse, deleted lines and test records are additional rows, so that the clean
remainder is exactly the simulated company. `count_row` counts what was written to files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at
from drivewheel_demo.company import Customer
from drivewheel_demo.incidents import UNKNOWN_SERVICE_ID
from drivewheel_demo.invoices import Biller
from drivewheel_demo.prices import price_id
from drivewheel_demo.rows import Again, Delivery, Row
from drivewheel_demo.stripe import deliver_subscription
from drivewheel_demo.subscriptions import Change, Item, State, Subscription
from drivewheel_demo.support_dirt import support_dirt_of

FIRST_TEST_NUMBER, FIRST_MERGED_ID = 900_001, 690_001
UNMAPPED_ACCOUNT, CORRECTED_AFTER = "6999", timedelta(days=2)
BAD_AMOUNT, BAD_TIME = "12,50 EUR", "31.02.2025 25:61"
OFFSET_COLUMNS = ("invited_at", "first_session_at", "created_at")


def spoil(out: Delivery, customers: tuple[Customer, ...], horizon: Horizon) -> None:
    """Add every kind of dirt but that of events, which `events` and the writer add."""
    _merge_companies(out, customers)
    _offset_times(out, {c.account_id for c in customers if c.region == "emea"})
    _unparsable_charges(out)
    _deleted_lines(out)
    _test_accounts(out, horizon)
    _test_customers(out, horizon)


def spread(rows: list[tuple[datetime, Row]], size: int) -> Iterable[tuple[datetime, Row]]:
    """Some of the rows, evenly spread."""
    return rows[:: max(1, len(rows) // max(1, size))][:size]


def _merge_companies(out: Delivery, customers: tuple[Customer, ...]) -> None:
    """The account still names the company that was merged away."""
    chosen = [c for c in customers if c.stripe_id][:: max(1, len(customers) // 4)]
    for number, customer in enumerate(chosen[: story.DIRT["merged_companies"]]):
        old = str(FIRST_MERGED_ID + number)
        for _, account in out.rows["app.account"]:
            if account["id"] == customer.account_id:
                account["hubspot_company_id"] = old
        for seen, company in list(out.rows["hubspot.company"]):
            if company["id"] == customer.company_id:
                gone = {**company, "id": old, "is_deleted": True}
                out.add("hubspot.company", seen, gone)
                company["property_hs_merged_object_ids"] = old


def _offset_times(out: Delivery, accounts: set[str]) -> None:
    """Users of a region whose export writes local time with its offset."""
    users = [(seen, u) for seen, u in out.rows["app.user"] if u["account_id"] in accounts]
    for _, user in spread(users, story.DIRT["offset_user_times"]):
        for column in OFFSET_COLUMNS:
            local = user[column] + timedelta(hours=2)
            user[column] = f"{local:%Y-%m-%d %H:%M:%S}+02:00"


def _unparsable_charges(out: Delivery) -> None:
    for seen, row in list(spread(out.rows["stripe.charge"], story.DIRT["unparsable_charges"])):
        bad = {**row, "id": f"{row['id']}_bad", "amount": BAD_AMOUNT}
        out.add("stripe.charge", seen, bad)


def _deleted_lines(out: Delivery) -> None:
    lines = [(s, r) for s, r in out.rows["stripe.invoice_line_item"] if r["type"] == "subscription"]
    for seen, row in list(spread(lines, story.DIRT["deleted_invoice_lines"])):
        out.add(
            "stripe.invoice_line_item",
            seen,
            {
                **row,
                "id": f"{row['id']}_deleted",
                "quantity": 9999,
                "amount": 9999_00,
                "period_start": row["period_start"] + timedelta(hours=1),
                "_fivetran_deleted": True,
            },
        )


def _test_accounts(out: Delivery, horizon: Horizon) -> None:
    created = at(horizon.start, 9 * 3600)
    for number in range(story.DIRT["test_accounts"]):
        account, user = _test_ids(number)
        out.add(
            "app.account",
            created,
            {
                "id": account,
                "name": f"Internal test {number + 1}",
                "domain": "drivewheel-demo.example",
                "created_at": created,
                "updated_at": created,
                "is_test": True,
            },
        )
        out.add(
            "app.user",
            created,
            {
                "id": user,
                "account_id": account,
                "email": f"qa{number}@drivewheel-demo.example",
                "invited_at": created,
                "first_session_at": created,
                "created_at": created,
                "updated_at": created,
            },
        )


def _test_ids(number: int) -> tuple[str, str]:
    return f"acc_{FIRST_TEST_NUMBER + number}", f"usr_{FIRST_TEST_NUMBER + number}_000"


def test_account_events(month: date) -> pa.Table:
    """One event a month per test user, in the shape of the drawn ones."""
    accounts = [_test_ids(number) for number in range(story.DIRT["test_accounts"])]
    moments = [at(month, 12 * 3600 + number) for number in range(len(accounts))]
    return pa.table(
        {
            "id": [f"evt_{month:%Y%m}_test_{number}" for number in range(len(accounts))],
            "event": [story.FIRST_VALUE_EVENTS[0]] * len(accounts),
            "user_id": [user for _, user in accounts],
            "group_id": [account for account, _ in accounts],
            "timestamp": pa.array(moments, pa.timestamp("us")),
            "received_at": pa.array(moments, pa.timestamp("us")),
            "properties": ['{"surface": "web"}'] * len(accounts),
            "_late": np.zeros(len(accounts), dtype=bool),
            "_again": np.zeros(len(accounts), dtype=bool),
        }
    )


def _test_customers(out: Delivery, horizon: Horizon) -> None:
    """The vendor's test mode: complete records that never count."""
    for number in range(FIRST_TEST_NUMBER, FIRST_TEST_NUMBER + story.DIRT["test_stripe_customers"]):
        start = at(horizon.start, 10 * 3600)
        price = price_id("scale", cycle="month", currency="usd")
        sub = Subscription(f"sub_{number}1", number, start, start, "month", "usd")
        sub.items = [Item(f"si_{number}1a", "prod_scale", [Change(start, price, 1000)])]
        sub.states = [State(start, "active")]
        out.stripe(
            "customer",
            start,
            {
                "id": f"cus_{number:06d}",
                "created": start,
                "currency": "usd",
                "name": "Test mode",
                "email": "test@drivewheel-demo.example",
                "delinquent": False,
                "livemode": False,
                "metadata": json.dumps({}),
            },
        )
        deliver_subscription(out, sub, horizon, livemode=False)
        Biller(out, horizon).bill(sub, livemode=False)


def count_row(name: str, row: Row, counts: dict[str, int]) -> None:
    """Add a written row to the counts of the dirt that it carries."""
    for kind, found in (
        ("unparsable_charges", name == "stripe.charge" and row["amount"] == BAD_AMOUNT),
        (
            "deleted_invoice_lines",
            name == "stripe.invoice_line_item" and row.get("_fivetran_deleted"),
        ),
        ("deleted_items", name == "stripe.subscription_item" and row["_fivetran_deleted"]),
        (
            "merged_companies",
            name == "hubspot.company" and row.get("property_hs_merged_object_ids"),
        ),
        ("offset_user_times", name == "app.user" and isinstance(row["created_at"], str)),
        ("test_accounts", name == "app.account" and row["is_test"]),
        (
            "users_of_test_accounts",
            name == "app.user" and int(row["account_id"][4:]) >= FIRST_TEST_NUMBER,
        ),
        ("test_stripe_customers", name == "stripe.customer" and not row["livemode"]),
        ("deleted_deals", name == "hubspot.deal" and row["is_deleted"]),
        ("deleted_journals", name == "quickbooks.journal_entry" and row["_fivetran_deleted"]),
        (
            "corrected_spend",
            name == "ads.campaign_spend"
            and row["updated_at"].date() > row["day"] + CORRECTED_AFTER,
        ),
        ("unmapped_accounts", name == "quickbooks.account" and row["id"] == UNMAPPED_ACCOUNT),
        ("unknown_column_rows", name == "stripe.invoice" and story.UNKNOWN_COLUMN in row),
        ("duplicate_deployments", isinstance(row, Again)),
        (
            "offset_deployment_times",
            name == "cicd.deployment" and isinstance(row["finished_at"], str),
        ),
        ("deleted_pull_requests", name == "github.pull_request" and row["_fivetran_deleted"]),
        (
            "unknown_services",
            name == "pagerduty.incident" and row["service_id"] == UNKNOWN_SERVICE_ID,
        ),
    ):
        if found:
            counts[kind] = counts.get(kind, 0) + 1
    for kind in support_dirt_of(name, row):
        counts[kind] = counts.get(kind, 0) + 1
