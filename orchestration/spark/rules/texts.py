"""Texts: numbers and weeks as they are told, and patterns."""

from __future__ import annotations

import re

from sqlglot import exp

from orchestration.spark.rules.trees import (
    Node,
    as_type,
    call,
    divided,
    is_call,
    is_null,
    let,
    number,
    rewrite,
    text,
)

FIELD = re.compile(r"\{(?::([^}]*))?\}")
FORM = re.compile(r"(,?)\.(\d+)([fg])")
# 2^27 + 1, by which a double is split into halves whose products are exact (Dekker 1971).
SPLITTER = "1.34217729e8"


class FormatError(Exception):
    """A field of a format that no rule speaks of; the message names it."""


def formatted_numbers(tree: Node) -> Node:
    """`format('{:,.1f} %', x)`: fields as in Python, one after the other; of null it is null.

    Raises:
        FormatError: a field of another form.
    """

    def change(node: Node) -> Node | None:
        parts: list[Node] = []
        values = [one.copy() for one in node.expressions]
        pattern, end = node.this.name, 0
        for field in FIELD.finditer(pattern):
            if field.start() > end:
                parts.append(text(pattern[end : field.start()]))
            parts.append(_field(values.pop(0), field[1] or ""))
            end = field.end()
        if end < len(pattern):
            parts.append(text(pattern[end:]))
        return call("concat", *parts)

    return rewrite(tree, change, exp.Format)


def _field(value: Node, said: str) -> Node:
    if not said:
        return as_type(value, "text")
    form = FORM.fullmatch(said)
    if form is None:
        raise FormatError(f"{{:{said}}} is no form that `formatted_numbers` writes; add it there")
    comma, places, letter = form.groups()
    value = as_type(value, "double")
    return _fixed(value, comma, int(places)) if letter == "f" else _general(value, int(places))


def _fixed(value: Node, comma: str, places: int) -> Node:
    """`{:,.1f}`: a half to the even digit, by the double's own value; Java goes by its text."""
    x, scaled = exp.column("x"), exp.column("s")
    factor = number(f"1e{places}")
    split = exp.Mul(this=x, expression=number(SPLITTER))
    high = exp.Sub(
        this=split, expression=exp.paren(exp.Sub(this=split.copy(), expression=x.copy()))
    )
    # What the product of `x` and the factor has lost by being rounded to a double.
    lost = exp.Add(
        this=exp.Sub(
            this=exp.Mul(this=exp.paren(high), expression=factor), expression=scaled.copy()
        ),
        expression=exp.Mul(
            this=exp.paren(exp.Sub(this=x.copy(), expression=exp.paren(high.copy()))),
            expression=factor.copy(),
        ),
    )
    floor = as_type(call("floor", scaled), "double")
    is_half = exp.EQ(
        this=exp.Sub(this=scaled.copy(), expression=floor),
        expression=as_type(number("0.5"), "double"),
    )
    rounded = (
        exp.Case()
        .when(exp.and_(is_half, exp.GT(this=lost, expression=number(0))), call("ceil", scaled))
        .when(
            exp.and_(is_half.copy(), exp.LT(this=lost.copy(), expression=number(0))), floor.copy()
        )
        .else_(call("rint", scaled.copy()))
    )
    product = exp.Mul(this=x.copy(), expression=factor.copy())
    shown = call(
        "format_string",
        text(f"%{comma}.{places}f"),
        divided(let("s", product, rounded), factor.copy()),
    )
    told = exp.Case().when(exp.not_(is_null(x)), shown)
    return let("x", value, told)


def _general(value: Node, digits: int) -> Node:
    """`{:.2g}`: so many digits, no zeros at the end; as a power of ten where they do not reach."""
    written = exp.column("e")
    power = as_type(call("split_part", written, text("e"), number(-1)), "int")
    places = call("greatest", exp.Sub(this=number(digits - 1), expression=power), number(0))
    near = call(
        "format_string",
        call("concat", text("%."), as_type(places, "text"), text("f")),
        as_type(written.copy(), "double"),
    )
    far = call(
        "concat",
        _bare(call("split_part", written.copy(), text("e"), number(1))),
        text("e"),
        call("split_part", written.copy(), text("e"), number(-1)),
    )
    is_near = exp.and_(
        exp.GTE(this=power.copy(), expression=number(-4)),
        exp.LT(this=power.copy(), expression=number(digits)),
    )
    told = (
        exp.Case()
        .when(exp.EQ(this=written.copy(), expression=text("null")), exp.null())
        .when(is_near, _bare(near))
        .else_(far)
    )
    return let("e", call("format_string", text(f"%.{digits - 1}e"), value), told)


def _bare(value: Node) -> Node:
    """Digits without zeros at the end of a fraction."""
    return call(
        "regexp_replace",
        call("regexp_replace", value, text(r"(\.[0-9]*?)0+$"), text("$1")),
        text(r"\.$"),
        text(""),
    )


def iso_weeks(tree: Node) -> Node:
    """`strftime(monday, '%G-W%V')`: the year and week of ISO 8601."""

    def change(node: Node) -> Node | None:
        if node.args["format"].name != "%G-W%V":
            return None
        year, week = (
            exp.Extract(this=exp.var(part), expression=node.this.copy())
            for part in ("YEAROFWEEK", "WEEK")
        )
        return call("format_string", text("%d-W%02d"), year, week)

    return rewrite(tree, change, exp.TimeToStr)


def errors(tree: Node) -> Node:
    """`error(text)` ends the query."""

    def change(node: Node) -> Node | None:
        return call("raise_error", node.expressions[0].copy()) if is_call(node, "error") else None

    return rewrite(tree, change, exp.Anonymous)


def marked_brackets(tree: Node) -> Node:
    """In a class of characters Java wants brackets marked."""

    def change(node: Node) -> Node | None:
        pattern = node.expression
        if not (isinstance(pattern, exp.Literal) and "[^][" in pattern.name):
            return None
        changed = node.copy()
        changed.set("expression", text(pattern.name.replace("[^][", r"[^\]\[")))
        return changed

    return rewrite(tree, change, exp.RegexpExtractAll)


RULES = (formatted_numbers, iso_weeks, errors, marked_brackets)
