"""Estimates and intervals as tables: what dbt's Python models of a few lines return.

Rows come in and go out as DuckDB relations; nothing is estimated here.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from orchestration.statistics.evidence import Contrast, judge_contrasts
from orchestration.statistics.experiments import (
    FEWEST,
    compare_changes,
    compare_means,
    compare_rates,
    sample_ratio_p_value,
)
from orchestration.warehouse.relations import make_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orchestration.statistics.experiments import Estimate

_ESTIMATES = (
    "experiment_id varchar, metric_id varchar, arm varchar, arm_count bigint, "
    "control_count bigint, pending_count bigint, method varchar, arm_value double, "
    "control_value double, effect double, effect_lower double, effect_upper double, "
    "p_value double, relative_effect double, relative_lower double, relative_upper double, "
    "detectable_effect double"
)
_INTERVALS = "metric_id varchar, grain varchar, period_start date, lower double, upper double"
_SIGNALS = (
    "metric_id varchar, dimension varchar, dimension_value varchar, signal varchar, "
    "direction varchar, deviation double, periods_lasted integer, period_count integer, "
    "expected double, lower double, upper double, is_seasonal boolean, is_detrended boolean"
)
_JUDGEMENTS = (
    "driver varchar, outcome varchar, horizon_days integer, difference double, lower double, "
    "upper double, p_value double, corrected_p_value double, is_stable boolean, verdict varchar"
)
_SPLITS = "experiment_id varchar, sample_ratio_p_value double"


def materialize_estimates(connection: Any, *, outcomes: Any, experiments: Any) -> Any:  # noqa: ANN401
    """A row per experiment, metric and arm other than control that anybody is in."""
    controls = {
        row[0]: row[1:]
        for row in experiments.project("experiment_id, control_arm, is_randomised").fetchall()
    }
    groups: dict[tuple[str, str, str], dict[str, list[Any]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for experiment, metric, kind, arm, before, after, is_pending in (
        outcomes.project(
            "experiment_id, metric_id, kind, arm, value_before, value_after, is_pending"
        )
        .order("all")
        .fetchall()
    ):
        groups[experiment, metric, kind][arm].append((before, after, is_pending))
    rows = []
    for (experiment, metric, kind), arms in groups.items():
        control_arm, is_randomised = controls[experiment]
        if kind != "change" and not is_randomised:
            # Without a value before there is nothing to take off what differed anyway.
            continue
        control = arms.get(control_arm, [])
        for arm in sorted(set(arms) - {control_arm}):
            treated, untreated = _known(arms[arm], kind), _known(control, kind)
            pending = sum(is_pending for _, _, is_pending in [*arms[arm], *control])
            estimate = _estimate(kind, treated, untreated, is_randomised=is_randomised)
            rows.append(
                (
                    experiment,
                    metric,
                    arm,
                    len(treated),
                    len(untreated),
                    pending,
                    *(astuple(estimate) if estimate else (None,) * 11),
                )
            )
    return make_table(connection, "experiment_estimates", _ESTIMATES, rows)


def materialize_splits(connection: Any, *, subjects: Any, experiments: Any) -> Any:  # noqa: ANN401
    """A row per experiment that chance divided: the p-value of its arms' sizes."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for experiment, arm in subjects.project("experiment_id, arm").order("all").fetchall():
        counts[experiment][arm] += 1
    rows = []
    for experiment, split in (
        experiments.filter("is_randomised").project("experiment_id, planned_split").fetchall()
    ):
        arms = counts[experiment]
        planned = json.loads(split) if split else dict.fromkeys(arms, 1.0)
        # A split that is no object of shares says nothing to hold the arms against.
        is_split = isinstance(planned, dict)
        rows.append((experiment, sample_ratio_p_value(arms, planned) if is_split else None))
    return make_table(connection, "experiment_splits", _SPLITS, rows)


def materialize_intervals(connection: Any, *, quotients: Any) -> Any:  # noqa: ANN401
    """A row per metric and period: the interval of its sum over customers over another."""
    # Where it is needed: numpy takes a while to import.
    from orchestration.statistics.intervals import quotient_interval

    customers: dict[tuple[Any, ...], list[tuple[float, float]]] = defaultdict(list)
    for *key, upper, lower in (
        quotients.project("metric_id, grain, period_start, dimension_value, numerator, denominator")
        .order("all")
        .fetchall()
    ):
        customers[tuple(key[:3])].append((upper, lower))
    rows = [
        (*key, *interval)
        for key, parts in customers.items()
        if (interval := quotient_interval(*zip(*parts, strict=True)))
    ]
    return make_table(connection, "metric_intervals", _INTERVALS, rows)


def materialize_signals(connection: Any, *, series: Any) -> Any:  # noqa: ANN401
    """A row per metric and slice with a value in the newest period: what that period says."""
    # Where it is needed: numpy takes a while to import.
    import numpy as np

    from orchestration.statistics.process_limits import PERIODS, SIGNALS, judge_series
    from orchestration.statistics.stabilizing import FORMS, choose_form

    histories: dict[tuple[str, ...], list[tuple[int, float, float | None]]] = defaultdict(list)
    for *key, ago, value, denominator in (
        series.filter("value is not null")
        .project(
            "grain, kind, metric_id, dimension, dimension_value, periods_ago, value, denominator"
        )
        .order("all")
        .fetchall()
    ):
        histories[tuple(key)].append((ago, value, denominator))
    alike: dict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
    for key, history in histories.items():
        # What has no value in the newest period is not asked.
        if history[0][0] == 0:
            values = np.array([value for _, value, _ in history])
            alike[key[0], choose_form(values, key[1])].append(key)
    rows = []
    for (grain, name), keys in alike.items():
        form = FORMS[name]
        values = np.full((len(keys), PERIODS[grain]), np.nan)
        cases = np.zeros_like(values)
        for row, key in enumerate(keys):
            for ago, value, denominator in histories[key]:
                values[row, -1 - ago] = value
                cases[row, -1 - ago] = denominator or 0
        judged = judge_series(
            form.there(values),
            form.scales(values, cases) if form.scales else None,
            grain=grain,
            bounds=form.bounds,
        )
        courses = (form.back(ends) for ends in (judged.expected, judged.lower, judged.upper))
        columns = (
            (SIGNALS[signal] for signal in judged.signal),
            ({1: "above", -1: "below"}.get(int(side)) for side in judged.direction),
            _rounded(judged.deviation),
            judged.lasted.tolist(),
            judged.count.tolist(),
            *(_rounded(course) for course in courses),
            judged.is_seasonal.tolist(),
            judged.is_detrended.tolist(),
        )
        rows += [
            (*key[2:], *row) for key, row in zip(keys, zip(*columns, strict=True), strict=True)
        ]
    return make_table(connection, "metric_signals", _SIGNALS, rows)


def materialize_judgements(
    connection: Any,  # noqa: ANN401
    *,
    contrasts: Any,  # noqa: ANN401
    family_of: Callable[[str], str] | None = None,
) -> Any:  # noqa: ANN401
    """A row per driver, outcome and days after it: whether the driver leads.

    Comparisons are judged beside all others, or beside those of the same family of drivers.
    """
    families: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in (
        contrasts.project(
            "driver, outcome, horizon_days, high_count, high_come_count, low_count, "
            "low_come_count, weight, excess, variance, difference_first, difference_second"
        )
        .order("all")
        .fetchall()
    ):
        families[family_of(row[0]) if family_of else ""].append(row)
    judged = [
        (*row[:3], *astuple(judgement))
        for rows in families.values()
        for row, judgement in zip(
            rows, judge_contrasts(Contrast(*row[3:]) for row in rows), strict=True
        )
    ]
    return make_table(connection, "driver_judgements", _JUDGEMENTS, judged)


def _rounded(values: Any) -> list[float | None]:  # noqa: ANN401
    """Of an array, to twelve digits that count; None where nothing is known."""
    return [float(f"{value:.12g}") if value == value else None for value in values.tolist()]


def _known(values: Sequence[tuple[Any, Any, bool]], kind: str) -> list[Any]:
    """The values that can be compared: those after, or pairs of before and after."""
    known = [(before, after) for before, after, _ in values if after is not None]
    if kind != "change":
        return [float(after) for _, after in known]
    return [(float(before), float(after)) for before, after in known if before is not None]


def _estimate(
    kind: str, treated: list[Any], untreated: list[Any], *, is_randomised: bool
) -> Estimate | None:
    if min(len(treated), len(untreated)) < FEWEST:
        return None
    if kind == "change":
        return compare_changes(treated, untreated, is_randomised=is_randomised)
    return (
        compare_rates(treated, untreated) if kind == "rate" else compare_means(treated, untreated)
    )
