"""The tree of metrics on the terminal: from the company down to what teams measure."""

from __future__ import annotations

from collections import defaultdict
from typing import IO, TYPE_CHECKING, Any

from rich.tree import Tree

from orchestration.report.published import ask_published, open_published
from orchestration.report.tables import open_console
from orchestration.report.words import MARKS, format_score, format_state, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.settings import Settings

QUERY = """
select
    scores.node_id, scores.node_type, scores.parent_id, scores.weight, scores.score,
    scores.known_count, scores.missing_count, metrics.label, metrics.unit, metrics.owner_role,
    card.value, coalesce(card.state, scores.state) as state, card.status
from governance.kpi_scores as scores
left join governance.dim_metrics as metrics on scores.node_id = metrics.metric_id
left join (
    select metric_id, value, state, status from audiences.leadership_scorecard
    where dimension = 'total'
    union
    select metric_id, value, state, status from audiences.technical_scorecard
    where dimension = 'total'
) as card on scores.node_id = card.metric_id
where scores.snapshot_on = (select max(snapshot_on) from governance.kpi_scores)
order by scores.score nulls last, scores.node_id
"""
TRIED = "select * from governance.metric_drivers order by metric_id, p_value, driver"


class NoSuchNodeError(Exception):
    """Neither the company, a family nor a metric is called so."""


def read_tree(settings: Settings, node: str = "company") -> list[dict[str, Any]]:
    """Every node, a row each; of a node itself and everything beneath it where one is named.

    `leads` of a metric that outcomes of customers move are the drivers that have been shown to lead
    them, rows of `governance.metric_drivers`, the clearest first; `tried_count` is how many had
    cases enough to be tried. Of others they are empty and None.

    Raises:
        NoSuchNodeError: the tree has no such node; names some that are alike.
    """
    with open_published(settings):
        rows, drivers = ask_published(settings, QUERY), ask_published(settings, TRIED)
    by_id = {row["node_id"]: row for row in rows}
    if node not in by_id:
        alike = sorted(name for name in by_id if node in name or name in node)[:5]
        hint = f"; did you mean {', '.join(alike)}?" if alike else ""
        message = f"{node}: no metric and no family is called so{hint}"
        raise NoSuchNodeError(message)
    tried = defaultdict(list)
    for driver in drivers:
        tried[driver["metric_id"]].append(driver)
    return [
        row
        | {
            "leads": [each for each in tried[row["node_id"]] if each["verdict"] == "leads"],
            "tried_count": len(tried[row["node_id"]]) or None,
        }
        for row in rows
        if node in _ancestry(row, by_id)
    ]


def _ancestry(row: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> Iterator[str]:
    """A node and those above it."""
    above: dict[str, Any] | None = row
    while above is not None:
        yield above["node_id"]
        above = by_id.get(above["parent_id"])


def print_tree(settings: Settings, node: str = "company", terminal: IO[str] | None = None) -> None:
    """Print a node and everything beneath it, the lowest scores first.

    Raises:
        NoSuchNodeError: the tree has no such node; names some that are alike.
    """
    rows = read_tree(settings, node)
    children: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        children[row["parent_id"]].append(row)
    (root,) = (row for row in rows if row["node_id"] == node)
    tree = Tree(_text(root), highlight=False)
    _grow(tree, root, children)
    open_console(terminal).print(tree)


def _grow(
    tree: Tree, node: dict[str, Any], children: dict[str | None, list[dict[str, Any]]]
) -> None:
    for line in _lines_of_drivers(node):
        tree.add(line)
    for row in children[node["node_id"]]:
        _grow(tree.add(_text(row)), row, children)


def _lines_of_drivers(row: dict[str, Any]) -> Iterator[str]:
    """What has been shown to lead a metric, or that nothing has."""
    if row["tried_count"] is None:
        return
    for driver in row["leads"]:
        yield f"[cyan]leads it[/] {plain_text(driver['label'])}: {plain_text(driver['sentence'])}"
    if not row["leads"]:
        yield f"[dim]of {row['tried_count']} drivers tried none has been shown to lead it[/]"


def _text(row: dict[str, Any]) -> str:
    """Score, name, and for a metric its value and status."""
    score = f"[bold]{format_score(row['score']):>3}[/]"
    if row["node_type"] != "metric":
        missing = f", {row['missing_count']} missing" if row["missing_count"] else ""
        name = row["node_id"].replace("_", " ")
        return f"{score} {name} ({row['known_count']} metrics with a score{missing})"
    value = format_state(row["value"], row["unit"], row["state"] or "no_data")
    mark = MARKS[row["status"]] if row["status"] in ("on_target", "watch", "breach") else ""
    return f"{score} {row['label']} {value} {mark}".rstrip()
