"""Real vendor rows, of which nobody here wrote one, load and build without a code change."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations import gate_1
from expectations.runner import BLAME
from orchestration.defs.ingest import read_contracts
from orchestration.landing.row_rules import quarantine_rows
from orchestration.project.manifest import read_manifest
from orchestration.settings import PROJECT_DIR
from tests.keys import repeated_keys
from tests.warehouse import build_home

ROWS = PROJECT_DIR.parent / "shared/data/vendor_rows"
OBJECTS = {
    "stripe": (
        "customer",
        "product",
        "price",
        "plan",
        "coupon",
        "subscription",
        "subscription_item",
        "subscription_discount",
        "discount",
        "subscription_history",
        "invoice",
        "invoice_line_item",
        "charge",
        "refund",
    ),
    "hubspot": (
        "company",
        "contact",
        "deal",
        "deal_stage",
        "deal_pipeline_stage",
        "deal_company",
        "engagement_task",
        "engagement_company",
        "team",
    ),
    "quickbooks": (
        "account",
        "journal_entry",
        "journal_entry_line",
        "department",
        "vendor",
        "item",
        "bill",
        "bill_line",
        "vendor_credit",
        "vendor_credit_line",
        "purchase",
        "purchase_line",
        "invoice",
        "invoice_line",
        "credit_memo",
        "credit_memo_line",
        "sales_receipt",
        "sales_receipt_line",
        "refund_receipt",
        "refund_receipt_line",
        "payment",
        "bill_payment",
        "deposit",
        "deposit_line",
        "transfer",
        "credit_card_payment_txn",
    ),
    "zendesk": (
        "ticket",
        "ticket_field_history",
        "ticket_comment",
        "organization",
        "domain_name",
        "organization_tag",
        "user",
        "group",
        "ticket_sla_policy",
        "sla_policy_metric_history",
        "schedule",
        "schedule_holiday",
        "ticket_schedule",
    ),
    "github": (
        "repository",
        "pull_request",
        "pull_request_review",
        "issue",
        "issue_label",
        "label",
    ),
}
PREFIXED = ("github",)  # their files begin with their name

pytestmark = pytest.mark.skipif(
    not ROWS.is_dir(), reason=f"the vendor rows are not here ({ROWS}), so nothing is shown"
)


@pytest.fixture(scope="module")
def vendor_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("vendor")
    for source, names in OBJECTS.items():
        for name in names:
            target = home / "landing" / source / name
            target.mkdir(parents=True)
            stem = f"{source}_{name}" if source in PREFIXED else name
            shutil.copy(ROWS / source / f"{stem}_data.csv", target)
    build_home(home)
    return home


def test_every_vendor_row_is_loaded_or_rejected(vendor_home: Path) -> None:
    with duckdb.connect(str(vendor_home / "warehouse.duckdb"), read_only=True) as connection:
        counts = connection.execute(
            "select object, rows_in, rows_loaded + rows_rejected from raw_meta.files"
        ).fetchall()
    assert {name for name, _, _ in counts} == {name for names in OBJECTS.values() for name in names}
    for name, rows_in, rows_out in counts:
        assert rows_in == rows_out > 0, name


def test_gate_1_refuses_what_is_wrong_in_vendor_rows_and_nothing_else(
    vendor_home: Path, tmp_path: Path
) -> None:
    """One line each of twelve journals; one change of a ticket four times over."""
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copy(vendor_home / "warehouse.duckdb", warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update raw_meta.files set status = 'pending'")
        quarantine_rows(connection, read_contracts())
    failed = [o for o in gate_1.ask(warehouse, read_contracts()) if not o.passed]
    refused = {o.asset: o for o in failed if o.refused_loads}
    journals, tickets = ("quickbooks", "journal_entry_line"), ("zendesk", "ticket_field_history")
    assert refused.keys() == {journals}
    # A ledger stops nothing else, and nobody's silence does here.
    assert [o.asset for o in failed if o.is_blocking] == []
    assert "every journal that is delivered balances (found 12," in refused[journals].detail
    # The same words again are told of.
    (told,) = [o for o in failed if o.asset == tickets]
    assert "no row is a duplicate within its file (found 3," in told.detail
    repeated = [r["_file_row"] for r in told.unexpected_rows if {*r} == {*BLAME}]
    assert repeated == [28, 32, 36]


def test_what_vendor_rows_cannot_support_says_so(vendor_home: Path) -> None:
    with duckdb.connect(str(vendor_home / "warehouse.duckdb"), read_only=True) as connection:
        states = dict(
            connection.execute(
                "select metric_id, state from audiences.executive_scorecard"
            ).fetchall()
        )
        customers = connection.execute(
            "select count(*) from core.dim_customers where customer_id like 'cus_%'"
        ).fetchone()
    assert states["activation_rate"] == states["time_to_value_days"] == "no_data"
    # The two subscriptions were in trial on their only day: nobody ever paid.
    assert states["nrr"] == states["grr"] == "undefined"
    assert customers == (12,)


def test_vendor_pull_requests_are_reviewed_or_wait(vendor_home: Path) -> None:
    """Its times are the issues'; nobody delivers commits or deployments, and they say so."""
    with duckdb.connect(str(vendor_home / "warehouse.duckdb"), read_only=True) as connection:
        pulls = connection.execute(
            "select count(*), count(*) filter (where has_arrived) "
            "from intermediate.int_operations__durations where duration_type = 'change_review'"
        ).fetchone()
        states = connection.execute(
            "select distinct state from governance.metric_values "
            "where metric_id in ('lead_time_hours', 'availability', 'api_latency_p95_ms')"
        ).fetchall()
    assert pulls is not None
    assert pulls[0] > 0
    assert states == [("no_data",)]


def test_vendor_tickets_are_counted_by_their_last_state(vendor_home: Path) -> None:
    """Ten tickets: two deleted; the one with a history went back and forth and is solved."""
    with duckdb.connect(str(vendor_home / "warehouse.duckdb"), read_only=True) as connection:
        excluded = dict(
            connection.execute(
                "select coalesce(excluded_as, 'none'), count(*) "
                "from intermediate.int_support__tickets group by all"
            ).fetchall()
        )
        followed = connection.execute(
            "select solved_on, reopened_count from customer_health.fct_tickets "
            "where ticket_id = '11071'"
        ).fetchone()
        zones = connection.execute(
            "select distinct extract('hour' from opens_at) "
            "from intermediate.int_support__open_hours where schedule_id != 'default' order by 1"
        ).fetchall()
        matched = connection.execute(
            "select count(*), count(customer_id) from intermediate.int_customers__identities "
            "where system = 'zendesk.organization'"
        ).fetchone()
    assert excluded == {"none": 8, "deleted": 2}
    assert followed == (date(2020, 11, 14), 0)
    # Eight o'clock in California, in summer and in winter.
    assert zones == [(15,), (16,)]
    assert matched == (10, 0), "no vendor's organisation is a customer here; none is dropped"


def test_vendor_deals_whose_stages_nobody_knows_are_open(vendor_home: Path) -> None:
    """Their stages and the pipeline's were made unreadable in two ways, so none is decided."""
    with duckdb.connect(str(vendor_home / "warehouse.duckdb"), read_only=True) as connection:
        deals = connection.execute(
            "select count(*), sum(closed_count), sum(won_amount) from revenue_velocity.fct_deals"
        ).fetchone()
        leads = connection.execute(
            "select count(*), sum(lead_converted_count) from revenue_velocity.fct_funnel_entries "
            "where entry_type = 'lead'"
        ).fetchone()
        tasks = connection.execute(
            "select count(*), count(completed_at) from staging.stg_hubspot__tasks"
        ).fetchone()
        states = connection.execute(
            "select distinct state from governance.metric_values "
            "where metric_id = 'win_rate' and dimension = 'total' "
            # The ledger begins before the CRM does.
            "and period_start >= date '2018-07-01'"
        ).fetchall()
    assert deals == (44, 0, 0)
    assert leads == (24, 0)
    # A task of this export has no status, so it says nothing of being done.
    assert tasks == (2, 0)
    assert states == [("undefined",)]


def test_vendor_documents_are_a_ledger_that_balances(vendor_home: Path) -> None:
    """A transfer of 31,030; of bills and invoices many are deleted or half there."""
    with duckdb.connect(str(vendor_home / "warehouse.duckdb"), read_only=True) as connection:
        unequal = connection.execute(
            "select journal_entry_id from intermediate.int_ledger__document_lines "
            "group by all having sum(amount) != 0"
        ).fetchall()
        transfer = connection.execute(
            "select account_id, cast(amount as double) from intermediate.int_ledger__postings "
            "where journal_entry_id = 'transfer/72' order by amount"
        ).fetchall()
        kinds = connection.execute(
            "select count(distinct split_part(journal_entry_id, '/', 1)) "
            "from intermediate.int_ledger__document_lines"
        ).fetchone()
        accounted = connection.execute(
            "select flow, month_start, sum(case fate when 'arrived' then -amount else amount end) "
            "from governance.layer_accounting where flow in ('debits', 'credits') "
            "and fate != 'left_out' group by all having abs(sum("
            "case fate when 'arrived' then -amount else amount end)) > 0.01"
        ).fetchall()
    assert unequal == []
    assert transfer == [("54", -31030.0), ("39", 31030.0)]
    assert kinds is not None
    assert kinds[0] >= 10
    assert accounted == []


def test_no_model_repeats_its_key_of_vendor_rows(vendor_home: Path) -> None:
    """Of documents that book themselves, of which the demo company has none, too."""
    manifest = read_manifest(vendor_home / "target/manifest.json")
    with duckdb.connect(str(vendor_home / "warehouse.duckdb"), read_only=True) as connection:
        repeated = repeated_keys(connection, manifest)
    assert not repeated, "\n".join(repeated)
