"""The oracles of terms, renewals, retention and deals on cases small enough to work out by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import islice
from pathlib import Path

import pytest

from tests.oracles import (
    recompute_balances,
    recompute_recurring,
    recompute_renewals,
    recompute_retention,
    recompute_sales,
)
from tests.oracles.cases import write
from tests.oracles.catalogue import Company
from tests.oracles.landing import every_source, read_landing
from tests.oracles.terms import Stretch, stretches
from tests.tables import tables_dir

SEEDS = tables_dir()
KNOWN = {"segment": "smb", "plan": "p", "region": "r", "channel": "referral"}


def company(landing: Path, **objects: list[dict[str, object]]) -> Company:
    """Two contracts of a year from 10 March 2025: one shrinks from 100 to 60 a month, one ends."""
    row = {"interval": "year", "plan": "p", "customer_id": "c", "subscription_id": "s"}
    periods: list[dict[str, object]] = [
        {**row, "started_on": "2025-03-10", "amount": "1200"},
        {**row, "started_on": "2026-03-10", "amount": "720"},
        {
            **row,
            "customer_id": "d",
            "subscription_id": "t",
            "started_on": "2025-03-10",
            "ended_on": "2026-03-10",
            "amount": "2400",
        },
    ]
    write(landing, contracts__subscription_periods=periods, **objects)
    return Company(
        landing=read_landing(landing, every_source()),
        as_of=date(2026, 6, 30),
        customers={"c": KNOWN, "d": KNOWN},
        seeds=SEEDS,
        first_month=date(2025, 3, 1),
    )


def test_terms_keep_to_the_last_day_of_short_months() -> None:
    monthly = Stretch("s", Fraction(1), date(2026, 1, 31), date.max)
    assert list(islice(monthly.ends(), 2)) == [date(2026, 2, 28), date(2026, 3, 31)]
    weekly = Stretch("s", Fraction(12, 52), date(2026, 1, 1), date.max)
    assert weekly.end_of(2) == date(2026, 1, 15)


def test_a_change_of_price_does_not_begin_a_term(tmp_path: Path) -> None:
    found = company(tmp_path)
    [only] = stretches(found.lives["c"])
    assert (only.months, only.first, only.until) == (12, date(2025, 3, 10), date.max)


def test_what_was_due_is_renewed_as_far_as_it_is_still_paid(tmp_path: Path) -> None:
    # 1200 + 2400 due on 10 March 2026; 720 of the first carries on: 720 / 3600 = 0.2.
    values = recompute_renewals.recompute(company(tmp_path))
    march = ("month", date(2026, 3, 1), "total", "total")
    assert values["renewal_rate_value", *march] == pytest.approx(0.2)
    assert values["renewal_rate_count", *march] == 0.5
    assert values["renewed_arr", *march] == 720
    april = ("month", date(2026, 4, 1), "total", "total")
    assert (values["renewed_arr", *april], values["renewal_rate_value", *april]) == (0, None)


def test_balances_look_ahead_to_the_end_of_the_term(tmp_path: Path) -> None:
    values = recompute_balances.recompute(company(tmp_path))
    january = ("month", date(2026, 1, 1), "total", "total")
    # From 31 January to 10 March are 38 days: (100 + 200) x 38 x 12 / 365.
    assert values["contracted_revenue_next_12m", *january] == pytest.approx(300 * 38 * 12 / 365)
    assert values["renewals_due_arr", *january] == 3600
    # From 30 November they are 100 days: too far.
    assert values["renewals_due_arr", "month", date(2025, 11, 1), "total", "total"] == 0
    # The second contract is signed until March, so it commits to nothing.
    assert (values["mrr", *january], values["committed_mrr", *january]) == (300, 100)
    # 300 at the end of February, 60 at the end of March.
    assert values["net_new_arr", "month", date(2026, 3, 1), "total", "total"] == 12 * (60 - 300)


def test_retention_is_of_those_who_paid_a_year_ago(tmp_path: Path) -> None:
    values = recompute_retention.recompute(company(tmp_path))
    march = ("month", date(2026, 3, 1), "total", "total")
    # 60 of 300; one of two left.
    assert values["nrr", *march] == values["grr", *march] == pytest.approx(0.2)
    assert values["logo_churn_rate", *march] == 0.5
    assert values["gross_mrr_churn_rate", *march] == pytest.approx(240 / 300)
    # Both began in March 2025 and stayed for 90 days.
    first = ("month", date(2025, 3, 1), "total", "total")
    assert values["early_churn_rate_90d", *first] == 0


def test_growth_stalls_while_six_months_do_not_rise(tmp_path: Path) -> None:
    values = recompute_recurring.recompute(company(tmp_path))
    # Flat at 300 from March 2025: six months are known in August, and none rises until
    # February 2026: seven months, and March to June fall: eleven in June.
    stalled = {date(2025, 7, 1): None, date(2026, 2, 1): 7, date(2026, 6, 1): 11}
    for month, count in stalled.items():
        assert values["months_of_stalled_growth", "month", month, "total", "total"] == count
    # January to March: 300, 300, 60. The line falls by 120 a month, of a mean of 220.
    trend = values["mrr_growth_trend_3m", "month", date(2026, 3, 1), "total", "total"]
    assert trend == pytest.approx(-120 / 220)
    # 200 of 300, then 60 of 60; squares: (2/3)^2 + (1/3)^2 = 5/9.
    february = ("month", date(2026, 2, 1), "total", "total")
    assert values["top_customer_share", *february] == pytest.approx(2 / 3)
    assert values["revenue_hhi", *february] == pytest.approx(5 / 9)


def test_a_deal_that_was_opened_again_is_not_lost(tmp_path: Path) -> None:
    # One won after 30 days, one lost and opened again: one of one was won.
    deal = {"property_createdate": "2026-01-10 09:00:00", "property_amount": "100"}
    values = recompute_sales.recompute(
        company(
            tmp_path,
            app__account=[{"id": "a", "domain": "a.test", "created_at": "2026-01-05 10:00:00"}],
            hubspot__deal=[{**deal, "deal_id": "won"}, {**deal, "deal_id": "again"}],
            hubspot__deal_pipeline_stage=[
                {"stage_id": "yes", "is_closed": True, "closed_won": True},
                {"stage_id": "no", "is_closed": True, "closed_won": False},
                {"stage_id": "talks", "is_closed": False, "closed_won": False},
            ],
            hubspot__deal_stage=[
                {"deal_id": "won", "value": "yes", "date_entered": "2026-02-09 08:00:00"},
                {"deal_id": "again", "value": "no", "date_entered": "2026-02-10 08:00:00"},
                {"deal_id": "again", "value": "talks", "date_entered": "2026-02-20 08:00:00"},
            ],
        )
    )
    february = ("month", date(2026, 2, 1), "total", "total")
    assert values["win_rate", *february] == 1
    assert values["sales_cycle_days", *february] == 30
    assert values["bookings_arr", *february] == 100
    assert values["signups", "month", date(2026, 1, 1), "total", "total"] == 1
