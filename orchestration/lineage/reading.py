"""How a staging view reads its raw tables, told from its SQL.

Apart from what counts rows, because reading SQL takes a package that a build without a changed
view does not need.
"""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp

from orchestration.lineage.columns import DIALECT
from orchestration.lineage.staged import FILTERS, Reading


def read_view(sql: str) -> list[Reading]:
    """How a view reads each of its raw tables."""
    view = sqlglot.parse_one(sql, dialect=DIALECT)
    root = view.expression if isinstance(view, exp.Create) else view
    return [
        _reading(table, root)
        for table in root.find_all(exp.Table)
        if table.db.startswith("raw_") and table.db != "raw_meta"
    ]


def _reading(table: exp.Table, root: Any) -> Reading:  # noqa: ANN401
    accepted = _enclosing_select(table)
    outer = _enclosing_select(accepted)
    rows = accepted.parent
    version_key: tuple[str, ...] = ()
    # The macro `latest_rows`: a query of its own around the accepted rows.
    if isinstance(outer.parent, exp.Subquery) and outer.args.get("qualify"):
        version_key = _partition(outer)
        rows, outer = outer.parent, _enclosing_select(outer)
    where = outer.args.get("where")
    condition = where.this.unnest() if where else None
    conditions = condition.flatten() if isinstance(condition, exp.And) else [condition]
    return Reading(
        source=table.db.removeprefix("raw_"),
        name=table.name,
        accepted=accepted.sql(DIALECT),
        version_key=version_key,
        rows=rows.sql(DIALECT) if rows else "",
        filters=tuple((item.sql(DIALECT), _reason(item)) for item in conditions if item),
        repeat_key=_partition(outer),
        is_gathered=outer is not root,
    )


def _enclosing_select(node: exp.Expression) -> exp.Select:
    select = node.find_ancestor(exp.Select)
    if select is None:
        message = f"{node.sql(DIALECT)}: a staging model reads raw tables by the macros of raw.sql"
        raise ValueError(message)
    return select


def _partition(select: exp.Select) -> tuple[str, ...]:
    qualify = select.args.get("qualify")
    window = qualify.find(exp.Window) if qualify else None
    return tuple(key.sql(DIALECT) for key in window.args["partition_by"]) if window else ()


def _reason(condition: Any) -> str:  # noqa: ANN401
    """Why rows that do not meet a condition are left out; the condition itself if unknown."""
    known = {
        FILTERS[column.name] for column in condition.find_all(exp.Column) if column.name in FILTERS
    }
    return known.pop() if len(known) == 1 else condition.sql(DIALECT)
