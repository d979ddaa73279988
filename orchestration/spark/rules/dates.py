"""Dates and moments."""

from __future__ import annotations

from sqlglot import exp

from orchestration.spark.rules.trees import (
    DAYS,
    INTEGERS,
    Node,
    as_type,
    call,
    is_call,
    kind,
    number,
    rewrite,
    text,
)


def iso_weekdays(tree: Node) -> Node:
    """`extract('isodow' …)`: 1 on Monday, 7 on Sunday."""

    def change(node: Node) -> Node | None:
        if node.this.name.lower() != "isodow":
            return None
        return exp.Extract(this=exp.var("DAYOFWEEK_ISO"), expression=node.expression.copy())

    return rewrite(tree, change, exp.Extract)


def boundaries(tree: Node) -> Node:
    """`date_diff` counts the boundaries of days, months, … that lie between two moments.

    Spark counts whole ones that have passed: of truncated moments that is the same.
    """

    def change(node: Node) -> Node | None:
        unit = node.args["unit"].name.upper()
        start, end = node.expression.copy(), node.this.copy()
        if unit == "DAY":
            return call("datediff", as_type(end, "date"), as_type(start, "date"))
        truncated = (call("date_trunc", text(unit), one) for one in (start, end))
        return call("timestampdiff", exp.var(unit), *truncated)

    return rewrite(tree, change, exp.DateDiff)


def days_between(tree: Node) -> Node:
    """One date less another is a number of days; a date less a number is a date."""

    def change(node: Node) -> Node | None:
        if kind(node.this) not in DAYS:
            return None
        if kind(node.expression) in DAYS and isinstance(node, exp.Sub):
            changed = call("datediff", node.this.copy(), node.expression.copy())
            changed.type = exp.DataType.build("int")
            return changed
        if kind(node.expression) in INTEGERS and not node.expression.find(exp.Interval):
            name = "date_add" if isinstance(node, exp.Add) else "date_sub"
            return call(name, node.this.copy(), as_type(node.expression.copy(), "int"))
        return None

    return rewrite(tree, change, exp.Sub, exp.Add)


def moments_elsewhere(tree: Node) -> Node:
    """`timezone('UTC', timezone(zone, moment))`: what a clock there shows, in UTC."""

    def change(node: Node) -> Node | None:
        if not is_call(node, "timezone") or node.expressions[0].name != "UTC":
            return None
        within = node.expressions[1]
        if not is_call(within, "timezone"):
            return None
        zone, moment = (one.copy() for one in within.expressions)
        moved = call("convert_timezone", zone, text("UTC"), as_type(moment, "timestamp"))
        return as_type(moved, "timestamp")

    return rewrite(tree, change, exp.Anonymous)


def lengths_of_time(tree: Node) -> Node:
    """`moment + to_seconds(n)`, `to_minutes(n)`, `to_months(n)`; with a date it is a moment."""

    def of_one(node: Node) -> Node | None:
        if not is_call(node, "to_seconds", "to_minutes", "to_months"):
            return None
        name = "make_ym_interval" if is_call(node, "to_months") else "make_dt_interval"
        before = {"to_months": 1, "to_minutes": 2, "to_seconds": 3}[node.name.lower()]
        zeros = [number(0) for _ in range(before)]
        return call(name, *zeros, node.expressions[0].copy())

    def of_sum(node: Node) -> Node | None:
        length = node.expression
        is_length = is_call(length, "make_dt_interval", "make_ym_interval")
        if not (is_length and kind(node.this) in DAYS):
            return None
        return exp.Add(this=as_type(node.this.copy(), "timestamp"), expression=length.copy())

    return rewrite(rewrite(tree, of_one, exp.Anonymous), of_sum, exp.Add)


def series_that_go_forward(tree: Node) -> Node:
    """From a later day to an earlier one there are none; Spark would count backwards.

    They are dates, of which DuckDB makes moments at midnight.
    """

    def change(node: Node) -> Node | None:
        start, end, step = (node.args.get(part) for part in ("start", "end", "step"))
        if start.is_number and end.is_number:
            return None
        bounds = [start.copy(), end.copy()]
        if kind(start) in DAYS or kind(end) in DAYS:
            bounds = [as_type(one, "date") for one in bounds]
        made = call("sequence", *bounds, *([step.copy()] if step is not None else []))
        is_forward = exp.LTE(this=start.copy(), expression=end.copy())
        return exp.Case().when(is_forward, made).else_(call("array"))

    return rewrite(tree, change, exp.GenerateSeries)


RULES = (
    iso_weekdays,
    boundaries,
    days_between,
    moments_elsewhere,
    lengths_of_time,
    series_that_go_forward,
)
