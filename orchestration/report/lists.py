"""Lists on the terminal: what functions and teams are measured by, breaches, experiments, metrics.

Each reads rows of a public table and prints the columns that a reader decides by.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from orchestration.report.published import ask_published
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.words import (
    MARKS,
    format_change,
    format_period,
    format_state,
    format_value,
    plain_text,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from orchestration.settings import Settings

# As published, or an earlier period of the same metrics.
LEADERSHIP = """
select * from audiences.leadership_scorecard
where dimension = 'total' and coalesce(function = $function, true)
order by function, label
"""
TECHNICAL = """
select * from audiences.technical_scorecard
order by label, dimension != 'total', dimension, dimension_value
"""
EARLIER = """
select
    metrics.function, metrics.metric_id, metrics.label, metrics.unit, metrics.owner_role,
    v.grain, v.period_start, v.dimension, v.dimension_value, v.judged_over,
    v.judged_value as value, v.value as period_value, v.judged_state as state, v.target,
    v.guardrail, v.status, v.score, v.is_complete,
    v.judged_value - before.judged_value as change_on_previous
from governance.metric_values as v
inner join governance.dim_metrics as metrics using (metric_id)
left join governance.metric_values as before
    on v.metric_id = before.metric_id and v.grain = before.grain
    and v.dimension = before.dimension and v.dimension_value = before.dimension_value
    and before.period_start = v.period_start - interval 1 month
where v.grain = 'month' and v.period_start = $start
    and list_contains(metrics.audiences, $audience)
    and ($audience = 'technical' or v.dimension = 'total')
    and (v.dimension = 'total' or list_contains(['service', 'team'], v.dimension))
    and coalesce(metrics.function = $function, true)
order by metrics.function, metrics.label, v.dimension != 'total', v.dimension, v.dimension_value
"""
BREACHES = """
select * from governance.guardrail_breaches
where is_open or not $is_open
order by is_open desc, severity = 'critical' desc, opened_on desc, label, dimension != 'total',
    dimension, dimension_value, breach_id
"""
EXPERIMENTS = """
select readouts.*, metrics.label, metrics.unit
from governance.experiment_readouts as readouts
inner join governance.dim_metrics as metrics using (metric_id)
order by ends_on desc nulls first, experiment_id, metric_role, metric_id, arm
"""
METRICS = """
select
    metric_id, label, description, unit, driver_family, function, tier, signal, stage, owner_role,
    grains, levers, formula
from governance.dim_metrics
where contains(lower(concat_ws(' ', metric_id, label, description)), lower($search))
order by driver_family, label
"""
Rows = list[dict[str, Any]]


class NothingListedError(Exception):
    """What was asked for is not there; the message says what is."""


def read_leadership(
    settings: Settings, function: str | None = None, start: dt.date | None = None
) -> Rows:
    """Metrics of the functions of the company, or of one; of a month where one is named.

    Raises:
        NothingListedError: no such function, or nothing of that month.
    """
    if start is None:
        rows = ask_published(settings, LEADERSHIP, {"function": function})
    else:
        asked = {"start": start, "audience": "leadership", "function": function}
        rows = ask_published(settings, EARLIER, asked)
    if rows:
        return rows
    known = ask_published(
        settings, "select distinct function from audiences.leadership_scorecard order by 1"
    )
    when = f" in {start:%Y-%m}" if start else ""
    message = (
        f"{function or 'leadership'}: nothing is measured{when}; functions are "
        f"{', '.join(row['function'] for row in known)}"
    )
    raise NothingListedError(message)


def read_technical(settings: Settings, start: dt.date | None = None) -> Rows:
    """Metrics of services and teams; of a month where one is named.

    Raises:
        NothingListedError: nothing of that month.
    """
    if start is None:
        return ask_published(settings, TECHNICAL)
    asked = {"start": start, "audience": "technical", "function": None}
    rows = ask_published(settings, EARLIER, asked)
    if not rows:
        message = f"services and teams: nothing is measured in {start:%Y-%m}"
        raise NothingListedError(message)
    return rows


def read_breaches(settings: Settings, *, is_open: bool = True) -> Rows:
    """Breaches of guardrails: the open ones, or all that ever were."""
    return ask_published(settings, BREACHES, {"is_open": is_open})


def read_experiments(settings: Settings) -> Rows:
    """Readouts of experiments by arm and metric, the newest first."""
    return ask_published(settings, EXPERIMENTS)


def read_metrics(settings: Settings, search: str = "") -> Rows:
    """Metrics whose name or description holds a text; all where it is empty."""
    return ask_published(settings, METRICS, {"search": search})


def print_measured(rows: Rows, terminal: IO[str] | None = None) -> None:
    """Print metrics of functions, services or teams, with what they stand at."""
    columns = (
        Column("metric"),
        Column("of", is_dispensable=True),
        Column("period"),
        Column("value", is_figure=True),
        Column("change", is_figure=True),
        Column("target", is_figure=True),
        Column("status"),
        Column("owner", is_dispensable=True),
    )
    told: list[Row] = []
    function = None
    for row in rows:
        if row.get("function", function) != function:
            function = row["function"]
            heading = f"[bold]{plain_text(function).replace('_', ' ')}[/]"
            told.append(Row((heading, *("",) * (len(columns) - 1)), is_heading=True))
        told.append(
            Row(
                (
                    plain_text(row["label"]),
                    _slice(row),
                    format_period(row["period_start"], row["grain"]),
                    format_state(row["value"], row["unit"], row["state"]),
                    format_change(row["change_on_previous"], row["unit"]),
                    format_value(row["target"], row["unit"]),
                    MARKS[row["status"]],
                    (row["owner_role"] or "").replace("_", " "),
                )
            )
        )
    print_table(open_console(terminal), columns, told)


def print_breaches(rows: Rows, terminal: IO[str] | None = None) -> None:
    """Print breaches, the critical ones first."""
    _print(
        rows,
        {
            "metric": lambda row: plain_text(row["label"]),
            "of": _slice,
            "opened": lambda row: format_period(row["opened_period_start"], row["grain"]),
            "severity": lambda row: row["severity"],
            "worst": lambda row: format_value(row["worst_value"], row["unit"]),
            "guardrail": lambda row: format_value(row["guardrail"], row["unit"]),
            "closed": lambda row: f"{row['closed_on'] or 'open'}",
            "owner": lambda row: (row["owner_role"] or "").replace("_", " "),
        },
        figures=("worst", "guardrail"),
        none="no guardrail is breached",
        terminal=terminal,
    )


def print_experiments(rows: Rows, terminal: IO[str] | None = None) -> None:
    """Print what came of experiments, and what was decided."""

    def told(row: dict[str, Any], name: str) -> str:
        return format_value(row[name], row["unit"])

    _print(
        rows,
        {
            "experiment": lambda row: plain_text(row["experiment_id"]).replace("_", " "),
            "metric": lambda row: plain_text(row["label"]),
            "role": lambda row: row["metric_role"],
            "arm": lambda row: f"{told(row, 'arm_value')} of {row['arm_count']}",
            "control": lambda row: f"{told(row, 'control_value')} of {row['control_count']}",
            "effect": _effect,
            "verdict": lambda row: (row["verdict"] or "").replace("_", " "),
            "decided": lambda row: (row["decision"] or "–").replace("_", " "),
        },
        figures=("arm", "control", "effect"),
        none="no experiment is recorded",
        terminal=terminal,
    )


def _effect(row: dict[str, Any]) -> str:
    if row["effect"] is None:
        return "–"
    effect, lower, upper = (
        format_change(row[name], row["unit"]) for name in ("effect", "effect_lower", "effect_upper")
    )
    return f"{effect} ({lower} to {upper})"


def print_metrics(rows: Rows, terminal: IO[str] | None = None) -> None:
    """Print metrics with what they mean."""
    _print(
        rows,
        {
            "metric": lambda row: row["metric_id"],
            "name": lambda row: plain_text(row["label"]),
            "what it says": lambda row: plain_text(row["description"]),
            "owner": lambda row: (row["owner_role"] or "").replace("_", " "),
        },
        none="no metric is called so",
        terminal=terminal,
    )


def _print(
    rows: Rows,
    cells: dict[str, Callable[[dict[str, Any]], str]],
    *,
    none: str,
    figures: Sequence[str] = (),
    terminal: IO[str] | None,
) -> None:
    console = open_console(terminal)
    if not rows:
        console.print(none)
        return
    columns = [
        Column(name, is_figure=name in figures, is_dispensable=name == "owner") for name in cells
    ]
    print_table(
        console, columns, [Row(tuple(told(row) for told in cells.values())) for row in rows]
    )


def _slice(row: dict[str, Any]) -> str:
    if row["dimension"] == "total":
        return ""
    return plain_text(f"{row['dimension']} {row['dimension_value']}").replace("_", " ")
