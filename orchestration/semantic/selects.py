"""The SQL of metrics as long rows: what MetricFlow compiles, with a row per metric.

Metrics of equal facts, grains and slices share a query where their slices are read alike. The
rows are `metric_id, grain, period_start, dimension, dimension_value, value, numerator,
denominator, sample_size, lower, upper`.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from orchestration.semantic.slices import IS, TOTAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    from orchestration.semantic.compiler import SlicedQuery
    from orchestration.semantic.registry import MetricSpec

    class Compiler(Protocol):
        """Whatever turns metrics and groupings into SQL."""

        def compile(self, metrics: Sequence[str], group_by: Sequence[str]) -> str | None:
            """The SQL that yields one column per grouping and per metric; None: no rows."""

        def tables(self, metrics: Sequence[str]) -> list[str]:
            """The facts that the metrics read."""

        def compile_slices(
            self, metrics: Sequence[str], grains: Sequence[str], dimensions: Sequence[str]
        ) -> list[SlicedQuery]:
            """Queries that yield the total and every slice at every grain; none: no rows."""

        def group_by_name(self, metrics: Sequence[str], dimension: str) -> str:
            """How the metrics are grouped by a slice."""


def long_selects(compiler: Compiler, registry: Sequence[MetricSpec]) -> Iterator[str]:
    """Selects of long rows: a few per group of like metrics."""
    for specs in like_metrics(compiler, registry):
        if specs[0].cube_entity:
            yield from _cube_selects(compiler, specs, specs[0].cube_entity)
        else:
            yield from _sliced_selects(compiler, specs)


def total_queries(
    compiler: Compiler, registry: Sequence[MetricSpec]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """One query per group of like metrics, with the metrics that it yields as columns."""
    for specs in like_metrics(compiler, registry):
        entity = specs[0].cube_entity
        group_by = cube_names(entity) if entity else [f"metric_time__{specs[0].grains[0]}"]
        names = tuple(spec.metric_id for spec in specs)
        sql = compiler.compile(queried(specs), group_by)
        if sql is not None:
            yield sql, names


def like_metrics(compiler: Compiler, registry: Sequence[MetricSpec]) -> Iterator[list[MetricSpec]]:
    """Metrics of equal facts, grains and slices, that are grouped in one way and of one cube."""

    def key(spec: MetricSpec) -> tuple[tuple[str, ...], ...]:
        asked = queried([spec])
        names = tuple(compiler.group_by_name(asked, name) for name in spec.dimensions)
        return (
            spec.grains,
            spec.dimensions,
            names,
            tuple(compiler.tables(asked)),
            (spec.cube_entity or "",),
        )

    for _, group in groupby(sorted(registry, key=key), key=key):
        yield list(group)


def _sliced_selects(compiler: Compiler, specs: Sequence[MetricSpec]) -> Iterator[str]:
    """The total and all slices at all grains."""
    wanted = queried(specs), specs[0].grains, specs[0].dimensions
    for query in compiler.compile_slices(*wanted):
        yield unpivot(query.sql, specs, *period_of(query), *slice_of(query.column))


def period_of(query: SlicedQuery) -> tuple[str, str]:
    """Grain and first day of a column that says `month=2026-01-01`, or of the query's one grain."""
    return (f"'{query.grain}'", query.period) if query.grain else _said(query.period)


def slice_of(column: str | None) -> tuple[str, str]:
    """Dimension and value of a column that says `segment=smb`, or `total`, its own value."""
    return _said(column) if column else (f"'{TOTAL}'", f"'{TOTAL}'")


def _said(label: str) -> tuple[str, str]:
    return f"split_part({label}, '{IS}', 1)", f"substr({label}, strpos({label}, '{IS}') + 1)"


def _cube_selects(compiler: Compiler, specs: Sequence[MetricSpec], entity: str) -> Iterator[str]:
    """A cube carries its own grains and slices as columns; other metrics may have more of them."""
    day, *names = cube_names(entity)
    sql = compiler.compile(queried(specs), [day, *names])
    if sql is not None:
        wanted = (TOTAL, *specs[0].dimensions)
        yield unpivot(sql, specs, names[0], day, names[1], names[2], only=wanted)


def cube_names(entity: str) -> list[str]:
    """Day, grain, dimension and its value, as MetricFlow calls them in a cube."""
    columns = (f"{entity}__{column}" for column in ("grain", "dimension", "dimension_value"))
    return ["metric_time__day", *columns]


def queried(specs: Sequence[MetricSpec]) -> list[str]:
    """The metrics and the parts that their rows carry."""
    names = {
        name
        for spec in specs
        for name in (
            spec.metric_id,
            spec.numerator,
            spec.denominator,
            spec.sample,
            spec.lower,
            spec.upper,
        )
        if name
    }
    return sorted(names)


def unpivot(
    sql: str,
    specs: Sequence[MetricSpec],
    grain: str,
    period: str,
    dimension: str,
    dimension_value: str,
    only: tuple[str, ...] = (),
) -> str:
    """Long rows of a query that has a column per metric, and SQL for what they are rows of."""
    wanted = f"and {dimension} in ({', '.join(repr(name) for name in only)})" if only else ""
    structs = ",\n        ".join(
        "{"
        f"'metric_id': '{spec.metric_id}', "
        f"'value': cast({spec.metric_id} as double), "
        f"'numerator': cast({spec.numerator or 'null'} as double), "
        f"'denominator': cast({spec.denominator or 'null'} as double), "
        f"'sample_size': cast({spec.sample or 'null'} as bigint), "
        f"'lower': cast({spec.lower or 'null'} as double), "
        f"'upper': cast({spec.upper or 'null'} as double), "
        f"'has_members': {_has_members(spec)}"
        "}"
        for spec in specs
    )
    return f"""
with wide as (
{sql}
),
long as (
    select
        {grain} as grain,
        cast({period} as date) as period_start,
        {dimension} as dimension,
        cast({dimension_value} as varchar) as dimension_value,
        unnest([
        {structs}
        ]) as metric
    from wide
    where {period} is not null {wanted}
)
select
    metric.metric_id, grain, period_start, dimension, dimension_value,
    metric.value, metric.numerator, metric.denominator, metric.sample_size,
    metric.lower, metric.upper
from long
where metric.value is not null or metric.denominator is not null
    or metric.has_members
"""


def _has_members(spec: MetricSpec) -> str:
    """Whether what has no value is a row all the same.

    A distribution that has anything in it is; a cube's row that keeps its few to itself, too.
    """
    if spec.cube_entity and spec.min_sample:
        return "true"
    return f"{spec.sample} > 0" if spec.aggregation == "distribution" and spec.sample else "false"
