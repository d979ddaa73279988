"""What every sentence of the scorecards and the board lens is held to."""

from __future__ import annotations

import re

import pytest

from orchestration.report.movers import what_happened
from tests.decisions.conftest import Ask

SENTENCES = """
select distinct metric_id, narrative from (
    select metric_id, narrative from audiences.executive_scorecard
    union all select metric_id, narrative from audiences.leadership_scorecard
    union all select metric_id, narrative from audiences.board_lens
) where narrative is not null order by all
"""
# Ids of customers are names; everything else with an underscore is a name of ours.
TOKEN = re.compile(r"\b(?!cus_|ctr_)[a-z0-9]+_[a-z0-9_]+\b")
SHARE = re.compile(r"\((\d+) % of it, \d+ % of the whole\)")
MOVED = re.compile(r" (rose|fell) by ([\d.,e-]+)(?: [a-z]+)? to (-?[\d.,e]+)")


@pytest.fixture(scope="module")
def sentences(ask: Ask) -> list[tuple[str, str]]:
    found = [(row["metric_id"], row["narrative"]) for row in ask(SENTENCES)]
    assert len(found) > 100
    return found


def test_no_sentence_holds_a_name_of_the_warehouse(sentences: list[tuple[str, str]]) -> None:
    assert [told for _, told in sentences if TOKEN.search(told)] == []


def test_nothing_rises_or_falls_by_nothing(sentences: list[tuple[str, str]]) -> None:
    moves = [(told, *moved.groups()) for _, told in sentences if (moved := MOVED.search(told))]
    assert len(moves) > 50
    assert [told for told, _, by, _ in moves if float(by.replace(",", "")) == 0] == []


def test_every_sentence_ends_and_says_something(sentences: list[tuple[str, str]]) -> None:
    for metric, told in sentences:
        assert told.endswith("."), metric
        assert not re.search(r"\bNULL\b|\bnan\b|\bNone\b|  | ,|\(\)|\.\.|%%", told), told


def test_what_is_not_all_of_it_does_not_read_as_all(ask: Ask) -> None:
    """Of what rounds to 100.0 %, in sentences and beside them."""
    rows = ask(
        "select card.metric_id, narrative from audiences.leadership_scorecard as card "
        "where unit = 'rate' and value < 1 and regexp_matches(narrative, 'to 100\\.0 %')"
    )
    assert rows == []


def test_no_slice_makes_more_than_all_of_a_change(sentences: list[tuple[str, str]]) -> None:
    """A share beyond all of it is said in other words, with what made up for it."""
    shares = [int(share) for _, told in sentences for share in SHARE.findall(told)]
    assert len(shares) > 100
    assert all(25 <= share <= 100 for share in shares)
    for _, told in sentences:
        assert ("more than all of it" in told) == ("others making up for a part" in told), told


def test_a_metric_s_name_is_followed_by_its_own_change(ask: Ask) -> None:
    """Of net new ARR the drivers are MRR: as in the month's bridge, with twelve times it behind."""
    rows = ask("""
        select core.narrative, bridge.label, bridge.value - bridge.previous_value as change
        from audiences.board_lens as core
        inner join audiences.board_lens as bridge using (grain, period_start)
        where core.item = 'net_new_arr' and core.section = 'core' and bridge.section = 'bridge'
            and regexp_matches(core.narrative, '(: |, )' || bridge.label || ' [+-]')
    """)
    assert len(rows) > 20
    for row in rows:
        named = re.search(
            rf"(?:: |, ){row['label']} ([+-][\d,.]+) \(([+-][\d,.]+) of it\)", row["narrative"]
        )
        assert named, row["narrative"]
        own, of_arr = (float(figure.replace(",", "")) for figure in named.groups())
        assert own == pytest.approx(row["change"], abs=0.5), row
        assert abs(of_arr) == pytest.approx(12 * abs(row["change"]), abs=0.5), row


def test_money_says_its_currency(ask: Ask) -> None:
    rows = ask(
        "select narrative from audiences.executive_scorecard "
        "where unit = 'currency' and state = 'ok' and value is not null"
    )
    assert rows
    assert all(" USD in " in row["narrative"] for row in rows)


def test_a_churn_is_told_with_what_the_customer_said() -> None:
    churn = {"movement_type": "churn", "movement_reason": "voluntary"}
    said = {**churn, "cancellation_reason": "too_expensive"}
    assert what_happened(said) == "churn, voluntary: too expensive"
    assert what_happened({**churn, "cancellation_reason": None}) == "churn, voluntary"
