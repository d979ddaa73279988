"""What foresight promises, each held against a built company: a figure, its goal, met or not.

Of a company with its causes: what leads, what only seems to, and how well losses are foretold. Of
one without any: that nothing leads and nothing is foretold. Read from what the warehouse holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import duckdb

# A driver of each planted cause, and what it is planted to lead to.
CAUSES = {
    "leaving follows use": ("use_per_seat", "churn"),
    "falling use": ("use_against_usual", "churn"),
    "rising tickets": ("tickets_per_customer", "churn"),
    "failing payments": ("payment_failing", "churn"),
    "growth follows use": ("use_per_seat", "expansion"),
}
# Success managers call those who use the product most, and it does nothing.
CONFOUNDER, SEEMS_TO_MOVE = "success_contact", ("churn", "expansion")
LEAST_RECALL, LEAST_LIFT, LEVEL = 0.6, 4.0, (0.8, 1.25)

LEADS = """
select horizon_days from governance.driver_evidence
where driver = ? and outcome = ? and verdict = 'leads' order by horizon_days
"""
TRIED = """
select
    count(*) filter (where verdict = 'leads'), count(*) filter (where verdict != 'too_few'),
    string_agg(distinct driver || ' to ' || outcome, ', ' order by driver || ' to ' || outcome)
        filter (where verdict = 'leads')
from governance.driver_evidence
"""
READOUTS = """
select horizon_days, skill, skill_lower, calibration_slope, calibration_slope_lower,
    calibration_slope_upper, mean_probability / come_rate
from governance.model_readouts
where outcome = 'churn' and fold is null and segment = 'total' order by horizon_days
"""
SKILLED = """
select
    count(*) filter (where verdict = 'skilled'), count(*),
    string_agg(outcome || ' ' || horizon_days, ', ' order by outcome, horizon_days)
        filter (where verdict = 'skilled')
from governance.model_readouts where fold is null and segment = 'total'
"""
WARNING = """
select recall_mrr_30d, precision, lift, warning_count from governance.warning_readouts
where signal = ? and segment = 'total'
"""
# Of notices the share after which the playbook was called for on the day of the notice.
CALLED = """
select count(*), count(calls.customer_id)
from customer_health.customer_signals as signals
left join intermediate.int_interventions__customers as calls
    on signals.customer_id = calls.customer_id
    and signals.began_on = calls.opened_on and calls.trigger = 'notice_given'
where signals.signal = 'notice_given'
"""


@dataclass(frozen=True)
class Answer:
    """What was found of a proposition; the figure and the goal as they are printed."""

    proposition: str
    figure: str
    goal: str
    is_met: bool


Ask = Callable[[duckdb.DuckDBPyConnection], Iterator[Answer]]


def with_causes(company: duckdb.DuckDBPyConnection) -> Iterator[Answer]:
    """What holds of a company with all of its causes."""
    for cause, (driver, outcome) in CAUSES.items():
        leads = _days(company, driver, outcome)
        yield Answer(f"{cause}: {driver} leads {outcome}", leads or "nowhere", "leads", bool(leads))
    for outcome in SEEMS_TO_MOVE:
        leads = _days(company, CONFOUNDER, outcome)
        yield Answer(
            f"confounder: {CONFOUNDER} leads {outcome}", leads or "nowhere", "nowhere", not leads
        )
    yield from _foretold(company)
    yield from _warned(company)


def without_causes(company: duckdb.DuckDBPyConnection) -> Iterator[Answer]:
    """What holds of a company in which nothing leads to anything."""
    for proposition, asked in (("drivers that lead", TRIED), ("models with skill", SKILLED)):
        ((found, tried, which),) = company.execute(asked).fetchall()
        figure = f"{found} of {tried}{f': {which}' if which else ''}"
        yield Answer(proposition, figure, "none", tried > 0 and not found)


def _days(company: duckdb.DuckDBPyConnection, driver: str, outcome: str) -> str:
    days = [str(days) for (days,) in company.execute(LEADS, [driver, outcome]).fetchall()]
    return f"{', '.join(days)} days" if days else ""


def _foretold(company: duckdb.DuckDBPyConnection) -> Iterator[Answer]:
    readouts = company.execute(READOUTS).fetchall()
    for days, skill, lower, *_ in readouts:
        yield Answer(
            f"skill of leaving, {days} days",
            f"{skill:.3f} ({lower:.3f} or more)",
            "lower bound above 0",
            lower > 0,
        )
    for days, _, _, slope, lower, upper, _ in readouts:
        yield Answer(
            f"calibration slope of leaving, {days} days",
            f"{slope:.2f} ({lower:.2f} to {upper:.2f})",
            "90 % interval holds 1",
            lower <= 1 <= upper,
        )
    for days, *_, level in readouts:
        yield Answer(
            f"losses foretold per loss, {days} days",
            f"{level:.2f}",
            "{} to {}".format(*LEVEL),
            LEVEL[0] <= level <= LEVEL[1],
        )


def _warned(company: duckdb.DuckDBPyConnection) -> Iterator[Answer]:
    signs = {
        name: company.execute(WARNING, [name]).fetchone()
        for name in ("any_sign", "likely_to_leave")
    }
    for name, found in signs.items():
        assert found is not None, f"{name} is no warning"
    recall, precision, lift, _ = signs["any_sign"] or ()
    yield Answer(
        "churned MRR that any sign told of 30 days before",
        f"{recall:.0%} (one warning in {1 / precision:.0f} comes true, {lift:.1f} times the rate)",
        f"{LEAST_RECALL:.0%} or more",
        recall >= LEAST_RECALL,
    )
    recall, precision, lift, warnings = signs["likely_to_leave"] or ()
    yield Answer(
        "precision of the outlook's own warning, 90 days",
        f"{precision:.0%} of {warnings}, {lift:.1f} times the rate (recall {recall:.0%})",
        f"{LEAST_LIFT:g} times the rate or more",
        lift >= LEAST_LIFT,
    )
    ((notices, called),) = company.execute(CALLED).fetchall()
    yield Answer(
        "notices with a step on the same day",
        f"{called} of {notices}",
        "all",
        0 < called == notices,
    )
