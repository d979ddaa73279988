"""Numbers: division, casts and rounding as DuckDB does them."""

from __future__ import annotations

from sqlglot import exp

from orchestration.spark.rules.trees import (
    DECIMALS,
    DOUBLES,
    INTEGERS,
    Node,
    as_type,
    call,
    divided,
    kind,
    let,
    number,
    rewrite,
)

# 2^40: a double divided by it, and what is left over, are exact.
PART = "1099511627776"


def decimal_literals(tree: Node) -> Node:
    """`0.5` is a decimal, of as many places as are written."""

    def change(literal: Node) -> Node | None:
        if literal.is_string or "." not in literal.name or "e" in literal.name.lower():
            return None
        whole, places = literal.name.split(".")
        digits = len(whole.lstrip("0")) + len(places)
        return as_type(literal.copy(), f"decimal({digits or 1}, {len(places)})")

    return rewrite(tree, change, exp.Literal)


def double_divisions(tree: Node) -> Node:
    """`/` divides doubles, also where decimals are given; Spark would keep some places."""

    def change(division: Node) -> Node | None:
        sides = (division.this, division.expression)
        if all(kind(side) in DOUBLES | INTEGERS for side in sides):
            return None
        changed = divided(*(_as_double(side) for side in sides))
        changed.type = exp.DataType.build("double")
        return changed

    return rewrite(tree, change, exp.Div)


def _as_double(node: Node) -> Node:
    return node.copy() if kind(node) in DOUBLES else as_type(node.copy(), "double")


def rounded_casts(tree: Node) -> Node:
    """To an integer a double is rounded, a half to the even one, and a decimal away from zero."""

    def change(cast: Node) -> Node | None:
        of = kind(cast.this)
        if cast.to.this not in INTEGERS or of not in DOUBLES | DECIMALS:
            return None
        changed = cast.copy()
        changed.set("this", call("rint" if of in DOUBLES else "round", cast.this.copy()))
        return changed

    return rewrite(tree, change, exp.Cast, exp.TryCast)


def exact_decimals(tree: Node) -> Node:
    """A double becomes a decimal by its own value, not by the shortest text that stands for it.

    DuckDB scales and rounds it, a half away from zero. Of the scaled double Spark reads no more
    digits than its text has, so what lies beyond 2^40 is carried apart.
    """

    def change(cast: Node) -> Node | None:
        if cast.to.this not in DECIMALS:
            return None
        if isinstance(cast.this, exp.Literal):
            # As it was written: Spark takes it for a decimal too.
            return cast.this.copy() if "." in cast.this.name else None
        if kind(cast.this) not in DOUBLES:
            return None
        scale = int(cast.to.expressions[1].name)
        scaled = call("round", exp.Mul(this=exp.column("v"), expression=number(f"1e{scale}")))
        unit = number("0." + "0" * (scale - 1) + "1") if scale else number(1)
        exact = as_type(
            exp.Mul(
                this=exp.paren(_integer(exp.column("p"))),
                expression=as_type(unit, f"decimal({scale + 1}, {scale})"),
            ),
            cast.to.sql("duckdb"),
        )
        return let("p", let("v", cast.this.copy(), scaled), exact)

    return rewrite(tree, change, exp.Cast, exp.TryCast)


def _integer(value: Node) -> Node:
    """A double without fraction, as a decimal of all of its digits."""
    part = as_type(number(PART), "double")
    high = call("floor", divided(value, part))
    low = exp.Sub(
        this=value.copy(),
        expression=exp.Mul(this=as_type(high.copy(), "double"), expression=part.copy()),
    )
    return exp.Add(
        this=exp.Mul(
            this=as_type(high, "decimal(24, 0)"),
            expression=as_type(number(PART), "decimal(13, 0)"),
        ),
        expression=as_type(as_type(low, "bigint"), "decimal(14, 0)"),
    )


def rounded_doubles(tree: Node) -> Node:
    """A double is rounded to places by its own value, not by the text that stands for it."""

    def change(rounded: Node) -> Node | None:
        places = rounded.args.get("decimals")
        if places is None or not places.is_int or kind(rounded.this) not in DOUBLES:
            return None
        factor = number(f"1e{places.name}")
        scaled = exp.Mul(this=exp.paren(rounded.this.copy()), expression=factor)
        return divided(call("round", scaled), factor.copy())

    return rewrite(tree, change, exp.Round)


TYPES = (double_divisions,)
RULES = (rounded_casts, exact_decimals, rounded_doubles)
