"""Real vendor rows, of which nobody here wrote one, load and build without a code change."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR
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
    "hubspot": ("company",),
}

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
            shutil.copy(ROWS / source / f"{name}_data.csv", target)
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
