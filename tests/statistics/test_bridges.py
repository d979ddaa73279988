"""A bridge ahead adds up, tells what is announced in its month, and knows nothing of what comes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pytest

from orchestration.statistics.bridge_tables import materialize_bridges
from orchestration.statistics.bridge_walks import METRICS, Told, is_nearer, walk_bridges
from orchestration.statistics.bridges import MOVEMENTS, SIGNS, Book, tell_bridge
from orchestration.statistics.forecasts import Goal

AHEAD = 6


def build_book(months: int, balances: Any = 300.0, **moved: Any) -> Book:
    """One segment, one group of five customers who pay 200; nobody leaves, nothing is announced."""
    return Book(
        closing=np.broadcast_to(balances, months).astype(float).reshape(-1, 1),
        moved={
            name: np.broadcast_to(moved.get(name, 0.0), months).astype(float).reshape(-1, 1)
            for name in MOVEMENTS
        },
        announced={name: np.zeros((months, AHEAD + 1)) for name in MOVEMENTS},
        group_segments=np.array([0]),
        exposed_counts=np.full((months, 1), 5.0),
        exposed=np.full((months, 1), 200.0),
        left_counts=np.zeros((months, AHEAD + 1, 1)),
        outlook=np.full((months, 3), np.nan),
    )


@pytest.fixture
def three() -> Book:
    """300 in June: of 100 the notice is for July, and 60 are signed for August.

    Each month brought 10, one 1,000 and one nothing, which a trimmed mean leaves out; 6 are added
    and 3 taken off by those who pay 300. Of five who pay 3 of 60 left a month later, 11 of 55 two.
    """
    new = np.full(13, 10.0)
    new[4:6] = 0, 1000
    book = build_book(13, new=new, expansion=6, contraction=3)
    book.left_counts[2:5, 1] = 1
    book.left_counts[0:11, 2] = 1
    book.announced["churned"][12, 1] = 100
    book.announced["new"][12, 2] = 60
    return book


def test_notices_signatures_and_paces_make_a_bridge(three: Book) -> None:
    """July: 300 + 10 + 6 - 3 - (100 + 0.05 × 200) = 203.

    August: 203 + 60 + 10 + 0.02 × 203 - 0.01 × 203 - (0.2 × 200 + 0.05 of the 10 won) = 234.53.
    """
    bridge = tell_bridge(three, 12, 2, "rates")
    assert bridge is not None
    assert bridge.opening.tolist() == [300, 203]
    assert {name: amounts.tolist() for name, amounts in bridge.moved.items()} == {
        "new": [10, 70],
        "reactivation": [0, 0],
        "expansion": [6, 4.06],
        "contraction": [3, 2.03],
        "churned": [110, 40.5],
    }
    assert bridge.closing.tolist() == [203, 234.53]


def test_what_was_signed_before_is_no_pace(three: Book) -> None:
    """Had all that came been signed a month before, nothing is usual beyond what is signed."""
    three.announced["new"][:12, 1] = three.moved["new"][1:, 0]
    bridge = tell_bridge(three, 12, 2, "rates")
    assert bridge is not None
    assert bridge.moved["new"].tolist() == [0, 70]


def test_a_signed_upgrade_is_part_of_the_usual_or_more_than_it(three: Book) -> None:
    three.announced["expansion"][12, 1] = 5
    three.announced["contraction"][12, 1] = 4
    bridge = tell_bridge(three, 12, 1, "rates")
    assert bridge is not None
    assert bridge.moved["expansion"].tolist() == [6]
    assert bridge.moved["contraction"].tolist() == [4]


def test_a_group_with_few_customers_leaves_as_its_segment_does(three: Book) -> None:
    """4 of 48 of a new group is no rate of its own: 7 of 108 of both, of 100 and of 200."""
    two = replace(
        three,
        group_segments=np.array([0, 0]),
        exposed_counts=np.column_stack([three.exposed_counts, np.full(13, 4.0)]),
        exposed=np.column_stack([three.exposed, np.full(13, 100.0)]),
        left_counts=np.concatenate([three.left_counts, np.zeros_like(three.left_counts)], axis=2),
    )
    two.left_counts[0:4, 1, 1] = 1
    bridge = tell_bridge(two, 12, 1, "rates")
    assert bridge is not None
    assert bridge.moved["churned"][0] == pytest.approx(100 + 0.05 * 200 + 7 / 108 * 100, abs=1e-4)


def test_the_outlook_says_what_leaves_within_its_days(three: Book) -> None:
    """10 of 30 days and 20 of the next 60: 10 + 0.4375 ÷ 60 × 20; 60 and 2.625 days ÷ 90 × 30."""
    three.outlook[12] = 10, 30, 60
    bridge = tell_bridge(three, 12, 6, "outlook")
    assert bridge is not None
    assert bridge.moved["churned"][0] == pytest.approx(100 + 10 + 0.4375 / 3, abs=1e-4)
    won = 0.05 * (10 + 80 + 90 + 100 + 110)
    assert bridge.moved["churned"].sum() == pytest.approx(100 + 60.875 + won, abs=1e-3)
    three.outlook[12, 2] = np.nan
    assert tell_bridge(three, 12, 6, "outlook") is None


def company(seed: int, months: int = 36, *, signed: bool) -> Book:
    """Large customers begin and leave at any time; where they are signed, a month is known."""
    chance = np.random.default_rng(seed)
    new = chance.choice([0.0, 40, 400], months, p=[0.4, 0.4, 0.2])
    churned = chance.choice([0.0, 20, 250], months, p=[0.5, 0.3, 0.2])
    balances = 5000 + np.cumsum(new - churned)
    book = build_book(months, balances, new=new, churned=churned)
    for lag in range(1, AHEAD + 1):
        known = {"new": new[lag:], "churned": churned[lag:]}
        for name, amounts in known.items():
            # What is announced and does not come is worse than nothing.
            book.announced[name][:-lag, lag] = amounts if signed else 500 - amounts
    return book


def told(book: Book, ahead: int = AHEAD, **goals: Goal) -> list[Told]:
    return list(walk_bridges(book, np.zeros(len(book.closing)), ahead, goals))


def newest(rows: list[Told]) -> list[Told]:
    last = max(row.forecast.known_count for row in rows)
    return [row for row in rows if row.forecast.known_count == last]


@pytest.mark.parametrize("signed", [True, False])
def test_the_bridge_is_taken_where_it_has_come_nearer(signed: bool) -> None:
    rows = newest(told(company(1, signed=signed)))
    assert {row.metric_id for row in rows} == set(METRICS)
    assert {row.is_taken for row in rows} == {signed}


def test_what_is_nearer_is_nearer_in_both_and_by_what_had_come_true() -> None:
    """MRR missed by 1 against 2 and its change by 3 against 4; what was told of 9 is not known."""
    told_of = [(5, [1.0, 2.0, 3.0, 4.0])] * 10
    assert is_nearer([*told_of, (9, [99.0, 1.0, 1.0, 1.0])], 5)
    assert not is_nearer([*told_of, (9, [99.0, 1.0, 1.0, 1.0])], 9)
    assert not is_nearer([(5, [1.0, 2.0, 4.5, 4.0])] * 10, 5)
    assert not is_nearer(told_of[1:], 5)


def test_every_bridge_adds_up() -> None:
    book = company(2, signed=True)
    by_origin: dict[tuple[int, int], dict[str, float]] = {}
    for row in told(book):
        at = row.forecast.known_count, row.forecast.ahead
        by_origin.setdefault(at, {})[row.metric_id] = row.forecast.value
    assert by_origin
    for (known, ahead), values in by_origin.items():
        before = by_origin.get((known, ahead - 1))
        opening = before["mrr"] if before else book.closing[known - 1, 0]
        net = sum(sign * values[f"{name}_mrr"] for name, sign in SIGNS.items())
        assert opening + net + values["fx_mrr"] == pytest.approx(values["mrr"], abs=1e-6)
        assert values["arr"] == pytest.approx(12 * values["mrr"])
        assert values["net_new_arr"] == pytest.approx(12 * net, abs=1e-6)


@pytest.mark.parametrize("signed", [True, False])
def test_what_comes_later_changes_nothing_that_was_told_before(signed: bool) -> None:
    book = company(3, signed=signed)
    other = company(4, signed=False)

    def spliced(first: Any, then: Any) -> Any:
        return np.concatenate([first[:28], then[28:]])

    changed = Book(
        closing=spliced(book.closing, other.closing),
        moved={n: spliced(book.moved[n], other.moved[n]) for n in MOVEMENTS},
        announced={n: spliced(book.announced[n], other.announced[n]) for n in MOVEMENTS},
        group_segments=book.group_segments,
        exposed_counts=spliced(book.exposed_counts, other.exposed_counts + 1),
        exposed=spliced(book.exposed, 2 * other.exposed),
        left_counts=spliced(book.left_counts, other.left_counts + 1),
        outlook=spliced(book.outlook, np.full((36, 3), 50.0)),
    )
    # Who leaves beyond the 28th month is known by nobody before.
    for origin in range(28):
        changed.left_counts[origin, 28 - origin :] += 2

    def by(rows: list[Told], known: int) -> list[tuple[Any, ...]]:
        return [
            (row.metric_id, row.is_taken, replace(row.forecast, actual=None, probability=None))
            for row in rows
            if row.forecast.known_count <= known
        ]

    assert by(told(book), 28)
    assert by(told(book), 28) == by(told(changed), 28)
    assert by(told(book), 29) != by(told(changed), 29)


def test_a_nearer_due_day_changes_nothing_that_was_told() -> None:
    book = company(3, signed=False)
    far = [row for row in told(book, AHEAD + 3) if row.forecast.ahead <= AHEAD]
    assert far == told(book)


def test_four_of_five_intervals_hold_what_comes() -> None:
    found = [
        row.forecast
        for seed in range(8)
        for row in told(company(seed, 48, signed=False))
        if row.metric_id == "new_mrr" and row.forecast.actual is not None
    ]
    held = np.mean(
        [row.lower <= row.actual <= row.upper for row in found if row.actual is not None]
    )
    assert 0.7 <= held <= 0.9


def test_a_target_is_met_with_a_probability_where_there_is_one() -> None:
    rows = newest(told(company(1, signed=True), mrr=Goal(least=1.0)))
    said = {row.metric_id: row.forecast.probability for row in rows}
    assert said["mrr"] == pytest.approx(1.0)
    assert said["arr"] is None


@pytest.mark.parametrize("months", [0, 3])
def test_a_young_company_is_told_nothing(months: int) -> None:
    days = f"range({months}) as t (n)"
    with duckdb.connect() as connection:
        amounts = ", ".join(f"1.0::double as {name}_mrr" for name in (*MOVEMENTS, "closing", "fx"))
        table = materialize_bridges(
            connection,
            flows=connection.sql(
                "select (date '2026-01-01' + to_months(n::integer))::date as month_start, "
                "last_day(month_start) as period_end_on, 'smb' as segment, "
                f"{amounts} from {days}"
            ),
            announced=connection.sql(
                "select date '2026-01-31' as known_on, 'new' as movement, 1 as months_ahead, "
                f"1.0 as moved_mrr from {days} where n = 0"
            ),
            exposures=connection.sql(
                "select date '2026-01-31' as known_on, 'smb' as segment, 'later' as tenure_band, "
                "0 as months_ahead, 1 as customer_count, 1.0 as mrr, null::double as leaving_30d, "
                f"null::double as leaving_90d, null::double as leaving_180d from {days} where n = 0"
            ),
            series=connection.sql(
                "select 'mrr' as metric_id, 'month' as grain, 'total' as dimension, "
                "'up' as direction, 1.0 as target, null::double as target_high, "
                f"3 as periods_ahead from {days}"
            ),
        )
        assert table.fetchall() == []
        types = dict(zip(table.columns, map(str, table.types), strict=True))
    assert (types["known_start"], types["is_taken"]) == ("DATE", "BOOLEAN")
