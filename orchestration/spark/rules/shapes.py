"""Shapes of queries that Spark has no word for."""

from __future__ import annotations

from sqlglot import exp

from orchestration.spark.rules.trees import Node, call, is_call, is_null, number, rewrite

# Of two sides of a comparison the other one first.
TURNED: dict[type[Node], type[Node]] = {
    exp.GTE: exp.LTE,
    exp.GT: exp.LT,
    exp.LTE: exp.GTE,
    exp.LT: exp.GT,
}
OPPOSITE: dict[type[Node], type[Node]] = {
    exp.GTE: exp.LT,
    exp.GT: exp.LTE,
    exp.LTE: exp.GT,
    exp.LT: exp.GTE,
}


def without_catalog(tree: Node) -> Node:
    """Tables are called by schema and name: the catalogue is DuckDB's file."""
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
    return tree


def named_queries(tree: Node) -> Node:
    """`with x as not materialized (…)`: Spark writes down none of them."""
    for cte in tree.find_all(exp.CTE):
        cte.set("materialized", None)
    return tree


def unions_by_position(tree: Node) -> Node:
    """`union all by name`: the columns of the first query, then those of the second alone."""
    for union in reversed(list(tree.find_all(exp.SetOperation))):
        if not union.args.get("by_name"):
            continue
        selects = [*_selects(union.this), *_selects(union.expression)]
        names = list(dict.fromkeys(name for select in selects for name in select.named_selects))
        for select in selects:
            own = {one.alias_or_name: one for one in select.expressions}
            select.set(
                "expressions", [own.get(name) or exp.alias_(exp.null(), name) for name in names]
            )
        union.set("by_name", False)
    return tree


def _selects(query: Node) -> list[Node]:
    if isinstance(query, exp.SetOperation):
        return [*_selects(query.this), *_selects(query.expression)]
    return [query.unnest()]


def as_of_joins(tree: Node) -> Node:
    """`asof join`: each row of the other table holds until its next one."""

    def change(join: Node) -> Node | None:
        if join.args.get("method") != "ASOF":
            return None
        table, alias, on = join.this, join.this.alias_or_name, join.args["on"]
        conditions = list(on.flatten()) if isinstance(on, exp.And) else [on]
        bound = next(one for one in conditions if type(one) in TURNED)
        mine, key, asked = bound.this, bound.expression, type(bound)
        if _is_of(mine, alias):
            mine, key, asked = key, mine, TURNED[asked]
        is_before = asked in (exp.GTE, exp.GT)
        beyond = exp.Window(
            this=(exp.Lead if is_before else exp.Lag)(this=key.copy()),
            partition_by=[
                (one.this if _is_of(one.this, alias) else one.expression).copy()
                for one in conditions
                if isinstance(one, exp.EQ)
            ],
            order=exp.Order(expressions=[exp.Ordered(this=key.copy(), nulls_first=False)]),
        )
        held = (
            exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier(alias)))
            .select(exp.alias_(beyond, "_beyond"))
            .from_(table.copy())
            .where(exp.not_(is_null(key)))
            .subquery(alias)
        )
        end = exp.column("_beyond", alias)
        holds = exp.or_(is_null(end), OPPOSITE[asked](this=mine.copy(), expression=end))
        side = join.args.get("side")
        return exp.Join(
            this=held,
            side=side,
            kind=None if side else "inner",
            on=exp.and_(*(one.copy() for one in conditions), holds),
        )

    return rewrite(tree, change, exp.Join)


def _is_of(node: Node, alias: str) -> bool:
    """Whether a value is made of columns of one table alone."""
    return all(one.table == alias for one in node.find_all(exp.Column))


def lists_side_by_side(tree: Node) -> Node:
    """Lists that one `select` unnests together are walked through together."""
    for select in list(tree.find_all(exp.Select)):
        found = [one for one in select.expressions if _list_of(one.unalias()) is not None]
        if len(found) < 2:
            continue
        names = [str(place) for place in range(len(found))]
        lists = call("arrays_zip", *(_list_of(one.unalias()) for one in found))
        for name, one in zip(names, found, strict=True):
            one.replace(exp.alias_(exp.column(name, "_together", quoted=True), one.alias))
        together = exp.TableAlias(
            this=exp.to_identifier("_together"),
            columns=[exp.to_identifier(name, quoted=True) for name in names],
        )
        walked = exp.Lateral(this=call("inline", lists), alias=together)
        select.append("joins", exp.Join(this=walked, kind="cross"))
    return tree


def _list_of(node: Node) -> Node | None:
    """The list that a column walks through; None of another column."""
    if isinstance(node, exp.Explode):
        return node.this.copy()
    if is_call(node, "generate_subscripts"):
        return call("sequence", number(1), call("size", node.expressions[0].copy()))
    return None


def series_as_tables(tree: Node) -> Node:
    """`from generate_series(1, 60) as numbers (number)`."""

    def change(table: Node) -> Node | None:
        if not isinstance(table.this, exp.GenerateSeries):
            return None
        alias = table.args["alias"]
        column = alias.columns[0].name if alias.columns else alias.name
        series = exp.alias_(exp.Explode(this=table.this.copy()), column)
        return exp.select(series).subquery(alias.name)

    return rewrite(tree, change, exp.Table)


def qualified_rows(tree: Node) -> Node:
    """`qualify`: what it asks is a column of a query within, and a condition of one without."""

    def change(select: Node) -> Node | None:
        qualify = select.args.get("qualify")
        if qualify is None:
            return None
        within = select.copy()
        within.set("qualify", None)
        outer = exp.select(*(exp.column(name, "_asked") for name in select.named_selects))
        for part in ("with_", "order", "limit", "distinct"):
            if within.args.get(part) is not None:
                outer.set(part, within.args[part])
                within.set(part, None)
        within.append("expressions", exp.alias_(qualify.this.copy(), "_is_kept"))
        return outer.from_(within.subquery("_asked")).where(exp.column("_is_kept", "_asked"))

    return rewrite(tree, change, exp.Select)


def names_within(tree: Node) -> Node:
    """A query within a query may name its CTEs as one without does: all get their own names."""
    for place, within in enumerate(list(tree.find_all(exp.With))):
        query = within.parent
        if query is tree:
            continue
        for cte in within.expressions:
            name, own = cte.alias, f"{cte.alias}_{place}"
            cte.args["alias"].set("this", exp.to_identifier(own))
            for table in query.find_all(exp.Table):
                if not table.db and table.name == name:
                    table.set(
                        "alias",
                        table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name)),
                    )
                    table.set("this", exp.to_identifier(own))
    return tree


RULES = (
    without_catalog,
    named_queries,
    unions_by_position,
    as_of_joins,
    lists_side_by_side,
    series_as_tables,
    qualified_rows,
    names_within,
)
