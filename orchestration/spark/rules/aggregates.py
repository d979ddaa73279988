"""Aggregates that Spark lacks, or that order their rows."""

from __future__ import annotations

from sqlglot import exp

from orchestration.spark.rules.trees import (
    DECIMALS,
    Node,
    as_type,
    call,
    function,
    is_call,
    is_null,
    kind,
    number,
    rewrite,
)

AROUND = (exp.Filter, exp.Window)


def averages_of_decimals(tree: Node) -> Node:
    """The average of decimals is a double."""

    def change(average: Node) -> Node | None:
        if kind(average.this) not in DECIMALS:
            return None
        return exp.Avg(this=as_type(average.this.copy(), "double"))

    return rewrite(tree, change, exp.Avg)


def products(tree: Node) -> Node:
    """`product(x order by y)`: values one after the other; of none it is null."""

    def change(node: Node) -> Node | None:
        product = _aggregate_of(node)
        if product is None or not is_call(product, "product"):
            return None
        value, order = product.expressions[0].copy(), []
        if isinstance(value, exp.Order):
            value, order = value.this, value.expressions
        values = _listed(as_type(value, "double"), order, node)
        multiplied = exp.Mul(this=exp.column("a"), expression=exp.column("v"))
        return _unless_empty(
            values,
            call("aggregate", values, as_type(number(1), "double"), function(multiplied, "a", "v")),
        )

    return rewrite(tree, change, exp.Anonymous, *AROUND)


def ordered_lists(tree: Node) -> Node:
    """`list(x order by y)` keeps what is null, and its order; of no rows it is null."""

    def change(node: Node) -> Node | None:
        aggregate = _aggregate_of(node)
        if not isinstance(aggregate, exp.ArrayAgg):
            return None
        value, order = aggregate.this.copy(), []
        if isinstance(value, exp.Order):
            value, order = value.this, value.expressions
        values = _listed(value, order, node)
        return _unless_empty(values, values)

    return rewrite(tree, change, exp.ArrayAgg, *AROUND)


def _aggregate_of(node: Node) -> Node | None:
    """The aggregate of a filter or window; None of one that stands within such."""
    if isinstance(node.parent, AROUND) and node.parent.this is node:
        return None
    while isinstance(node, AROUND):
        node = node.this
    return node


def _around(node: Node, aggregate: Node) -> Node:
    """An aggregate with the filter and window of another."""
    if not isinstance(node, AROUND):
        return aggregate
    changed = node.copy()
    changed.set("this", _around(node.this, aggregate))
    return changed


def _unless_empty(values: Node, made: Node) -> Node:
    return exp.Case().when(
        exp.GT(this=call("size", values.copy()), expression=number(0)), made.copy()
    )


def _listed(value: Node, order: list[Node], node: Node) -> Node:
    """Values as a list, in an order where one is said; in structs, for Spark leaves nulls out."""
    collect = "collect_list"
    if isinstance(value, exp.Distinct):
        collect, value = "collect_set", value.expressions[0]
    keys = [exp.alias_(one.this.copy(), f"k{place}") for place, one in enumerate(order)]
    rows = _around(node, call(collect, call("struct", exp.alias_(value.copy(), "v"), *keys)))
    if order:
        rows = call("array_sort", rows, function(_comparison(order), "l", "r"))
    return call("transform", rows, function(exp.column("v", "one"), "one"))


def _comparison(order: list[Node]) -> Node:
    compared = exp.Case()
    for place, one in enumerate(order):
        left, right = (exp.column(f"k{place}", side) for side in ("l", "r"))
        less = 1 if one.args.get("desc") else -1
        null = -1 if one.args.get("nulls_first") else 1
        compared = (
            compared.when(exp.and_(is_null(left), exp.not_(is_null(right))), number(null))
            .when(exp.and_(is_null(right), exp.not_(is_null(left))), number(-null))
            .when(exp.LT(this=left, expression=right), number(less))
            .when(exp.GT(this=left.copy(), expression=right.copy()), number(-less))
        )
    return compared.else_(number(0))


def extremes_of_known_values(tree: Node) -> Node:
    """`arg_min(x, y)` leaves out rows without `x`; a pair `(y, z)` is a struct."""

    def change(node: Node) -> Node | None:
        value, key = node.this.copy(), node.expression.copy()
        if isinstance(key, exp.Tuple):
            keys = (exp.alias_(one, f"k{place}") for place, one in enumerate(key.expressions))
            key = call("struct", *keys)
        return type(node)(this=value, expression=exp.Case().when(exp.not_(is_null(value)), key))

    return rewrite(tree, change, exp.ArgMin, exp.ArgMax)


def quantiles(tree: Node) -> Node:
    """`quantile_cont(x, 0.1)` and `quantile_disc`, which Spark words otherwise.

    MetricFlow has the values ordered within it, by themselves.
    """

    def change(node: Node) -> Node | None:
        share = node.args.get("expression")
        if share is None:
            return None
        while isinstance(share, (exp.Cast, exp.Order)):
            share = share.this
        share = share.copy()
        if isinstance(node, exp.PercentileCont):
            return call("percentile", node.this.copy(), share)
        order = exp.Order(expressions=[exp.Ordered(this=node.this.copy(), nulls_first=True)])
        return exp.WithinGroup(this=exp.PercentileDisc(this=share), expression=order)

    return rewrite(tree, change, exp.PercentileCont, exp.PercentileDisc)


def any_value_of_some(tree: Node) -> Node:
    """`any_value(x) filter (where …)`, which passes nulls over."""

    def change(node: Node) -> Node | None:
        ignoring = node.this
        if not (isinstance(ignoring, exp.IgnoreNulls) and isinstance(ignoring.this, exp.AnyValue)):
            return None
        value = call("any_value", ignoring.this.this.copy(), exp.true())
        return exp.Filter(this=value, expression=node.expression.copy())

    return rewrite(tree, change, exp.Filter)


def slopes_in_any_order(tree: Node) -> Node:
    """The order within a regression steadies its last bits, and nothing else."""

    def change(node: Node) -> Node | None:
        if not isinstance(node.expression, exp.Order):
            return None
        return exp.RegrSlope(this=node.this.copy(), expression=node.expression.this.copy())

    return rewrite(tree, change, exp.RegrSlope)


TYPES = (averages_of_decimals,)
RULES = (
    products,
    ordered_lists,
    extremes_of_known_values,
    quantiles,
    any_value_of_some,
    slopes_in_any_order,
)
