"""One query for all grains, the total and all slices that are read alike, by GROUPING SETS.

MetricFlow groups by one period and one slice at a time; a query for each scans the facts and is
planned again. What it compiles for the first says how all of them are read, for they differ in a
name alone. Until rows are aggregated a column for each is carried beside that of the first; the
aggregation has a grouping set for each pair; from there on the first's column is a label that
says which it is: `segment=smb` or `total`, `month=2026-01-01`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Protocol

import sqlglot
from sqlglot import exp

from orchestration.semantic.slices import IS, TOTAL, NotGroupedAloneError, Slice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DIALECT = "duckdb"
# How MetricFlow names what a balance is taken on: the last day (or the first) of a period.
_BALANCE_DAY = "__complete"


def with_grouping_sets(
    sql: str, slices: Sequence[Slice], *, has_total: bool, grains: Sequence[str] = ()
) -> str:
    """A query that is grouped by the first grain and slice, for all of them at once.

    Args:
        sql: As MetricFlow compiles it for a period and the first of the slices, if there is any.
        slices: The first, and those that are read as it is, but for their names.
        has_total: Whether rows of the total are among its rows.
        grains: That of the period, and others; the period stays a date where there is one alone.

    Returns:
        The query; its column of the first slice's name holds `dimension=value`, or `total`, and
        with several grains its period holds `grain=date`.

    Raises:
        NotGroupedAloneError: where rows are joined by the slice or by the period.
    """
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    axes: list[_Axis] = []
    if len(grains) > 1:
        axes.append(_Grains(tuple(grains)))
    if slices:
        axes.append(_Slices(tuple(slices), has_total))
    _Rewriting(axes).visit(tree)
    # Nobody reads the tree again, which would be copied whole.
    return tree.sql(dialect=DIALECT, pretty=True, comments=False, copy=False)


class _Axis(Protocol):
    """What rows are grouped by, in several ways that differ in names."""

    def is_word(self, column: exp.Column) -> bool:
        """Whether a column stands for the first of them."""

    def speaks(self, expression: exp.Expr) -> bool:
        """Whether an expression computes it, without a column of that name."""

    def others(self, expression: exp.Expr) -> list[exp.Expr]:
        """The expression for each other one."""

    def sets(self, key: exp.Expr) -> list[list[exp.Expr]]:
        """What each of them groups by, from the first's key; nothing: the total."""

    def label(self, key: exp.Expr) -> exp.Expr:
        """Which of them a row is of, and its value."""


@dataclass(frozen=True)
class _Slices:
    slices: tuple[Slice, ...]
    has_total: bool

    def is_word(self, column: exp.Column) -> bool:
        return column.name in self.slices[0].words

    def speaks(self, expression: exp.Expr) -> bool:
        return False

    def others(self, expression: exp.Expr) -> list[exp.Expr]:
        return [self._renamed(expression, other) for other in self.slices[1:]]

    def sets(self, key: exp.Expr) -> list[list[exp.Expr]]:
        sets = [[each] for each in (key, *self.others(key))]
        return [*sets, []] if self.has_total else sets

    def label(self, key: exp.Expr) -> exp.Expr:
        said = exp.Case()
        for one, each in zip(self.slices, (key, *self.others(key)), strict=True):
            said = said.when(*_of_its_set(one.dimension, each, each))
        return said.else_(exp.Literal.string(TOTAL))

    def _renamed(self, expression: exp.Expr, to: Slice) -> exp.Expr:
        names = dict(zip(self.slices[0].words, to.words, strict=True))
        renamed = expression.copy()
        for word in renamed.find_all(exp.Identifier):
            word.set("this", names.get(word.this, word.this))
        return renamed


@dataclass(frozen=True)
class _Grains:
    grains: tuple[str, ...]

    def is_word(self, column: exp.Column) -> bool:
        return column.name.endswith(f"__{self.grains[0]}")

    def speaks(self, expression: exp.Expr) -> bool:
        return any(self._is_first(each) for each in expression.find_all(*_TRUNCATED))

    def others(self, expression: exp.Expr) -> list[exp.Expr]:
        return [self._renamed(expression, other) for other in self.grains[1:]]

    def sets(self, key: exp.Expr) -> list[list[exp.Expr]]:
        return [[each] for each in (key, *self.others(key))]

    def label(self, key: exp.Expr) -> exp.Expr:
        said = exp.Case()
        for grain, each in zip(self.grains, (key, *self.others(key)), strict=True):
            day = exp.cast(exp.cast(each.copy(), "date"), "varchar")
            said = said.when(*_of_its_set(grain, each, day))
        return said

    def _is_first(self, truncated: exp.Expr) -> bool:
        return str(truncated.args["unit"].name).lower() == self.grains[0]

    def _renamed(self, expression: exp.Expr, to: str) -> exp.Expr:
        ending, renamed = f"__{self.grains[0]}", expression.copy()
        for word in renamed.find_all(exp.Identifier):
            if word.this.endswith(ending):
                word.set("this", f"{word.this.removesuffix(ending)}__{to}")
        for each in renamed.find_all(*_TRUNCATED):
            if self._is_first(each):
                each.set("unit", exp.var(to.upper()))
        return renamed


# What sqlglot calls DATE_TRUNC, by the type of what is truncated.
_TRUNCATED = (exp.DateTrunc, exp.TimestampTrunc)


def _of_its_set(name: str, key: exp.Expr, value: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Whether a row is of the grouping set of a key, and `name=value` then."""
    said = exp.DPipe(this=exp.Literal.string(f"{name}{IS}"), expression=value.copy())
    return exp.func("grouping", key.copy()).eq(0), said


@dataclass(frozen=True)
class _Rows:
    """What the rows of a select carry: columns of each of an axis, or one label of them."""

    carried: frozenset[_Axis]
    labelled: frozenset[_Axis] = frozenset()


@dataclass
class _Rewriting:
    axes: Sequence[_Axis]
    # Common table expressions by name.
    tables: dict[str, _Rows] = field(default_factory=dict)

    def visit(self, select: exp.Expr) -> _Rows:
        """Rewrite a select and what it reads; what its rows carry."""
        if not isinstance(select, exp.Select):
            raise NotGroupedAloneError(select.sql(dialect=DIALECT))
        for table in select.ctes:
            self.tables[table.alias] = self.visit(table.this)
        joins = select.args.get("joins") or []
        read = [self._read(part.this) for part in (select.args["from_"], *joins)]
        sources = dict(read)
        for axis in self.axes:
            self._join(axis, select, sources)
        is_grouped = bool(select.args.get("group"))
        carried = set[_Axis]()
        labelled = self._group(select, sources) if is_grouped else set[_Axis]()
        for axis in self.axes:
            if any(axis in rows.labelled for rows in sources.values()):
                if not any(_words(axis, each) for each in select.expressions):
                    raise NotGroupedAloneError(select.sql(dialect=DIALECT))
                labelled.add(axis)
            elif not is_grouped and self._carry(axis, select, sources):
                carried.add(axis)
        return _Rows(frozenset(carried), frozenset(labelled))

    def _read(self, source: exp.Expr) -> tuple[str, _Rows]:
        """The alias of what a select reads, and what its rows carry."""
        if isinstance(source, exp.Subquery):
            return source.alias, self.visit(source.this)
        return source.alias_or_name, self.tables.get(source.name, _Rows(frozenset(self.axes)))

    def _join(self, axis: _Axis, select: exp.Select, sources: Mapping[str, _Rows]) -> None:
        """Refuse what is joined by what rows carry; labelled rows are joined by their labels.

        A balance's rows are joined to the last day of each period. A day may be the last of a
        month and of its quarter, so their label is that of the day that they are joined to.
        """
        labelled = {alias for alias, rows in sources.items() if axis in rows.labelled}
        for join in select.args.get("joins") or []:
            on = join.args.get("on")
            if on is None:
                if labelled:
                    raise NotGroupedAloneError(join.sql(dialect=DIALECT))
                continue
            if _carries(axis, on, sources):
                raise NotGroupedAloneError(join.sql(dialect=DIALECT))
            if len(labelled) > 1 and not _words(axis, on):
                raise NotGroupedAloneError(join.sql(dialect=DIALECT))
        if labelled and any(
            _carries(axis, part, sources)
            for part in (*select.expressions, *filter(None, [select.args.get("group")]))
        ):
            self._take_label(axis, select, sources, labelled)

    def _take_label(
        self, axis: _Axis, select: exp.Select, sources: Mapping[str, _Rows], labelled: set[str]
    ) -> None:
        days = {
            column.table
            for join in select.args["joins"]
            for column in join.args["on"].find_all(exp.Column)
            if column.name.endswith(_BALANCE_DAY)
        }
        if len(labelled) != 1 or days != labelled:
            raise NotGroupedAloneError(select.sql(dialect=DIALECT))
        (label,) = labelled
        for part in (*select.expressions, select.args.get("group")):
            for column in _words(axis, part) if part else ():
                if _carries(axis, column, sources):
                    column.set("table", exp.to_identifier(label))

    def _carry(self, axis: _Axis, select: exp.Select, sources: Mapping[str, _Rows]) -> bool:
        """Have a select carry a column for each of an axis, where it does for the first."""
        known = {each.alias_or_name: each for each in select.expressions}
        carried = [each for each in select.expressions if _carries(axis, each, sources)]
        if carried and select.args.get("distinct"):
            # Rows that are one of their month are several of its days.
            raise NotGroupedAloneError(select.sql(dialect=DIALECT))
        for each in carried:
            for other in axis.others(each):
                if known.setdefault(other.alias_or_name, other) != other:
                    raise NotGroupedAloneError(other.sql(dialect=DIALECT))
                if known[other.alias_or_name] is other:
                    select.append("expressions", other)
        return bool(carried)

    def _group(self, select: exp.Select, sources: Mapping[str, _Rows]) -> set[_Axis]:
        """Aggregate for each of the axes by which rows are grouped; these get their label."""
        keys = list(select.args["group"].expressions)
        alternatives: list[list[list[exp.Expr]]] = []
        labelled, taken = set[_Axis](), list[exp.Expr]()
        for axis in self.axes:
            by = [key for key in keys if _carries(axis, key, sources)]
            if not by:
                continue
            named = [each for each in select.expressions if each.unalias() == by[0]]
            if len(by) != 1 or len(named) != 1:
                raise NotGroupedAloneError(select.sql(dialect=DIALECT))
            alternatives.append(axis.sets(by[0]))
            named[0].replace(exp.alias_(axis.label(by[0]), named[0].alias_or_name))
            labelled.add(axis)
            taken += by
        if labelled:
            others = [key for key in keys if not any(key is each for each in taken)]
            sets = [
                [*others, *(key for keys in each for key in keys)]
                for each in product(*alternatives)
            ]
            tuples = [exp.Tuple(expressions=[key.copy() for key in keys]) for keys in sets]
            grouping = exp.GroupingSets(expressions=tuples)
            select.set("group", exp.Group(grouping_sets=[grouping]))
        return labelled


def _carries(axis: _Axis, expression: exp.Expr, sources: Mapping[str, _Rows]) -> bool:
    """Whether an expression speaks of an axis before rows are aggregated."""
    return axis.speaks(expression) or any(
        axis in rows.carried
        for column in _words(axis, expression)
        for rows in _sources(column, sources)
    )


def _words(axis: _Axis, expression: exp.Expr) -> list[exp.Column]:
    return [column for column in expression.find_all(exp.Column) if axis.is_word(column)]


def _sources(column: exp.Column, sources: Mapping[str, _Rows]) -> Iterator[_Rows]:
    """What a column may be of."""
    yield from [sources[column.table]] if column.table else sources.values()
