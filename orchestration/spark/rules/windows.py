"""Windows: names, filters and offsets that Spark does not know of them."""

from __future__ import annotations

from sqlglot import exp

from orchestration.spark.rules.trees import Node, number, rewrite


def named_windows(tree: Node) -> Node:
    """A window that has a name, and perhaps is added to, is written out where it is used."""
    for select in list(tree.find_all(exp.Select)):
        named = {one.this.name.lower(): one for one in select.args.get("windows") or ()}
        if not named:
            continue
        for window in [*named.values(), *select.find_all(exp.Window)]:
            base = window.args.get("alias")
            if base is not None and base.name.lower() in named:
                _take_over(window, named[base.name.lower()])
        select.set("windows", None)
    return tree


def _take_over(window: Node, base: Node) -> None:
    for part in ("partition_by", "order", "spec"):
        said = base.args.get(part)
        if said and not window.args.get(part):
            copied = [one.copy() for one in said] if isinstance(said, list) else said.copy()
            window.set(part, copied)
    window.set("alias", None)


def filtered_windows(tree: Node) -> Node:
    """A filter within a window: what it leaves out is null, which aggregates pass over."""

    def change(window: Node) -> Node | None:
        if not isinstance(window.this, exp.Filter):
            return None
        aggregate, condition = window.this.this.copy(), window.this.expression.this
        value = aggregate.this
        if isinstance(aggregate, exp.Count) and (value is None or isinstance(value, exp.Star)):
            value = number(1)
        kept = exp.Case().when(condition.copy(), value.copy())
        kept.type = value.type
        aggregate.set("this", kept)
        changed = window.copy()
        changed.set("this", aggregate)
        return changed

    return rewrite(tree, change, exp.Window)


def offsets_written_out(tree: Node) -> Node:
    """How far `lag` and `lead` look must be a constant: one call for each case."""

    def change(window: Node) -> Node | None:
        offset = window.this.args.get("offset")
        if not isinstance(window.this, (exp.Lag, exp.Lead)) or not isinstance(offset, exp.Case):
            return None

        def looking(places: Node) -> Node:
            one = window.copy()
            one.this.set("offset", places.copy())
            return one

        cases = offset.copy()
        for branch in cases.args["ifs"]:
            branch.set("true", looking(branch.args["true"]))
        if cases.args.get("default") is not None:
            cases.set("default", looking(cases.args["default"]))
        return cases

    return rewrite(tree, change, exp.Window)


RULES = (named_windows, filtered_windows, offsets_written_out)
