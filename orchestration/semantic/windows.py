"""Metrics over more than a period, recomputed from their parts.

A quotient of one month jumps where little is counted in a month, and none of its months says
what a year does. A metric that says `judged_over: 12m` has its parts added up over the twelve
months that end with a period (of a balance it is the last one's), and the formula that MetricFlow
knows is asked of the sums.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orchestration.semantic.compiler import SemanticError
from orchestration.semantic.selects import cube_names, like_metrics, queried, slice_of, unpivot
from orchestration.semantic.slices import CUSTOMER, JOINED, TOTAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orchestration.project.semantics import Metric
    from orchestration.semantic.registry import MetricSpec
    from orchestration.semantic.selects import Compiler

# Months of a window, and of the periods that can be in one.
PERIOD = "period"
MONTHS = {"3m": 3, "12m": 12}
GRAINS = {"month": 1, "quarter": 3}
# Aggregates of months that add up to that of a year.
ADDS_UP = {"sum", "count", "sum_boolean"}


def is_windowed(spec: MetricSpec) -> bool:
    """Whether a metric is judged over more than a period."""
    return spec.judged_over != PERIOD


def window_selects(
    compiler: Compiler, registry: Sequence[MetricSpec], metrics: Mapping[str, Metric]
) -> Iterator[str]:
    """Selects of long rows, of which `period_start` is the last period of the window.

    Args:
        compiler: Compiles the parts.
        registry: Metrics that are judged over more than a period.
        metrics: All metrics of the semantic layer by name, parts among them.

    Raises:
        SemanticError: a part does not add up over months; names it.
    """
    for over in MONTHS:
        wanted = [spec for spec in registry if spec.judged_over == over]
        for specs in like_metrics(compiler, wanted):
            for grain in GRAINS.keys() & {*specs[0].grains}:
                yield from _selects(compiler, specs, grain, metrics)


def customer_selects(
    compiler: Compiler, registry: Sequence[MetricSpec], metrics: Mapping[str, Metric]
) -> Iterator[str]:
    """Selects of long rows by month and customer, over the window that a metric is judged over.

    Args:
        compiler: Compiles the metrics, or their parts.
        registry: Metrics, of which those are left out that some fact knows no customer of.
        metrics: As for `window_selects`.
    """
    period, dimension = "metric_time__month", f"'{CUSTOMER}'"
    for spec in registry:
        names = [compiler.group_by_name(queried([spec]), name) for name in spec.dimensions]
        if spec.cube_entity or not any(name.startswith(JOINED) for name in names):
            continue
        if is_windowed(spec):
            parts, formulas = _asked([spec], metrics)
            sql = compiler.compile(sorted(parts), [period, CUSTOMER])
            months = MONTHS[spec.judged_over]
            rows = sql and _summed(sql, "month", months, period, [CUSTOMER], parts, formulas)
        else:
            rows = compiler.compile(queried([spec]), [period, CUSTOMER])
        if rows:
            known = f"select * from (\n{rows}\n) where {CUSTOMER} is not null"
            yield unpivot(known, [spec], "'month'", period, dimension, CUSTOMER)


def _asked(
    specs: Sequence[MetricSpec], metrics: Mapping[str, Metric]
) -> tuple[dict[str, str], dict[str, str]]:
    """The parts of metrics with their totals, and the formulas of all that their rows carry."""
    asked = queried(specs)
    parts = {part: total for name in asked for part, total in parts_of(name, metrics).items()}
    return parts, {name: formula(name, metrics) for name in asked}


def _selects(
    compiler: Compiler, specs: Sequence[MetricSpec], grain: str, metrics: Mapping[str, Metric]
) -> Iterator[str]:
    parts, formulas = _asked(specs, metrics)
    periods = MONTHS[specs[0].judged_over] // GRAINS[grain]
    entity = specs[0].cube_entity
    if entity:
        day, *names = cube_names(entity)
        sql = compiler.compile(sorted(parts), [day, *names])
        if sql is not None:
            of_grain = f"select * from (\n{sql}\n) where {names[0]} = '{grain}'"
            summed = _summed(of_grain, grain, periods, day, names[1:], parts, formulas)
            only = (TOTAL, *specs[0].dimensions)
            yield unpivot(summed, specs, f"'{grain}'", day, names[1], names[2], only=only)
        return
    period = f"metric_time__{grain}"
    for sql, column in compiler.compile_slices(sorted(parts), period, specs[0].dimensions):
        slices = [column] if column else []
        summed = _summed(sql, grain, periods, period, slices, parts, formulas)
        yield unpivot(summed, specs, f"'{grain}'", period, *slice_of(column))


def _summed(
    sql: str,
    grain: str,
    periods: int,
    period: str,
    slices: Sequence[str],
    parts: Mapping[str, str],
    formulas: Mapping[str, str],
) -> str:
    """Each period's parts in all windows that it lies in, and the formulas of their sums."""
    keys = ", ".join([period, *slices])
    sums = ", ".join(f"{total} as {part}" for part, total in parts.items())
    said = ",\n    ".join(f"{text} as {name}" for name, text in formulas.items())
    months = f"to_months(cast(ends.later * {GRAINS[grain]} as integer))"
    return f"""
select
    {keys},
    {said}
from (
    select
        {", ".join([f"cast({period} + {months} as date) as {period}", *slices])},
        {sums}
    from (
{sql}
    ) as parts
    cross join range({periods}) as ends (later)
    group by all
) as windows"""


def parts_of(name: str, metrics: Mapping[str, Metric]) -> dict[str, str]:
    """The parts of a metric's formula, each with what it is over the periods of a window, as SQL.

    Raises:
        SemanticError: one of them is neither a balance nor adds up over months.
    """
    metric = metrics[name]
    if metric.inputs and not any(part.has_offset for part in metric.parts):
        return {
            part: total for each in metric.inputs for part, total in parts_of(each, metrics).items()
        }
    aggregate = metric.aggregate
    if aggregate and aggregate.is_balance:
        return {name: f"any_value({name}) filter (where later = 0)"}
    if aggregate and aggregate.function in ADDS_UP:
        return {name: f"sum({name})"}
    raise SemanticError(
        f"{name} does not add up over months, and a metric that it is a part of says "
        "`judged_over`; leave that out, or have a part that does"
    )


def formula(name: str, metrics: Mapping[str, Metric]) -> str:
    """A metric as SQL over columns that bear its parts' names, as MetricFlow divides them."""
    metric = metrics[name]
    if metric.numerator and metric.denominator:
        upper, lower = (formula(side, metrics) for side in metric.sides)
        return f"cast({upper} as double) / cast(nullif({lower}, 0) as double)"
    if metric.parts:
        by_alias = {part.alias: formula(part.name, metrics) for part in metric.parts}
        words = re.compile(rf"\b({'|'.join(map(re.escape, by_alias))})\b")
        return words.sub(lambda word: f"({by_alias[word[1]]})", f"({metric.expression})")
    return name
