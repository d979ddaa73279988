"""Lists, structs and JSON."""

from __future__ import annotations

import json

from sqlglot import exp

from orchestration.spark.rules.trees import (
    LISTS,
    TEXTS,
    Node,
    as_type,
    call,
    function,
    is_call,
    kind,
    number,
    rewrite,
    text,
)


def json_as_text(tree: Node) -> Node:
    """JSON is kept as text."""
    for cast in tree.find_all(exp.Cast):
        if cast.to.this == exp.DType.JSON:
            cast.set("to", exp.DataType.build("text"))
    return tree


def variables(tree: Node) -> Node:
    """`getvariable(…)[1]`: of a variable that nobody has set it is null, and Spark has none."""

    def change(node: Node) -> Node | None:
        return exp.Null() if is_call(node.this, "getvariable") else None

    return rewrite(tree, change, exp.Bracket)


def sizes(tree: Node) -> Node:
    """`len` of a list; of null it is null."""

    def change(node: Node) -> Node | None:
        return call("array_size", node.this.copy()) if kind(node.this) in LISTS else None

    return rewrite(tree, change, exp.Length)


def places(tree: Node) -> Node:
    """`path[2]` and `path[2:]`: the second, and all from the second on; the first is 1."""

    def change(node: Node) -> Node | None:
        if len(node.expressions) != 1:
            return None
        place, value = node.expressions[0], node.this.copy()
        if isinstance(place, exp.Slice):
            first = place.this.copy() if place.this else number(1)
            last = place.expression
            size = (
                exp.Add(
                    this=exp.Sub(this=last.copy(), expression=first.copy()), expression=number(1)
                )
                if last
                else call("size", node.this.copy())
            )
            return call("slice", value, first, size)
        # A place that is written out has been counted from zero by sqlglot.
        place = number(int(place.name) + 1) if place.is_int else as_type(place.copy(), "int")
        if kind(node.this) in TEXTS:
            return call("substring", value, place, number(1))
        return call("element_at", value, place)

    return rewrite(tree, change, exp.Bracket)


def lists_of_text(tree: Node) -> Node:
    """A text that is cast to a list: values in brackets, with quotes or without."""

    def change(cast: Node) -> Node | None:
        is_text = kind(cast.this) in TEXTS | {exp.DType.JSON}
        if cast.to.this not in LISTS or not (
            is_text or isinstance(cast.this, exp.JSONExtractScalar)
        ):
            return None
        bare = call("regexp_replace", cast.this.copy(), text(r"^\s*\[\s*|\s*\]\s*$"), text(""))
        unquoted = call("regexp_replace", exp.column("x"), text("^[\"']|[\"']$"), text(""))
        values = call("transform", call("split", bare, text(r"\s*,\s*")), function(unquoted, "x"))
        listed = (
            exp.Case()
            .when(exp.EQ(this=bare.copy(), expression=text("")), as_type(call("array"), "text[]"))
            .else_(values)
        )
        return exp.Cast(this=listed, to=cast.to.copy())

    return rewrite(tree, change, exp.Cast, exp.TryCast)


def structs_of_json(tree: Node) -> Node:
    """`json_transform(x, '[{"id": "BIGINT"}]')`."""

    def change(node: Node) -> Node | None:
        if not is_call(node, "json_transform"):
            return None
        value, shape = node.expressions
        return call("from_json", value.copy(), text(_shape(json.loads(shape.name))))

    return rewrite(tree, change, exp.Anonymous)


def _shape(said: object) -> str:
    if isinstance(said, list):
        return f"array<{_shape(said[0])}>"
    if isinstance(said, dict):
        fields = ", ".join(f"{key}: {_shape(value)}" for key, value in said.items())
        return f"struct<{fields}>"
    return {"VARCHAR": "string"}.get(str(said), str(said).lower())


RULES = (json_as_text, variables, sizes, places, lists_of_text, structs_of_json)
