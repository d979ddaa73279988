"""Spells of steps as a table: what dbt's Python model of a few lines returns.

Rows come in and go out as DuckDB relations; nothing is decided here.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from orchestration.act.capacity import plan_spells
from orchestration.act.steps import Rules, Step
from orchestration.warehouse.relations import make_table

_SPELLS = (
    "intervention_id varchar, spell_number integer, standing varchar, owner_role varchar, "
    "began_on date, ended_on date, due_on date, led_by varchar, ended_as varchar"
)
_STEPS = """
intervention_id, one_at_a_time, trigger_id, trigger, step_number, owner_role, escalates_to,
coalesce(severity = 'critical', false), opened_on, due_days, due_on,
cast(acknowledged_at as date), cast(closed_at as date), over_on, recovers_on, ended_as,
expected_return
"""
_NAMES = (
    "step_id",
    "group",
    "trigger_id",
    "trigger",
    "step_number",
    "owner_role",
    "escalates_to",
    "is_critical",
    "called_on",
    "due_days",
    "due_on",
    "acknowledged_on",
    "closed_on",
    "over_on",
    "recovers_on",
    "ended_as",
    "expected_return",
)


def materialize_spells(
    connection: Any,  # noqa: ANN401
    *,
    steps: Any,  # noqa: ANN401
    capacities: Any,  # noqa: ANN401
    run: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """A row per step and spell.

    Args:
        connection: The connection of dbt's session.
        steps: `int_interventions__valued`.
        capacities: `role_capacities`.
        run: `int_calendar__run`.
    """
    rules = Rules(steps_per_week=dict(capacities.project("owner_role, steps_per_week").fetchall()))
    given = [
        Step(**dict(zip(_NAMES, row, strict=True)))
        for row in steps.project(_STEPS).order("all").fetchall()
    ]
    [(as_of,)] = run.project("as_of").fetchall()
    spells = plan_spells(given, rules, as_of)
    rows = [
        (
            spell.step_id,
            number,
            spell.standing,
            spell.owner_role,
            spell.began_on,
            spell.ended_on,
            spell.due_on,
            spell.led_by,
            spell.ended_as,
        )
        for _, each in groupby(spells, key=lambda spell: spell.step_id)
        for number, spell in enumerate(each, 1)
    ]
    return make_table(connection, "intervention_spells", _SPELLS, rows)
