"""What rules are made with: to find and replace parts of a query, and to call Spark's functions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Callable

# A part of a query as sqlglot has it, whose own types say little more.
Node = Any
DOUBLES = frozenset({exp.DType.DOUBLE, exp.DType.FLOAT})
INTEGERS = frozenset(exp.DataType.INTEGER_TYPES)
DECIMALS = frozenset({exp.DType.DECIMAL})
TEXTS = frozenset(exp.DataType.TEXT_TYPES)
LISTS = frozenset({exp.DType.ARRAY, exp.DType.LIST})
DAYS = frozenset({exp.DType.DATE, exp.DType.DATE32})


def rewrite(tree: Node, change: Callable[[Node], Node | None], *kinds: type[exp.Expr]) -> Node:
    """Put what `change` gives in the place of each node of some kinds, the innermost first.

    Args:
        tree: The query; changed in place.
        change: Gives a new node, made of copies of the old one's parts, or None to leave it.
        kinds: Of nodes.
    """
    for node in reversed(list(tree.find_all(*kinds))):
        changed = change(node)
        if changed is None:
            continue
        if changed.type is None:
            changed.type = node.type
        if node is tree:
            tree = changed
        else:
            node.replace(changed)
    return tree


def kind(node: Node) -> exp.DType:
    """The type of a value, as far as it is known; else UNKNOWN."""
    found = node.type.this if node.type is not None else exp.DType.UNKNOWN
    return found if isinstance(found, exp.DType) else exp.DType.UNKNOWN


def call(name: str, *arguments: Node) -> exp.Anonymous:
    """A function of Spark's."""
    return exp.Anonymous(this=name, expressions=[*arguments])


def is_call(node: Node, *names: str) -> bool:
    """Whether a node calls a function that sqlglot does not know, of one of these names."""
    return isinstance(node, exp.Anonymous) and node.name.lower() in names


def number(value: str | int) -> Node:
    """A number, written out."""
    said = exp.Literal.number(str(value).lstrip("-"))
    return exp.Neg(this=said) if str(value).startswith("-") else said


def text(value: str) -> exp.Literal:
    """A text, written out."""
    return exp.Literal.string(value)


def function(body: Node, *variables: str) -> exp.Lambda:
    """A lambda, in whose body the variables are columns."""
    return exp.Lambda(this=body, expressions=[exp.to_identifier(one) for one in variables])


def let(variable: str, value: Node, body: Node) -> Node:
    """The body, with a variable that stands for a value which is computed once."""
    return call(
        "element_at", call("transform", call("array", value), function(body, variable)), number(1)
    )


def divided(above: Node, below: Node) -> exp.Div:
    """A division as it is, of doubles."""
    return exp.Div(this=above, expression=below, typed=False, safe=True)


def is_null(node: Node) -> Node:
    """Whether a value is null."""
    return node.copy().is_(exp.null())


def as_type(value: Node, said: str) -> exp.Cast:
    """A value cast to a type, in DuckDB's words."""
    to = _type(said)
    cast = exp.Cast(this=value, to=to.copy())
    cast.type = to
    return cast


@lru_cache(maxsize=256)
def _type(said: str) -> exp.DataType:
    return exp.DataType.build(said, dialect="duckdb")
