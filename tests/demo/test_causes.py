"""What shows before customers leave, what drives growth, what seems to: found by the warehouse.

Without a cause its effect is gone, which is asked of what the simulation would deliver.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from drivewheel_demo import story
from drivewheel_demo.billing import simulate_billing
from drivewheel_demo.calendar import Horizon, at
from drivewheel_demo.company import draw_customers
from drivewheel_demo.demo import DemoSize, simulate
from drivewheel_demo.sales import CALL

Rows = list[tuple[datetime, dict[str, Any]]]
END = date(2026, 6, 30)
# Left out at once, which a law allows: none of them moves what another one does.
SIGNS = ("notice", "falling_use", "rising_tickets", "slump")

# Losses by decision, with the time for a sign to show before, and each one's account.
LOST = """
select movements.customer_id, accounts.account_id, movements.occurred_on as lost_on
from revenue_velocity.fct_mrr_movements as movements
inner join intermediate.int_customers__accounts as accounts using (customer_id)
where movement_type = 'churn' and movement_reason = 'voluntary'
    and exists (
        select 1 from revenue_velocity.fct_mrr_movements as earlier
        where earlier.customer_id = movements.customer_id
            and earlier.occurred_on < movements.occurred_on - 140
    )
"""
# Use in the last two weeks before a day, of what it was four months before.
USE_LEFT = """
select
    of_interest.customer_id,
    sum(event_count) filter (where occurred_on between day_on - 14 and day_on - 1) * 2.0
    / nullif(sum(event_count) filter (where occurred_on between day_on - 140 and day_on - 113), 0)
        as use_left,
from of_interest
left join intermediate.int_product__usage_days using (account_id)
group by of_interest.customer_id, of_interest.day_on
having count(*) filter (where occurred_on between day_on - 140 and day_on - 113) >= 10
"""


@pytest.fixture(scope="module")
def warehouse(story_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(story_home / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def test_most_who_leave_say_so_weeks_ahead(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        f"""
        with lost as ({LOST})
        select date_diff('day', min(cancelled_at)::date, lost.lost_on) as days
        from lost
        inner join staging.stg_stripe__subscription_history as history using (customer_id)
        group by lost.customer_id, lost.lost_on
        """
    ).fetchall()
    noticed = sum(days >= story.NOTICE_DAYS[0] for (days,) in rows) / len(rows)
    assert noticed == pytest.approx((1 - story.OUT_OF_THE_BLUE) * story.NOTICE.size, abs=0.12)
    assert any(days == 0 for (days,) in rows), "nobody leaves out of the blue"


def test_use_falls_before_most_losses_and_of_some_who_stay(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """Three in four of nine in ten who leave fall to a third, and one in four slumps and stays."""
    lost, stayed = (
        [
            left
            for _, left in warehouse.execute(f"with of_interest as ({who}) {USE_LEFT}").fetchall()
        ]
        for who in (
            f"select customer_id, account_id, lost_on as day_on from ({LOST})",
            f"""
            select months.customer_id, account_id, period_end_on as day_on
            from revenue_velocity.fct_customer_months as months
            inner join intermediate.int_customers__accounts using (customer_id)
            where month(month_start) % 3 = 0 and closing_mrr > 0 and month_start < '{END}'
                and not exists (
                    select 1 from revenue_velocity.fct_mrr_movements as movements
                    where movements.customer_id = months.customer_id and movement_type = 'churn'
                        and abs(date_diff('day', occurred_on, period_end_on)) < 150
                )
            """,
        )
    )
    fell = [sum((left or 0) < 0.65 for left in of) / len(of) for of in (lost, stayed)]
    assert len(lost) >= 15
    assert fell[0] == pytest.approx((1 - story.OUT_OF_THE_BLUE) * story.FALLING_SHARE, abs=0.2)
    assert 0.02 < fell[1] < 0.2


def test_tickets_rise_before_losses(warehouse: duckdb.DuckDBPyConnection) -> None:
    """By decision, not where bills stay unpaid; counted in equal spans of the same customers."""
    rows = warehouse.execute(
        """
        select
            movement_reason,
            count(*) filter (where created_on between occurred_on - 70 and occurred_on - 1),
            count(*) filter (where created_on between occurred_on - 200 and occurred_on - 131)
        from revenue_velocity.fct_mrr_movements as movements
        inner join customer_health.fct_tickets using (customer_id)
        where movement_type = 'churn' and movement_reason in ('voluntary', 'involuntary')
            and exists (
                select 1 from revenue_velocity.fct_mrr_movements as earlier
                where earlier.customer_id = movements.customer_id
                    and earlier.occurred_on < movements.occurred_on - 230
            )
        group by movement_reason
        """
    ).fetchall()
    rise = {reason: late / early for reason, late, early in rows}
    # Of few customers: by construction one and a half times as many again as before.
    share = (1 - story.OUT_OF_THE_BLUE) * story.RISING_SHARE
    assert rise["voluntary"] > 1 + 0.5 * share * (story.RISING_TICKETS.size - 1)
    assert rise["involuntary"] < 0.6 * rise["voluntary"]


# Of customers who have paid and used for long enough: use before a quarter, growth in it.
GROWTH = """
with
quarters as (
    select unnest(generate_series(date '2024-07-01', date '2026-04-01', interval 3 month))::date
        as quarter
),
used as (
    select
        quarters.quarter,
        snapshots.customer_id,
        sum(days.event_count) / any_value(snapshots.paid_seat_count) as use,
    from quarters
    inner join value_realization.fct_usage_snapshots as snapshots
        on snapshots.snapshot_on = quarters.quarter - 1 and snapshots.paid_seat_count > 0
    inner join intermediate.int_customers__accounts as accounts using (customer_id)
    inner join intermediate.int_product__usage_days as days
        on days.account_id = accounts.account_id
            and days.occurred_on between quarters.quarter - 60 and quarters.quarter - 1
    where accounts.created_at < quarters.quarter - 120
    group by quarters.quarter, snapshots.customer_id
),
grown as (
    select
        used.*,
        use >= median(use) over (partition by quarter) as is_keen,
        exists (
            select 1 from revenue_velocity.fct_mrr_movements as movements
            where movements.customer_id = used.customer_id
                and movement_type = 'expansion' and movement_reason = 'seats'
                and occurred_on between quarter and quarter + interval 3 month - interval 1 day
        )::int as has_grown,
    from used
)
select
    quarter,
    avg(has_grown) filter (where is_keen) as keen,
    avg(has_grown) filter (where not is_keen) as others,
from grown
group by quarter
"""


def test_growth_follows_use_in_all_quarters_but_that_of_frozen_budgets(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    ratios = {
        quarter: keen / max(others, 0.01)
        for quarter, keen, others in warehouse.execute(GROWTH).fetchall()
    }
    broken = ratios.pop(story.BUDGET_FREEZE.starts)
    assert broken < 1.5
    assert min(ratios.values()) > 1.5


def test_success_calls_seem_to_keep_customers(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Of who was called in a quarter fewer leave in the next, though a call moves nothing."""
    rows = warehouse.execute(
        f"""
        with
        quarters as (
            select unnest(generate_series(date '2024-07-01', date '2026-01-01', interval 3 month))
                ::date as quarter
        ),
        there as (
            select quarters.quarter, months.customer_id,
                exists (
                    select 1 from staging.stg_hubspot__tasks as tasks
                    inner join raw_hubspot.engagement_company as links
                        on tasks.task_id = links.engagement_id
                    inner join intermediate.int_customers__accounts as accounts
                        on links.company_id = accounts.hubspot_company_id
                    where tasks.subject = '{CALL}' and accounts.customer_id = months.customer_id
                        and tasks.completed_at >= quarters.quarter
                        and tasks.completed_at < quarters.quarter + interval 3 month
                ) as is_called,
                exists (
                    select 1 from revenue_velocity.fct_mrr_movements as movements
                    where movements.customer_id = months.customer_id and movement_type = 'churn'
                        and movement_reason = 'voluntary'
                        and occurred_on >= quarters.quarter + interval 3 month
                        and occurred_on < quarters.quarter + interval 6 month
                )::int as has_left,
            from quarters
            inner join revenue_velocity.fct_customer_months as months
                on months.month_start = quarters.quarter + interval 2 month and closing_mrr > 0
        )
        select is_called, avg(has_left), count(*) from there group by is_called
        """
    ).fetchall()
    lost = {is_called: share for is_called, share, _ in rows}
    called = {is_called: count for is_called, _, count in rows}
    assert called[True] / sum(called.values()) == pytest.approx(story.SUCCESS_CALLS.size, abs=0.1)
    assert lost[True] < 0.7 * lost[False]


@lru_cache(maxsize=2)  # the whole company, and the one that is compared with it
def delivered(*without: str) -> dict[str, Any]:
    """What a company could deliver, by object; of its events the accounts and days."""
    size = DemoSize(7, 250, 24, 250, END, frozenset(without))
    horizon, out, events = simulate(size)
    used: Counter[tuple[str, date]] = Counter()
    for _, table in events.months(received_from=horizon.start, received_to=END):
        columns = (table["group_id"].to_pylist(), table["timestamp"].cast(pa.date32()).to_pylist())
        used.update(zip(*columns, strict=True))
    return {**out.rows, "events": used}


def left_by_decision(rows: Rows) -> dict[str, tuple[date, date]]:
    """Of subscriptions that ended while they were paid: when that was said, and the end."""
    versions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _, row in sorted(rows, key=lambda version: version[0]):
        versions[row["id"]].append(row)
    return {
        last["customer_id"][-6:]: (last["canceled_at"].date(), last["ended_at"].date())
        for *_, before, last in (rows for rows in versions.values() if len(rows) > 1)
        if last["ended_at"]
        and last["ended_at"].date() <= END
        and before["status"] == "active"
        and not before["pause_collection_behavior"]
    }


def notices(*without: str) -> list[int]:
    found = left_by_decision(delivered(*without)["stripe.subscription_history"])
    return [(ends - said).days for said, ends in found.values()]


def use_before(days: dict[str, date], *without: str) -> list[float]:
    """Of each account: two weeks before its day, of four weeks that are four months back."""
    used, found = delivered(*without)["events"], []
    for number, day in days.items():
        late, early = (
            sum(used[f"acc_{number}", day - timedelta(days=back)] for back in range(*span))
            for span in ((1, 15), (113, 141))
        )
        if early >= 10:
            found.append(2 * late / early)
    return found


def lost_days(*without: str) -> dict[str, date]:
    found = left_by_decision(delivered(*without)["stripe.subscription_history"])
    return {number: ends for number, (_, ends) in found.items()}


def low(ratios: list[float]) -> float:
    return sum(ratio < 0.65 for ratio in ratios) / len(ratios)


def test_without_notice_every_loss_comes_unsaid() -> None:
    assert sum(days >= story.NOTICE_DAYS[0] for days in notices()) > 0.6 * len(notices())
    assert set(notices(*SIGNS)) == {0}


def test_without_falling_use_losses_look_like_everybody_else() -> None:
    with_it, without = use_before(lost_days()), use_before(lost_days(), *SIGNS)
    assert low(with_it) > 0.55
    assert low(without) < 0.5 * low(with_it)


def test_without_slumps_hardly_anybody_who_stays_looks_lost() -> None:
    gone = lost_days()
    shares = []
    for without in ((), SIGNS):
        found: list[float] = []
        for month in (3, 6, 9, 12):
            day = date(2025, month, 15)
            accounts = {account for account, on in delivered()["events"] if on == day}
            stay = {account[-6:]: day for account in accounts if account[-6:] not in gone}
            found += use_before(stay, *without)
        shares.append(low(found))
    assert shares[0] > shares[1] + 0.03


def test_without_rising_tickets_who_leaves_asks_as_usual() -> None:
    gone, rises = lost_days(), []
    for without in ((), SIGNS):
        counts = Counter[str]()
        asked = {
            (row["organization_id"], row["id"]): row["created_at"]
            for _, row in delivered(*without)["zendesk.ticket"]
            if isinstance(row["created_at"], datetime) and row["organization_id"]
        }
        for (organization, _), moment in asked.items():
            if end := gone.get(f"{int(organization) - 8_000_000:06d}"):
                days = (end - moment.date()).days
                counts["late"] += 0 <= days < 70
                counts["early"] += 110 <= days < 180
        rises.append(counts["late"] / counts["early"])
    assert rises[0] > 2 * rises[1]


def test_without_frozen_budgets_growth_follows_use_then_too() -> None:
    frozen, ratios = story.BUDGET_FREEZE, []
    for without in ((), (frozen.name,), (story.GROWTH_FOLLOWS_USE.name,)):
        horizon = Horizon.of(end_on=END, months=30, without=frozenset(without))
        customers = draw_customers(horizon, seed=7, customers=400)
        grown: dict[bool, list[bool]] = {True: [], False: []}
        for sub in simulate_billing(customers, horizon, seed=7):
            first, last = at(frozen.starts), at(frozen.ends)
            if sub.anchor < first and not (sub.ended_at and sub.ended_at < last):
                changes = sub.items[0].changes
                keen = customers[sub.customer_number - 1].health > story.MIDDLING_HEALTH
                grown[keen].append(
                    any(
                        first <= change.at <= last and change.quantity > before.quantity
                        for before, change in pairwise(changes)
                    )
                )
        shares = [sum(grown[keen]) / len(grown[keen]) for keen in (True, False)]
        ratios.append(shares[0] / shares[1])
    assert ratios[1] > 3
    assert max(ratios[0], ratios[2]) < 1.7


def test_without_creeping_churn_fewer_mid_market_customers_leave() -> None:
    told, lost = story.MID_MARKET_CHURN, []
    for without in ((), (told.name,)):
        horizon = Horizon.of(end_on=END, months=30, without=frozenset(without))
        customers = draw_customers(horizon, seed=7, customers=3000)
        lost.append(
            Counter(
                customers[sub.customer_number - 1].segment
                for sub in simulate_billing(customers, horizon, seed=7)
                if sub.leaving and told.starts <= sub.leaving.ends.date() <= told.ends
            )
        )
    assert lost[0]["mid_market"] > 1.2 * lost[1]["mid_market"]
    assert lost[0]["smb"] == lost[1]["smb"]
