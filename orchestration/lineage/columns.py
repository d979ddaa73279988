"""Which columns a query's columns come from, read out of its SQL.

A column comes from those that its expression names (`value`). A count, and a column that names
none, a constant, comes from those that decide which rows there are: conditions, joins and
groupings of its query and of those beneath it (`rows`). Nothing here knows dbt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DIALECT = "duckdb"
# What a keyed hash is made with (macro `keyed_hash`): past it nobody can be told any more.
HASHES = (exp.MD5, exp.SHA, exp.SHA2)
CONDITIONS = ("where", "group", "having", "qualify")
_WITHOUT_SELECT = (exp.Unnest, exp.Values, exp.Lateral)


class LineageError(Exception):
    """A query whose columns cannot be followed; the message says which and where."""


@dataclass(frozen=True, order=True)
class Column:
    """A column of a table of the warehouse."""

    schema: str
    table: str
    name: str


@dataclass(frozen=True, order=True)
class Origin:
    """Where a column comes from: a column, as `value` or `rows`, hashed on the way or not."""

    column: Column
    kind: str
    is_hashed: bool = False


Origins = frozenset[Origin]
NOTHING: Origins = frozenset()


def build_schema(columns: Mapping[str, Mapping[str, Mapping[str, str]]]) -> MappingSchema:
    """The known tables, as catalog → schema → `schema.table` → column → type, for `trace`."""
    nested: dict[str, Any] = {}
    for catalog, tables in columns.items():
        for name, types in tables.items():
            schema, table = name.split(".")
            nested.setdefault(catalog, {}).setdefault(schema, {})[table] = dict(types)
    return MappingSchema(nested, dialect=DIALECT, normalize=False)


def trace(sql: str, schema: MappingSchema) -> dict[str, Origins]:
    """Where each column of a query comes from, by its name; `*` is what decides its rows.

    Raises:
        LineageError: the query does not parse, or names a column that no table of it has.
    """
    try:
        tree = qualify(
            sqlglot.parse_one(sql, dialect=DIALECT),
            schema=schema,
            dialect=DIALECT,
            identify=False,
            quote_identifiers=False,
        )
    except sqlglot.errors.SqlglotError as error:
        raise LineageError(str(error)) from error
    scope = build_scope(tree)
    if scope is None:
        message = f"no query: {sql[:80]}"
        raise LineageError(message)
    tracer = _Tracer(scope)
    return {**tracer.outputs(scope), "*": tracer.rows_of_all(scope)}


class _Tracer:
    """One query: what each of its scopes yields, worked out once."""

    def __init__(self, root: Scope) -> None:
        self._outputs: dict[int, dict[str, Origins]] = {}
        self._rows: dict[int, Origins] = {}
        # A recursive query is its own source as a second scope, which knows no tables.
        self._scopes = {id(scope.expression): scope for scope in root.traverse()}

    def outputs(self, scope: Scope) -> dict[str, Origins]:
        """Where the columns of a scope come from."""
        key = id(scope.expression)
        if key not in self._outputs:
            scope = self._scopes.get(key, scope)
            # A recursive query finds itself unfinished, and adds nothing of its own.
            self._outputs[key] = {}
            self._outputs[key] = (
                self._united(scope)
                if isinstance(scope.expression, exp.SetOperation)
                else self._selected(scope)
            )
        return self._outputs[key]

    def rows(self, scope: Scope) -> Origins:
        """What decides which rows a scope has."""
        key = id(scope.expression)
        if key not in self._rows:
            scope = self._scopes.get(key, scope)
            self._rows[key] = NOTHING
            found = set[Origin]()
            for part in scope.set_operation_scopes:
                found |= self.rows(part)
            if not isinstance(scope.expression, exp.SetOperation):
                for condition in _conditions(scope):
                    found |= self._named(condition, scope)
            for _, source in scope.selected_sources.values():
                if isinstance(source, Scope):
                    found |= self.rows(source)
            self._rows[key] = frozenset(_as_rows(found))
        return self._rows[key]

    def _united(self, scope: Scope) -> dict[str, Origins]:
        """Columns of a union, which are matched by their places, or by name where it says so."""
        parts = [self.outputs(part) for part in scope.set_operation_scopes]
        names = list(parts[0])
        if scope.expression.args.get("by_name"):
            return {
                name: frozenset().union(*(part.get(name, NOTHING) for part in parts))
                for name in dict.fromkeys(name for part in parts for name in part)
            }
        columns = zip(*(part.values() for part in parts if part), strict=True)
        return dict(zip(names, (frozenset().union(*column) for column in columns), strict=True))

    def _selected(self, scope: Scope) -> dict[str, Origins]:
        outputs: dict[str, Origins] = {}
        for projection in scope.expression.args["expressions"]:
            origins = self._named(projection, scope)
            if projection.find(exp.Count) or not (origins or _is_null(projection)):
                origins |= self.rows_of_all(scope)
            outputs[projection.alias_or_name] = frozenset(origins)
        return outputs

    def rows_of_all(self, scope: Scope) -> Origins:
        """As `rows`; where nothing is decided the rows are those of the tables themselves."""
        return self.rows(scope) or frozenset(self._whole(scope))

    def _whole(self, scope: Scope) -> Iterator[Origin]:
        for part in scope.set_operation_scopes:
            yield from self.rows_of_all(part)
        for _, source in scope.selected_sources.values():
            if isinstance(source, exp.Table):
                yield Origin(Column(source.db, source.name, "*"), "rows")
            elif not isinstance(source.expression, _WITHOUT_SELECT):
                yield from _as_rows(set().union(*self.outputs(source).values()))

    def _named(self, node: exp.Expression, scope: Scope) -> set[Origin]:
        """Where the columns that an expression names come from, subqueries in it included."""
        found = set[Origin]()
        within = {id(sub.expression): sub for sub in scope.subquery_scopes}
        for part in node.walk():
            if isinstance(part, exp.Column) and _select_of(part) is scope.expression:
                origins = self._resolved(part, scope)
                if part.find_ancestor(*HASHES) is not None:
                    origins = {Origin(o.column, o.kind, is_hashed=True) for o in origins}
                found |= origins
            elif id(part) in within:
                found |= frozenset().union(*self.outputs(within[id(part)]).values())
                found |= self.rows(within[id(part)])
        return found

    def _resolved(self, column: exp.Column, scope: Scope) -> set[Origin]:
        """Where a column comes from: of a table itself, of a query that query's origins."""
        place: Scope | None = scope
        while place is not None:
            source = place.sources.get(column.table)
            if isinstance(source, exp.Table):
                return {Origin(Column(source.db, source.name, column.name), "value")}
            if isinstance(source, Scope):
                if isinstance(source.expression, _WITHOUT_SELECT):
                    return self._unnested(source, place)
                return set(self.outputs(source).get(column.name, NOTHING))
            place = place.parent
        message = f"{column.sql(DIALECT)}: no table of the query is called so"
        raise LineageError(message)

    def _unnested(self, source: Scope, scope: Scope) -> set[Origin]:
        """Columns of a list or of values written out come from what they are made of."""
        found = set[Origin]()
        for column in source.expression.find_all(exp.Column):
            found |= self._resolved(column, scope)
        return found


def _conditions(scope: Scope) -> Iterator[exp.Expression]:
    for name in CONDITIONS:
        condition = scope.expression.args.get(name)
        if condition is not None:
            yield condition
    for join in scope.expression.args.get("joins") or ():
        if join.args.get("on") is not None:
            yield join.args["on"]


def _is_null(projection: exp.Expression) -> bool:
    """Whether a column is there for a union's sake only, and holds nothing."""
    value = projection.unalias()
    return isinstance(value.this if isinstance(value, exp.Cast) else value, exp.Null)


def _select_of(column: exp.Column) -> object:
    return column.find_ancestor(exp.Select, exp.SetOperation)


def _as_rows(origins: set[Origin]) -> Iterator[Origin]:
    for origin in origins:
        yield Origin(origin.column, "rows", origin.is_hashed)
