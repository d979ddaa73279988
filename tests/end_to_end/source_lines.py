"""The smallest landing with every oddity of eight sources; decisions, V1 to V8 say what is right.

A key is `source/object`, or `source/object/file` where a row comes in a file of its own: late.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

AS_OF = dt.date(2026, 3, 31)
Row = dict[str, object]
SEEN = "2026-03-01 00:00:00"
LATER = "2026-03-20 00:00:00"


def post(key: str, day: str, lines: list[tuple[str, float]]) -> dict[str, list[Row]]:
    """A journal, debits positive."""
    return {
        "quickbooks/journal_entry": [{"id": key, "transaction_date": day}],
        "quickbooks/journal_entry_line": [
            {
                "journal_entry_id": key,
                "index": i,
                "account_id": account,
                "amount": abs(amount),
                "posting_type": "Debit" if amount > 0 else "Credit",
            }
            for i, (account, amount) in enumerate(lines)
        ],
    }


BOOKS: dict[str, list[Row]] = {
    "quickbooks/account": [
        {"id": "income", "account_number": "4000", "account_type": "Income"},
        {"id": "hosting", "account_number": "5000", "account_type": "Cost of Goods Sold"},
        {"id": "sales", "account_number": "6000", "account_type": "Expense"},
        {"id": "bank", "account_type": "Bank"},
        {"id": "card", "account_type": "Credit Card"},
        {"id": "ar", "account_type": "Accounts Receivable"},
        {"id": "ap", "account_type": "Accounts Payable"},
        {
            "id": "till",
            "account_type": "Other Current Asset",
            "account_sub_type": "UndepositedFunds",
        },
        # Merged into another one: inactive and gone, and old lines still name it.
        {
            "id": "gone",
            "account_number": "6010",
            "account_type": "Expense",
            "active": False,
            "_fivetran_deleted": True,
        },
    ],
    "quickbooks/item": [
        {"id": "plan", "income_account_id": "income", "expense_account_id": "hosting"},
        {"id": "part", "parent_item_id": "plan"},
    ],
    # 1,200 less 200, with 190 of tax; the subtotal says it again.
    "quickbooks/invoice": [
        {"id": "i1", "transaction_date": "2026-02-05", "total_amount": 1190},
        {"id": "i2", "transaction_date": "2026-03-02", "total_amount": 80},
        {"id": "void", "transaction_date": "2026-03-03", "total_amount": 0},
    ],
    "quickbooks/invoice_line": [
        {
            "invoice_id": "i1",
            "index": 0,
            "amount": 1200,
            "sales_item_item_id": "part",
            "detail_type": "SalesItemLineDetail",
        },
        {
            "invoice_id": "i1",
            "index": 1,
            "amount": 200,
            "discount_account_id": "income",
            "detail_type": "DiscountLineDetail",
        },
        {"invoice_id": "i1", "index": 2, "amount": 1000, "detail_type": "SubTotalLineDetail"},
        {
            "invoice_id": "i2",
            "index": 0,
            "amount": 80,
            "sales_item_item_id": "unknown",
            "detail_type": "SalesItemLineDetail",
        },
        {
            "invoice_id": "void",
            "index": 0,
            "amount": 0,
            "sales_item_item_id": "plan",
            "detail_type": "SalesItemLineDetail",
        },
    ],
    "quickbooks/bill": [
        {"id": "b1", "transaction_date": "2026-02-09", "total_amount": 300},
        {"id": "b2", "transaction_date": "2026-03-05", "total_amount": 250},
        {"id": "b3", "transaction_date": "2026-03-05", "total_amount": 75},
        {
            "id": "b4",
            "transaction_date": "2026-03-05",
            "total_amount": 999,
            "_fivetran_deleted": True,
        },
        {"id": "b5", "transaction_date": "2026-03-06", "total_amount": 500},
        {"id": "b7", "transaction_date": "2026-03-07", "total_amount": 10000, "currency_id": "JPY"},
    ],
    "quickbooks/bill/late": [
        {
            "id": "b6",
            "transaction_date": "2026-02-27",
            "total_amount": 10,
            "_fivetran_synced": LATER,
        },
    ],
    "quickbooks/bill_line": [
        {"bill_id": "b1", "index": 0, "amount": 300, "account_expense_account_id": "hosting"},
        {"bill_id": "b2", "index": 0, "amount": 250, "account_expense_account_id": "sales"},
        {"bill_id": "b3", "index": 0, "amount": 70, "account_expense_account_id": "hosting"},
        {"bill_id": "b3", "index": 1, "amount": 5, "account_expense_account_id": "gone"},
        {"bill_id": "b4", "index": 0, "amount": 999, "account_expense_account_id": "hosting"},
        {"bill_id": "b6", "index": 0, "amount": 10, "account_expense_account_id": "sales"},
        {"bill_id": "b7", "index": 0, "amount": 10000, "account_expense_account_id": "hosting"},
        # Its bill has not been delivered.
        {"bill_id": "b9", "index": 0, "amount": 7777, "account_expense_account_id": "hosting"},
    ],
    "quickbooks/vendor_credit": [
        {"id": "v1", "transaction_date": "2026-02-12", "total_amount": 40},
    ],
    "quickbooks/vendor_credit_line": [
        {"vendor_credit_id": "v1", "index": 0, "amount": 40, "item_expense_item_id": "part"},
    ],
    "quickbooks/purchase": [
        {"id": "p1", "transaction_date": "2026-02-10", "account_id": "bank", "total_amount": 400},
        {
            "id": "p2",
            "transaction_date": "2026-02-11",
            "account_id": "card",
            "total_amount": 50,
            "credit": True,
        },
    ],
    "quickbooks/purchase_line": [
        {"purchase_id": "p1", "index": 0, "amount": 400, "account_expense_account_id": "sales"},
        {"purchase_id": "p2", "index": 0, "amount": 50, "account_expense_account_id": "sales"},
    ],
    "quickbooks/payment": [
        {"id": "y1", "transaction_date": "2026-02-20", "total_amount": 1190},
    ],
    "quickbooks/deposit": [
        {"id": "d1", "transaction_date": "2026-02-21", "account_id": "bank", "total_amount": 1190},
    ],
    "quickbooks/deposit_line": [{"deposit_id": "d1", "index": 0, "amount": 1190}],
    "quickbooks/bill_payment": [
        {
            "id": "x1",
            "transaction_date": "2026-02-22",
            "check_bank_account_id": "bank",
            "total_amount": 300,
        },
    ],
    # The books' own words for b2, as a ledger that is exported whole has them.
    **post("j1", "2026-03-05", [("sales", 250), ("ap", -250)]),
}

CRM: dict[str, list[Row]] = {
    "hubspot/company": [
        {
            "id": "h1",
            "property_domain": "a.test",
            "property_createdate": "2026-01-10 00:00:00",
            "property_hs_merged_object_ids": "h2",
        },
        {
            "id": "h2",
            "property_domain": "a2.test",
            "property_createdate": "2026-01-05 00:00:00",
            "is_deleted": True,
        },
        {
            "id": "h3",
            "property_domain": "c.test",
            "property_createdate": "2026-01-12 00:00:00",
            "_fivetran_deleted": True,
        },
        {"id": "h4", "property_name": "Test", "property_createdate": "2026-01-13 00:00:00"},
    ],
    "hubspot/contact": [
        {
            "id": "c1",
            "property_email": "x@a.test",
            "property_createdate": "2026-01-08 00:00:00",
            "property_hs_merged_object_ids": "c2",
        },
        {"id": "c2", "property_email": "y@a.test", "property_createdate": "2026-01-03 00:00:00"},
    ],
    "hubspot/deal": [
        {
            "deal_id": key,
            "deal_pipeline_stage_id": "open",
            "property_createdate": "2026-01-15 00:00:00",
            "property_amount": amount,
            "is_deleted": key == "d3",
        }
        for key, amount in (
            ("d1", 100),
            ("d2", 100),
            ("d3", 70),
            ("d4", None),
            ("d5", 50),
            ("d6", 30),
        )
    ],
    "hubspot/merged_deal": [
        {"deal_id": "d1", "merged_deal_id": "d2"},
        {"deal_id": "absent", "merged_deal_id": "d9"},
    ],
    "hubspot/deal_company": [
        {"deal_id": "d1", "company_id": "h2"},
        {"deal_id": "d2", "company_id": "h1"},
        {"deal_id": "d5", "company_id": "absent"},
    ],
    "hubspot/deal_pipeline_stage": [
        {"stage_id": "open", "is_closed": False, "closed_won": False},
        {"stage_id": "won", "is_closed": True, "closed_won": True, "_fivetran_deleted": True},
        {"stage_id": "lost", "is_closed": True, "closed_won": False},
    ],
    "hubspot/deal_stage": [
        {"deal_id": "d1", "value": "won", "date_entered": "2026-02-01 00:00:00"},
        {"deal_id": "d2", "value": "won", "date_entered": "2026-02-01 00:00:00"},
        {"deal_id": "d5", "value": "won", "date_entered": "2026-02-02 00:00:00"},
        {"deal_id": "d6", "value": "lost", "date_entered": "2026-02-10 00:00:00"},
        {"deal_id": "absent", "value": "won", "date_entered": "2026-02-10 00:00:00"},
    ],
    "hubspot/deal_stage/late": [
        {"deal_id": "d6", "value": "won", "date_entered": "2026-02-05 00:00:00"},
    ],
}


def ticket(key: str, status: str = "open", **columns: object) -> Row:
    """A ticket of 2 March."""
    return {
        "id": key,
        "created_at": "2026-03-02 09:00:00",
        "status": status,
        "updated_at": "2026-03-04 09:00:00",
        **columns,
    }


DESK: dict[str, list[Row]] = {
    "zendesk/ticket": [
        ticket("t1", merged_ticket_ids="[t2]", organization_id="o1"),
        ticket("t2", "closed"),
        ticket("t3", "open", _fivetran_deleted=True),
        ticket("t4", "deleted"),
        ticket("t5", "open", organization_id="o2"),
        ticket("t6", "solved"),
        ticket("t7", "open", requester_id="u1", group_id="absent"),
    ],
    "zendesk/organization": [{"id": "o1"}, {"id": "o2"}],
    "zendesk/organization_tag": [{"organization_id": "o2", "tag": "Test"}],
    "zendesk/ticket_field_history": [
        {
            "ticket_id": "t1",
            "field_name": "status",
            "updated": "2026-03-05 09:00:00",
            "value": "solved",
        },
        {
            "ticket_id": "t9",
            "field_name": "status",
            "updated": "2026-03-05 09:00:00",
            "value": "solved",
        },
    ],
    "zendesk/ticket_field_history/late": [
        {
            "ticket_id": "t1",
            "field_name": "status",
            "updated": "2026-03-03 09:00:00",
            "value": "solved",
        },
        {
            "ticket_id": "t1",
            "field_name": "status",
            "updated": "2026-03-04 09:00:00",
            "value": "open",
        },
    ],
    "zendesk/ticket_comment": [
        {"id": "m1", "ticket_id": "t7", "user_id": "u1", "created": "2026-03-02 10:00:00"},
        {"id": "m2", "ticket_id": "t7", "user_id": "absent", "created": "2026-03-02 11:00:00"},
        {"id": "m3", "ticket_id": "t9", "user_id": "absent", "created": "2026-03-02 11:00:00"},
    ],
}

PEOPLE: dict[str, list[Row]] = {
    "bamboohr/employee": [
        {
            "id": "e1",
            "hire_date": "2025-01-01",
            "termination_date": "0000-00-00",
            "department": "Sales",
            "last_changed": "2026-03-01T00:00:00Z",
        },
        {
            "id": "e2",
            "hire_date": "0000-00-00",
            "termination_date": "0000-00-00",
            "department": "Sales",
            "last_changed": "2026-03-01T00:00:00Z",
        },
        {
            "id": "e3",
            "hire_date": "2025-01-01",
            "termination_date": "0000-00-00",
            "department": "Sales",
            "last_changed": "2026-03-01T00:00:00Z",
            "_fivetran_deleted": True,
        },
        # Hired again under a number of her own: two employments, one after the other.
        {
            "id": "e4",
            "hire_date": "2025-01-01",
            "termination_date": "2025-06-30",
            "department": "Sales",
            "last_changed": "2026-03-01T00:00:00Z",
        },
        {
            "id": "e5",
            "hire_date": "2026-01-01",
            "termination_date": "0000-00-00",
            "department": "Sales",
            "last_changed": "2026-03-01T00:00:00Z",
        },
        {
            "id": "e6",
            "hire_date": "2025-01-01",
            "termination_date": "2026-02-10",
            "department": "Nowhere",
            "last_changed": "2026-03-01T00:00:00Z",
        },
        {
            "id": "e8",
            "first_name": "Test",
            "hire_date": "2026-04-15",
            "termination_date": "0000-00-00",
            "department": "Sales",
            "last_changed": "2026-03-01T00:00:00Z",
        },
    ],
    # An older version of e1 arrives last, and says nothing any more.
    "bamboohr/employee/late": [
        {
            "id": "e1",
            "hire_date": "2025-01-01",
            "termination_date": "2025-12-31",
            "department": "Sales",
            "last_changed": "2026-01-01T00:00:00Z",
        },
    ],
    "bamboohr/employment_status": [
        {
            "id": "s4",
            "employee_id": "e4",
            "date": "2025-06-30",
            "employment_status": "Terminated",
            "termination_type": "Resignation (Voluntary)",
        },
        {
            "id": "s9",
            "employee_id": "e9",
            "date": "2025-06-30",
            "employment_status": "Terminated",
            "termination_type": "Layoff",
        },
    ],
}


def spend(campaign: str, amount: object, **columns: object) -> Row:
    """What a campaign of Google's cost on 10 March."""
    return {
        "channel": "google_ads",
        "campaign": campaign,
        "day": "2026-03-10",
        "spend": amount,
        "updated_at": SEEN,
        **columns,
    }


ADS: dict[str, list[Row]] = {
    "ads/campaign_spend": [
        spend("brand", 100),
        spend("old name", 60, is_deleted=True),
        spend("new name", 60),
        spend("withdrawn", 45, _fivetran_deleted=True),
        spend("unknown cost", None),
        spend("try", 5, channel="test_network"),
    ],
    "ads/campaign_spend/late": [
        spend("brand", 90, updated_at=LATER),
        spend("second file", 20, updated_at=LATER),
    ],
}


def event(key: str, moment: str, account: str | None = "a1") -> Row:
    """A report that somebody made."""
    return {
        "id": key,
        "event": "report_created",
        "user_id": "u1",
        "group_id": account,
        "timestamp": moment,
    }


PRODUCT: dict[str, list[Row]] = {
    "app/account": [
        {"id": "a1", "created_at": "2026-02-01 00:00:00", "updated_at": SEEN},
        {"id": "a2", "created_at": "2026-02-01 00:00:00", "updated_at": SEEN, "is_test": True},
        {
            "id": "a3",
            "created_at": "2026-02-01 00:00:00",
            "updated_at": SEEN,
            "deleted_at": "2026-03-15 00:00:00",
        },
    ],
    "app/environment": [
        {
            "id": f"env-{key}",
            "account_id": key,
            "requested_at": "2026-02-01 00:00:00",
            "promised_at": "2026-02-02 00:00:00",
            "ready_at": "2026-02-02 00:00:00",
            "updated_at": SEEN,
        }
        for key in ("a1", "a2", "a3")
    ],
    "segment/tracks": [
        event("v1", "2026-03-10 10:00:00"),
        event("v2", "2026-03-10 11:00:00", None),
        event("v3", "2026-03-10 12:00:00", "a2"),
        event("v4", "2026-03-10 12:00:00", "absent"),
        event("v5", "2026-03-10 12:00:00", "a3"),
    ],
    "segment/tracks/late": [
        event("v6", "2026-03-09 10:00:00"),
        event("v7", "2026-03-31 10:00:00"),
        event("v1", "2026-03-12 10:00:00"),
    ],
}

CODE: dict[str, list[Row]] = {
    "github/repository": [
        {"id": "r1", "name": "api-server", "_fivetran_synced": SEEN},
        {"id": "r2", "name": "web-server", "_fivetran_synced": SEEN, "_fivetran_deleted": True},
    ],
    "github/issue": [
        {
            "id": key,
            "repository_id": repository,
            "pull_request": key.startswith("n"),
            "created_at": "2026-03-02 09:00:00",
            "user_id": "author",
            "_fivetran_deleted": is_gone,
        }
        for key, repository, is_gone in (
            ("n1", "r1", False),
            ("n2", "r1", True),
            ("n4", "r1", False),
            ("g1", "r1", False),
            ("g2", "r2", False),
            ("g3", "r1", True),
            ("g4", "r1", False),
            ("g5", "r1", False),
        )
    ],
    "github/label": [{"id": "bug", "name": "Bug"}],
    "github/issue_label": [
        {"issue_id": key, "label_id": "bug"} for key in ("g1", "g2", "g3", "n1", "absent")
    ]
    + [
        {"issue_id": "g4", "label_id": "bug", "_fivetran_deleted": True},
        {"issue_id": "g5", "label_id": "absent"},
    ],
    "github/pull_request": [
        {"id": "q1", "issue_id": "n1", "base_repo_id": "r1", "merge_commit_sha": "squash"},
        {"id": "q2", "issue_id": "n2", "base_repo_id": "r1"},
        {"id": "q3", "issue_id": "absent", "base_repo_id": "r1"},
        {"id": "q4", "issue_id": "n4", "base_repo_id": "r1"},
    ],
    "github/pull_request_review": [
        {
            "id": "w1",
            "pull_request_id": "q1",
            "state": "APPROVED",
            "user_id": "author",
            "submitted_at": "2026-03-02 10:00:00",
        },
        {
            "id": "w2",
            "pull_request_id": "q1",
            "state": "PENDING",
            "user_id": "other",
            "submitted_at": "2026-03-02 11:00:00",
        },
        {
            "id": "w4",
            "pull_request_id": "absent",
            "state": "APPROVED",
            "user_id": "other",
            "submitted_at": "2026-03-02 11:00:00",
        },
    ],
    "github/pull_request_review/late": [
        {
            "id": "w3",
            "pull_request_id": "q1",
            "state": "APPROVED",
            "user_id": "other",
            "submitted_at": "2026-03-03 09:00:00",
        },
    ],
    "github/pull_request_commit": [
        {"pull_request_id": "q1", "sha": "k1", "authored_at": "2026-03-02 09:00:00"},
        {"pull_request_id": "q1", "sha": "k2", "authored_at": "2026-03-03 09:00:00"},
    ],
}


def deployment(key: str, day: int, **columns: object) -> Row:
    """A deployment of the API to production that ended at nine."""
    return {
        "id": key,
        "service": "api",
        "repository": "api-server",
        "environment": "production",
        "result": "success",
        "started_at": f"2026-03-{day:02} 08:00:00",
        "finished_at": f"2026-03-{day:02} 09:00:00",
        **columns,
    }


PIPELINE: dict[str, list[Row]] = {
    "cicd/deployment": [
        deployment("y1", 1, commit_sha="k0"),
        deployment("y2", 4, commit_sha="squash"),
        deployment("y3", 5, environment="Staging"),
        deployment("y4", 6, is_deleted=True),
        deployment("y5", 7, environment="somewhere"),
        deployment("y6", 8, result="in_progress", finished_at=None),
        deployment("y7", 9, commit_sha="nobody knows"),
        deployment("w1", 2, service="web", repository="web-server"),
    ],
    "cicd/deployment/late": [deployment("y6", 8)],
    "cicd/deployment_commit": [{"deployment_id": "absent", "sha": "k1"}],
}


def entry(key: str, incident: str, kind: str, moment: str) -> Row:
    """A line of the pager's log."""
    return {
        "id": key,
        "incident_id": incident,
        "type": f"{kind}_log_entry",
        "created_at": f"2026-03-{moment}",
    }


PAGER: dict[str, list[Row]] = {
    "pagerduty/service": [
        {
            "id": "P1",
            "name": "api",
            "team": "platform",
            "created_at": "2026-01-01 00:00:00",
            "_fivetran_synced": SEEN,
        },
    ],
    "pagerduty/service/late": [
        {
            "id": "P2",
            "name": "old",
            "team": "platform",
            "created_at": "2026-01-01 00:00:00",
            "_fivetran_synced": LATER,
            "_fivetran_deleted": True,
        },
    ],
    "pagerduty/incident": [
        {
            "id": key,
            "service_id": service,
            "status": "resolved",
            "urgency": urgency,
            "created_at": "2026-03-10 10:00:00",
            "resolved_at": "2026-03-10 12:00:00",
            "updated_at": SEEN,
            "is_deleted": key == "z3",
            "resolve_reason_type": "merge_resolve_reason" if key == "z2" else None,
        }
        for key, service, urgency in (
            ("z1", "P1", "high"),
            ("z2", "P1", "high"),
            ("z3", "P1", "high"),
            ("z4", "P2", "high"),
            ("z5", "absent", None),
            ("z6", "P1", "low"),
        )
    ],
    "pagerduty/log_entry": [
        entry("l1", "z1", "acknowledge", "10 10:05:00"),
        entry("l9", "absent", "resolve", "10 10:05:00"),
    ],
    "pagerduty/log_entry/late": [
        entry("l2", "z1", "resolve", "10 10:30:00"),
        entry("l1", "z1", "acknowledge", "10 10:05:00"),
    ],
}

OBJECTS = BOOKS | CRM | DESK | PEOPLE | ADS | PRODUCT | CODE | PIPELINE | PAGER


def write_lines(landing: Path) -> None:
    """All of it as CSV, one file per object and one more for what is late."""
    for key, rows in OBJECTS.items():
        source, name, *file = key.split("/")
        path = landing / source / name / f"{file[0] if file else 'first'}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(dict.fromkeys(c for row in rows for c in row)))
            writer.writeheader()
            writer.writerows(rows)
