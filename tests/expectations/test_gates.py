"""Every expectation passes on a good warehouse and fails on one spoiled in its own way."""

from __future__ import annotations

import datetime as dt

import pytest

from expectations import gate_1, gate_2, gate_3
from expectations.declared import AS_BEFORE, USABLE, declared_checks
from expectations.runner import Suite
from orchestration.defs.ingest import Contracts
from orchestration.landing.row_rules import row_rules
from tests.expectations.conftest import CAUGHT, RecordProperty, ask, ask_of
from tests.expectations.spoiled_rows import (
    ACCEPTED_EVENTS,
    CONTRACTS,
    EVENTS,
    PENDING,
    TRACKS,
    USED_EVENT,
    days_of_events,
)
from tests.expectations.spoilings import SPOILINGS, Spoiling
from tests.expectations.test_vocabulary import VOCABULARY, WHOLE_REASONS
from tests.orchestration.homes import Home

GATES = ("gate_1", "gate_2", "gate_3")


def all_suites(contracts: Contracts) -> list[Suite]:
    """The suites of every gate; those of gate 1 as if a load of each object were pending."""
    first = [
        suite for contract in contracts.values() for suite in gate_1.build_suites(contract, (1,))
    ]
    return [*first, *gate_2.build_suites(), *gate_3.build_suites(contracts)]


def test_every_expectation_has_a_reason_and_a_spoiling(contracts: Contracts) -> None:
    reasons = {
        (suite.gate, suite.name, expectation.reason)
        for suite in all_suites(contracts)
        for batch in suite.batches
        for expectation in batch.expectations
    }
    # Spoiled in test_vocabulary.py, as are the words whose rows are set aside.
    wholes = {("gate_1", USABLE, reason) for reason in WHOLE_REASONS}
    spoiled = {(entry.gate, entry.check_name, entry.reason) for entry in SPOILINGS}
    assert reasons == wholes | spoiled


def test_every_rule_of_rows_is_broken_once(contracts: Contracts) -> None:
    rules = [rule for contract in contracts.values() for rule in row_rules(contract)]
    ahead = sum(contract.event_time is not None for contract in contracts.values())
    words = {(key, reason) for key, reason, _ in VOCABULARY if reason not in WHOLE_REASONS}
    assert len(rules) == len(words) + ahead


@pytest.mark.parametrize("gate", GATES)
def test_checks_are_those_that_are_declared(good: Home, contracts: Contracts, gate: str) -> None:
    outcomes = ask(gate, good, contracts)
    found = sorted((outcome.name, outcome.asset, outcome.is_blocking) for outcome in outcomes)
    declared = declared_checks(gate, contracts)
    assert found == sorted((check.name, check.asset, check.is_blocking) for check in declared)


@pytest.mark.parametrize("gate", GATES)
def test_a_good_warehouse_passes(spoiled: Home, contracts: Contracts, gate: str) -> None:
    spoiled.spoil(PENDING if gate == "gate_1" else "select 1")
    outcomes = ask(gate, spoiled, contracts)
    assert [outcome for outcome in outcomes if not outcome.passed] == []
    assert sum(outcome.expectation_count for outcome in outcomes) > 5


def test_an_event_delivered_twice_and_used_once_passes(spoiled: Home, contracts: Contracts) -> None:
    spoiled.spoil(*ACCEPTED_EVENTS, USED_EVENT)
    outcomes = {outcome.asset: outcome for outcome in ask("gate_3", spoiled, contracts)}
    assert outcomes[EVENTS].passed


@pytest.mark.parametrize(
    "spoiling",
    [entry for entry in SPOILINGS if entry.within],
    ids=[f"{entry.gate}: {entry.reason}" for entry in SPOILINGS if entry.within],
)
def test_what_is_just_within_bounds_passes(
    spoiled: Home, contracts: Contracts, spoiling: Spoiling
) -> None:
    spoiled.spoil(*spoiling.within)
    failed = [
        outcome
        for outcome in ask_of(spoiling.asset, spoiling.gate, spoiled, contracts)
        if outcome.name == spoiling.check_name and spoiling.reason in outcome.detail
    ]
    assert failed == []


@pytest.mark.parametrize(
    "spoiling", SPOILINGS, ids=[f"{entry.gate}: {entry.reason}" for entry in SPOILINGS]
)
def test_what_is_spoiled_is_caught(
    spoiled: Home, contracts: Contracts, spoiling: Spoiling, record_property: RecordProperty
) -> None:
    spoiled.spoil(*spoiling.statements)
    failed = {
        (outcome.name, outcome.asset): outcome
        for outcome in ask_of(spoiling.asset, spoiling.gate, spoiled, contracts)
        if not outcome.passed
    }
    outcome = failed[spoiling.check_name, spoiling.asset]
    assert spoiling.reason in outcome.detail
    where = "/".join(outcome.asset)
    record_property(
        CAUGHT,
        (
            f"{spoiling.gate}: {spoiling.reason}",
            spoiling.statements[-1],
            f"{outcome.name} on {where}",
        ),
    )


def test_a_refused_file_is_the_one_that_its_rows_name(spoiled: Home, contracts: Contracts) -> None:
    spoiled.spoil(
        PENDING,
        "insert into raw_meta.files by name select 50 as load_id, 'contracts' as source, "
        "'subscription_periods' as object, 'bad.csv' as path, 1 as rows_in, "
        "1 as rows_loaded, 0 as rows_rejected, 'pending' as status",
        "insert into raw_contracts.subscription_periods by name select 'foo' as status, "
        "50 as _load_id, 'bad.csv' as _file, 1 as _file_row",
    )
    outcome, warned = [o for o in ask("gate_1", spoiled, contracts) if not o.passed]
    assert (outcome.refused_loads, warned.refused_loads) == ((50,), ())
    (row,) = outcome.unexpected_rows
    assert (row["_file"], row["_file_row"], row["_load_id"]) == ("bad.csv", 1, 50)
    assert row["reason"] == ("status: 'foo': status is one of active, trialing, past_due, paused")


def test_only_a_central_object_stops_the_refresh(spoiled: Home, contracts: Contracts) -> None:
    spoiled.spoil(
        "insert into raw_meta.files by name select 50 + i as load_id, 'ads' as source, "
        "'campaign_spend' as object, 'bad.csv' as path, 'failed' as status, "
        "'no UTF-8' as reason from range(1) as ids (i)",
        "insert into raw_meta.files by name select 60 as load_id, 'contracts' as source, "
        "'subscription_periods' as object, 'bad.csv' as path, 'failed' as status, "
        "'no UTF-8' as reason",
    )
    failed = {o.asset: o.is_blocking for o in ask("gate_1", spoiled, contracts) if not o.passed}
    assert failed == {("ads", "campaign_spend"): False, CONTRACTS: True}


def test_a_row_ahead_of_its_delivery_is_set_aside(spoiled: Home, contracts: Contracts) -> None:
    spoiled.spoil(
        *days_of_events(101, "2026-03-01", days=1, rows=100, status="pending"),
        "update raw_segment.tracks set timestamp = timestamp '2031-01-01' where _file_row = 7",
        "update raw_segment.tracks set timestamp = timestamp '2026-03-04 00:00' "
        "where _file_row = 8",
    )
    failed = [o for o in ask_of(TRACKS, "gate_1", spoiled, contracts) if not o.passed]
    assert [(o.name, o.refused_loads) for o in failed] == [(AS_BEFORE, ())]
    # Delivered on 2 March; two days later is still within a slow clock's reach.
    assert spoiled.ask("select _file_row from raw_segment.tracks__rejected") == [(7,)]
    assert spoiled.ask(
        "select rows_loaded, rows_rejected, cast(max_event_at as date) from raw_meta.files "
        "where load_id = 101"
    ) == [(99, 1, dt.date(2026, 3, 4))]


def test_metrics_that_gate_2_names_exist(good: Home) -> None:
    named = {"mrr", "monthly_active_users", "paying_customers", "grr", "nrr"}
    known = {key for (key,) in good.ask("select metric_id from governance.dim_metrics")}
    assert named <= known


def test_an_estimate_may_lie_below_zero_where_a_count_may_not(
    spoiled: Home, contracts: Contracts
) -> None:
    """More trials came than were expected of those that an outage touched: nothing is broken."""
    place = "'month', date '2026-03-01', date '2026-03-31', 'total', 'total', -0.33"
    for metric, is_met in (("lost_conversions", True), ("tickets_created", False)):
        spoiled.spoil(
            "insert into governance.metric_values "
            "(metric_id, grain, period_start, period_end, dimension, dimension_value, value) "
            f"values ('{metric}', {place})",
        )
        outcomes = ask_of(("governance", "metric_values"), "gate_2", spoiled, contracts)
        unmet = {reason for outcome in outcomes for reason in outcome.unmet}
        assert ("nothing is counted or lasts less than zero" in unmet) is not is_met
