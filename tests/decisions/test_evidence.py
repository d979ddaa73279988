"""What is shown to lead, on the demo company, and that nothing of it knows the future."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.report.customers import read_at_risk
from orchestration.settings import Settings
from tests.decisions.recomputed import COMPILED

# A day in the middle of the story: what happens after it is taken away.
KNOWN_ON = dt.date(2025, 9, 30)
FACTS = {
    "value_realization": ["fct_customer_onboarding", "fct_users", "fct_usage_snapshots"],
    "operating_resilience": ["fct_process_steps"],
    "customer_health": [
        "fct_milestones",
        "fct_tickets",
        "fct_relationship_snapshots",
        "fct_failed_payments",
    ],
    "staging": ["stg_hubspot__tasks"],
}


@pytest.fixture(scope="module")
def story(story_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(story_home / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def verdicts(story: duckdb.DuckDBPyConnection, driver: str, outcome: str) -> set[str]:
    return {
        verdict
        for (verdict,) in story.execute(
            "select verdict from governance.driver_evidence where driver = ? and outcome = ?",
            [driver, outcome],
        ).fetchall()
    }


def test_use_leads_growth_and_who_is_called_does_not(story: duckdb.DuckDBPyConnection) -> None:
    """Planted: growth follows use; success managers call the keenest, which does nothing."""
    assert verdicts(story, "use_per_seat", "expansion") == {"leads"}
    for outcome in ("churn", "expansion"):
        assert "leads" not in verdicts(story, "success_contact", outcome)
        assert "explained_by_adjustment" in verdicts(story, "success_contact", outcome)


def test_activation_is_counted_as_by_hand(story: duckdb.DuckDBPyConnection) -> None:
    """Who paid 30 days on, by whether the first value had come: who left within 90 days more.

    Counted from movements and onboardings, customer by customer.
    """
    as_of = dt.date(2026, 6, 30)
    sundays_and_ends = {
        day
        for (day,) in story.execute(
            "select snapshot_on from intermediate.int_calendar__snapshots"
        ).fetchall()
    }
    onboardings = {
        customer: (provisioned, first_value)
        for customer, provisioned, first_value in story.execute(
            "select customer_id, provisioned_on, first_value_on "
            "from value_realization.fct_customer_onboarding"
        ).fetchall()
    }
    movements: dict[str, list[tuple[dt.date, str]]] = {}
    for customer, day, kind in story.execute(
        "select customer_id, occurred_on, movement_type from revenue_velocity.fct_mrr_movements "
        "where movement_type in ('new', 'churn', 'reactivation') order by occurred_on"
    ).fetchall():
        movements.setdefault(customer, []).append((day, kind))
    counted = {True: [0, 0], False: [0, 0]}
    for customer, lives in movements.items():
        begun = next(day for day, kind in lives if kind == "new")
        day = begun + dt.timedelta(days=30)
        paying = False
        while day <= begun + dt.timedelta(days=60) and not paying:
            last = [kind for on, kind in lives if on <= day][-1]
            paying = day in sundays_and_ends and last != "churn"
            day += dt.timedelta(days=1)
        known_on = day - dt.timedelta(days=1)
        provisioned, first_value = onboardings.get(customer, (None, None))
        if (
            not paying
            or provisioned is None
            or provisioned > known_on
            or known_on + dt.timedelta(days=90) > as_of
        ):
            continue
        in_time = first_value is not None and first_value <= min(
            known_on, provisioned + dt.timedelta(days=30)
        )
        left = any(
            kind == "churn" and known_on < on <= known_on + dt.timedelta(days=90)
            for on, kind in lives
        )
        counted[in_time][0] += 1
        counted[in_time][1] += left
    told = story.execute(
        "select high_count, high_come_count, low_count, low_come_count "
        "from governance.driver_evidence "
        "where driver = 'activation_rate' and outcome = 'churn' and horizon_days = 90"
    ).fetchone()
    assert told == (*counted[True], *counted[False])
    assert counted[True][1] / counted[True][0] < counted[False][1] / counted[False][0]


def test_nothing_that_happens_later_changes_what_was_known(
    story: duckdb.DuckDBPyConnection, story_home: Path
) -> None:
    """No day after `KNOWN_ON` has come: what was known before stays the same."""
    compiled = story_home / COMPILED / "intermediate/evidence/int_evidence__drivers.sql"
    query = compiled.read_text()
    known = "select * from ({}) where known_on <= ? order by all"
    before = story.execute(known.format(query), [KNOWN_ON]).fetchall()
    with duckdb.connect(":memory:") as moved:
        moved.execute(f"attach '{story_home}/warehouse.duckdb' as warehouse (read_only)")
        for schema, names in FACTS.items():
            for name in names:
                columns = moved.execute(
                    "select column_name, data_type from duckdb_columns() where "
                    "database_name = 'warehouse' and schema_name = ? and table_name = ?",
                    [schema, name],
                ).fetchall()
                later = ", ".join(
                    f"cast(case when {column} > timestamp '{KNOWN_ON} 23:59:59' "
                    f"then null else {column} end as {kind}) as {column}"
                    for column, kind in columns
                    if kind in ("DATE", "TIMESTAMP")
                )
                assert later, name
                moved.execute(
                    f"create table {name} as select * replace ({later}) "
                    f"from warehouse.{schema}.{name}"
                )
                place = f'"warehouse"."{schema}"."{name}"'
                assert place in query, name
                query = query.replace(place, name)
        after = moved.execute(known.format(query), [KNOWN_ON]).fetchall()
    assert len(before) > 10_000
    assert after == before


def test_the_outlook_has_shown_skill_at_leaving_and_is_what_is_ranked_by(
    story: duckdb.DuckDBPyConnection, story_home: Path
) -> None:
    """Notices and falling use are planted: who leaves can be foretold beyond plain rates."""
    verdicts = story.execute(
        "select verdict from governance.model_readouts "
        "where outcome = 'churn' and horizon_days < 180 and fold is null and segment = 'total'"
    ).fetchall()
    assert verdicts == [("skilled",), ("skilled",)]
    outlook = {
        customer: probability
        for customer, probability in story.execute(
            "select customer_id, probability from customer_health.customer_outlook "
            "where outcome = 'churn' and horizon_days = 90"
        ).fetchall()
    }
    ranked = read_at_risk(Settings(home=story_home, _env_file=None))
    assert ranked
    for row in ranked:
        assert row["signals"] or row["reasons"], row["customer_id"]
        if row["is_modelled"]:
            assert row["probability"] == outlook[row["customer_id"]]
    losses = [row["expected_loss_mrr"] for row in ranked if row["expected_loss_mrr"] is not None]
    assert losses == sorted(losses, reverse=True)
    noticed = {row["customer_id"] for row in ranked if "notice_given" in _signs(row)}
    assert noticed
    assert all(outlook[customer] > 0.5 for customer in noticed)


def test_the_skill_that_is_a_metric_is_that_of_the_readouts(
    story: duckdb.DuckDBPyConnection,
) -> None:
    """Folds of the story are quarters of the calendar; a quarter of 17 losses has no skill yet."""
    told = {
        fold and fold.replace(day=1): (come, skill, foretold / come)
        for fold, come, skill, foretold in story.execute(
            "select fold, come_count, skill, mean_probability * prediction_count "
            "from governance.model_readouts "
            "where outcome = 'churn' and horizon_days = 90 and segment = 'total'"
        ).fetchall()
    }
    for place, metric in enumerate(("outlook_brier_skill", "outlook_calibration"), start=1):
        values = story.execute(
            "select period_start, state, value, judged_sample_size, judged_value "
            "from governance.metric_values where metric_id = ? and grain = 'quarter' "
            "and dimension = 'total' and is_complete and period_start >= '2025-01-01' "
            "order by period_start",
            [metric],
        ).fetchall()
        assert {quarter: (state, value) for quarter, state, value, *_ in values} == {
            quarter: ("ok", pytest.approx(scores[place], rel=1e-6))
            if scores[0] >= 20
            else ("too_few", None)
            for quarter, scores in told.items()
            if quarter
        }
        assert {state for _, state, *_ in values} == {"ok", "too_few"}
        # The last four of the five quarters.
        assert values[-1][3] == told[None][0] - told[values[0][0]][0]
    assert story.execute(
        "select segment, 1 - sum(squared_error) / sum(base_squared_error) "
        "from customer_health.fct_foretold_losses group by all order by all"
    ).fetchall() == [
        (segment, pytest.approx(skill, abs=1e-6))
        for segment, skill in story.execute(
            "select segment, skill from governance.model_readouts where outcome = 'churn' "
            "and horizon_days = 90 and fold is null and segment != 'total' order by segment"
        ).fetchall()
    ]


def _signs(row: dict[str, Any]) -> set[str]:
    return {sign["signal"] for sign in row["signals"]}
