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
from orchestration.semantic.selects import (
    cube_names,
    like_metrics,
    period_of,
    queried,
    slice_of,
    unpivot,
)
from orchestration.semantic.slices import CUSTOMER, JOINED, TOTAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from orchestration.project.semantics import Metric
    from orchestration.semantic.registry import MetricSpec
    from orchestration.semantic.selects import Compiler

# The grain of a period that ends a window, and its first day.
GRAIN, START = "window_grain", "window_period"
# Months of a window, and of the periods that can be in one, the shortest first.
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
            grains = [grain for grain in GRAINS if grain in specs[0].grains]
            if grains:
                yield from _selects(compiler, specs, grains, metrics)


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
            window = _Window([spec], ["month"], metrics)
            sql = compiler.compile(sorted(window.parts), [period, CUSTOMER])
            rows = sql and window.summed(sql, "'month'", period, [CUSTOMER])
            of = (GRAIN, START)
        else:
            rows = compiler.compile(queried([spec]), [period, CUSTOMER])
            of = ("'month'", period)
        if rows:
            known = f"select * from (\n{rows}\n) where {CUSTOMER} is not null"
            yield unpivot(known, [spec], *of, dimension, CUSTOMER)


def _selects(
    compiler: Compiler,
    specs: Sequence[MetricSpec],
    grains: Sequence[str],
    metrics: Mapping[str, Metric],
) -> Iterator[str]:
    window = _Window(specs, grains, metrics)
    parts, dimensions, entity = sorted(window.parts), specs[0].dimensions, specs[0].cube_entity
    if entity:
        day, grain, dimension, value = cube_names(entity)
        sql = compiler.compile(parts, [day, grain, dimension, value])
        if sql is not None:
            wanted = ", ".join(f"'{each}'" for each in grains)
            of_grains = f"select * from (\n{sql}\n) where {grain} in ({wanted})"
            summed = window.summed(of_grains, grain, day, [dimension, value])
            yield unpivot(summed, specs, GRAIN, START, dimension, value, only=(TOTAL, *dimensions))
        return
    for query in compiler.compile_slices(parts, grains, dimensions):
        slices = [query.column] if query.column else []
        summed = window.summed(query.sql, *period_of(query), slices)
        yield unpivot(summed, specs, GRAIN, START, *slice_of(query.column))


class _Window:
    """Metrics of one window: the parts of their formulas, and those formulas of the parts' sums.

    Args:
        specs: Metrics that are judged over equally many months.
        grains: Of the periods that a window ends with.
        metrics: All metrics of the semantic layer by name.
    """

    def __init__(
        self, specs: Sequence[MetricSpec], grains: Sequence[str], metrics: Mapping[str, Metric]
    ) -> None:
        asked = queried(specs)
        self.parts = {
            part: total for name in asked for part, total in parts_of(name, metrics).items()
        }
        self._formulas = {name: formula(name, metrics) for name in asked}
        self._months = MONTHS[specs[0].judged_over]
        self._grains = {grain: GRAINS[grain] for grain in grains}

    def summed(self, sql: str, grain: str, period: str, slices: Sequence[str]) -> str:
        """Each period's parts in all windows that it lies in, and the formulas of their sums.

        Args:
            sql: The parts by period and slices.
            grain: SQL for the grain of a row of it.
            period: SQL for the first day of its period.
            slices: Columns of it, taken over as they are.
        """
        keys = ", ".join([GRAIN, START, *slices])
        sums = ", ".join(f"{total} as {part}" for part, total in self.parts.items())
        said = ",\n    ".join(f"{text} as {name}" for name, text in self._formulas.items())
        months_of = " ".join(f"when '{name}' then {each}" for name, each in self._grains.items())
        after = "cast(ends.later * months as integer)"
        end = f"cast({START} + to_months({after}) as date) as {START}"
        periods = self._months // min(self._grains.values())
        return f"""
select
    {keys},
    {said}
from (
    select
        {", ".join([GRAIN, end, *slices])},
        {sums}
    from (
        select
            *, {grain} as {GRAIN}, cast({period} as date) as {START},
            case {grain} {months_of} end as months
        from (
{sql}
        ) as wide
    ) as parts
    cross join range({periods}) as ends (later)
    where ends.later * months < {self._months}
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
