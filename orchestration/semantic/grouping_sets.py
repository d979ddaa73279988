"""One query for the total and all slices that are read alike, by SQL's GROUPING SETS.

MetricFlow groups by one slice at a time; a query per slice scans the facts and is planned once
for each. What it compiles for the first slice says how all of them are read, for they differ in
a name alone. Until rows are aggregated a column per slice is carried in place of the first; the
aggregation has a grouping set for each and one for the total; from there on the first slice's
column says which it is: `segment=smb`, or `total`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from orchestration.semantic.slices import IS, TOTAL, Slice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DIALECT = "duckdb"


class NotGroupedAloneError(Exception):
    """A query in which a slice does more than to group rows; the message is the part."""


def with_grouping_sets(sql: str, slices: Sequence[Slice], *, has_total: bool) -> str:
    """A query that is grouped by the first slice, for all of them at once.

    Args:
        sql: As MetricFlow compiles it for a period and the first of the slices.
        slices: The first, and those that are read as it is, but for their names.
        has_total: Whether rows of the total are among its rows.

    Returns:
        The query; its column of the first slice's name holds `dimension=value`, or `total`.

    Raises:
        NotGroupedAloneError: where rows are joined by the slice.
    """
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    _Rewriting(tuple(slices), has_total).visit(tree)
    # Nobody reads the tree again, which would be copied whole.
    return tree.sql(dialect=DIALECT, pretty=True, comments=False, copy=False)


@dataclass
class _Rewriting:
    slices: tuple[Slice, ...]
    has_total: bool
    # Common table expressions by name, and whether their rows carry a column per slice.
    carrying: dict[str, bool] = field(default_factory=dict)

    def visit(self, select: exp.Expr) -> bool:
        """Rewrite a select and what it reads; whether its rows carry a column per slice."""
        if not isinstance(select, exp.Select):
            raise NotGroupedAloneError(select.sql(dialect=DIALECT))
        for table in select.ctes:
            self.carrying[table.alias] = self.visit(table.this)
        joins = select.args.get("joins") or []
        read = [self._read(part.this) for part in (select.args["from_"], *joins)]
        sources = dict(read)
        for join in joins:
            if join.args.get("on") and self._names_slice(join.args["on"], sources):
                raise NotGroupedAloneError(join.sql(dialect=DIALECT))
        if select.args.get("group"):
            self._group(select, sources)
            return False
        carried = [each for each in select.expressions if self._names_slice(each, sources)]
        for each in carried:
            for other in self.slices[1:]:
                select.append("expressions", self._renamed(each, other))
        return bool(carried)

    def _read(self, source: exp.Expr) -> tuple[str, bool]:
        """The alias of what a select reads, and whether its rows carry a column per slice."""
        if isinstance(source, exp.Subquery):
            return source.alias, self.visit(source.this)
        return source.alias_or_name, self.carrying.get(source.name, True)

    def _names_slice(self, expression: exp.Expr, sources: Mapping[str, bool]) -> bool:
        """Whether an expression speaks of the slice before rows are aggregated."""
        return any(
            column.name in self.slices[0].words
            and (sources[column.table] if column.table else any(sources.values()))
            for column in expression.find_all(exp.Column)
        )

    def _group(self, select: exp.Select, sources: Mapping[str, bool]) -> None:
        """Aggregate for each slice, and say of each row of which it is."""
        keys = select.args["group"].expressions
        by = [key for key in keys if self._names_slice(key, sources)]
        if not by:
            return
        named = [each for each in select.expressions if each.unalias() == by[0]]
        if len(by) != 1 or len(named) != 1:
            raise NotGroupedAloneError(select.sql(dialect=DIALECT))
        others = [key for key in keys if key is not by[0]]
        sliced = [self._renamed(by[0], one) for one in self.slices]
        sets = [[*others, key] for key in sliced] + ([others] if self.has_total else [])
        said = exp.Case()
        for one, key in zip(self.slices, sliced, strict=True):
            value = exp.DPipe(this=exp.Literal.string(f"{one.dimension}{IS}"), expression=key)
            said = said.when(exp.func("grouping", key).eq(0), value)
        said = said.else_(exp.Literal.string(TOTAL))
        named[0].replace(exp.alias_(said, self.slices[0].name))
        tuples = [exp.Tuple(expressions=[key.copy() for key in keys]) for keys in sets]
        grouping = exp.GroupingSets(expressions=tuples)
        select.set("group", exp.Group(grouping_sets=[grouping]))

    def _renamed(self, expression: exp.Expr, to: Slice) -> exp.Expr:
        names = dict(zip(self.slices[0].words, to.words, strict=True))
        renamed = expression.copy()
        for word in renamed.find_all(exp.Identifier):
            word.set("this", names.get(word.this, word.this))
        return renamed
